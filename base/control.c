#include "base/control.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/log.h"

#define REQUEST_MAX (64 << 10)
#define PAUSE_US    100000 /* without a descriptor for a new connection */

struct control_peer {
	struct control_server *server;
	LIST_ENTRY(control_peer) entry;
	struct event *readable, *writable;
	int fd;
	char *in; /* REQUEST_MAX bytes at most, a part of a line */
	size_t in_used;
	char *out; /* the reply being sent, or NULL */
	size_t out_used, out_size;
	int out_fd;
	int in_fd[CONTROL_DESCRIPTORS]; /* came with the request that is read now */
	unsigned in_fds;
	uint64_t deferred; /* the ticket of the request whose reply comes later; 0: none */
	bool closing;	   /* once out is sent */
};

struct control_server {
	struct event_base *base;
	struct event *acceptable, *resume;
	const struct control_verb *verbs;
	void *arg;
	int fd;
	LIST_HEAD(, control_peer) peers;
	struct control_peer *running; /* whose request a verb answers now */
	uint64_t last_ticket;
	void (*before)(void *arg); /* called ahead of each reply, or NULL */
	void *before_arg;
	struct sockaddr_un address;
};

/* Close what no verb has taken. */
static void close_descriptors(struct control_peer *peer)
{
	for (unsigned i = 0; i < peer->in_fds; i++)
		if (peer->in_fd[i] >= 0)
			close(peer->in_fd[i]);
	peer->in_fds = 0;
}

static void peer_free(struct control_peer *peer)
{
	LIST_REMOVE(peer, entry);
	if (peer->readable)
		event_free(peer->readable);
	if (peer->writable)
		event_free(peer->writable);
	close(peer->fd);
	if (peer->out_fd >= 0)
		close(peer->out_fd);
	close_descriptors(peer);
	free(peer->in);
	free(peer->out);
	free(peer);
}

/* Send the waiting reply. False if the peer has closed (and is freed). */
static bool peer_flush(struct control_peer *peer)
{
	while (peer->out) {
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(sizeof(int))];
		} control = {0};
		struct iovec iov = {peer->out + peer->out_used, peer->out_size - peer->out_used};
		struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t sent;

		if (peer->out_fd >= 0) {
			message.msg_control = control.space;
			message.msg_controllen = sizeof(control.space);
			control.header =
			    (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET};
			control.header.cmsg_type = SCM_RIGHTS;
			memcpy(CMSG_DATA(&control.header), &peer->out_fd, sizeof(int));
		}
		sent = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN) {
			/* Nothing more is read until this reply is out, or a level-triggered loop would
			 * spin. */
			event_del(peer->readable);
			event_add(peer->writable, NULL);
			return true;
		}
		if (sent < 0) {
			peer_free(peer);
			return false;
		}
		if (peer->out_fd >= 0)
			close(peer->out_fd);
		peer->out_fd = -1;
		peer->out_used += (size_t)sent;
		if (peer->out_used == peer->out_size) {
			free(peer->out);
			peer->out = NULL;
		}
	}
	if (peer->closing) {
		peer_free(peer);
		return false;
	}
	return true;
}

/* Queue a reply; takes body and fd over. body NULL: fail is the reason. */
static void peer_reply(struct control_peer *peer, json_t *body, const struct fail *fail, int fd)
{
	json_t *reply = body ? body : json_object();

	if (peer->server->before)
		peer->server->before(peer->server->before_arg);
	json_object_set_new(reply, "ok", json_boolean(body != NULL));
	if (!body) {
		json_object_set_new(reply, "code", json_string(fail_code(fail->err)));
		json_object_set_new(reply, "error", json_text_new(fail->text));
	}
	peer->out = json_dumps(reply, JSON_COMPACT);
	if (peer->out) {
		peer->out_size = strlen(peer->out) + 1;
		peer->out[peer->out_size - 1] = '\n';
	} else {
		peer->closing = true;
	}
	peer->out_used = 0;
	peer->out_fd = fd;
	json_decref(reply);
}

