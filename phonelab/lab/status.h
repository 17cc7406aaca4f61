#ifndef PHONELAB_LAB_STATUS_H
#define PHONELAB_LAB_STATUS_H

#include <jansson.h>

#include "phonelab/topology/topology.h"

/* What the object of `status --json` is put together from: the control sockets and the call managers' RPC
 * under the run directory. */
struct status_source {
	const struct topology *topology;
	const char *name; /* of the lab */
	bool switches;	  /* started: they are asked */
	bool phones;	  /* the servers and the phones likewise */
	json_t *failures; /* borrowed; what died since: a list of texts, or NULL */
};

/* The whole object (new reference): what the rack and phones on their own, the switches and the call managers
 * say. What is not running appears as dark; what runs and does not answer is also listed in
 * `unanswered`. NULL when out of memory. */
json_t *status_assemble(const struct status_source *source);

/* Print "phonelab: rack has not answered for 5 s" to standard error for each simulator that the status object lists
 * as unanswered. Returns how many these are. */
size_t status_print_unanswered(const json_t *status);

/* Is the simulator ("rack", "sw1") listed as unanswered? */
bool status_is_unanswered(const json_t *status, const char *name);

#endif
