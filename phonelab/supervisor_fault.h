#ifndef PHONELAB_SUPERVISOR_FAULT_H
#define PHONELAB_SUPERVISOR_FAULT_H

#include "phonelab/supervisor_internal.h"

/* The faults that are in place. They are the supervisor's, so that every caller sees the same ones, and all
 * is gone with the lab. Nothing of them goes into events.jsonl: a cause is found from evidence alone. */
struct fault_state;

void fault_state_free(struct fault_state *state); /* NULL is legal; takes nothing back */

/* The verbs of lab.sock (docs/formats.md). */
json_t *verb_fault_add(void *arg, const json_t *request, int *fd, struct fail *fail);
json_t *verb_fault_clear(void *arg, const json_t *request, int *fd, struct fail *fail);
json_t *verb_fault_ls(void *arg, const json_t *request, int *fd, struct fail *fail);
json_t *verb_fault_rows(void *arg, const json_t *request, int *fd, struct fail *fail);
json_t *verb_fault_vars(void *arg, const json_t *request, int *fd, struct fail *fail);

#endif
