#ifndef CABLE_LINK_H
#define CABLE_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"
#include "cable/rtnl.h"

#define LINK_NAME IFNAMSIZ /* 15 characters and the NUL */

/* Interfaces of the namespace of an rtnl socket. All return 0 or a negative errno with the reason; none keeps
 * state. */

/* A pair of veth interfaces. MACs may be NULL (the kernel's random ones), mtu 0 is 1500. */
struct link_veth {
	const char *name; /* our end */
	const struct mac *mac;
	const char *peer_name; /* the other end */
	const struct mac *peer_mac;
	int peer_ns; /* the namespace of the other end; -1: ours too */
	unsigned mtu;
};

/* The result of link_get. */
struct link_info {
	int ifindex;
	char name[LINK_NAME];
	char kind[16]; /* "veth", "vlan", "" */
	struct mac mac;
	unsigned mtu;
	bool up;	   /* administratively (IFF_UP) */
	bool carrier;	   /* IFF_LOWER_UP */
	uint8_t operstate; /* IF_OPER_UP and so on, RFC 2863 */
};

/* Whether the name can be that of an interface (1 to 15 characters, no '/', no ':', no space, not "." or
 * ".."). */
bool link_name_valid(const char *name);

/* Create the pair, both ends down: a peer cannot be created up (-ENOTCONN). -EEXIST when a name is taken. */
int link_create_veth(struct rtnl *rtnl, const struct link_veth *veth, struct fail *fail);

/* Create a VLAN sub-interface of parent with the kernel's 802.1Q driver; -EOPNOTSUPP when it has none. */
int link_create_vlan(struct rtnl *rtnl, const char *parent, uint16_t vid, const char *name,
		     struct fail *fail);

/* Delete; deleting one end of a veth pair deletes both. -ENODEV when there is none. */
int link_delete(struct rtnl *rtnl, int ifindex, struct fail *fail);

/* Delete many, in the time of one; links that are deleted already are skipped. */
int link_delete_many(struct rtnl *rtnl, const int *ifindexes, unsigned count, struct fail *fail);

/* Set administratively up or down. */
int link_set_up(struct rtnl *rtnl, int ifindex, bool up, struct fail *fail);

/* Give it another name. It is set down for a moment, as the kernel requires, and up again. */
int link_rename(struct rtnl *rtnl, int ifindex, const char *name, struct fail *fail);

/* Does the interface answer ARP (IFF_NOARP if not)? */
int link_set_arp(struct rtnl *rtnl, int ifindex, bool arp, struct fail *fail);

int link_set_mac(struct rtnl *rtnl, int ifindex, const struct mac *mac, struct fail *fail);

/* No IPv6 link-local address will be made (addrgenmode none), hence no router solicitation, no duplicate
 * address detection, no MLD report. Before the link is set up. 0 also when the kernel has no IPv6. */
int link_quiet_ipv6(struct rtnl *rtnl, int ifindex, struct fail *fail);

/* The strong host model of RFC 1122 3.3.4.2: the link answers ARP only for its own addresses (arp_ignore 1), and takes
 * IPv4 only from sources that the routes reach through it (rp_filter 1). */
int link_strict_ipv4(struct rtnl *rtnl, int ifindex, struct fail *fail);

/* Move to another namespace under a (new) name, made quiet for IPv6 and set up there, in one request: it
 * needs only CAP_NET_ADMIN over both. */
int link_move(struct rtnl *rtnl, int ifindex, int ns, const char *name, struct fail *fail);

/* The kernel's counters of a link since it was created; rx: received. */
struct link_counters {
	uint64_t rx_frames, rx_dropped, rx_crc_errors, rx_frame_errors, rx_length_errors;
	uint64_t tx_frames, tx_dropped, collisions;
};
void link_counters_add(struct link_counters *sum, const struct link_counters *more);
int link_get_counters(struct rtnl *rtnl, const char *name, struct link_counters *counters, struct fail *fail);

/* The number of the interface, or -ENODEV. */
int link_index(struct rtnl *rtnl, const char *name, struct fail *fail);

int link_get(struct rtnl *rtnl, const char *name, struct link_info *info, struct fail *fail);

#endif
