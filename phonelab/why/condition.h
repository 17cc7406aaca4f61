#ifndef PHONELAB_WHY_CONDITION_H
#define PHONELAB_WHY_CONDITION_H

#include <jansson.h>
#include <stdbool.h>

/* Does the fact fulfil the condition (engine.h)? own: the fact of the candidate, with which "@" and "[node]" compare; it may be the
 * fact itself. */
bool condition_fits(const char *condition, const json_t *fact, const json_t *own);

/* The first fact that fulfils it, or NULL. */
const json_t *condition_find(const char *condition, const json_t *facts, const json_t *own);

#endif
