#include "phonelab/closet/remote.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/resolver.h"
#include "phonelab/closet/mux.h"
#include "phonelab/closet/remote_internal.h"
#include "phonelab/closet/tls.h"

#define AGAIN_S 1

/* --- the end of a connection --- */

/* Not within a callback of the resolver. */
static void end_lookup(struct remote *remote)
{
	if (remote->lookup)
		evdns_getaddrinfo_cancel(remote->lookup);
	remote->lookup = NULL;
	if (remote->dns)
		evdns_base_free(remote->dns, 1);
	remote->dns = NULL;
}

static void end_connection(struct remote *remote)
{
	if (remote->writable)
		event_free(remote->writable);
	remote->writable = NULL;
	if (remote->fd >= 0)
		close(remote->fd);
	remote->fd = -1;
	mux_free(remote->mux);
	remote->mux = NULL;
	if (remote->stream)
		bufferevent_free(remote->stream);
	remote->stream = NULL;
}

static void try_again(struct remote *remote, const char *reason)
{
	const struct timeval after = {.tv_sec = AGAIN_S};

	snprintf(remote->reason, sizeof(remote->reason), "%s", reason);
	end_connection(remote);
	event_add(remote->again, &after);
	remote->calls.lost(remote->calls.arg);
}

/* Called by the mux, which must not be freed there. */
static void on_mux_ended(void *arg)
{
	struct remote *remote = arg;

	event_active(remote->over, 0, 0);
}

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	struct remote *remote = arg;

	(void)fd;
	(void)what;
	if (remote->mux)
		try_again(remote, "the connection has ended");
}

/* --- connecting --- */

static void on_handshake(struct bufferevent *stream, short what, void *arg)
{
	struct remote *remote = arg;
	const struct mux_calls calls = {NULL, on_mux_ended, NULL, remote, 0};
	char text[200];

	if (!(what & BEV_EVENT_CONNECTED)) {
		try_again(remote, tls_reason(stream, what, remote->closet, text, sizeof(text)));
		return;
	}
	tls_opened(stream);
	remote->mux = mux_new_stream(stream, &calls);
	if (!remote->mux) {
		try_again(remote, "out of memory");
		return;
	}
	remote->stream = NULL;
	*remote->reason = 0;
	remote->calls.connected(remote->calls.arg);
}

static int connect_to(const struct evutil_addrinfo *info)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !connect(fd, info->ai_addr, info->ai_addrlen) || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

/* TCP has connected, or has failed. */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct remote *remote = arg;
	socklen_t length = sizeof(int);
	int err = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &length);
	if (what & EV_TIMEOUT || err) {
		try_again(remote, err ? strerror(err) : "no answer within the time limit");
		return;
	}
	event_free(remote->writable);
	remote->writable = NULL;
	remote->fd = -1;
	remote->stream = tls_stream(remote->base, remote->context, fd, false, remote->closet);
	if (!remote->stream) {
		try_again(remote, "out of memory");
		return;
	}
	bufferevent_setcb(remote->stream, NULL, NULL, on_handshake, remote);
	bufferevent_enable(remote->stream, EV_READ | EV_WRITE);
}

static void begin_connection(struct remote *remote, const struct evutil_addrinfo *list)
{
	static const struct timeval limit = {.tv_sec = TLS_HANDSHAKE_S};

	for (const struct evutil_addrinfo *info = list; info && remote->fd < 0; info = info->ai_next)
		remote->fd = connect_to(info);
	if (remote->fd < 0) {
		try_again(remote, list ? strerror(errno) : "its host has no address");
		return;
	}
	remote->writable = event_new(remote->base, remote->fd, EV_WRITE, on_writable, remote);
	if (!remote->writable || event_add(remote->writable, &limit))
		try_again(remote, "out of memory");
}

static void on_resolved(int result, struct evutil_addrinfo *list, void *arg)
{
	struct remote *remote = arg;
	char text[400];

	remote->lookup = NULL;
	if (result == EVUTIL_EAI_CANCEL)
		return;
	if (result) {
		snprintf(text, sizeof(text), "cannot resolve \"%s\": %s", remote->peer.host,
			 evutil_gai_strerror(result));
		try_again(remote, text);
		return;
	}
	for (struct evutil_addrinfo *info = list; info; info = info->ai_next) {
		if (info->ai_family == AF_INET)
			((struct sockaddr_in *)(void *)info->ai_addr)->sin_port = htons(remote->peer.port);
		else if (info->ai_family == AF_INET6)
			((struct sockaddr_in6 *)(void *)info->ai_addr)->sin6_port = htons(remote->peer.port);
	}
	begin_connection(remote, list);
	if (list)
		evutil_freeaddrinfo(list);
}

static void connect_now(struct remote *remote)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct evdns_getaddrinfo_request *request;

	remote->dns = resolver_new(remote->base);
	if (!remote->dns) {
		try_again(remote, "out of memory");
		return;
	}
	/* NULL: on_resolved has been called already. */
	request = evdns_getaddrinfo(remote->dns, remote->peer.host, NULL, &hints, on_resolved, remote);
	if (request)
		remote->lookup = request;
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_lookup(arg);
	connect_now(arg);
}

/* --- the remote --- */

struct remote *remote_new(struct event_base *base, SSL_CTX *context, const char *closet,
			  const struct peer *peer, const struct remote_calls *calls)
{
	const struct timeval now = {0};
	struct remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return NULL;
	*remote = (struct remote){.base = base, .context = context, .peer = *peer, .calls = *calls, .fd = -1};
	snprintf(remote->closet, sizeof(remote->closet), "%s", closet);
	snprintf(remote->reason, sizeof(remote->reason), "not connected yet");
	remote->again = evtimer_new(base, on_again, remote);
	remote->over = event_new(base, -1, 0, on_over, remote);
	if (remote->again && remote->over && !event_add(remote->again, &now))
		return remote;
	remote_free(remote);
	return NULL;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	while (remote->asks)
		remote_ask_free(remote->asks);
	end_connection(remote);
	end_lookup(remote);
	if (remote->again)
		event_free(remote->again);
	if (remote->over)
		event_free(remote->over);
	free(remote);
}

bool remote_is_connected(const struct remote *remote)
{
	return remote->mux != NULL;
}

const char *remote_reason(const struct remote *remote)
{
	return remote->reason;
}

bool remote_add(struct remote *remote, struct bufferevent *stream)
{
	if (!remote->mux || mux_full(remote->mux)) {
		bufferevent_free(stream);
		return false;
	}
	mux_add(remote->mux, stream);
	return true;
}

struct bufferevent *remote_channel(struct remote *remote)
{
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *near, *far;
	int ends[2];

	if (!remote->mux || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return NULL;
	near = bufferevent_socket_new(remote->base, ends[0], options);
	far = bufferevent_socket_new(remote->base, ends[1], options);
	if (!near)
		close(ends[0]);
	if (!far)
		close(ends[1]);
	if (near && far && remote_add(remote, far))
		return near;
	if (near)
		bufferevent_free(near);
	else if (far)
		bufferevent_free(far);
	return NULL;
}
