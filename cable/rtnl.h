#ifndef CABLE_RTNL_H
#define CABLE_RTNL_H

#include <stddef.h>

#include "base/fail.h"

/*
 * A route netlink socket (libnl), bound to the namespace in which it was opened and usable from any other.
 * The functions of link.h and address.h take one. One descriptor each: close it when done, or reuse it for
 * many links.
 */
struct rtnl;
struct nl_sock;
struct nl_msg;
struct nlmsghdr;

/* Open in the namespace ns (-1: the current one). 0 or a negative errno. */
int rtnl_open(struct rtnl **rtnl, int ns, struct fail *fail);

/* The same with a socket of NETLINK_ROUTE that was opened elsewhere (netns_helper.h). It is closed with the rtnl, and on a failure. */
int rtnl_adopt(struct rtnl **rtnl, int sock, struct fail *fail);

/* Close; NULL is legal. */
void rtnl_close(struct rtnl *rtnl);

/* The libnl socket, borrowed. */
struct nl_sock *rtnl_socket(struct rtnl *rtnl);

/* The negative errno that fits an error of libnl. */
int rtnl_errno(int nl_error);

/* Print one message of route netlink for debugging (LOG_NETLINK): direction, type, flags, interface and, of an
 * answer, the error. */
void rtnl_debug(const char *direction, const struct nlmsghdr *header);

/* A new message that begins with head; NULL without memory. */
struct nl_msg *rtnl_message(int type, int flags, const void *head, size_t size);

/* Free the message (NULL is legal), to which something could not be added. -ENOMEM with the reason. */
int rtnl_no_memory(struct nl_msg *msg, struct fail *fail);

/* Send the message (which is freed) and wait for its acknowledgement. 0 or the kernel's negative errno; with
 * the kernel's own words (extended acknowledgement) in fail when it gave any. */
int rtnl_talk(struct rtnl *rtnl, struct nl_msg *msg, struct fail *fail);

#endif
