#ifndef CUCM_SERVICE_DRIVER_CONFINE_H
#define CUCM_SERVICE_DRIVER_CONFINE_H

#include "base/confine.h"

/* What the services of a node keep: docs/confinement.md. Each calls service_confine when it listens, with the folders that it
 * needs. */
void service_confine_begin(struct confine *confine, const char *service);

/* The folder with the database of a node, and the FIFOs by which Kamailio answers. */
void service_confine_node(struct confine *confine, const char *directory, const char *node);

#endif
