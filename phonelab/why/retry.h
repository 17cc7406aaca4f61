#ifndef PHONELAB_WHY_RETRY_H
#define PHONELAB_WHY_RETRY_H

#include "phonelab/why/why.h"

/*
 * The retry that proves a cause: what is wrong is repaired in a copy, nothing else is, and the failing step is tried again
 * there. If it succeeds, it appends the fact
 *   retry.ok   about the object that was repaired, from "simulation"; values repaired: the name of the fact about it
 * facts has the facts of all other producers. What is repaired:
 *   walk.*, port.*            in the model; then the way is walked again
 *   content.*, diff.file_*    the served file, replaced by the rendered one; then a phone core boots in memory
 *   database.*, diff.row      the row, replaced by the rendered one, at the node that rejected the phone
 * There is no such fact if a part of the way is unknown, if a probe contradicts, or if something else is wrong too; and none
 * that needs what was rendered in the lab of an exercise. model may be NULL: unknown.
 */
void why_retry_facts(const struct why_case *it, const json_t *model, json_t *facts);

#endif
