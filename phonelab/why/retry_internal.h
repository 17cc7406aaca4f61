#ifndef PHONELAB_WHY_RETRY_INTERNAL_H
#define PHONELAB_WHY_RETRY_INTERNAL_H

#include "phonelab/why/fact.h"
#include "phonelab/why/why.h"

/* Only for retry*.c. */

/* --- retry_repair.c, retry_node.c --- */

/* Repair in the model what a fact of the walk states. False: it cannot be repaired, or not with what is known. */
bool retry_repair(json_t *model, const json_t *fact);

/* The same for facts about a node; *known: is it such a fact? */
bool retry_repair_node(json_t *model, const json_t *fact, bool *known);

/* --- retry.c --- */

/* Is it a fact about something that is not as the phone needs it? */
bool retry_is_deviation(const json_t *fact);

/* Is there such a fact? */
bool retry_has_deviation(const json_t *facts);

/* Does a probe show something that a repair of this object does not explain? */
bool retry_is_contradicted(const struct why_case *it, const json_t *facts, const char *object);

/* Append retry.ok, unless there is one. */
void retry_ok(json_t *facts, const char *object, const char *repaired, int step, const char *text);

/* --- retry_walk.c --- */

/* The facts of the walk to these call managers ([{name, address, port}]), as if the phone's file named them. New reference. */
json_t *retry_walk_to(const struct why_case *it, const json_t *model, json_t *managers);

/* --- the producers --- */
void retry_walks(const struct why_case *it, const json_t *model, json_t *facts);
void retry_files(const struct why_case *it, const json_t *model, json_t *facts);
void retry_rows(const struct why_case *it, json_t *facts);

#endif
