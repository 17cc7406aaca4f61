#ifndef PHONELAB_LAB_CONTINUED_H
#define PHONELAB_LAB_CONTINUED_H

#include <jansson.h>

#include "phonelab/topology/topology.h"

/* `continued_without` of the phones (docs/formats.md): remove what the topology means to be so. CDP is no loss where the
 * topology switches it off, or where the switch is the user's; HTTP is none if the file server is the user's, which
 * may serve TFTP only. An empty list is removed. user_servers: that list of the status, or NULL. */
void continued_settle(const struct topology *topology, const json_t *user_servers, json_t *phones);

#endif
