#ifndef PHONE_SIM_DRIVER_TLS_H
#define PHONE_SIM_DRIVER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/mark.h"

struct event_base;
struct evbuffer;
struct tls;
struct tls_identity;
struct tls_sessions;
struct tls_shared;

/*
 * A TLS 1.2 connection of a phone (RFC 5246), as a client. It verifies no certificate chain: it asks its owner about the
 * certificate of the server, within the handshake, and the owner decides with tls_trust() or tls_refuse(). Until then the
 * connection waits, and the phone's own certificate is not sent. In a resumed session the server sends no certificate; the owner
 * is asked about the certificate of the session, after the handshake.
 */
struct tls_order {
	struct event_base *base;
	int ns; /* used during tls_open() only; -1: the calling namespace */
	uint32_t address;
	uint16_t port;
	uint64_t
	    timeout_us; /* for connection and handshake, without the time that the owner takes to decide; 0: none */
	enum mark mark;
	enum phone_tls mode;
	const char *ciphers;		     /* OpenSSL's form; NULL or "": those of the mode */
	const struct tls_identity *identity; /* offered if the server asks for a certificate; NULL: none */
	struct tls_sessions
	    *sessions;	   /* to resume from, and to store in; NULL: neither. It must live as long */
	uint32_t resume_s; /* how long a session may be resumed */
};

/* Why a connection ended. */
struct tls_end {
	int error;	    /* positive errno; 0: closed in order. EPROTO: TLS failed */
	int alert;	    /* the fatal alert (RFC 5246 7.2); -1: none */
	bool alert_sent;    /* this end sent the alert; else the server did */
	const char *detail; /* printable ASCII, no text of the server; NULL: none */
};

/* What a connection reports, always from the event loop and never within tls_trust(). Each may call tls_close(). closed comes
 * at most once, and is the last. */
struct tls_calls {
	/* The certificate of the server (DER, borrowed for the call). Answer with tls_trust() or tls_refuse(), at once or later. */
	void (*peer)(void *arg, const uint8_t *der, size_t length);
	/* The server is trusted and the handshake complete: the server holds the key of its certificate. */
	void (*connected)(void *arg, uint32_t local_address, uint16_t local_port);
	void (*readable)(void *arg, struct evbuffer *input);
	void (*closed)(void *arg, const struct tls_end *end);
};

/* Begin to connect. 0, or a negative errno if it failed at once (no route; -EINVAL: the cipher list leaves no cipher).
 * calls must outlive the connection. */
int tls_open(struct tls **tls, struct tls_shared *shared, const struct tls_order *order,
	     const struct tls_calls *calls, void *arg, struct fail *fail);

/* The answers to peer: go on; or send the alert unknown_ca and close, like tls_close(). Without a question tls_trust() does
 * nothing. */
void tls_trust(struct tls *tls);
void tls_refuse(struct tls *tls);

/* Send bytes; before connected they wait for it. 0 or a negative errno. */
int tls_send(struct tls *tls, const void *bytes, size_t length);

/* How many segments the kernel has sent again on this connection. NULL is legal. */
unsigned tls_sent_again(const struct tls *tls);

/* Whether the server accepted the TCP connection. */
bool tls_reached(const struct tls *tls);

/* Whether the session was resumed; the protocol's name of the cipher in use, or NULL. */
bool tls_resumed(const struct tls *tls);
const char *tls_cipher(const struct tls *tls);

/* Close, with close_notify; abort: with RST. Reports nothing more. NULL is legal. */
void tls_close(struct tls *tls, bool abort);

#endif
