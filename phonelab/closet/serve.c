#include "phonelab/closet/serve.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/closet/answer.h"
#include "phonelab/closet/channel.h"
#include "phonelab/closet/mux.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"

#define COMPLAINTS_US 1000000 /* strangers do not fill the log: one message per second */

struct serve;

/* A connection: a stream during the handshake, then a mux. */
struct connection {
	struct serve *serve;
	struct bufferevent *stream; /* NULL: the mux has it */
	struct mux *mux;
	struct event *over; /* frees the connection outside the callbacks of its mux */
	char from[80];
	struct connection *next;
};

struct serve {
	const struct serve_options *options;
	struct event_base *base;
	SSL_CTX *context;
	struct evconnlistener *listener;
	struct event *ends[2], *child;
	struct connection *first;
	size_t count;
	uint64_t complained_us;
	unsigned not_printed;
};

static void complain(struct serve *serve, const char *from, const char *text)
{
	uint64_t now = clock_now_us();

	if (serve->complained_us && now - serve->complained_us < COMPLAINTS_US) {
		serve->not_printed++;
		return;
	}
	if (serve->not_printed)
		exit_complain(0, "keeper: %s: %s (%u more messages were not printed)", from, text,
			      serve->not_printed);
	else
		exit_complain(0, "keeper: %s: %s", from, text);
	serve->complained_us = now;
	serve->not_printed = 0;
}

static void free_connection(struct connection *connection)
{
	struct connection **at = &connection->serve->first;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	connection->serve->count--;
	mux_free(connection->mux);
	if (connection->stream)
		bufferevent_free(connection->stream);
	if (connection->over)
		event_free(connection->over);
	free(connection);
}

/* --- channels --- */

struct channel_job {
	const char *lab;
	int fd;
};

/* The process of a channel holds nothing of the others: neither the connection nor their sockets. */
static int run_channel(void *arg)
{
	const struct channel_job *job = arg;
	struct fail fail = {0};
	struct lab lab;
	int fd = dup2(job->fd, 3);

	close_range(4, ~0u, 0);
	if (client_find(job->lab, &lab, &fail))
		return channel_write_error(fd, &fail);
	return answer_channel(&lab, fd);
}

static struct bufferevent *open_channel(void *arg)
{
	static const struct spawn_options options = {.name = "channel", .error = STDERR_FILENO};
	const struct connection *connection = arg;
	struct channel_job job = {.lab = connection->serve->options->lab};
	struct bufferevent *stream;
	struct fail fail = {0};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return NULL;
	job.fd = ends[1];
	if (spawn_function(&options, run_channel, &job, &fail) < 0) {
		exit_complain(0, "keeper: %s", fail.text);
		close(ends[0]);
		close(ends[1]);
		return NULL;
	}
	close(ends[1]);
	evutil_make_socket_nonblocking(ends[0]);
	stream = bufferevent_socket_new(connection->serve->base, ends[0],
					BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!stream)
		close(ends[0]);
	return stream;
}

/* --- connections --- */

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	free_connection(arg);
}

static void on_ended(void *arg)
{
	struct connection *connection = arg;

	event_active(connection->over, 0, 0);
}

static void on_handshake(struct bufferevent *stream, short what, void *arg)
{
	struct connection *connection = arg;
	const struct mux_calls calls = {open_channel, on_ended, NULL, connection, 0};
	char text[200], said[300];

	if (what & BEV_EVENT_CONNECTED) {
		tls_opened(stream);
		connection->mux = mux_new_stream(stream, &calls);
		if (connection->mux)
			connection->stream = NULL;
		else
			free_connection(connection);
		return;
	}
	snprintf(said, sizeof(said), "a connection was not accepted: %s",
		 tls_reason(stream, what, TLS_CONSOLE, text, sizeof(text)));
	complain(connection->serve, connection->from, said);
	free_connection(connection);
}

