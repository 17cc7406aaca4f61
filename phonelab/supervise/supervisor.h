#ifndef PHONELAB_SUPERVISE_SUPERVISOR_H
#define PHONELAB_SUPERVISE_SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/*
 * The inner process of a lab: PID 1 of its PID namespace. It renders the files, starts switches, servers and
 * phones in their order, waits for each to be ready, answers lab.sock, and exits on SIGTERM. When it
 * dies, the kernel ends all processes in its namespaces.
 */
struct supervisor_options {
	struct topology *topology;
	const struct cucm_plan *plan;
	const char *name;
	const char *bin; /* the folder of switch-sim, phone-sim and cable */
	int report;	 /* lines to the outer process, see below */
	int capture;	 /* where to write a capture at all switch ports, or -1 */
	bool dark;	 /* no phones: switches and servers only */
	bool hold; /* when switches and servers are up, report "held", and wait for the verb `release` before
		      the phones are plugged in */
};

/*
 * Lines that the inner process writes to report: "starting NAME", "held", "up", "died TEXT" (a server died
 * later), "failed TEXT" (the lab has failed; TEXT is several lines with escaped newlines), "missing TEXT" (the same,
 * because a program is not installed), "stopped" (phones have unregistered and unplugged; the outer process now ends
 * the rest).
 */

/* Run until SIGTERM, or until a process that the lab needs has died. The exit status. */
int supervisor_run(const struct supervisor_options *options);

#endif
