#ifndef PHONELAB_CLOSET_REMOTE_H
#define PHONELAB_CLOSET_REMOTE_H

#include <event2/bufferevent.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/peer.h"

struct event_base;

/* The side of the console: the connection to the keeper of one closet. It is made again, every second, when it has ended; the name
 * of the keeper's host is resolved each time, because a service may have moved. */
struct remote;

struct remote_calls {
	void (*connected)(void *arg);
	void (*lost)(void *arg); /* remote_reason says why; also for an attempt that failed */
	void *arg;
};

/* closet: the name that the certificate of the keeper must have. context is borrowed. Begins to connect. NULL: out of memory. */
struct remote *remote_new(struct event_base *base, SSL_CTX *context, const char *closet,
			  const struct peer *peer, const struct remote_calls *calls);
void remote_free(struct remote *remote); /* NULL is legal */

bool remote_is_connected(const struct remote *remote);

/* Why it is not connected, for a person; "" if it is. */
const char *remote_reason(const struct remote *remote);

/* Open a channel (channel.h) for a stream, which is taken over. False, and the stream is freed: not connected, or there are too many
 * channels. */
bool remote_add(struct remote *remote, struct bufferevent *stream);

/* Open a channel: our end of it, a stream without callbacks, which the caller frees; it ends with the connection. NULL: not
 * connected, too many channels, or out of memory. */
struct bufferevent *remote_channel(struct remote *remote);

/* --- requests --- */

/* The reply, borrowed, or NULL with the reason. */
typedef void remote_reply_fn(void *arg, const json_t *reply, const struct fail *fail);

/* Send a request, whose reference is released, to a control socket of the closet ("lab.sock"). done is called once, later, from the
 * event loop; -EHOSTUNREACH: the closet is not reached; -ETIMEDOUT. */
void remote_ask(struct remote *remote, const char *socket, json_t *request, int timeout_ms,
		remote_reply_fn *done, void *arg);

#endif
