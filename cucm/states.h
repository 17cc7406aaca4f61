#ifndef CUCM_STATES_H
#define CUCM_STATES_H

#include "cucm/rpc.h"

/* What the nodes of a cluster know of all devices, read at one time. */

#define CUCM_NODES 5

struct cucm_node_state {
	const char *name;		      /* borrowed */
	int err;			      /* 0: it answered; -ENOENT: it is not running; -ETIMEDOUT .. */
	struct cucm_registration *registered; /* sorted by device */
	size_t registered_count;
	struct cucm_loss *lost; /* sorted by device */
	size_t lost_count;
};

struct cucm_states {
	struct cucm_node_state node[CUCM_NODES];
	size_t count;
};

/* Ask the RPC of each node: DIRECTORY/cucm/NAME/rpc. Up to timeout_ms per node. Free with cucm_states_free. */
void cucm_states_read(struct cucm_states *states, const char *directory, const char *const *names,
		      size_t count, int timeout_ms);
void cucm_states_free(struct cucm_states *states);

/* The state of one device on one node; NULL: none. */
const struct cucm_registration *cucm_state_registered(const struct cucm_node_state *node, const char *device);
const struct cucm_loss *cucm_state_lost(const struct cucm_node_state *node, const char *device);

/* The newest state of a device in the whole cluster. */
struct cucm_state {
	const char *node;			    /* where it is registered; NULL: nowhere */
	const struct cucm_registration *registered; /* NULL: it is not registered */
	const char *lost_at;			    /* the node that lost it last; NULL: none knows */
	const struct cucm_loss *lost;
};
void cucm_state_of(const struct cucm_states *states, const char *device, struct cucm_state *state);

/* Has the registration bound this directory number? */
bool cucm_has_line(const struct cucm_registration *registration, const char *number);

#endif
