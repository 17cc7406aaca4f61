#ifndef PHONELAB_TOPOLOGY_KEYS_H
#define PHONELAB_TOPOLOGY_KEYS_H

#include "phonelab/document/keys.h"

/* The keys of a topology file; shape_decode fills a struct topology. */
extern const struct shape topology_shape;

/* The settings of a port: struct topology_port_setting. */
extern const struct shape topology_port_shape;

#endif
