#ifndef PHONELAB_COMMAND_EXERCISE_CLASS_H
#define PHONELAB_COMMAND_EXERCISE_CLASS_H

#include "phonelab/command/command.h"

/* phonelab exercise class CLASS.yaml [--down], and phonelab exercise board CLASS.yaml. Exit statuses. */
int exercise_class_command(const struct command_line *line);
int exercise_board_command(const struct command_line *line);

#endif
