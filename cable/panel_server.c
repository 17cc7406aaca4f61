#include "cable/panel_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cable/netns.h"
#include "cable/panel_peer.h"
#include "cable/panel_socket.h"

#define NO_DESCRIPTOR "the switch has no file descriptor left; raise its limit (ulimit -n)"
#define SILENCE_US    5000000 /* from connection to plug */
#define SILENT_MOST   512     /* connections without a plug; the oldest is closed for another */
#define ACCEPT_MOST   64      /* a turn */
#define EVENTS_MOST   64
#define MESSAGES_MOST 16 /* of one peer a turn */

TAILQ_HEAD(peers, panel_peer);

struct panel_server {
	const struct panel_server_events *events;
	void *arg;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int epoll, listener, timer;
	int spare; /* closed for a moment to refuse a peer when no descriptor is left */
	struct peers silent, plugged;
	unsigned silent_count;
};

static void destroy(struct panel_peer *peer)
{
	struct panel_server *server = peer->server;

	log_debug(LOG_PANEL, "client %d: closed", peer->fd);
	if (peer->announced)
		server->events->unplug(server->arg, peer);
	if (peer->ns >= 0) {
		TAILQ_REMOVE(&server->plugged, peer, entry);
		close(peer->ns);
	} else {
		TAILQ_REMOVE(&server->silent, peer, entry);
		server->silent_count--;
	}
	close(peer->fd); /* this removes it from the epoll too */
	free(peer);
}

/* A first message: a plug with one network namespace. */
static int take_plug(struct panel_peer *peer, struct panel_received *got, struct fail *fail)
{
	struct panel_server *server = peer->server;

	if (got->msg.kind != PANEL_MSG_PLUG)
		return fail_set(fail, -EPROTO, "panel message %s: expected a plug first",
				panel_msg_name(got->msg.kind));
	if (got->lost)
		return fail_set(fail, -EMFILE, NO_DESCRIPTOR);
	if (got->descriptors != 1 || !netns_is(got->descriptor[0]))
		return fail_set(
		    fail, -EPROTO,
		    "plug: the message carries %u descriptors; it needs one, of a network namespace",
		    got->descriptors);
	peer->ns = got->descriptor[0];
	got->descriptors = 0;
	memcpy(peer->interface, got->msg.plug.interface, sizeof(peer->interface));
	TAILQ_REMOVE(&server->silent, peer, entry);
	server->silent_count--;
	TAILQ_INSERT_TAIL(&server->plugged, peer, entry);
	peer->announced = true;
	log_debug(LOG_PANEL, "client %d: plug: node %s, interface %s, port %s", peer->fd, got->msg.plug.node,
		  got->msg.plug.interface, *got->msg.plug.port ? got->msg.plug.port : "any");
	server->events->plug(server->arg, peer, &got->msg.plug, peer->ns);
	return 0;
}

static void take_lane(struct panel_peer *peer, const struct panel_lane *lane)
{
	const struct panel_server *server = peer->server;

	log_debug(LOG_PANEL, "client %d: lane: VLAN %u, interface %s", peer->fd, lane->vid, lane->interface);
	if (server->events->lane)
		server->events->lane(server->arg, peer, lane);
	else if (lane->vid)
		panel_peer_laned(peer, lane->vid, false, "this panel has no lanes");
}

static int take(struct panel_peer *peer, struct panel_received *got, struct fail *fail)
{
	if (peer->ns < 0)
		return take_plug(peer, got, fail);
	if (got->descriptors)
		return fail_set(fail, -EPROTO,
				"panel message %s: a descriptor is expected with the plug only",
				panel_msg_name(got->msg.kind));
	switch (got->msg.kind) {
	case PANEL_MSG_DRAW: peer->server->events->draw(peer->server->arg, peer, got->msg.draw_mw); return 0;
	case PANEL_MSG_LANE: take_lane(peer, &got->msg.lane); return 0;
	case PANEL_MSG_PLUG:
	case PANEL_MSG_PLUGGED:
	case PANEL_MSG_REFUSED:
	case PANEL_MSG_POWER:
	case PANEL_MSG_LINK:
	case PANEL_MSG_LANED: break;
	}
	return fail_set(fail, -EPROTO, "panel message %s: expected draw or lane, once plugged",
			panel_msg_name(got->msg.kind));
}

static void serve(struct panel_peer *peer)
{
	for (int i = 0; i < MESSAGES_MOST && !peer->closing; i++) {
		struct panel_received got;
		struct fail fail = {0};
		int err = panel_receive(peer->fd, &got, &fail);

		if (err == -EAGAIN)
			return;
		if (!err)
			err = take(peer, &got, &fail);
		panel_received_release(&got);
		if (err == -EPIPE)
			break;
		if (err)
			panel_peer_refuse(peer, err == -EMFILE ? "failed" : "bad-request", fail.text);
		else if (i == MESSAGES_MOST - 1 && !peer->closing)
			return; /* the rest in the next turn */
	}
	destroy(peer);
}

