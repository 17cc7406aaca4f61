#ifndef PHONELAB_LAB_EXTERNAL_H
#define PHONELAB_LAB_EXTERNAL_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/lab/node.h"

/* What the user plugs in. The switch that it is plugged into is the witness: it knows the port, the link and the network
 * namespace of the far end. */

/* The port of an external node in the switch's own status: a new object. NULL if the switch does not answer. */
json_t *external_port(const struct topology *topology, const struct node *node);

/* Is something plugged in, with link up? False with the reason. */
bool external_link_up(const struct topology *topology, const struct node *node, struct fail *fail);

/* The network namespace of what is plugged in, as a descriptor; the caller closes it. interface: the name of the cable
 * there. A negative errno with the reason if nothing is plugged in, or if the far end has no namespace. */
int external_netns(const struct topology *topology, const struct node *node, char interface[16],
		   struct fail *fail);

/* The network namespace that a node serves in, in a native lab: that of what is plugged in, else the one that the lab made
 * for it. A descriptor that the caller closes, or -1 if the node has none. */
int external_node_netns(const struct topology *topology, const struct node *node, char interface[16]);

/* `status --json` external[] (docs/formats.md): every external node. switches: `status --json` switches[]. A new list. */
json_t *external_list(const struct topology *topology, const json_t *switches);

#endif
