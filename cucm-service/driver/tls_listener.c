#include "cucm-service/driver/tls_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "cucm-service/driver/trace.h"

#define BACKLOG	   128
#define PAUSE_S	   1	 /* after an accept that failed, such as with too many open files */
#define CHAIN_MOST 32768 /* octets of a peer's certificates */

struct tls_peer {
	struct tls_listener *listener;
	struct tls_peer *next, **link;
	struct bufferevent *stream;
	struct event *end; /* of its time */
	void *session;	   /* NULL: the handshake is not complete */
	uint32_t address;
	bool ending;
	char name[32];
};

struct tls_listener {
	struct event_base *base;
	struct evconnlistener *socket;
	struct event *resume;
	SSL_CTX *tls;
	const struct tls_listener_limits *limits;
	const struct tls_listener_calls *calls;
	void *arg;
	struct tls_peer *peers;
	unsigned count;
};

/* --- a connection --- */

static void close_peer(struct tls_peer *peer)
{
	struct tls_listener *listener = peer->listener;

	*peer->link = peer->next;
	if (peer->next)
		peer->next->link = peer->link;
	listener->count--;
	if (peer->session)
		listener->calls->closed(peer->session);
	if (peer->stream) {
		/* close_notify; nobody waits for that of the peer. */
		SSL_shutdown(bufferevent_openssl_get_ssl(peer->stream));
		ERR_clear_error();
		bufferevent_free(peer->stream);
	}
	if (peer->end)
		event_free(peer->end);
	free(peer);
}

static void drop(struct tls_peer *peer, const char *why)
{
	trace("%s closed: %s", peer->name, why);
	close_peer(peer);
}

static void set_time(struct tls_peer *peer, unsigned seconds)
{
	const struct timeval time = {.tv_sec = seconds};

	evtimer_add(peer->end, &time);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct tls_peer *peer = arg;

	(void)fd;
	(void)what;
	drop(peer, peer->ending	   ? "end of the session"
		   : peer->session ? "the session takes too long"
				   : "no TLS handshake in time");
}

static void on_written(struct bufferevent *stream, void *arg)
{
	struct tls_peer *peer = arg;

	if (peer->ending && !evbuffer_get_length(bufferevent_get_output(stream)))
		drop(peer, "end of the session");
}

static void on_read(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct tls_peer *peer = arg;

	while (evbuffer_get_length(input)) {
		size_t size = evbuffer_get_length(input);
		const uint8_t *bytes;
		ssize_t used;

		if (peer->ending) {
			evbuffer_drain(input, size);
			return;
		}
		bytes = evbuffer_pullup(input, -1);
		used = bytes ? peer->listener->calls->received(peer->session, bytes, size) : -ENOMEM;
		if (used < 0) {
			drop(peer, "protocol error");
			return;
		}
		if (!used && size > peer->listener->limits->bytes) {
			drop(peer, "message too long");
			return;
		}
		if (!used)
			return;
		evbuffer_drain(input, (size_t)used);
	}
}

static void on_connected(struct tls_peer *peer)
{
	const struct tls_listener_limits *limits = peer->listener->limits;
	const SSL *tls = tls_peer_session(peer);
	const struct timeval idle = {.tv_sec = limits->idle_s};

	trace("%s TLS HS Done, Session ciphers - %s, %s", peer->name, SSL_get_cipher_name(tls),
	      SSL_get_version(tls));
	set_time(peer, limits->whole_s);
	bufferevent_set_timeouts(peer->stream, &idle, &idle);
	peer->session = peer->listener->calls->opened(peer->listener->arg, peer);
	if (!peer->session)
		drop(peer, "out of memory");
}

/* Why TLS ended the connection: the reason of OpenSSL, or of the socket. */
static void drop_for_error(struct tls_peer *peer)
{
	unsigned long code = bufferevent_get_openssl_error(peer->stream);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	drop(peer, reason ? reason : evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	ERR_clear_error();
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct tls_peer *peer = arg;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED)
		on_connected(peer);
	else if (what & BEV_EVENT_TIMEOUT)
		drop(peer, "nothing received in time");
	else if (what & BEV_EVENT_EOF)
		drop(peer, "closed by the peer");
	else
		drop_for_error(peer);
}

/* --- connections --- */

static unsigned count_from(const struct tls_listener *listener, uint32_t address)
{
	unsigned count = 0;

	for (const struct tls_peer *peer = listener->peers; peer; peer = peer->next)
		count += peer->address == address;
	return count;
}

/* In the list from now on; stream and timer are still missing. */
static struct tls_peer *new_peer(struct tls_listener *listener, const struct sockaddr_in *from)
{
	struct tls_peer *peer = calloc(1, sizeof(*peer));
	char address[IPV4_TEXT];

