#ifndef PHONELAB_FAULT_HOST_H
#define PHONELAB_FAULT_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "phonelab/lab/program.h"
#include "phonelab/topology/topology.h"

struct event_base;

/* Whom one tells of the faults. */
enum fault_secrecy {
	FAULT_OPEN,
	FAULT_BEGINNING, /* an exercise adds its faults; nobody is told of them, and none is cleared */
	FAULT_HIDDEN,	 /* it has: none is added any more */
};

/*
 * Who holds the faults of a lab in place, as the faults see it: the supervisor of a native lab, or the keeper
 * of a lab of containers. Files, switches, call managers and the rack are reached by the run directory in
 * both; what differs is here.
 */
struct fault_host {
	const struct topology *topology;
	struct event_base *base; /* of the time after which a fault is cleared by itself */
	const char *bin;	 /* the folder of cable */
	bool makes_netns;	 /* a box that is plugged in gets a namespace of its own, else the host's */
	void *arg;		 /* of the functions */

	program_fn *program;

	/* Run a box that is plugged in, in a process group of its own, which ends with the host. Its pid; or
	 * a negative errno with the reason. */
	pid_t (*box)(void *arg, const char *name, char *const *argv, struct fail *fail);
	void (*box_end)(void *arg, pid_t pid);

	/* May a fault be put in place now? 0 or -EAGAIN with the reason. */
	int (*ready)(void *arg, struct fail *fail);

	enum fault_secrecy (*secrecy)(void *arg);

	/* Told before the first fault is put in place, and after the last has been taken back. NULL: none of
	 * its business. */
	void (*holds)(void *arg, bool any);

	/* What failed when nobody had asked: clearing by time. */
	void (*failed)(void *arg, const char *text);
};

#endif
