#ifndef CABLE_NETNS_HELPER_H
#define CABLE_NETNS_HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/*
 * A process that makes network namespaces and opens sockets in them for another one, which then needs no CAP_SYS_ADMIN: what
 * decodes frames cannot enter a namespace. It gets a descriptor of the namespace and passes back sockets. It reads nothing else,
 * and is confined itself (docs/confinement.md). It ends when its owner ends.
 *
 * If it has ended, or does not answer within five seconds, it is given up: this request and all later ones fail with -EPERM.
 */
struct netns_helper;

#define NETNS_HELPER_SOCKETS 4

struct netns_socket {
	int domain, type, protocol; /* socket(2); type may have SOCK_NONBLOCK; always close-on-exec */
};

/* Fork the helper; before the first thread. program: for messages of the helper. *helper is NULL after success if this process has
 * no CAP_SYS_ADMIN. 0 or a negative errno with the reason. */
int netns_helper_start(struct netns_helper **helper, const char *program, struct fail *fail);

/* Make a new, empty namespace; *ns is the caller's to close. 0 or a negative errno with the reason. */
int netns_helper_new(struct netns_helper *helper, int *ns, struct fail *fail);

/* Open up to NETNS_HELPER_SOCKETS sockets in the namespace ns; they are the caller's to close. Permitted: IPv4 datagrams and
 * streams, packet sockets and NETLINK_ROUTE. 0, or a negative errno with the reason and no socket. -EACCES: another kind of socket;
 * -EPERM: also if helper is NULL. */
int netns_helper_open(struct netns_helper *helper, int ns, const struct netns_socket *sockets, size_t count,
		      int *fds, struct fail *fail);

/* Open the tables of netns_open_tables (netns.h) in the namespace ns. 0, or a negative errno with the reason and no file. */
int netns_helper_tables(struct netns_helper *helper, int ns, int *fds, struct fail *fail);

/* Readable between requests when the helper is lost. */
int netns_helper_fd(const struct netns_helper *helper);

/* Has it ended, or did it not answer a request in time? It is not started again, because its owner has no right to. */
bool netns_helper_lost(const struct netns_helper *helper);

/* End the helper, and wait until it has ended; NULL is legal. */
void netns_helper_free(struct netns_helper *helper);

#endif
