#include "phone-sim/driver/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "phone-sim/driver/tcp.h"
#include "phone-sim/driver/tls_identity.h"
#include "phone-sim/driver/tls_internal.h"
#include "phone-sim/driver/tls_shared.h"

#define INPUT_MOST (64 * 1024) /* unread bytes of a server, above which this end reads no more */

enum tls_state {
	TLS_CONNECTING,
	TLS_SHAKING,
	TLS_ASKING, /* waits for tls_trust() or tls_refuse() */
	TLS_UP,
	TLS_OVER, /* closed was reported, or is about to be by the turn */
};

enum verdict {
	VERDICT_NONE,
	VERDICT_TRUSTED,
	VERDICT_REFUSED,
};

struct tls {
	struct tls_order order; /* what is valid during tls_open() only is cleared */
	struct tls_calls calls;
	void *arg;
	struct tcp *tcp;
	SSL *ssl;
	struct event *turn;	/* goes on from a clean stack */
	struct event *deadline; /* of connecting and handshake */
	struct evbuffer *plain; /* decrypted, not yet read by the owner */
	struct evbuffer *early; /* to send once connected */
	uint64_t session_us;	/* the age of the offered session, as in tls_sessions_store() */
	uint8_t *peer;		/* the certificate of the server, DER; NULL: not received */
	int peer_length;
	uint32_t local_address;
	uint16_t local_port;
	enum tls_state state;
	enum verdict verdict;
	bool whole; /* the handshake is complete */
	struct tls_progress progress;
	struct tls_end end; /* in TLS_OVER */
	bool *freed;	    /* set by tls_close() during a call of the owner */
};

/* --- the end --- */

static void stop_deadline(struct tls *tls)
{
	evtimer_del(tls->deadline);
}

static void start_deadline(struct tls *tls)
{
	const struct timeval limit = {(time_t)(tls->order.timeout_us / 1000000),
				      (suseconds_t)(tls->order.timeout_us % 1000000)};

	if (tls->order.timeout_us)
		evtimer_add(tls->deadline, &limit);
}

static void forget_session(struct tls *tls)
{
	if (tls->order.sessions)
		tls_sessions_forget(tls->order.sessions, tls->order.address, tls->order.port,
				    tls->order.mode);
}

/* Note how it ended; the turn reports it. */
static void end_with(struct tls *tls, int error, const char *detail)
{
	if (tls->state == TLS_OVER)
		return;
	if (tls->state != TLS_UP)
		forget_session(tls);
	stop_deadline(tls);
	tls->state = TLS_OVER;
	tls->end.error = error;
	tls->end.detail = detail;
	tls->end.alert = tls->progress.alert_in >= 0 ? tls->progress.alert_in : tls->progress.alert_out;
	tls->end.alert_sent = tls->progress.alert_in < 0 && tls->progress.alert_out >= 0;
	event_active(tls->turn, EV_TIMEOUT, 0);
}

static void end_of_tls(struct tls *tls)
{
	end_with(tls, EPROTO, tls_error_name(&tls->progress));
}

/* --- the handshake --- */

static void on_info(const SSL *ssl, int where, int value)
{
	struct tls *tls = SSL_get_app_data(ssl);
	bool fatal = value >> 8 == SSL3_AL_FATAL;

	if (where & SSL_CB_ALERT) {
		if (fatal && (where & SSL_CB_READ))
			tls->progress.alert_in = value & 0xff;
		else if (fatal)
			tls->progress.alert_out = value & 0xff;
		return;
	}
	switch (SSL_get_state(ssl)) {
	case TLS_ST_CR_SRVR_HELLO: tls->progress.hello = true; break;
	case TLS_ST_CW_CERT: tls->progress.certificate = true; break;
	default: break;
	}
}

static void retain_peer(struct tls *tls, X509 *certificate)
{
	if (!tls->peer && certificate)
		tls->peer_length = i2d_X509(certificate, &tls->peer);
}

/* In place of a check of the chain: wait for the owner, then do as it said. */
static int on_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *tls = SSL_get_app_data(ssl);

	(void)arg;
	retain_peer(tls, X509_STORE_CTX_get0_cert(store));
	switch (tls->verdict) {
	case VERDICT_TRUSTED: X509_STORE_CTX_set_error(store, X509_V_OK); return 1;
	case VERDICT_REFUSED:
		X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
		return 0;
	case VERDICT_NONE: break;
	}
	return SSL_set_retry_verify(ssl);
}

/* Ask the owner. It may free the connection. */
static void ask(struct tls *tls)
{
	retain_peer(tls, SSL_get0_peer_certificate(tls->ssl));
	if (!tls->peer) {
		ERR_clear_error();
		end_with(tls, EPROTO, "the server sent no certificate");
		return;
	}
	stop_deadline(tls);
	tls->state = TLS_ASKING;
	tls->calls.peer(tls->arg, tls->peer, (size_t)tls->peer_length);
}