	if (!peer)
		return NULL;
	*peer = (struct tls_peer){.listener = listener,
				  .next = listener->peers,
				  .link = &listener->peers,
				  .address = from->sin_addr.s_addr};
	snprintf(peer->name, sizeof(peer->name), "%s:%u", ipv4_format(ntohl(from->sin_addr.s_addr), address),
		 ntohs(from->sin_port));
	if (peer->next)
		peer->next->link = &peer->next;
	listener->peers = peer;
	listener->count++;
	return peer;
}

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *address, int length,
		      void *arg)
{
	const struct sockaddr_in *from = (const struct sockaddr_in *)address;
	struct tls_listener *listener = arg;
	struct tls_peer *peer = NULL;
	SSL *tls = NULL;

	(void)socket;
	(void)length;
	if (listener->count < listener->limits->connections &&
	    count_from(listener, from->sin_addr.s_addr) < listener->limits->per_address)
		peer = new_peer(listener, from);
	if (!peer) {
		trace("a connection was closed at once: %u are open", listener->count);
		evutil_closesocket(fd);
		return;
	}
	trace("%s Accepted TCP connection", peer->name);
	tls = SSL_new(listener->tls);
	peer->end = evtimer_new(listener->base, on_time, peer);
	if (tls && peer->end)
		peer->stream = bufferevent_openssl_socket_new(
		    listener->base, fd, tls, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!peer->stream) {
		SSL_free(tls);
		evutil_closesocket(fd);
		drop(peer, "out of memory");
		return;
	}
	/* Phones close without close_notify. */
	bufferevent_openssl_set_allow_dirty_shutdown(peer->stream, 1);
	bufferevent_setcb(peer->stream, on_read, on_written, on_event, peer);
	bufferevent_setwatermark(peer->stream, EV_READ, 0, listener->limits->bytes + 1);
	bufferevent_enable(peer->stream, EV_READ | EV_WRITE);
	set_time(peer, listener->limits->handshake_s);
}

static void on_accept_error(struct evconnlistener *socket, void *arg)
{
	const struct timeval pause = {.tv_sec = PAUSE_S};
	struct tls_listener *listener = arg;

	trace("no connection can be accepted: %s", evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(socket);
	evtimer_add(listener->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct tls_listener *listener = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(listener->socket);
}

int tls_listener_new(struct tls_listener **out, struct event_base *base, SSL_CTX *tls, uint16_t port,
		     const struct tls_listener_limits *limits, const struct tls_listener_calls *calls,
		     void *arg, struct fail *fail)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct tls_listener *listener = calloc(1, sizeof(*listener));
	int err;

	if (!listener)
		return fail_set(fail, -ENOMEM, "out of memory");
	*listener =
	    (struct tls_listener){.base = base, .tls = tls, .limits = limits, .calls = calls, .arg = arg};
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	/* A peer that closes without close_notify is no error. */
	SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_max_cert_list(tls, CHAIN_MOST);
	listener->resume = evtimer_new(base, on_resume, listener);
	errno = 0;
	if (listener->resume)
		listener->socket =
		    evconnlistener_new_bind(base, on_accept, listener,
					    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
					    BACKLOG, (const struct sockaddr *)&any, sizeof(any));
	if (!listener->socket) {
		err = errno;
		tls_listener_free(listener);
		return fail_set(fail, err ? -err : -ENOMEM, "TCP port %u: %s", port,
				strerror(err ? err : ENOMEM));
	}
	evconnlistener_set_error_cb(listener->socket, on_accept_error);
	*out = listener;
	return 0;
}

void tls_listener_free(struct tls_listener *listener)
{
	if (!listener)
		return;
	while (listener->peers)
		close_peer(listener->peers);
	if (listener->socket)
		evconnlistener_free(listener->socket);
	if (listener->resume)
		event_free(listener->resume);
	free(listener);
}

/* --- what a session does --- */

static void free_bytes(const void *bytes, size_t size, void *arg)
{
	(void)bytes;
	(void)size;
	free(arg);
}

int tls_peer_send(struct tls_peer *peer, const void *bytes, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, size);
	/* One piece of memory is one call of SSL_write, and so one record. */
	if (!evbuffer_add_reference(bufferevent_get_output(peer->stream), copy, size, free_bytes, copy))
		return 0;
	free(copy);
	return -ENOMEM;
}

void tls_peer_idle(struct tls_peer *peer, unsigned seconds)
{
	const struct timeval time = {.tv_sec = seconds};

	bufferevent_set_timeouts(peer->stream, &time, &time);
}

void tls_peer_end(struct tls_peer *peer)
{
	peer->ending = true;
	/* If nothing is to be written, no callback will come. The caller may still use its session. */
	if (!evbuffer_get_length(bufferevent_get_output(peer->stream)))
		set_time(peer, 0);
}

const char *tls_peer_name(const struct tls_peer *peer)
{
	return peer->name;
}

const SSL *tls_peer_session(const struct tls_peer *peer)
{
	return bufferevent_openssl_get_ssl(peer->stream);
}
