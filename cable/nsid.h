#ifndef CABLE_NSID_H
#define CABLE_NSID_H

#include "base/fail.h"

struct mnl_socket;

/* The number that the network namespace ns has in the namespace of a route netlink socket (nonblocking or not, without
 * other requests under way); the kernel gives it one if it has none. It keeps the number until it ends. 0 with *nsid, or
 * a negative errno; -EPERM without CAP_NET_ADMIN over the namespace of the socket. */
int nsid_get(struct mnl_socket *sock, int ns, int *nsid, struct fail *fail);

#endif