static void store_session(struct tls *tls)
{
	SSL_SESSION *session = tls->order.sessions ? SSL_get1_session(tls->ssl) : NULL;

	if (session && tls->order.resume_s && SSL_SESSION_is_resumable(session))
		tls_sessions_store(tls->order.sessions, tls->order.address, tls->order.port, tls->order.mode,
				   session, tls_resumed(tls) ? tls->session_us : clock_now_us());
	else
		SSL_SESSION_free(session);
}

/* Send what waited, and report. The turn reads what has already arrived. */
static void up(struct tls *tls)
{
	size_t length = evbuffer_get_length(tls->early);

	stop_deadline(tls);
	tls->state = TLS_UP;
	store_session(tls);
	if (length)
		tls_send(tls, evbuffer_pullup(tls->early, -1), length);
	evbuffer_drain(tls->early, length);
	event_active(tls->turn, EV_TIMEOUT, 0);
	tls->calls.connected(tls->arg, tls->local_address, tls->local_port);
}

static void shake(struct tls *tls)
{
	int result;

	ERR_clear_error();
	result = tls->whole ? 1 : SSL_do_handshake(tls->ssl);
	if (result == 1) {
		tls->whole = true;
		if (tls->verdict == VERDICT_TRUSTED)
			up(tls);
		else
			ask(tls); /* a resumed session */
		return;
	}
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: return;
	case SSL_ERROR_WANT_RETRY_VERIFY: ask(tls); return;
	default: end_of_tls(tls); return;
	}
}

void tls_trust(struct tls *tls)
{
	if (tls->state != TLS_ASKING)
		return;
	tls->verdict = VERDICT_TRUSTED;
	tls->state = TLS_SHAKING;
	start_deadline(tls);
	event_active(tls->turn, EV_TIMEOUT, 0);
}

void tls_refuse(struct tls *tls)
{
	if (tls->state == TLS_ASKING) {
		tls->verdict = VERDICT_REFUSED;
		ERR_clear_error();
		if (!tls->whole)
			SSL_do_handshake(tls->ssl); /* sends the alert */
		ERR_clear_error();
		forget_session(tls);
	}
	tls_close(tls, false);
}

/* --- data --- */

/* Decrypt all that has arrived. */
static void decrypt(struct tls *tls)
{
	char bytes[4096];
	int length;

	ERR_clear_error();
	while ((length = SSL_read(tls->ssl, bytes, sizeof(bytes))) > 0)
		if (evbuffer_add(tls->plain, bytes, (size_t)length) < 0) {
			end_with(tls, ENOMEM, NULL);
			return;
		}
	switch (SSL_get_error(tls->ssl, length)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE: return;
	case SSL_ERROR_ZERO_RETURN: end_with(tls, 0, NULL); return; /* close_notify */
	default: end_of_tls(tls); return;
	}
}

static void read_data(struct tls *tls)
{
	bool freed = false;

	decrypt(tls);
	if (!evbuffer_get_length(tls->plain))
		return;
	tls->freed = &freed;
	tls->calls.readable(tls->arg, tls->plain);
	if (!freed)
		tls->freed = NULL;
}

static void go_on(struct tls *tls)
{
	switch (tls->state) {
	case TLS_CONNECTING:
	case TLS_ASKING: break;
	case TLS_SHAKING: shake(tls); break;
	case TLS_UP: read_data(tls); break;
	case TLS_OVER: tls->calls.closed(tls->arg, &tls->end); break;
	}
}

