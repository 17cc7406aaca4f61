#ifndef PHONELAB_FAULT_STATE_H
#define PHONELAB_FAULT_STATE_H

#include <jansson.h>

#include "phonelab/fault/host.h"

/* The faults that are in place. They are one process's, so that every caller sees the same ones, and all is
 * gone with the lab. Nothing of them goes into events.jsonl: a cause is found from evidence alone. */
struct fault_state;

/* host is kept, and outlives it. NULL when memory fails. */
struct fault_state *fault_state_new(const struct fault_host *host);
void fault_state_free(struct fault_state *state); /* NULL is legal; takes nothing back */

/* Take every fault back, the latest first. 0, or the first error; the rest is taken back nevertheless. */
int fault_state_clear_all(struct fault_state *state, struct fail *fail);

/* What people are told of a lab whose keeper was killed with faults in place. */
extern const char fault_unclean[];

/* Answer a request of lab.sock whose verb begins with "fault-" (docs/formats.md): a new object, or NULL with
 * the reason. */
json_t *fault_state_answer(struct fault_state *state, const json_t *request, struct fail *fail);

#endif
