#ifndef PHONELAB_LAB_SIMULATED_H
#define PHONELAB_LAB_SIMULATED_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/topology/topology.h"

/* The network namespace of a simulated node, a switch or a phone, from its simulator, as a
 * descriptor in *fd (the caller closes it). The reply has "kind", and "interface" or "interfaces". NULL with
 * the reason; -ENOENT in fail if node is neither. */
json_t *netns_of_simulated(const struct topology *topology, const char *node, int *fd, struct fail *fail);

#endif
