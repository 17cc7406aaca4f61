#ifndef PHONELAB_LAB_NODE_H
#define PHONELAB_LAB_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "phonelab/topology/topology.h"

/* The nodes of a lab. In a native lab the supervisor starts each one in a namespace that it makes; in a lab of
 * containers `phonelab node` starts its node in the namespace of the container. */

/* A server or call manager: a network namespace with one or more cables. */
struct node {
	const char *name, *kind; /* kind: "dhcp", "tftp", "router", "call-manager" */
	int netns;		 /* -1 if none was made */
	const struct topology_plug *plugs;
	size_t plug_count;
	bool router;
	bool silent;   /* not plugged in */
	bool runs;     /* its programs are started */
	bool external; /* the user plugs it in */
	const struct topology_owner *owner;
};

/* All nodes in the order of the topology: *nodes is allocated, their members are the topology's. 0 or -ENOMEM. */
int node_list(const struct topology *topology, struct node **nodes, size_t *count, struct fail *fail);

/* Is it the name of a node that the lab does not run? Then -EOPNOTSUPP with the reason, else 0. */
int node_reject_external(const struct node *nodes, size_t count, const char *name, struct fail *fail);

#define NODE_PLUGS	  16
#define NODE_PLUGGED_IN_S 30 /* how long a person waits for the first link */

/* The command line that plugs a node in: `cable --node N --timeout S --plug ...`, one --plug per interface. */
struct node_cable {
	char path[600], timeout[24], plug[NODE_PLUGS][1024];
	char *argv[8 + 2 * NODE_PLUGS]; /* points into this object */
};

/* The place where a node is plugged in, if it is not a namespace of the lab's own. */
struct node_place {
	const char *interface; /* the name of the interface; NULL: eth0 */
	bool has_default;      /* its default route stays: routes to the subnets of the lab only */
};

/* bin: the folder of cable. timeout_s: for the first link; 0: no limit. place: NULL: a namespace of the lab. */
void node_cable_arguments(const struct topology *topology, const struct node *node, const char *bin,
			  unsigned timeout_s, const struct node_place *place, struct node_cable *cable);

/* Do all interfaces of the node have their address and carrier, in this thread's network namespace? arg: a
 * struct node; 0, or -EAGAIN with the number of interfaces that are up. For netns_call. */
int node_has_addresses(void *arg, struct fail *fail);

#endif