static void run_verb(struct control_peer *peer, const json_t *request)
{
	const struct control_verb *verb = peer->server->verbs;
	const char *name = json_string_value(json_object_get(request, "do"));
	struct fail fail = {0};
	json_t *body = NULL;
	int fd = -1;

	while (name && verb->name && strcmp(verb->name, name) && strcmp(verb->name, CONTROL_ANY))
		verb++;
	if (!name) {
		fail_set(&fail, -EINVAL, "the request has no key \"do\"");
	} else if (!verb->name) {
		char known[512] = "";

		for (verb = peer->server->verbs; verb->name; verb++) {
			size_t used = strlen(known);

			snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", verb->name);
		}
		fail_set(&fail, -EINVAL, "unknown request \"%.60s\"; requests of this socket: %s", name,
			 known);
	} else {
		peer->server->running = peer;
		body = verb->run(peer->server->arg, request, &fd, &fail);
		peer->server->running = NULL;
		log_debug(LOG_CONTROL, "%s: %s: %s", peer->server->address.sun_path, name,
			  body		   ? "ok"
			  : peer->deferred ? "later"
					   : fail.text);
	}
	if (peer->deferred) {
		close_descriptors(peer);
		event_del(peer->readable);
		return;
	}
	if (!body && fd >= 0) {
		close(fd);
		fd = -1;
	}
	close_descriptors(peer);
	peer_reply(peer, body, &fail, fd);
}

int control_take_descriptor(struct control_server *server, unsigned i)
{
	struct control_peer *peer = server->running;
	int fd = peer && i < peer->in_fds ? peer->in_fd[i] : -1;

	if (fd >= 0)
		peer->in_fd[i] = -1;
	return fd;
}

uint64_t control_defer(struct control_server *server)
{
	server->running->deferred = ++server->last_ticket;
	return server->last_ticket;
}

static void run_line(struct control_peer *peer, const char *line, size_t length)
{
	json_error_t error;
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);

	if (request) {
		run_verb(peer, request);
		json_decref(request);
	} else {
		struct fail fail = {0};

		fail_set(&fail, -EINVAL, "not a JSON request: %s", error.text);
		peer->closing = true;
		peer_reply(peer, NULL, &fail, -1);
	}
}

/* Answer the whole lines that are there, one at a time: the next once the reply is on its way. */
static bool peer_work(struct control_peer *peer)
{
	while (!peer->out && !peer->deferred) {
		char *end = peer->in_used ? memchr(peer->in, '\n', peer->in_used) : NULL;
		struct fail fail = {0};
		size_t length;

		if (!end) {
			if (peer->in_used < REQUEST_MAX)
				return true;
			peer->closing = true;
			fail_set(&fail, -EMSGSIZE, "a request is one line of up to 65536 bytes");
			peer_reply(peer, NULL, &fail, -1);
			return peer_flush(peer);
		}
		length = (size_t)(end - peer->in);
		run_line(peer, peer->in, length);
		peer->in_used -= length + 1;
		memmove(peer->in, end + 1, peer->in_used);
		if (!peer_flush(peer))
			return false;
	}
	return true;
}

void control_answer(struct control_server *server, uint64_t ticket, json_t *body, const struct fail *fail)
{
	struct control_peer *peer;

	LIST_FOREACH(peer, &server->peers, entry)
	if (peer->deferred == ticket)
		break;
	if (!peer) {
		json_decref(body);
		return;
	}
	peer->deferred = 0;
	event_add(peer->readable, NULL);
	peer_reply(peer, body, fail, -1);
	if (peer_flush(peer) && !peer->out)
		peer_work(peer);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct control_peer *peer = arg;

	(void)fd, (void)what;

	if (!peer_flush(peer) || peer->out)
		return;
	event_add(peer->readable, NULL);
	peer_work(peer);
}

