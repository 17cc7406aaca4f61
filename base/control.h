#ifndef BASE_CONTROL_H
#define BASE_CONTROL_H

#include <jansson.h>
#include <stdint.h>

#include "base/fail.h"

struct event_base;
struct control_server;

/*
 * Control sockets: JSON lines over a Unix stream socket. A request is an object {"do":"status", ...}; the
 * reply is {"ok":true, ...} or {"ok":false,"code":"ENOENT","error":"..."}: code is the name of an errno value, for
 * programs; error is for people. A reply may carry one file descriptor
 * (SCM_RIGHTS), such as a network namespace. A connection may send any number of requests, in order. A request may
 * carry up to CONTROL_DESCRIPTORS descriptors; then the reply comes before the next request is sent.
 */
#define CONTROL_DESCRIPTORS 4
#define CONTROL_ANY	    "*"

/* A verb. request is borrowed. Returns a new object with the members of the reply (ok is added), or NULL with
 * fail filled, or NULL after control_defer. *fd may be set to a descriptor to pass; it is closed after sending. */
typedef json_t *control_verb_fn(void *arg, const json_t *request, int *fd, struct fail *fail);

struct control_verb {
	const char *name; /* CONTROL_ANY, in the last row before the end: every other verb */
	control_verb_fn *run;
};

/* A verb that answers at once and with nothing, whatever its server waits for. */
control_verb_fn control_alive;

/* Listen at path (an old socket there is replaced; 0600). verbs ends with a NULL name, and must outlive the
 * server. A request of over 64 KiB, or one that is not JSON, is answered with an error and the connection
 * closed. */
int control_server_new(struct control_server **server, struct event_base *base, const char *path,
		       const struct control_verb *verbs, void *arg, struct fail *fail);

/* Call before(arg) ahead of each reply: what the request has caused must be visible to the client that reads the reply. */
void control_server_before_reply(struct control_server *server, void (*before)(void *arg), void *arg);

/* Close, and remove the socket file; NULL is legal. */
void control_server_free(struct control_server *server);

/* Within a verb: descriptor i that came with the request, which is the caller's to close; -1 if there is none. What no
 * verb takes is closed. */
int control_take_descriptor(struct control_server *server, unsigned i);

/* Within a verb: the reply comes later, by control_answer with the ticket that this returns; never 0. Until then the
 * connection reads no further request. */
uint64_t control_defer(struct control_server *server);

/* Send the reply of a ticket. body is released; NULL: fail is the reason. If the client has gone, nothing is sent. */
void control_answer(struct control_server *server, uint64_t ticket, json_t *body, const struct fail *fail);

/* One request and its reply, within timeout_ms. On success returns the reply object (new reference). NULL
 * with fail filled when the socket cannot be reached, time passes, or the reply says ok:false (its error is
 * the reason, its code is fail->err). fd may be NULL; else *fd is the passed descriptor (close it) or -1. */
json_t *control_call(const char *path, const json_t *request, int timeout_ms, int *fd, struct fail *fail);

/* The same with count descriptors beside the request; they stay the caller's. */
json_t *control_call_with(const char *path, const json_t *request, const int *descriptors, unsigned count,
			  int timeout_ms, int *fd, struct fail *fail);

/* control_call; the reference of request is released. */
json_t *control_ask(const char *path, json_t *request, int timeout_ms, int *fd, struct fail *fail);

#endif