/* Wake up when the time limit of the oldest peer without a plug expires. */
static void arm(struct panel_server *server)
{
	struct panel_peer *oldest = TAILQ_FIRST(&server->silent);
	struct itimerspec when = {.it_value = {0}};

	if (oldest) {
		uint64_t end = oldest->since + SILENCE_US;

		when.it_value.tv_sec = (time_t)(end / 1000000);
		when.it_value.tv_nsec = (long)(end % 1000000) * 1000;
	}
	timerfd_settime(server->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void expire(struct panel_server *server)
{
	uint64_t now = clock_now_us(), expirations;
	struct panel_peer *peer;

	(void)!read(server->timer, &expirations, sizeof(expirations));
	while ((peer = TAILQ_FIRST(&server->silent)) && peer->since + SILENCE_US <= now) {
		panel_peer_refuse(peer, "bad-request", "no message within five seconds; expected a plug");
		destroy(peer);
	}
}

static int admit(struct panel_server *server, int fd)
{
	struct panel_peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = peer};

	if (!peer || epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event)) {
		free(peer);
		close(fd);
		return -ENOMEM;
	}
	peer->server = server;
	peer->fd = fd;
	peer->ns = -1;
	peer->since = clock_now_us();
	log_debug(LOG_PANEL, "client %d: connected", fd);
	TAILQ_INSERT_TAIL(&server->silent, peer, entry);
	server->silent_count++;
	return 0;
}

/* No descriptor left: the listener would stay readable. Accept the peer with the spare one and report
 * why. */
static void turn_away(struct panel_server *server)
{
	int fd;

	log_debug(LOG_PANEL, "no file descriptor left for a client");
	close(server->spare);
	fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		panel_send_refused(fd, "failed", NO_DESCRIPTOR);
		close(fd);
	}
	server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void welcome(struct panel_server *server)
{
	for (int i = 0; i < ACCEPT_MOST; i++) {
		int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			turn_away(server);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return;
		if (server->silent_count >= SILENT_MOST) {
			/* Only shut down: an event of it may wait in this turn. */
			panel_peer_refuse(TAILQ_FIRST(&server->silent), "failed",
					  "too many connections without a plug");
		}
		admit(server, fd);
	}
}

int panel_server_handle(struct panel_server *server)
{
	struct epoll_event events[EVENTS_MOST];
	int n = epoll_wait(server->epoll, events, EVENTS_MOST, 0);
	bool knocked = false, expired = false;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &server->listener)
			knocked = true;
		else if (events[i].data.ptr == &server->timer)
			expired = true;
		else
			serve(events[i].data.ptr);
	}
	/* Last, because these may end peers that have an event in this turn. */
	if (expired)
		expire(server);
	if (knocked)
		welcome(server);
	arm(server);
	return 0;
}

static int watch(struct panel_server *server, int fd, void *data)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};

	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

int panel_server_new(struct panel_server **server, const char *path, const struct panel_server_events *events,
		     void *arg, struct fail *fail)
{
	struct panel_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return fail_set(fail, -ENOMEM, "out of memory");
	TAILQ_INIT(&s->silent);
	TAILQ_INIT(&s->plugged);
	s->events = events;
	s->arg = arg;
	s->listener = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	err = s->epoll < 0 || s->timer < 0 || s->spare < 0
		  ? fail_set(fail, -errno, "panel %s: %s", path, strerror(errno))
		  : panel_listen(path, &s->listener, fail);
	if (!err)
		strcpy(s->path, path);
	if (!err && (watch(s, s->listener, &s->listener) || watch(s, s->timer, &s->timer)))
		err = fail_set(fail, -errno, "panel %s: %s", path, strerror(errno));
	if (err) {
		panel_server_free(s);
		return err;
	}
	*server = s;
	return 0;
}

int panel_server_fd(const struct panel_server *server)
{
	return server->epoll;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void panel_server_free(struct panel_server *server)
{
	struct panel_peer *peer;

	if (!server)
		return;
	while ((peer = TAILQ_FIRST(&server->silent)))
		destroy(peer);
	while ((peer = TAILQ_FIRST(&server->plugged)))
		destroy(peer);
	if (*server->path)
		unlink(server->path);
	close_fd(server->listener);
	close_fd(server->timer);
	close_fd(server->spare);
	close_fd(server->epoll);
	free(server);
}
