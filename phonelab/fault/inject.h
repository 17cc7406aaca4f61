#ifndef PHONELAB_FAULT_INJECT_H
#define PHONELAB_FAULT_INJECT_H

#include <jansson.h>

#include "phonelab/fault/fault.h"
#include "phonelab/fault/files.h"
#include "phonelab/fault/host.h"

/* A fault in place: what has been done, so that exactly that is taken back. */
struct fault_done;

/* The state that the other faults want of a program: an enum program_state, or -1: none has a say. */
typedef int fault_wanted_fn(void *arg, const char *service);

struct fault_place {
	const struct fault_host *host;
	struct fault_files *files;
	const struct fault *fault;
	const json_t *vars;
	long number; /* owner of what is done to files */
	long count;  /* of rules on the wire; 0: no end */
	fault_wanted_fn *wanted;
	void *wanted_arg;
};

/* Do all actions of the fault in order. On an error what was done is taken back. *done: what to give to
 * fault_undo. */
int fault_inject(const struct fault_place *place, struct fault_done **done, struct fail *fail);

/* Take all back, and free done. 0, or the first error; the rest is taken back nevertheless. */
int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail);

/* The state that this fault wants of a program: an enum program_state, or -1: it has no say. */
int fault_wants(const struct fault_done *done, const char *service);

/* Free what is known, and take nothing back. NULL is legal. */
void fault_done_free(struct fault_done *done);

#endif
