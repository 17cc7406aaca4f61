#ifndef PHONELAB_SUPERVISE_OUTER_CLIENTS_H
#define PHONELAB_SUPERVISE_OUTER_CLIENTS_H

#include <jansson.h>

#include "base/fail.h"

/* The abstract socket by which a lab is found, and those who ask there (outer.h). Only the user whose lab it
 * is is served, and root. */
struct outer_clients;
struct event_base;

struct outer_calls {
	json_t *(*info)(void *arg); /* the answer to "info": a new reference */
	void (*down)(void *arg);    /* "down": who asked waits until outer_clients_free */
};

/* Listen. -EADDRINUSE when a lab of that name is up. */
int outer_clients_new(struct outer_clients **clients, const char *lab, const struct outer_calls *calls,
		      void *arg, struct fail *fail);

/* The listening socket, for a process that must not keep it. */
int outer_clients_fd(const struct outer_clients *clients);

/* Serve from now on. */
void outer_clients_serve(struct outer_clients *clients, struct event_base *base);

/* The name is free, and then those who wait for the end are told. NULL is legal. */
void outer_clients_free(struct outer_clients *clients);

#endif
