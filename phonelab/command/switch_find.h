#ifndef PHONELAB_COMMAND_SWITCH_FIND_H
#define PHONELAB_COMMAND_SWITCH_FIND_H

#include "phonelab/client/client.h"
#include "phonelab/command/command.h"

/* The lab of a command, and in it the control socket of the switch that its first word names. 0, or an exit
 * status with the complaint printed. */
int switch_find(const struct command_line *line, const char *command, struct lab *lab, char socket[80]);

#endif
