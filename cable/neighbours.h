#ifndef CABLE_NEIGHBOURS_H
#define CABLE_NEIGHBOURS_H

#include <netinet/in.h>

#include "base/fail.h"
#include "cable/rtnl.h"

/*
 * The kernel counts the ARP entries of all namespaces together, and beyond net.ipv4.neigh.default.gc_thresh3
 * of them (1,024, unless root of the first namespace has raised it) it drops the packets of everybody:
 * "neighbor table overflow". A thousand phones with one peer each, and a router that has them all as its
 * peers, would be twice that. Entries that are permanent or marked as externally learned (NTF_EXT_LEARNED)
 * are not counted (neigh_alloc() and neigh_update_gc_list() in net/core/neighbour.c, since Linux 5.0). A
 * marked one is otherwise as any: resolved by ARP, confirmed, probed again, failed.
 */

/* Make the entry of ip at that interface, marked, and let the kernel resolve it now. */
int neighbours_keep(struct rtnl *rtnl, int ifindex, struct in_addr ip, struct fail *fail);

/* Watches the ARP table of one namespace, and marks each entry once it is resolved. */
struct neighbours;

/* Watch the current namespace; what is resolved already is marked too. */
int neighbours_open(struct neighbours **neighbours, struct fail *fail);

/* Readable when there is something to do; borrowed, nonblocking. */
int neighbours_fd(const struct neighbours *neighbours);

/* Mark what has been resolved. How many were, or a negative errno when the socket is broken. An entry that
 * cannot be marked stays as it is, and counted. */
int neighbours_mark(struct neighbours *neighbours);

/* NULL is legal. What is marked stays marked. */
void neighbours_close(struct neighbours *neighbours);

#endif
