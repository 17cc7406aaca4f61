#ifndef CABLE_NEIGHBOURS_H
#define CABLE_NEIGHBOURS_H

#include <netinet/in.h>

#include "base/fail.h"
#include "cable/rtnl.h"

/*
 * The kernel counts the ARP entries of all namespaces together, and beyond net.ipv4.neigh.default.gc_thresh3
 * of them (1,024, unless root of the first namespace has raised it) it drops packets in all
 * namespaces: "neighbor table overflow". A thousand phones with one entry each, and a router with one entry per
 * phone, would need twice that number. Entries that are permanent or marked as externally learned (NTF_EXT_LEARNED)
 * are not counted (neigh_alloc() and neigh_update_gc_list() in net/core/neighbour.c, since Linux 5.0). A
 * marked entry otherwise works like any other: resolved by ARP, confirmed, probed again, failed.
 */

/* Make the entry of ip at that interface, marked, and let the kernel resolve it now. */
int neighbours_keep(struct rtnl *rtnl, int ifindex, struct in_addr ip, struct fail *fail);

/* Watches the ARP table of one namespace, and marks each entry once it is resolved. */
struct neighbours;

/* Watch the current namespace; what is resolved already is marked too. */
int neighbours_open(struct neighbours **neighbours, struct fail *fail);

/* Readable when there is something to do; borrowed, nonblocking. */
int neighbours_fd(const struct neighbours *neighbours);

/* Mark the entries that have been resolved. Their number, or a negative errno if the socket fails. An entry
 * that cannot be marked stays as it is, and the kernel counts it. */
int neighbours_mark(struct neighbours *neighbours);

/* NULL is legal. Marked entries stay marked. */
void neighbours_close(struct neighbours *neighbours);

#endif
