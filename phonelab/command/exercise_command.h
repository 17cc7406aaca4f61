#ifndef PHONELAB_COMMAND_EXERCISE_COMMAND_H
#define PHONELAB_COMMAND_EXERCISE_COMMAND_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/command/command.h"

/* The parts of `phonelab exercise`. Those that take a command line return an exit status. */

/* exercise_start.c: start and new. */
int exercise_start_command(const struct command_line *line);

/* exercise_class.c: class CLASS.yaml [--down], and board CLASS.yaml. */
int exercise_class_command(const struct command_line *line);
int exercise_board_command(const struct command_line *line);

/* --- the lab of an exercise (exercise.c) --- */

/* Send a request to the process that holds the exercise of the lab. The request is released. */
json_t *exercise_call(const struct lab *lab, json_t *request, struct fail *fail);

/* Wait until the phase of the exercise is no longer `phase`; its state then. NULL with the reason on an error or if the
 * exercise reports one. */
json_t *exercise_wait(const struct lab *lab, const char *phase, long within_s, struct fail *fail);

/* Print the ticket. exercise: from the state of the session. */
void exercise_print_ticket(const struct command_line *line, const json_t *exercise, const struct lab *lab);

#endif
