#include "phone-sim/driver/tls_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MODES	   (PHONE_TLS_SERVICE + 1)
#define SESSIONS   8	       /* servers per phone */
#define CHAIN_MOST (64 * 1024) /* bytes of the server's certificates */

struct tls_shared {
	SSL_CTX *context[MODES];
	int key_log; /* -1: none */
};

/* What phones of this family offer (disableTLSCiphers lists the same seven), the strongest first. OpenSSL skips those that
 * the build has not. */
#define ALL_CIPHERS                                                                                          \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"           \
	"ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA:DES-CBC3-SHA"

static const char *const ciphers[MODES] = {
    [PHONE_TLS_AUTHENTICATED] = "NULL-SHA",
    [PHONE_TLS_ENCRYPTED] = ALL_CIPHERS,
    [PHONE_TLS_SERVICE] = ALL_CIPHERS,
};

int tls_shared_new(struct tls_shared **out, const char *key_log, struct fail *fail)
{
	struct tls_shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return fail_set(fail, -ENOMEM, "TLS: out of memory");
	shared->key_log = -1;
	if (key_log) {
		shared->key_log = open(key_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		/* A file from elsewhere may have another mode. */
		if (shared->key_log < 0 || fchmod(shared->key_log, 0600) < 0) {
			int err = fail_set(fail, -errno, "key log %s: %s", key_log, strerror(errno));

			tls_shared_free(shared);
			return err;
		}
	}
	*out = shared;
	return 0;
}

void tls_shared_free(struct tls_shared *shared)
{
	if (!shared)
		return;
	for (unsigned i = 0; i < MODES; i++)
		SSL_CTX_free(shared->context[i]);
	if (shared->key_log >= 0)
		close(shared->key_log);
	free(shared);
}

/* One write per line: with O_APPEND, lines of several processes do not mix. */
static void log_key(const SSL *ssl, const char *line)
{
	const struct tls_shared *shared = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct iovec parts[2] = {{(void *)(uintptr_t)line, strlen(line)}, {(void *)(uintptr_t) "\n", 1}};

	if (writev(shared->key_log, parts, 2) < 0)
		return; /* the disk is full: the session goes on */
}

/* Security level 0: which ciphers, keys and digests are good enough is for the lists of the phone to say. Old servers without
 * RFC 5746 are served; renegotiation is refused. */
static SSL_CTX *new_context(struct tls_shared *shared, enum phone_tls mode)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		return NULL;
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_app_data(context, shared);
	SSL_CTX_set_options(context,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, CHAIN_MOST);
	if (shared->key_log >= 0)
		SSL_CTX_set_keylog_callback(context, log_key);
	if (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
	    !SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(context, ciphers[mode])) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

SSL_CTX *tls_shared_context(struct tls_shared *shared, enum phone_tls mode)
{
	if (!shared->context[mode])
		shared->context[mode] = new_context(shared, mode);
	return shared->context[mode];
}

/* --- sessions --- */

struct tls_sessions {
	struct kept {
		SSL_SESSION *session; /* NULL: free */
		uint64_t since_us;
		uint32_t address;
		uint16_t port;
		enum phone_tls mode;
	} kept[SESSIONS];
};

struct tls_sessions *tls_sessions_new(void)
{
	return calloc(1, sizeof(struct tls_sessions));
}

static void drop(struct kept *kept)
{
	SSL_SESSION_free(kept->session);
	kept->session = NULL;
}

void tls_sessions_clear(struct tls_sessions *sessions)
{
	for (unsigned i = 0; sessions && i < SESSIONS; i++)
		drop(&sessions->kept[i]);
}

void tls_sessions_free(struct tls_sessions *sessions)
{
	tls_sessions_clear(sessions);
	free(sessions);
}

static struct kept *find(struct tls_sessions *sessions, uint32_t address, uint16_t port, enum phone_tls mode)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct kept *kept = &sessions->kept[i];

		if (kept->session && kept->address == address && kept->port == port && kept->mode == mode)
			return kept;
	}
	return NULL;
}

SSL_SESSION *tls_sessions_find(struct tls_sessions *sessions, uint32_t address, uint16_t port,
			       enum phone_tls mode, uint32_t age_s, uint64_t now_us, uint64_t *since_us)
{
	struct kept *kept = find(sessions, address, port, mode);

	if (kept && (now_us - kept->since_us >= age_s * UINT64_C(1000000) ||
		     !SSL_SESSION_is_resumable(kept->session))) {
		drop(kept);
		kept = NULL;
	}
	if (!kept)
		return NULL;
	*since_us = kept->since_us;
	return kept->session;
}

/* A free place, or that of the oldest session. */
static struct kept *place(struct tls_sessions *sessions)
{
	struct kept *oldest = &sessions->kept[0];

	for (unsigned i = 0; i < SESSIONS; i++) {
		struct kept *kept = &sessions->kept[i];

		if (!kept->session)
			return kept;
		if (kept->since_us < oldest->since_us)
			oldest = kept;
	}
	return oldest;
}

void tls_sessions_store(struct tls_sessions *sessions, uint32_t address, uint16_t port, enum phone_tls mode,
			SSL_SESSION *session, uint64_t since_us)
{
	struct kept *kept = find(sessions, address, port, mode);

	if (!kept)
		kept = place(sessions);
	drop(kept);
	*kept = (struct kept){session, since_us, address, port, mode};
}

void tls_sessions_forget(struct tls_sessions *sessions, uint32_t address, uint16_t port, enum phone_tls mode)
{
	struct kept *kept = find(sessions, address, port, mode);

	if (kept)
		drop(kept);
}
