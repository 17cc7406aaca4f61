#ifndef CABLE_NETNS_HELPER_H
#define CABLE_NETNS_HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/*
 * A process that opens sockets in network namespaces for another one, which then needs no CAP_SYS_ADMIN: what decodes frames
 * cannot enter a namespace. It gets a descriptor of the namespace and passes back sockets. It reads nothing else, and is confined
 * itself (docs/confinement.md). It ends when its owner ends.
 */
struct netns_helper;

#define NETNS_HELPER_SOCKETS 4

struct netns_socket {
	int domain, type, protocol; /* socket(2); always close-on-exec */
};

/* Fork the helper; before the first thread. program: for messages of the helper. *helper is NULL after success if this process has
 * no CAP_SYS_ADMIN. 0 or a negative errno with the reason. */
int netns_helper_start(struct netns_helper **helper, const char *program, struct fail *fail);

/* Open up to NETNS_HELPER_SOCKETS sockets in the namespace ns; they are the caller's to close. 0, or a negative errno with the
 * reason and no socket. -EPERM: also if helper is NULL, or has ended. */
int netns_helper_open(struct netns_helper *helper, int ns, const struct netns_socket *sockets, size_t count,
		      int *fds, struct fail *fail);

/* Readable between requests when the helper is lost. */
int netns_helper_fd(const struct netns_helper *helper);

/* Has it ended, or did it not answer a request in time? It is not started again, because its owner has no right to. */
bool netns_helper_lost(const struct netns_helper *helper);

/* End the helper, and wait until it has ended; NULL is legal. */
void netns_helper_free(struct netns_helper *helper);

#endif
