#ifndef PHONELAB_COMMAND_SWITCH_FIND_H
#define PHONELAB_COMMAND_SWITCH_FIND_H

#include "phonelab/client/client.h"
#include "phonelab/command/command.h"

/* Find the lab of a command, and the control socket of the switch that the first word names. 0, or an exit status with
 * the reason printed. */
int switch_find(const struct command_line *line, const char *command, struct lab *lab, char socket[80]);

#endif
