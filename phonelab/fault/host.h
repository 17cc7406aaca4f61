#ifndef PHONELAB_FAULT_HOST_H
#define PHONELAB_FAULT_HOST_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "phonelab/lab/program.h"
#include "phonelab/topology/topology.h"

struct event_base;

/* Which requests about faults are answered: an exercise hides its faults. */
enum fault_secrecy {
	FAULT_OPEN,
	FAULT_BEGINNING, /* an exercise adds its faults: they are neither listed nor cleared */
	FAULT_HIDDEN,	 /* the exercise runs: no fault is added either */
};

/*
 * The process that holds the faults of a lab: the supervisor of a native lab, or the keeper of a lab of containers.
 * Both reach files, switches, call managers and the rack through the run directory; this struct contains the
 * differences.
 */
struct fault_host {
	const struct topology *topology;
	struct event_base *base; /* for the timers that clear a fault */
	const char *bin;	 /* the folder of cable */
	bool makes_netns; /* a device that is plugged in gets its own network namespace, else the host's */
	void *arg;	  /* for the functions below */

	program_fn *program;

	/* Run a device that is plugged in, in its own process group, which ends with the host. Returns the pid, or a
	 * negative errno with the reason. */
	pid_t (*box)(void *arg, const char *name, char *const *argv, struct fail *fail);
	void (*box_end)(void *arg, pid_t pid);

	/* Is the lab ready for a fault? 0, or -EAGAIN with the reason. NULL: it always is. */
	int (*ready)(void *arg, struct fail *fail);

	enum fault_secrecy (*secrecy)(void *arg);

	/* Called before the first fault is applied, and after the last is reverted. NULL is legal. */
	void (*holds)(void *arg, bool any);

	/* Called after a fault was applied (event "fault.applied") or reverted ("fault.reverted"), unless an exercise hides
	 * it. detail: for a person; the evidence is released by the callee. NULL is legal. */
	void (*changed)(void *arg, const char *event, const char *detail, json_t *evidence);

	/* Called with the reason when clearing by a timer fails, which has no caller. */
	void (*failed)(void *arg, const char *text);
};

#endif
