#ifndef CABLE_NETNS_REQUEST_H
#define CABLE_NETNS_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cable/netns_helper.h"

/* What the owner of a helper sends to it: one message per request, of exactly this size. The answer is an int, 0 or a negative
 * errno, and on success the descriptors that the request asks for. */
enum netns_request_kind {
	NETNS_REQUEST_NEW = 1, /* no descriptor; answered with that of a new namespace */
	NETNS_REQUEST_SOCKETS, /* the descriptor of a namespace; answered with count sockets */
	NETNS_REQUEST_TABLES,  /* the same; answered with NETNS_TABLES files */
};

struct netns_request {
	uint32_t kind;
	uint32_t count; /* of sockets */
	struct netns_socket sockets[NETNS_HELPER_SOCKETS];
};

struct netns_helper {
	int fd;
	bool lost; /* it has ended, or does not answer */
};

/* Send a message with up to NETNS_HELPER_SOCKETS descriptors. 0 or a negative errno; then nothing was sent. */
int netns_send(int fd, void *bytes, size_t size, const int *fds, size_t count);

/* Receive a message of exactly that size. The number of its descriptors, or a negative errno: -EPROTO of another size, -EMFILE
 * if descriptors came and this process has no room for one, -EPIPE at the end. */
int netns_receive(int fd, void *bytes, size_t size, int fds[NETNS_HELPER_SOCKETS]);

void netns_close_all(const int *fds, size_t count);

#endif
