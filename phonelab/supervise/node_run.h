#ifndef PHONELAB_SUPERVISE_NODE_RUN_H
#define PHONELAB_SUPERVISE_NODE_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "phonelab/lab/server_program.h"

struct node;

/* One program of a node. */
struct node_program {
	const char *name; /* of its log: log/NAME.log */
	char *const *argv;
	const struct server_program *server; /* of a server's program; NULL: a simulator */
};

/* The processes of a container: a cable, if any, and programs, which start once the node has its addresses. */
struct node_job {
	const char *name;
	char *const *cable;	      /* NULL: no cable */
	struct node *node;	      /* the server whose addresses must be set first; NULL: none */
	const struct cucm_plan *plan; /* with node */
	const struct node_program *programs;
	size_t program_count; /* 0: the cable alone; and without a cable: wait for a signal */
	bool rack;	      /* the simulated phones */
};

/* Run until SIGTERM or SIGINT, or until the cable or a program exits: then the others receive SIGTERM, and SIGKILL
 * after 5 s. A server answers the verbs `program` and `inspect` at nodes/NAME.sock, the rack the verb `probe`; a program that a verb stops does not end the
 * node. The exit status: 0 after a signal, else that of the process that exited, never 0. */
int node_run(const struct node_job *job);

#endif
