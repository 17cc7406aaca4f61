#ifndef PHONELAB_SUPERVISE_NODE_ROLE_H
#define PHONELAB_SUPERVISE_NODE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/mac.h"
#include "phonelab/lab/node.h"

/* Which node of the lab a container is. One container file serves every topology, so a node may be named by its
 * role: the second switch, the first subscriber. */
enum node_role_kind {
	NODE_ROLE_NOTHING, /* the topology has no such node */
	NODE_ROLE_SWITCH,
	NODE_ROLE_SERVER,
	NODE_ROLE_RACK,
	NODE_ROLE_PHONE,
	NODE_ROLE_KEEPER,
};

struct node_role {
	enum node_role_kind kind;
	size_t index; /* of the switch, or of the node in the list */
	const char *name;
};

struct node_choice {
	struct topology *topology;
	struct node *nodes;
	size_t node_count;
	struct node_role it;
};

/* Choose by a name, or by switch, dhcp, tftp, router, publisher, subscriber, rack, phone or keeper, with ":2"
 * for the second; NODE_ROLE_NOTHING where the topology has no such node. 0, or -EINVAL with the reason. */
int node_role_find(struct node_choice *choice, const char *text, struct fail *fail);

/* The chosen node as a role, by which node_role_find finds it: "dhcp:1"; "" for none. */
void node_role_text(const struct node_choice *choice, char text[40]);

/* Check in its container that the node provides its service; with alive, only that it answers: a fault may have stopped the
 * service, and the phones may have a reason not to register. 0, or a negative errno with the reason. */
int node_check(const struct node_choice *choice, bool alive, struct fail *fail);

/* Remove eth0 of this network namespace, or rename it to name (not NULL). 0, also if there is none, or a negative errno. */
int node_make_room(const char *name, struct fail *fail);

/* The phone of this host: its MAC is made from the host's name, as phone-sim itself does. */
void node_own_phone(struct mac *mac, char name[DEVICE_TEXT]);

#endif
