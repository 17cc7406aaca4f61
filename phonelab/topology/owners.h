#ifndef PHONELAB_TOPOLOGY_OWNERS_H
#define PHONELAB_TOPOLOGY_OWNERS_H

#include "phonelab/topology/settle.h"

/* The parts of topology_settle_servers. */

/* Everything that has an address of its own. */
struct owner {
	struct topology_plug *plug;
	const char *name, *path; /* "dhcp", "servers" */
};

struct owners {
	struct owner *items;
	size_t n;
};

/* A DHCP server: its pool, clear of all that have an address, and its options. */
void topology_settle_dhcp(struct topology *topology, const struct owners *owners,
			  struct topology_server *server);

/* On which side of each trunk DHCP servers are. */
void topology_settle_trust(struct topology *topology);

#endif
