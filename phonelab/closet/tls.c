#include "phonelab/closet/tls.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VANISHED_MS 20000 /* until a host that answers no segment counts as gone */

/* The reason that OpenSSL has stored last; the queue is empty afterwards. */
static const char *stored_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return reason ? reason : "unknown error";
}

static int load(SSL_CTX *context, const struct tls_files *files, struct fail *fail)
{
	if (access(files->ca, R_OK))
		return fail_set(fail, -errno, "%s: %s; expected the certificate of the CA (PEM)", files->ca,
				strerror(errno));
	if (access(files->certificate, R_OK))
		return fail_set(fail, -errno, "%s: %s; expected a certificate and its key (PEM)",
				files->certificate, strerror(errno));
	if (SSL_CTX_load_verify_file(context, files->ca) != 1)
		return fail_set(fail, -EINVAL, "%s: no certificate of a CA (PEM): %s", files->ca,
				stored_reason());
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
		return fail_set(fail, -EINVAL, "%s: no certificate (PEM): %s", files->certificate,
				stored_reason());
	if (SSL_CTX_use_PrivateKey_file(context, files->certificate, SSL_FILETYPE_PEM) != 1)
		return fail_set(
		    fail, -EINVAL,
		    "%s: no key of this certificate (PEM): %s; the file holds the certificate and "
		    "its key",
		    files->certificate, stored_reason());
	return 0;
}

SSL_CTX *tls_context(const struct tls_files *files, bool server, struct fail *fail)
{
	SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

	ERR_clear_error();
	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) {
		fail_set(fail, -ENOMEM, "TLS: %s", stored_reason());
	} else if (!load(context, files, fail)) {
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
		SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
		return context;
	}
	SSL_CTX_free(context);
	return NULL;
}

static void set_up_socket(int fd)
{
	const int yes = 1, idle_s = 10, between_s = 5;
	const unsigned vanished = VANISHED_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof(between_s));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished, sizeof(vanished));
}

struct bufferevent *tls_stream(struct event_base *base, SSL_CTX *context, int fd, bool server,
			       const char *expected)
{
	const struct timeval limit = {.tv_sec = TLS_HANDSHAKE_S};
	SSL *session = SSL_new(context);
	struct bufferevent *stream = NULL;
	char keeper[80];

	snprintf(keeper, sizeof(keeper), "%s-keeper", expected);
	/* Either name is accepted. */
	if (session && SSL_set1_host(session, expected) && (server || SSL_add1_host(session, keeper))) {
		SSL_set_hostflags(session, X509_CHECK_FLAG_NO_WILDCARDS);
		if (!server)
			SSL_set_tlsext_host_name(session, expected);
		set_up_socket(fd);
		stream = bufferevent_openssl_socket_new(
		    base, fd, session, server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
		    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	}
	if (!stream) {
		SSL_free(session);
		close(fd);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	bufferevent_set_timeouts(stream, &limit, &limit);
	return stream;
}

void tls_opened(struct bufferevent *stream)
{
	const struct timeval unread = {.tv_sec = TLS_UNREAD_S};

	bufferevent_set_timeouts(stream, NULL, &unread);
}

/* What the check of the other side's certificate has found; NULL: nothing wrong. */
static const char *certificate_reason(struct bufferevent *stream, const char *expected, char *text,
				      size_t size)
{
	SSL *session = bufferevent_openssl_get_ssl(stream);
	long found = session ? SSL_get_verify_result(session) : X509_V_OK;

	if (found == X509_V_OK)
		return NULL;
	if (found == X509_V_ERR_HOSTNAME_MISMATCH)
		snprintf(text, size, "the certificate does not name \"%s\"", expected);
	else
		snprintf(text, size, "the certificate is not accepted: %s",
			 X509_verify_cert_error_string(found));
	return text;
}

const char *tls_reason(struct bufferevent *stream, short what, const char *expected, char *text, size_t size)
{
	unsigned long code = bufferevent_get_openssl_error(stream);
	int err = EVUTIL_SOCKET_ERROR();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (what & BEV_EVENT_TIMEOUT)
		snprintf(text, size, "no answer within the time limit");
	else if (certificate_reason(stream, expected, text, size))
		return text;
	else if (reason)
		snprintf(text, size, "TLS: %s", reason);
	else if (what & BEV_EVENT_EOF)
		snprintf(text, size, "the other side has closed the connection");
	else
		snprintf(text, size, "%s", err ? strerror(err) : "the connection has ended");
	return text;
}
