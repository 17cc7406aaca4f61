/* The parts of a remote: the connection (remote.c) and its requests (remote_ask.c). */
#ifndef PHONELAB_CLOSET_REMOTE_INTERNAL_H
#define PHONELAB_CLOSET_REMOTE_INTERNAL_H

#include "phonelab/closet/remote.h"

struct ask;
struct evdns_base;
struct evdns_getaddrinfo_request;

struct remote {
	struct event_base *base;
	SSL_CTX *context;
	char closet[64];
	struct peer peer;
	struct remote_calls calls;
	struct evdns_base *dns; /* while the name is resolved and until the next attempt */
	struct evdns_getaddrinfo_request *lookup;
	int fd;			    /* that is connecting; -1: none */
	struct event *writable;	    /* of fd */
	struct bufferevent *stream; /* during the handshake */
	struct mux *mux;	    /* while connected */
	struct event *again, *over;
	struct ask *asks;
	char reason[400];
};

/* Forget a request without a reply. */
void remote_ask_free(struct ask *ask);

#endif