/* Keep the descriptors that came with a part of a request; close those that are too many. */
static void keep_descriptors(struct control_peer *peer, struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
			int fd;

			memcpy(&fd, (char *)c + at, sizeof(fd));
			if (peer->in_fds < CONTROL_DESCRIPTORS)
				peer->in_fd[peer->in_fds++] = fd;
			else
				close(fd);
		}
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct control_peer *peer = arg;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
	} control;
	struct iovec iov = {peer->in + peer->in_used, REQUEST_MAX - peer->in_used};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.space,
				 .msg_controllen = sizeof(control.space)};
	ssize_t got;

	(void)what;
	got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		peer_free(peer);
		return;
	}
	keep_descriptors(peer, &message);
	peer->in_used += (size_t)got;
	peer_work(peer);
}

static void peer_new(struct control_server *server, int fd)
{
	struct control_peer *peer = calloc(1, sizeof(*peer));

	if (!peer || !(peer->in = malloc(REQUEST_MAX))) {
		free(peer);
		close(fd);
		return;
	}
	*peer = (struct control_peer){.server = server, .in = peer->in, .fd = fd, .out_fd = -1};
	LIST_INSERT_HEAD(&server->peers, peer, entry);
	peer->readable = event_new(server->base, fd, EV_READ | EV_PERSIST, on_readable, peer);
	peer->writable = event_new(server->base, fd, EV_WRITE, on_writable, peer);
	if (!peer->readable || !peer->writable || event_add(peer->readable, NULL))
		peer_free(peer);
}

static void on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	static const struct timeval pause = {.tv_usec = PAUSE_US};
	struct control_server *server = arg;

	(void)what;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			peer_new(server, fd);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* No descriptor or no memory: the listener stays readable, and the loop would spin. */
			log_debug(LOG_CONTROL, "%s: accept: %s", server->address.sun_path, strerror(errno));
			event_del(server->acceptable);
			event_add(server->resume, &pause);
			return;
		}
	}
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct control_server *server = arg;

	(void)fd, (void)what;
	event_add(server->acceptable, NULL);
}

static int fill_address(struct sockaddr_un *address, const char *path, struct fail *fail)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!*path || strlen(path) >= sizeof(address->sun_path))
		return fail_set(fail, -ENAMETOOLONG,
				"%s: the path of a control socket has 1 to %zu bytes, found %zu", path,
				sizeof(address->sun_path) - 1, strlen(path));
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

static int listen_at(struct control_server *server, const char *path, struct fail *fail)
{
	mode_t mask;
	int err = 0;

	unlink(path);
	mask = umask(0177);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0 ||
	    bind(server->fd, (struct sockaddr *)&server->address, sizeof(server->address)) ||
	    listen(server->fd, 64))
		err = fail_set(fail, -errno, "%s: cannot listen for control: %s", path, strerror(errno));
	umask(mask);
	return err;
}

json_t *control_alive(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg;
	(void)request;
	(void)fd;
	(void)fail;
	return json_object();
}

int control_server_new(struct control_server **result, struct event_base *base, const char *path,
		       const struct control_verb *verbs, void *arg, struct fail *fail)
{
	struct control_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return fail_set(fail, -ENOMEM, "no memory for a control socket");
	server->base = base;
	server->verbs = verbs;
	server->arg = arg;
	server->fd = -1;
	err = fill_address(&server->address, path, fail);
	if (!err)
		err = listen_at(server, path, fail);
	if (!err) {
		server->acceptable = event_new(base, server->fd, EV_READ | EV_PERSIST, on_acceptable, server);
		server->resume = event_new(base, -1, 0, on_resume, server);
		if (!server->acceptable || !server->resume || event_add(server->acceptable, NULL))
			err = fail_set(fail, -ENOMEM, "%s: cannot watch the control socket", path);
	}
	if (err)
		control_server_free(server);
	else
		*result = server;
	return err;
}

void control_server_before_reply(struct control_server *server, void (*before)(void *arg), void *arg)
{
	server->before = before;
	server->before_arg = arg;
}

void control_server_free(struct control_server *server)
{
	if (!server)
		return;
	while (!LIST_EMPTY(&server->peers))
		peer_free(LIST_FIRST(&server->peers));
	if (server->acceptable)
		event_free(server->acceptable);
	if (server->resume)
		event_free(server->resume);
	if (server->fd >= 0)
		close(server->fd);
	unlink(server->address.sun_path);
	free(server);
}
