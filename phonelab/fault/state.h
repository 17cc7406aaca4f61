#ifndef PHONELAB_FAULT_STATE_H
#define PHONELAB_FAULT_STATE_H

#include <jansson.h>

#include "phonelab/fault/host.h"

/* The active faults. One process holds them, so that every caller sees the same faults and all end with the lab.
 * events.jsonl does not report them: a cause is found from evidence alone. */
struct fault_state;

/* host is borrowed and must outlive the state. NULL if memory fails. */
struct fault_state *fault_state_new(const struct fault_host *host);
void fault_state_free(struct fault_state *state); /* NULL is legal; reverts nothing */

/* Revert every fault, the latest first. Returns 0 or the first error; the other faults are reverted in each case. */
int fault_state_clear_all(struct fault_state *state, struct fail *fail);

/* The warning about a lab whose keeper was killed while faults were active. */
extern const char fault_unclean[];

/* Answer a request of lab.sock whose verb begins with "fault-" (docs/formats.md): a new object, or NULL with
 * the reason. */
json_t *fault_state_answer(struct fault_state *state, const json_t *request, struct fail *fail);

#endif