static void on_turn(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

/* --- the connection below --- */

static void on_connected(void *arg, uint32_t address, uint16_t port)
{
	struct tls *tls = arg;

	tls->local_address = address;
	tls->local_port = port;
	tls->state = TLS_SHAKING;
	shake(tls);
}

static void on_readable(void *arg, struct evbuffer *input)
{
	struct tls *tls = arg;

	(void)input;
	if (tls->state != TLS_OVER)
		go_on(tls);
}

static void on_closed(void *arg, int error)
{
	struct tls *tls = arg;

	switch (tls->state) {
	case TLS_CONNECTING: end_with(tls, error ? error : ECONNRESET, NULL); break;
	case TLS_SHAKING:
	case TLS_ASKING:
		end_with(tls, error ? error : EPROTO,
			 error ? "connection lost during the TLS handshake"
			       : "closed during the TLS handshake");
		break;
	case TLS_UP: end_with(tls, error, error ? NULL : "closed without close_notify"); break;
	case TLS_OVER: break;
	}
}

static void on_deadline(int fd, short what, void *arg)
{
	struct tls *tls = arg;

	(void)fd;
	(void)what;
	end_with(tls, ETIMEDOUT, tls->state == TLS_CONNECTING ? NULL : "the TLS handshake took too long");
}

static int make_session(struct tls *tls, struct tls_shared *shared, struct fail *fail)
{
	SSL_CTX *context = tls_shared_context(shared, tls->order.mode);
	const struct tls_order *order = &tls->order;
	SSL_SESSION *session;

	tls->ssl = context ? SSL_new(context) : NULL;
	if (!tls->ssl) {
		ERR_clear_error();
		return fail_set(fail, -ENOMEM, "TLS: out of memory");
	}
	SSL_set_app_data(tls->ssl, tls);
	SSL_set_info_callback(tls->ssl, on_info);
	SSL_set_verify(tls->ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, on_verify, NULL);
	if (order->ciphers && *order->ciphers && !SSL_set_cipher_list(tls->ssl, order->ciphers)) {
		ERR_clear_error();
		return fail_set(fail, -EINVAL, "TLS: no cipher left to offer");
	}
	SSL_set_security_level(tls->ssl, 0);
	tls->progress.offered = order->identity && !tls_identity_use(order->identity, tls->ssl);
	session = order->sessions && order->resume_s
		      ? tls_sessions_find(order->sessions, order->address, order->port, order->mode,
					  order->resume_s, clock_now_us(), &tls->session_us)
		      : NULL;
	if (session)
		SSL_set_session(tls->ssl, session);
	SSL_set_connect_state(tls->ssl);
	return 0;
}

static int open_below(struct tls *tls, const struct tls_order *order, struct fail *fail)
{
	static const struct tcp_calls calls = {on_connected, on_readable, on_closed};
	BIO *bio;
	int err;

	err = tcp_open(&tls->tcp, order->base, order->ns, order->address, order->port, order->timeout_us,
		       order->mark, &calls, tls, fail);
	if (err)
		return err;
	tcp_limit_input(tls->tcp, INPUT_MOST);
	bio = tls_bio_new(tls->tcp);
	if (!bio)
		return fail_set(fail, -ENOMEM, "TLS: out of memory");
	SSL_set_bio(tls->ssl, bio, bio);
	start_deadline(tls);
	return 0;
}

int tls_open(struct tls **out, struct tls_shared *shared, const struct tls_order *order,
	     const struct tls_calls *calls, void *arg, struct fail *fail)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int err;

	if (!tls)
		return fail_set(fail, -ENOMEM, "TLS: out of memory");
	tls->order = *order;
	tls->calls = *calls;
	tls->arg = arg;
	tls->progress.alert_in = tls->progress.alert_out = -1;
	tls->turn = event_new(order->base, -1, 0, on_turn, tls);
	tls->deadline = evtimer_new(order->base, on_deadline, tls);
	tls->plain = evbuffer_new();
	tls->early = evbuffer_new();
	err = tls->turn && tls->deadline && tls->plain && tls->early
		  ? make_session(tls, shared, fail)
		  : fail_set(fail, -ENOMEM, "TLS: out of memory");
	if (!err)
		err = open_below(tls, order, fail);
	if (err) {
		tls_close(tls, false);
		return err;
	}
	tls->order.identity = NULL;
	tls->order.ciphers = NULL;
	tls->order.ns = -1;
	*out = tls;
	return 0;
}

int tls_send(struct tls *tls, const void *bytes, size_t length)
{
	size_t sent;

	if (!length)
		return 0;
	if (tls->state == TLS_OVER)
		return -EPIPE;
	if (tls->state != TLS_UP)
		return evbuffer_add(tls->early, bytes, length) < 0 ? -ENOMEM : 0;
	ERR_clear_error();
	if (SSL_write_ex(tls->ssl, bytes, length, &sent) == 1)
		return 0;
	end_of_tls(tls);
	return -EPROTO;
}

unsigned tls_sent_again(const struct tls *tls)
{
	return tls ? tcp_sent_again(tls->tcp) : 0;
}

bool tls_reached(const struct tls *tls)
{
	return tls->local_port != 0;
}

bool tls_resumed(const struct tls *tls)
{
	return SSL_session_reused(tls->ssl);
}

const char *tls_cipher(const struct tls *tls)
{
	return SSL_get_cipher_name(tls->ssl);
}

void tls_close(struct tls *tls, bool abort)
{
	if (!tls)
		return;
	if (tls->freed)
		*tls->freed = true;
	if (tls->whole && tls->tcp && !abort) {
		ERR_clear_error();
		SSL_shutdown(tls->ssl);
		ERR_clear_error();
	}
	/* An end without close_notify makes a session no worse: without this, SSL_free() would spoil it. */
	if (tls->ssl)
		SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	tcp_close(tls->tcp, abort);
	SSL_free(tls->ssl);
	if (tls->turn)
		event_free(tls->turn);
	if (tls->deadline)
		event_free(tls->deadline);
	if (tls->plain)
		evbuffer_free(tls->plain);
	if (tls->early)
		evbuffer_free(tls->early);
	OPENSSL_free(tls->peer);
	free(tls);
}
