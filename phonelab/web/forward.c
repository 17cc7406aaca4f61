/* The page of a lab of containers on the host: connections go to the server in a container (tunnel.c). */
#include "phonelab/web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "phonelab/client/containers.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/web/listen.h"
#include "phonelab/closet/mux.h"
#include "phonelab/web/peer.h"

#define BEGIN_MS 20000 /* until the server has printed its address */
#define END_MS	 2000

struct web_forward {
	struct event_base *base;
	struct evconnlistener *listener;
	struct mux *mux;
	struct event *signals[2];
	pid_t pid; /* docker exec */
	bool local, lab_ended;
	char url[80];
};

static void on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size,
			void *arg)
{
	static const char foreign[] =
	    "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
	    "this lab belongs to another user of this machine\n";
	struct web_forward *forward = arg;
	struct bufferevent *stream;

	(void)listener;
	(void)peer;
	(void)size;
	if (forward->local && !web_peer_trusted(fd)) {
		(void)!send(fd, foreign, sizeof(foreign) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	stream = bufferevent_socket_new(forward->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (stream)
		mux_add(forward->mux, stream);
	else
		close(fd);
	/* Further connections wait in the queue of the socket. The server closes the oldest one that sends nothing (limit.h). */
	if (mux_full(forward->mux))
		evconnlistener_disable(forward->listener);
}

static void on_room(void *arg)
{
	const struct web_forward *forward = arg;

	evconnlistener_enable(forward->listener);
}

/* The container has ended, and the server in it. */
static void on_ended(void *arg)
{
	const struct timeval moment = {.tv_usec = 200000};
	struct web_forward *forward = arg;

	forward->lab_ended = true;
	mux_last_event(forward->mux, "event: end\ndata: null\n\n");
	event_base_loopexit(forward->base, &moment);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct web_forward *forward = arg;

	(void)number;
	(void)what;
	event_base_loopexit(forward->base, NULL);
}

/* --- begin and end --- */

/* The first line of the server: its address. False: it has none. */
static bool read_url(int fd, char *url, size_t size)
{
	uint64_t now, end = clock_now_us() + BEGIN_MS * UINT64_C(1000);
	size_t used = 0;

	while (used < size - 1 && (now = clock_now_us()) < end) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};

		if (poll(&pfd, 1, (int)((end - now) / 1000) + 1) != 1)
			continue;
		if (read(fd, url + used, 1) != 1)
			break;
		if (url[used] == '\n') {
			url[used] = 0;
			return used > 0;
		}
		used++;
	}
	return false;
}

/* Start the server. pipes: the ends of this process, [0] to read from it, [1] to write to it. */
static int start_server(struct web_forward *forward, const struct web_options *options, const char *address,
			int pipes[2], struct fail *fail)
{
	char container[80];
	const char *argv[] = {"docker",	  "exec",     "-i",    container, "phonelab", "web",
			      "--tunnel", "--public", address, NULL,	  NULL};
	struct spawn_options with = {.group = true, .error = STDERR_FILENO};
	int to[2], from[2];

	/* With the phones, captures at a phone work too. */
	if (!containers_find_role(options->lab, "rack:1", container))
		snprintf(container, sizeof(container), "%s", options->lab->container);
	if (options->view)
		argv[9] = "--view";
	if (pipe2(to, O_CLOEXEC))
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	}
	with.input = to[0];
	with.output = from[1];
	forward->pid = spawn_program(&with, (char *const *)argv, fail);
	close(to[0]);
	close(from[1]);
	pipes[0] = from[0];
	pipes[1] = to[1];
	if (forward->pid > 0 && read_url(pipes[0], forward->url, sizeof(forward->url)))
		return 0;
	close(pipes[0]);
	close(pipes[1]);
	return forward->pid < 0
		   ? fail->err
		   : fail_set(fail, -ECHILD,
			      "the server in the container %.12s has not started; are the images "
			      "of lab %s of another version of phonelab?",
			      container, options->lab->name);
}

/* fd: the socket that listens, taken over. */
static int begin_forwarding(struct web_forward *forward, int fd, const int pipes[2], struct fail *fail)
{
	const struct mux_calls calls = {NULL, on_ended, on_room, forward, MUX_UNREAD_S};

	forward->mux = mux_new(forward->base, pipes[0], pipes[1], &calls);
	if (forward->mux)
		forward->listener = evconnlistener_new(forward->base, on_accepted, forward,
						       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!forward->listener) {
		close(fd);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < 2; i++) {
		forward->signals[i] = evsignal_new(forward->base, i ? SIGTERM : SIGINT, on_signal, forward);
		if (!forward->signals[i] || event_add(forward->signals[i], NULL))
			return fail_set(fail, -ENOMEM, "out of memory");
	}
	return 0;
}

int web_forward_open(struct web_forward **out, const struct web_options *options, struct fail *fail)
{
	const char *address = options->address ? options->address : "127.0.0.1";
	struct web_forward *forward = calloc(1, sizeof(*forward));
	uint16_t port = options->port;
	char public[WEB_ADDRESS + 8];
	int pipes[2] = {-1, -1}, fd, err;

	if (forward)
		forward->base = event_base_new();
	fd = forward && forward->base ? web_listen(address, &port, fail)
				      : fail_set(fail, -ENOMEM, "out of memory");
	if (fd < 0) {
		web_forward_free(forward);
		return fd;
	}
	signal(SIGPIPE, SIG_IGN);
	forward->local = !strcmp(address, "127.0.0.1");
	snprintf(public, sizeof(public), "%s:%u", address, (unsigned)port);
	err = start_server(forward, options, public, pipes, fail);
	if (err)
		close(fd);
	else
		err = begin_forwarding(forward, fd, pipes, fail);
	if (err)
		web_forward_free(forward);
	else
		*out = forward;
	return err;
}

const char *web_forward_url(const struct web_forward *forward)
{
	return forward->url;
}

int web_forward_run(struct web_forward *forward)
{
	event_base_dispatch(forward->base);
	return forward->lab_ended;
}

void web_forward_free(struct web_forward *forward)
{
	if (!forward)
		return;
	mux_free(forward->mux);
	if (forward->listener)
		evconnlistener_free(forward->listener);
	for (size_t i = 0; i < 2; i++)
		if (forward->signals[i])
			event_free(forward->signals[i]);
	if (forward->base)
		event_base_free(forward->base);
	/* The end of its standard input has ended the server. */
	if (forward->pid > 0 && !spawn_wait(forward->pid, END_MS, NULL))
		spawn_end(forward->pid, true, SIGTERM, END_MS);
	free(forward);
}
