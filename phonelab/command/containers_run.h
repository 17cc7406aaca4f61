#ifndef PHONELAB_COMMAND_CONTAINERS_RUN_H
#define PHONELAB_COMMAND_CONTAINERS_RUN_H

#include "phonelab/command/command.h"

/* If the lab is a lab of containers and the command can run inside, become that command and do not return. Otherwise do
 * nothing. A native lab of the same name takes precedence. argv: the name of the command and its arguments, without
 * --lab. */
void containers_run(const struct command *command, const struct command_line *line, char **argv);

#endif
