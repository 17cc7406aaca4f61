#ifndef PHONELAB_FAULT_REQUEST_H
#define PHONELAB_FAULT_REQUEST_H

#include <jansson.h>

#include "phonelab/fault/client.h"
#include "phonelab/fault/fault.h"
#include "phonelab/topology/topology.h"

/* The requests about faults at lab.sock, for the process that holds the faults and for the console, which passes them on. */

/* The fault of a request: an id of the catalogue, or of the request's text. *set owns it. NULL with the reason. */
const struct fault *fault_request_fault(const json_t *request, struct fault_set **set, struct fail *fail);

/* The target of a request; its texts are borrowed. */
struct fault_target fault_request_target(const json_t *request);

/* The values of the names in braces for `fault-vars`, as if the fault was applied now: a new object, or NULL with the reason. */
json_t *fault_request_vars(const struct topology *topology, const json_t *request, struct fail *fail);

#endif
