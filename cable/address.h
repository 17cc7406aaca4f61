#ifndef CABLE_ADDRESS_H
#define CABLE_ADDRESS_H

#include <netinet/in.h>

#include "base/fail.h"
#include "base/mac.h"
#include "cable/rtnl.h"

#define ADDRESS_TEXT 20 /* "255.255.255.255/32" and the NUL */

/* An IPv4 address with the length of its prefix, or a network. */
struct address {
	struct in_addr ip; /* network byte order */
	unsigned prefix;   /* 0 to 32 */
};

/* Parse "10.110.0.2/24"; -EINVAL with what was found and expected. */
int address_parse(struct address *address, const char *text, struct fail *fail);

/* Parse a plain "10.110.0.1". */
int address_parse_ip(struct in_addr *ip, const char *text, struct fail *fail);

void address_format(const struct address *address, char text[ADDRESS_TEXT]);

/* Add an address (with broadcast address for prefixes up to 30) to an interface; 0 also when it has it
 * already. */
int address_add(struct rtnl *rtnl, int ifindex, const struct address *address, struct fail *fail);

/* Remove one; 0 also when it is not there. */
int address_delete(struct rtnl *rtnl, int ifindex, const struct address *address, struct fail *fail);

/* Remove every IPv4 address of the interface (and so its routes). */
int address_flush(struct rtnl *rtnl, int ifindex, struct fail *fail);

/* Add or replace a route to network (prefix 0: the default route) through gateway; ifindex 0: as the kernel
 * finds it. */
int address_route(struct rtnl *rtnl, const struct address *network, struct in_addr gateway, int ifindex,
		  struct fail *fail);

/* Add or replace a permanent neighbour: ip is at mac, no ARP asked. Why one wants it: the kernel's ARP table
 * is one for the whole machine, 1,024 entries unless root raises net.ipv4.neigh.default.gc_thresh3, and a
 * full one drops the packets of every namespace ("neighbor table overflow"). Permanent entries are not
 * counted. */
int address_neighbour(struct rtnl *rtnl, int ifindex, struct in_addr ip, const struct mac *mac,
		      struct fail *fail);

/* Remove it; 0 also when it is not there. */
int address_forget(struct rtnl *rtnl, int ifindex, struct in_addr ip, struct fail *fail);

#endif
