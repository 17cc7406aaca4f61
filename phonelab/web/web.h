#ifndef PHONELAB_WEB_WEB_H
#define PHONELAB_WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "phonelab/client/client.h"

/*
 * The web page of a running lab, or of a class: an HTTP server (libevent's) for browsers of this user. It asks the lab, or
 * the labs of the class, only while somebody views the page. It serves a native lab, or, in one of the containers, the lab whose
 * run directory is mounted.
 */
#define WEB_RUNS "phonelab-evidence"

struct web_options {
	const struct lab *lab; /* borrowed */
	const char *class;     /* in place of a lab: the file of a class, which is valid; borrowed */
	const char *address;   /* the IPv4 address to listen on; NULL: 127.0.0.1 */
	uint16_t port;	       /* 0: a free port */
	/* "127.0.0.1:8080", by which browsers reach the server; NULL: that of the server. Port 0: any */
	const char *public_address;
	bool view;	  /* the page cannot change the lab */
	const char *runs; /* the folder in which `phonelab test` keeps evidence; NULL: WEB_RUNS */
};

/* A server that listens. */
struct web_server;

/* Listen. If one of the addresses is not 127.0.0.1, each request needs the token that is part of web_server_url(). 0 or a
 * negative errno with the reason. */
int web_server_open(struct web_server **server, const struct web_options *options, struct fail *fail);

/* "http://127.0.0.1:41234/": what a user opens. It has PORT for a public port 0. */
const char *web_server_url(const struct web_server *server);

/* Accept the connections of a web_forward from standard input too, and reply to them on standard output (phonelab/closet/mux.h). The server ends
 * with standard input. 0 or -ENOMEM with the reason. */
int web_server_tunnel(struct web_server *server, struct fail *fail);

/* Serve until the lab ends (returns 1; never for a class), or until SIGINT or SIGTERM (returns 0). */
int web_server_run(struct web_server *server);

/* NULL is legal. */
void web_server_free(struct web_server *server);

/*
 * The page of a lab of containers, served on the host. Only the connections are accepted here: a server in a container of the
 * lab (web_server_tunnel), started through `docker exec`, replies to them.
 */
struct web_forward;

/* Listen and start that server. options: the lab has a container; public_address and runs are not used. 0 or a negative errno with the
 * reason; what the server prints about it goes to standard error. */
int web_forward_open(struct web_forward **forward, const struct web_options *options, struct fail *fail);

const char *web_forward_url(const struct web_forward *forward);

/* Serve until the server in the container ends, which ends with the container (returns 1), or until SIGINT or SIGTERM (returns 0). */
int web_forward_run(struct web_forward *forward);

/* NULL is legal. */
void web_forward_free(struct web_forward *forward);

#endif
