#ifndef PHONELAB_CLOSET_TLS_H
#define PHONELAB_CLOSET_TLS_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

struct event_base;

/*
 * TLS between the console and the keepers of closets: version 1.2 or newer. Both sides have a certificate of the same CA, and
 * each checks that of the other: a keeper's certificate names its closet (NAME or NAME-keeper), the console's names "console" (RFC 6125;
 * a DNS name of subjectAltName, or the common name if there is none).
 */
#define TLS_CONSOLE	"console"
#define TLS_PORT	7420
#define TLS_HANDSHAKE_S 10
#define TLS_UNREAD_S	30 /* for a peer that does not read */

struct tls_files {
	const char *ca; /* PEM: the certificates that are trusted */
	const char
	    *certificate; /* PEM: the certificate, those between it and the CA, and its key, in one file */
};

/* A context for one side. NULL with the reason; free with SSL_CTX_free. */
SSL_CTX *tls_context(const struct tls_files *files, bool server, struct fail *fail);

/* A stream of TLS over fd, which is taken over, also if this fails. expected: the name that the certificate of the other side
 * must have. NULL: out of memory. A stream without an answer for TLS_HANDSHAKE_S reports BEV_EVENT_TIMEOUT. */
struct bufferevent *tls_stream(struct event_base *base, SSL_CTX *context, int fd, bool server,
			       const char *expected);

/* After BEV_EVENT_CONNECTED: set the time limits of an open connection. */
void tls_opened(struct bufferevent *stream);

/* Why the stream has ended, for a person: what the event `what` of the stream means. expected as above. */
const char *tls_reason(struct bufferevent *stream, short what, const char *expected, char *text, size_t size);

#endif
