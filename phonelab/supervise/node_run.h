#ifndef PHONELAB_SUPERVISE_NODE_RUN_H
#define PHONELAB_SUPERVISE_NODE_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "cucm/cucm.h"

struct node;

/* One program of a node. */
struct node_program {
	const char *name; /* of its log: log/NAME.log */
	char *const *argv;
	const struct cucm_command *command; /* of a server's program; NULL: a simulator */
};

/* What runs in a container: a cable that plugs the node in, or none; and programs, which start once the node
 * has its addresses. */
struct node_job {
	const char *name;
	char *const *cable;	      /* NULL: nothing to be plugged in */
	struct node *node;	      /* a server, whose addresses are waited for; NULL with cable */
	const struct cucm_plan *plan; /* with node */
	const struct node_program *programs;
	size_t program_count; /* 0: the cable alone; and without a cable: wait for a signal */
};

/*
 * Run until SIGTERM or SIGINT, or until the cable or one of the programs has ended: then the others are told
 * to end, and have 5 s. What they print goes to standard output, and to log/NAME.log. A server answers the
 * verb `program` at nodes/NAME.sock meanwhile (phonelab/lab/program.h): a program whose end was asked for
 * there does not end the node. The exit status: 0 when asked to end, else that of the one that ended (128 +
 * the signal that killed it), and 1 when it ended of its own accord with 0.
 */
int node_run(const struct node_job *job);

#endif
