#ifndef TESTS_SUPPORT_LAB_INSIDE_H
#define TESTS_SUPPORT_LAB_INSIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/* Requests to the control sockets of a lab by hand, and its files.
 * Apart from tests/support/lab.h, for both know a struct lab of their own. lab: the name of one that is
 * up. */

/* The path of a file of the run directory, as seen from here. 0 or a negative errno with the reason. */
int lab_inside_path(const char *lab, const char *file, char *path, size_t size, struct fail *fail);

/* One request to lab.sock, a line of JSON; the reply (new reference), or NULL with the reason. */
json_t *lab_inside_ask(const char *lab, const char *request, struct fail *fail);

/* How many exercises are built in, and how many variants one has (0: a healthy control); -1: there is
 * none. */
size_t lab_inside_exercises(void);
int lab_inside_variants(const char *exercise);

/* Does the exercise run in the topology secure? */
bool lab_inside_secure(const char *exercise);

/* What the seed draws for an exercise that draws: the ids of the exercises whose variants are used, or "line"; how
 * many. 0 for an exercise that does not draw. */
size_t lab_inside_draw(const char *id, int seed, char names[4][64]);

#endif