static void name_peer(const struct sockaddr *peer, int size, char from[80])
{
	char host[60], port[10];

	if (getnameinfo(peer, (socklen_t)size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(from, 80, "somebody");
	else
		snprintf(from, 80, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

/* Strangers that say nothing do not keep the console out: the oldest handshake makes room. */
static bool make_room(const struct serve *serve)
{
	struct connection *oldest = NULL;

	if (serve->count < SERVE_CONNECTIONS)
		return true;
	for (struct connection *connection = serve->first; connection; connection = connection->next)
		if (connection->stream)
			oldest = connection;
	if (oldest)
		free_connection(oldest);
	return oldest != NULL;
}

static void on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size,
			void *arg)
{
	struct serve *serve = arg;
	struct connection *connection;
	char from[80];

	(void)listener;
	name_peer(peer, size, from);
	connection = make_room(serve) ? calloc(1, sizeof(*connection)) : NULL;
	if (!connection) {
		complain(serve, from, "too many connections");
		close(fd);
		return;
	}
	*connection = (struct connection){.serve = serve, .next = serve->first};
	memcpy(connection->from, from, sizeof(from));
	serve->first = connection;
	serve->count++;
	connection->over = event_new(serve->base, -1, 0, on_over, connection);
	connection->stream = tls_stream(serve->base, serve->context, fd, true, TLS_CONSOLE);
	if (!connection->stream || !connection->over) {
		free_connection(connection);
		return;
	}
	bufferevent_setcb(connection->stream, NULL, NULL, on_handshake, connection);
	bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
}

/* --- the process --- */

static void on_end(evutil_socket_t number, short what, void *arg)
{
	const struct serve *serve = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(serve->base);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int listen_at(struct serve *serve, struct fail *fail)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	char port[10];

	snprintf(port, sizeof(port), "%u", (unsigned)serve->options->port);
	if (getaddrinfo(serve->options->address, port, &hints, &list))
		return fail_set(
		    fail, -EINVAL,
		    "\"%s\" is no IPv4 or IPv6 address of this machine; to listen at all of them: "
		    "0.0.0.0",
		    serve->options->address);
	serve->listener =
	    evconnlistener_new_bind(serve->base, on_accepted, serve,
				    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
				    SERVE_CONNECTIONS, list->ai_addr, (int)list->ai_addrlen);
	if (!serve->listener)
		fail_set(fail, errno ? -errno : -EIO, "TCP %s port %u: %s", serve->options->address,
			 (unsigned)serve->options->port, strerror(errno));
	freeaddrinfo(list);
	return fail->err;
}

static int prepare(struct serve *serve, struct fail *fail)
{
	serve->context = tls_context(&serve->options->files, true, fail);
	if (!serve->context)
		return fail->err;
	serve->base = event_base_new();
	for (int i = 0; i < 2 && serve->base; i++)
		serve->ends[i] = evsignal_new(serve->base, i ? SIGINT : SIGTERM, on_end, serve);
	serve->child = serve->base ? evsignal_new(serve->base, SIGCHLD, on_child, serve) : NULL;
	if (!serve->child || !serve->ends[0] || !serve->ends[1] || event_add(serve->child, NULL) ||
	    event_add(serve->ends[0], NULL) || event_add(serve->ends[1], NULL))
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	signal(SIGPIPE, SIG_IGN);
	return listen_at(serve, fail);
}

int serve_run(const struct serve_options *options)
{
	struct serve serve = {.options = options};
	struct fail fail = {0};
	int status = EXIT_AS_ASKED;

	if (prepare(&serve, &fail))
		status = exit_complain(EXIT_USAGE, "keeper: %s", fail.text);
	else
		event_base_dispatch(serve.base);
	while (serve.first)
		free_connection(serve.first);
	if (serve.listener)
		evconnlistener_free(serve.listener);
	for (int i = 0; i < 2; i++)
		if (serve.ends[i])
			event_free(serve.ends[i]);
	if (serve.child)
		event_free(serve.child);
	if (serve.base)
		event_base_free(serve.base);
	SSL_CTX_free(serve.context);
	return status;
}
