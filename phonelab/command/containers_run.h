#ifndef PHONELAB_COMMAND_CONTAINERS_RUN_H
#define PHONELAB_COMMAND_CONTAINERS_RUN_H

#include "phonelab/command/command.h"

/* Run the command in the lab's container, if it is one that can be run there and no native lab is meant: does
 * not return then. Otherwise nothing happens. argv: the command's name and what follows, --lab taken out. */
void containers_run(const struct command *command, const struct command_line *line, char **argv);

#endif
