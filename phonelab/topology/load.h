#ifndef PHONELAB_TOPOLOGY_LOAD_H
#define PHONELAB_TOPOLOGY_LOAD_H

#include "phonelab/topology/topology.h"

/* topology_read for commands: what is wrong is printed to standard error, and NULL given back. */
struct topology *load_topology(const char *path, size_t phones);

#endif
