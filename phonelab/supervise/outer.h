#ifndef PHONELAB_SUPERVISE_OUTER_H
#define PHONELAB_SUPERVISE_OUTER_H

#include <stdbool.h>

#include "phonelab/topology/topology.h"

/*
 * The outer process of a lab stays in the namespaces of its user, starts the inner one (supervisor.h), and listens at
 * the abstract socket phonelab/UID/LAB. When it dies the kernel kills the inner process; when the inner one dies, it ends.
 *
 * A client sends one line. The reply to "info" is one line of JSON with lab, pid (of the inner process), topology,
 * phones, since (seconds since 1970), up. "down" ends the lab; then the connection is closed.
 */
struct outer_options {
	struct topology *topology;
	const char *name;
	/* When switches and servers are up, report "held", and wait for the verb `release` before the phones are plugged
	 * in. */
	bool hold;
	int report; /* lines to the process that started it: see supervisor.h, and "pid N" of the inner process */
	int capture;		  /* where to write a capture at all switch ports, or -1 */
	bool capture_both;	  /* each frame at every port that it passes, not once */
	const char *keep;	  /* a folder for logs and events at the end, or NULL; absolute */
	bool background;	  /* do not end with the process that started it */
	bool dark;		  /* no phones: switches and servers only */
	unsigned wait_external_s; /* how long to wait until the user has plugged in an external node */
};

/* Run the outer process: returns the exit status when the lab has ended. */
int outer_run(const struct outer_options *options);

#endif
