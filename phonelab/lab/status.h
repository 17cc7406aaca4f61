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
 * say. Who does not answer appears as dark. NULL when out of memory. */
json_t *status_assemble(const struct status_source *source);

#endif
