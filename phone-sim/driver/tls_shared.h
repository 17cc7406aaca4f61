#ifndef PHONE_SIM_DRIVER_TLS_SHARED_H
#define PHONE_SIM_DRIVER_TLS_SHARED_H

#include <stdint.h>
#include <openssl/ssl.h>

#include "base/fail.h"
#include "phone-sim/core/phone.h"

struct tls_shared;
struct tls_sessions;

/* What the TLS connections of all phones of a process share: one SSL_CTX per mode, made when it is first needed, and the key
 * log. Without a TLS connection it costs nothing. */

/* key_log: append the secrets of all sessions to this file (the form of SSLKEYLOGFILE), which is made with mode 0600; NULL:
 * no log. 0 or a negative errno. */
int tls_shared_new(struct tls_shared **shared, const char *key_log, struct fail *fail);

/* After the last connection. NULL is legal. */
void tls_shared_free(struct tls_shared *shared);

/* The context of a mode, borrowed; NULL without memory. */
SSL_CTX *tls_shared_context(struct tls_shared *shared, enum phone_tls mode);

/* The sessions of one phone that may be resumed, by server. NULL without memory. */
struct tls_sessions *tls_sessions_new(void);

/* Free them; NULL is legal. */
void tls_sessions_free(struct tls_sessions *sessions);

/* Forget all: the phone offers another certificate from now on. NULL is legal. */
void tls_sessions_clear(struct tls_sessions *sessions);

/* The session with a server in a mode that is not older than age_s, borrowed; NULL: none. now_us: monotonic. *since_us: its
 * age, for tls_sessions_store(). */
SSL_SESSION *tls_sessions_find(struct tls_sessions *sessions, uint32_t address, uint16_t port,
			       enum phone_tls mode, uint32_t age_s, uint64_t now_us, uint64_t *since_us);

/* Store a session, which the function takes over, in place of an earlier one with this server. since_us: when its full handshake
 * ended. A resumed session keeps its age, also if the server has renewed its ticket (RFC 5077 3.3): the secret is the same. */
void tls_sessions_store(struct tls_sessions *sessions, uint32_t address, uint16_t port, enum phone_tls mode,
			SSL_SESSION *session, uint64_t since_us);

/* Forget the session with this server, if there is one. */
void tls_sessions_forget(struct tls_sessions *sessions, uint32_t address, uint16_t port, enum phone_tls mode);

#endif
