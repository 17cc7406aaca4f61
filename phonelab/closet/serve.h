#ifndef PHONELAB_CLOSET_SERVE_H
#define PHONELAB_CLOSET_SERVE_H

#include <stdint.h>

#include "phonelab/closet/tls.h"

/* The side of the closet: a process that listens for the console by TLS and serves its channels (channel.h), each in a process
 * of its own. It reaches the lab as any command does, so it serves native labs and the keeper of a lab of containers. */

#define SERVE_CONNECTIONS 8 /* at the same time */

struct serve_options {
	const char *address; /* to listen at: IPv4 or IPv6 */
	uint16_t port;
	struct tls_files files;
	const char *lab; /* NULL: the only one, or the one that is mounted here */
};

/* Serve until SIGTERM or SIGINT. The exit status. */
int serve_run(const struct serve_options *options);

#endif
