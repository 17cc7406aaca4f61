#ifndef PHONELAB_LAB_STATUS_H
#define PHONELAB_LAB_STATUS_H

#include <jansson.h>

#include "phonelab/lab/node.h"
#include "phonelab/topology/topology.h"

/* The sources of the object of `status --json`: the control sockets and the call managers' RPC under the run
 * directory. */
struct status_source {
	const struct topology *topology;
	const char *name; /* of the lab */
	const struct node
	    *nodes; /* with their namespaces, in which commands of the user run; NULL: in ours */
	size_t node_count;
	bool switches;	  /* started, so that they are asked */
	bool phones;	  /* the servers and the phones are started, so that they are asked */
	json_t *failures; /* borrowed; a list of texts about servers that died, or NULL */
};

/* The whole object (new reference), from the replies of the rack, of phones in containers, of the switches and of the
 * call managers. A source that is not running appears as powered off; one that runs and does not answer is also listed
 * in `unanswered`. NULL if memory is short. */
json_t *status_assemble(const struct status_source *source);

/* Print "phonelab: rack has not answered for 5 s" to standard error for each simulator that the status object lists
 * as unanswered. Returns how many these are. */
size_t status_print_unanswered(const json_t *status);

/* The same for each closet that is not reached, or for that one. Other labs have none. */
size_t status_print_silent(const json_t *status, const char *closet);

#endif
