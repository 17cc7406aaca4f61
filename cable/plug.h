#ifndef CABLE_PLUG_H
#define CABLE_PLUG_H

#include <stdbool.h>

#include "base/fail.h"
#include "cable/netns_helper.h"
#include "cable/rtnl.h"

/*
 * Making the cable itself: a veth pair between the namespace of an rtnl socket (the switch's) and another
 * (the device's), offloads off and IPv6 quiet at both ends. Needs CAP_NET_ADMIN over both, and nothing else:
 * neither setns nor root.
 */
struct cable_plug {
	const char *name;      /* our end: "gi1-0-1" */
	const struct mac *mac; /* NULL: random */
	int peer_ns;
	const char *peer_name; /* "eth0" */
	const struct mac *peer_mac;
	unsigned mtu; /* 0: 1500 */
	/* Opens sockets in peer_ns; NULL: this process enters it, if it may. Without both, see plug_moved. */
	struct netns_helper *helper;
	bool up; /* our end up at once; else link_set_up later: until then the device has no carrier */
};

/* Make it; the device's end is set up (without carrier until ours is up as well). sock: an AF_INET datagram
 * socket of our namespace for ethtool, or -1 to open one (the caller is in that namespace then). *ifindex is
 * that of our end. On failure nothing is left. -EEXIST: the name is taken at one of the ends. The device may send once its
 * operstate is IF_OPER_UP (monitor.h): what it sends between carrier and that is lost. */
int cable_plug_link(struct rtnl *rtnl, int sock, const struct cable_plug *plug, int *ifindex,
		    struct fail *fail);

/* Delete both ends; 0 also when the device's namespace, and so the link, is deleted already. */
int cable_unplug_link(struct rtnl *rtnl, int ifindex, struct fail *fail);

#endif
