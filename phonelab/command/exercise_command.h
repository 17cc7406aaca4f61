#ifndef PHONELAB_COMMAND_EXERCISE_COMMAND_H
#define PHONELAB_COMMAND_EXERCISE_COMMAND_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/command/command.h"
#include "phonelab/exercise/exercise.h"

/* The parts of `phonelab exercise`. Those that take a command line return an exit status. */

/* exercise_start.c: start and new. */
int exercise_start_command(const struct command_line *line);

/* exercise_class.c: class CLASS.yaml [--down], and board CLASS.yaml. */
int exercise_class_command(const struct command_line *line);
int exercise_board_command(const struct command_line *line);

/* Read the file of a class; free it with exercise_class_free. NULL, and the reason printed. */
struct exercise_class;
struct exercise_class *exercise_class_load(const char *file);

/* exercise_bench.c: bench --seeds A-B --agent CMD. */
int exercise_bench_command(const struct command_line *line);

/* exercise_compose.c: the labs of a class with runtime compose. */

/* Start the compose project of a trainee and its exercise; ends what it has started if that fails. In a process of its own.
 * An exit status. */
int exercise_compose_start(const struct exercise_class *class, size_t trainee);

/* End the project of a lab, also one that is still starting, and add its results to the file of the class. False, and the
 * reason printed. */
bool exercise_compose_end(const struct exercise_class *class, const char *lab);

/* The rows of results on the volume of the lab, for the caller to free; NULL: none. */
char *exercise_compose_results(const char *lab);

/* The phase of the lab and its exercise, as the verb `exercise` has them; NULL: the lab does not run. */
json_t *exercise_compose_state(const struct exercise_class *class, const char *lab);

/* --- the lab of an exercise --- */

/* What begins in a lab. */
struct beginning {
	const char *what;	  /* an id or a file, as the user wrote it */
	struct exercise_set *set; /* of the exercise */
	const struct exercise *exercise;
	uint64_t seed;
	const char *trainee, *results; /* remembered by the lab; NULL: none */
};

/* Begin an exercise in a lab that has none or whose exercise is finished (exercise_start.c). The state of its session when the
 * exercise is open, or NULL with the reason. */
json_t *exercise_begin_in(const struct lab *lab, const struct beginning *beginning, struct fail *fail);

/* Send a request to the process that holds the exercise of the lab. The request is released. */
json_t *exercise_call(const struct lab *lab, json_t *request, struct fail *fail);

/* Wait until the phase of the exercise is no longer `phase`; its state then. NULL with the reason on an error or if the
 * exercise reports one. */
json_t *exercise_wait(const struct lab *lab, const char *phase, long within_s, struct fail *fail);

/* The ticket as an object, from the state of the session. It does not contain the id of the exercise, which may tell the fault.
 */
json_t *exercise_ticket(const json_t *state);

/* Print the ticket, from the state of the session; with --json as an object. url: of the page of the lab; "": there is none. */
void exercise_print_ticket(const struct command_line *line, const json_t *state, const struct lab *lab,
			   const char *url);

#endif
