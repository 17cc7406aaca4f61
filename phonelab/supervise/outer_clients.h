#ifndef PHONELAB_SUPERVISE_OUTER_CLIENTS_H
#define PHONELAB_SUPERVISE_OUTER_CLIENTS_H

#include <jansson.h>

#include "base/fail.h"

/* The abstract socket by which a lab is found, and its clients (outer.h). Only the user who started the lab and root
 * are served. */
struct outer_clients;
struct event_base;

struct outer_calls {
	json_t *(*info)(void *arg); /* the answer to "info": a new reference */
	void (*down)(void *arg);    /* "down": the client waits until outer_clients_free */
};

/* Listen. -EADDRINUSE if a lab of that name runs, or another user has bound the name. */
int outer_clients_new(struct outer_clients **clients, const char *lab, const struct outer_calls *calls,
		      void *arg, struct fail *fail);

/* The listening socket, for a forked process, which must close it. */
int outer_clients_fd(const struct outer_clients *clients);

/* Serve from now on. */
void outer_clients_serve(struct outer_clients *clients, struct event_base *base);

/* Free the name, then close the connections of the clients that wait for the end. NULL is legal. */
void outer_clients_free(struct outer_clients *clients);

#endif
