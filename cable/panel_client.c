#include "cable/panel_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/netns.h"
#include "cable/panel_socket.h"

struct panel_client {
	int fd;
};

static int reach(int fd, const char *path, struct fail *fail)
{
	struct sockaddr_un address;
	int err = panel_address(&address, path, fail);

	if (err)
		return err;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fail_set(fail, -errno, "panel %s: %s", path,
				errno == ECONNREFUSED ? "no switch listens there (any more)"
				: errno == ENOENT     ? "no such socket; is the switch running?"
						      : strerror(errno));
	return 0;
}

int panel_client_new(struct panel_client **client, const char *path, const struct panel_plug *plug, int ns,
		     struct fail *fail)
{
	struct panel_msg msg = {.kind = PANEL_MSG_PLUG, .plug = *plug};
	struct panel_client *c = calloc(1, sizeof(*c));
	int own = -1, err;

	if (!c)
		return fail_set(fail, -ENOMEM, "out of memory");
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = c->fd < 0 ? fail_set(fail, -errno, "cannot make a socket: %s", strerror(errno)) : 0;
	if (!err && ns == NETNS_OWN)
		err = netns_self(&own, fail);
	else if (!err && ns < 0)
		err = fail_set(fail, -EBADF, "there is no network namespace to plug into");
	if (!err)
		err = reach(c->fd, path, fail);
	if (!err) {
		err = panel_send(c->fd, &msg, ns < 0 ? own : ns);
		if (err)
			fail_set(fail, err, "panel %s: cannot send plug: %s", path,
				 err == -EINVAL ? "a node, port, interface or MAC that cannot be"
						: strerror(-err));
	}
	if (own >= 0)
		close(own);
	if (err) {
		panel_client_free(c);
		return err;
	}
	*client = c;
	return 0;
}

int panel_client_fd(const struct panel_client *client)
{
	return client->fd;
}

int panel_client_receive(struct panel_client *client, struct panel_msg *msg, struct fail *fail)
{
	char text[PANEL_MSG_MAX + 1];
	struct panel_msg got;
	ssize_t n;
	int err;

	/* We do not receive descriptors, so the kernel drops any that a switch sends. ECONNRESET (the
	 * switch closed before it had read all our messages) is reported once, before its own messages:
	 * that comes next. */
	do
		n = recv(client->fd, text, sizeof(text), MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n <= 0)
		return fail_set(fail, -EPIPE, "the switch has closed the panel");
	err = panel_msg_decode(&got, text, (size_t)n, fail);
	if (err)
		return err;
	switch (got.kind) {
	case PANEL_MSG_PLUG:
	case PANEL_MSG_DRAW:
	case PANEL_MSG_LANE:
		return fail_set(fail, -EBADMSG, "panel message %s: only a device sends that",
				panel_msg_name(got.kind));
	case PANEL_MSG_PLUGGED:
	case PANEL_MSG_REFUSED:
	case PANEL_MSG_POWER:
	case PANEL_MSG_LANED:
	case PANEL_MSG_LINK: break;
	}
	*msg = got;
	return 1;
}

int panel_client_draw(struct panel_client *client, unsigned mw)
{
	struct panel_msg msg = {.kind = PANEL_MSG_DRAW, .draw_mw = mw};

	return panel_send(client->fd, &msg, -1);
}

int panel_client_lane(struct panel_client *client, unsigned vid, const char *interface)
{
	struct panel_msg msg = {.kind = PANEL_MSG_LANE, .lane.vid = vid};

	snprintf(msg.lane.interface, sizeof(msg.lane.interface), "%s", interface);
	return panel_send(client->fd, &msg, -1);
}

void panel_client_free(struct panel_client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}
