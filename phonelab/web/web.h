#ifndef PHONELAB_WEB_WEB_H
#define PHONELAB_WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "phonelab/client/client.h"

/*
 * The web page of a running native lab: an HTTP server (libevent's) for browsers of this user. It asks the lab only while
 * somebody views the page.
 */
struct web_options {
	const struct lab *lab; /* a native lab; borrowed */
	const char *address;   /* the IPv4 address to listen on; NULL: 127.0.0.1 */
	uint16_t port;	       /* 0: a free port */
	bool view;	       /* the page cannot change the lab */
};

/* A server that listens. */
struct web_server;

/* Listen. With an address other than 127.0.0.1 each request needs the token that is part of web_server_url(). 0 or a negative errno
 * with the reason. */
int web_server_open(struct web_server **server, const struct web_options *options, struct fail *fail);

/* "http://127.0.0.1:41234/": what a user opens. */
const char *web_server_url(const struct web_server *server);

/* Serve until the lab ends (returns 1), or until SIGINT or SIGTERM (returns 0). */
int web_server_run(struct web_server *server);

/* NULL is legal. */
void web_server_free(struct web_server *server);

#endif
