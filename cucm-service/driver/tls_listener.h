#ifndef CUCM_SERVICE_DRIVER_TLS_LISTENER_H
#define CUCM_SERVICE_DRIVER_TLS_LISTENER_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct event_base;
struct tls_listener;
struct tls_peer;

/*
 * A server of messages over TLS. Each connection has limits, so that no peer can hold the server up: a time for the
 * handshake, a time without a byte, a time in all, and a number of unread bytes. Each event of a
 * connection is written to the trace (driver/trace).
 */
struct tls_listener_limits {
	unsigned connections; /* at a time; a further one is closed at once */
	unsigned per_address; /* of them, from one address */
	unsigned handshake_s;
	unsigned idle_s;
	unsigned whole_s;
	size_t bytes; /* the largest message */
};

struct tls_listener_calls {
	/* The handshake is complete: a session object for this connection, or NULL to end it. */
	void *(*opened)(void *arg, struct tls_peer *peer);
	/* Bytes that are not consumed yet. Returns how many are consumed now, or a negative errno to end the
	 * connection. */
	ssize_t (*received)(void *session, const uint8_t *bytes, size_t size);
	/* The connection ends: free the session object. The peer must not be used any more. */
	void (*closed)(void *session);
};

/* Listen on a TCP port of every address. tls, limits and calls are borrowed. 0 or a negative errno with the reason. */
int tls_listener_new(struct tls_listener **listener, struct event_base *base, SSL_CTX *tls, uint16_t port,
		     const struct tls_listener_limits *limits, const struct tls_listener_calls *calls,
		     void *arg, struct fail *fail);
void tls_listener_free(struct tls_listener *listener); /* NULL is legal */

/* Send a message in one TLS record, as far as it fits (16384 bytes). 0 or -ENOMEM. */
int tls_peer_send(struct tls_peer *peer, const void *bytes, size_t size);

/* From now on, allow this time without a byte. */
void tls_peer_idle(struct tls_peer *peer, unsigned seconds);

/* End the connection when what was sent is written. */
void tls_peer_end(struct tls_peer *peer);

/* "10.110.0.57:49800" */
const char *tls_peer_name(const struct tls_peer *peer);
const SSL *tls_peer_session(const struct tls_peer *peer);

#endif
