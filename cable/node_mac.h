#ifndef CABLE_NODE_MAC_H
#define CABLE_NODE_MAC_H

#include "base/mac.h"

/* The MAC of a node that was given none: the same name and interface always give the same one. Locally
 * administered, unicast (IEEE 802 8.2): 02:.. */
void node_mac(struct mac *mac, const char *node, const char *interface);

/* A random locally administered unicast MAC. */
void node_mac_random(struct mac *mac);

#endif
