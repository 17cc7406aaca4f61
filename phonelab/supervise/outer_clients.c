#include "phonelab/supervise/outer_clients.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "phonelab/lab/address.h"

#define CLIENTS 16

struct outer_clients {
	const struct outer_calls *calls;
	void *arg;
	int listener;
	struct event_base *base;
	struct event *accept_event;
	struct {
		int fd; /* -1: free */
		struct event *event;
	} client[CLIENTS];
};

static void drop(struct outer_clients *clients, int i)
{
	event_free(clients->client[i].event);
	close(clients->client[i].fd);
	clients->client[i].event = NULL;
	clients->client[i].fd = -1;
}

static int find(const struct outer_clients *clients, int fd)
{
	for (int i = 0; i < CLIENTS; i++)
		if (clients->client[i].fd == fd)
			return i;
	return -1;
}

static void answer(int fd, json_t *info)
{
	char *text = json_dumps(info, JSON_COMPACT);

	json_decref(info);
	if (text) {
		(void)!write(fd, text, strlen(text));
		(void)!write(fd, "\n", 1);
	}
	free(text);
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct outer_clients *clients = arg;
	char word[32];
	ssize_t n = read(fd, word, sizeof(word) - 1);
	int i = find(clients, fd);

	(void)what;
	if (i < 0)
		return;
	if (n <= 0) {
		drop(clients, i);
		return;
	}
	word[n] = 0;
	if (!strncmp(word, "info", 4)) {
		answer(fd, clients->calls->info(clients->arg));
	} else if (!strncmp(word, "down", 4)) {
		clients->calls->down(clients->arg);
		return;
	}
	drop(clients, i);
}

static bool trusted(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == getuid() || peer.uid == 0);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct outer_clients *clients = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), i = find(clients, -1);

	(void)what;
	if (fd < 0)
		return;
	if (i < 0 || !trusted(fd)) {
		close(fd);
		return;
	}
	clients->client[i].fd = fd;
	clients->client[i].event = event_new(clients->base, fd, EV_READ | EV_PERSIST, on_client, clients);
	event_add(clients->client[i].event, NULL);
}

/* The name belongs to a running lab, or another user has bound it. */
static int name_taken(const struct sockaddr_un *address, socklen_t length, const char *lab, struct fail *fail)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = {.uid = getuid()};
	socklen_t size = sizeof(peer);

	if (fd >= 0 && !connect(fd, (const struct sockaddr *)address, length))
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	if (fd >= 0)
		close(fd);
	if (peer.uid != getuid())
		return fail_set(fail, -EADDRINUSE,
				"the name \"%s\" is taken by another user (uid %u); choose another name with "
				"--name LAB",
				lab, (unsigned)peer.uid);
	return fail_set(fail, -EADDRINUSE,
			"a lab named \"%s\" is running already; choose another name with --name LAB, or end "
			"it first with: phonelab down %s",
			lab, lab);
}

static int listen_at(struct outer_clients *clients, const char *lab, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[100];
	socklen_t length;

	lab_address(lab, text);
	memcpy(address.sun_path + 1, text, strlen(text));
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text));
	clients->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (clients->listener < 0)
		return fail_set(fail, -errno, "socket: %s", strerror(errno));
	if (!bind(clients->listener, (struct sockaddr *)&address, length) && !listen(clients->listener, 16))
		return 0;
	if (errno == EADDRINUSE)
		return name_taken(&address, length, lab, fail);
	return fail_set(fail, -errno, "@%s: %s", text, strerror(errno));
}

int outer_clients_new(struct outer_clients **result, const char *lab, const struct outer_calls *calls,
		      void *arg, struct fail *fail)
{
	struct outer_clients *clients = calloc(1, sizeof(*clients));
	int err;

	if (!clients)
		return fail_set(fail, -ENOMEM, "out of memory");
	clients->calls = calls;
	clients->arg = arg;
	for (int i = 0; i < CLIENTS; i++)
		clients->client[i].fd = -1;
	err = listen_at(clients, lab, fail);
	if (err)
		outer_clients_free(clients);
	else
		*result = clients;
	return err;
}

int outer_clients_fd(const struct outer_clients *clients)
{
	return clients->listener;
}

void outer_clients_serve(struct outer_clients *clients, struct event_base *base)
{
	clients->base = base;
	clients->accept_event = event_new(base, clients->listener, EV_READ | EV_PERSIST, on_accept, clients);
	event_add(clients->accept_event, NULL);
}

void outer_clients_free(struct outer_clients *clients)
{
	if (!clients)
		return;
	if (clients->accept_event)
		event_free(clients->accept_event);
	if (clients->listener >= 0)
		close(clients->listener);
	for (int i = 0; i < CLIENTS; i++)
		if (clients->client[i].fd >= 0)
			drop(clients, i);
	free(clients);
}
