#include "cable/panel_peer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "cable/panel_socket.h"

void panel_peer_close(struct panel_peer *peer)
{
	peer->closing = true;
	/* The other side can still read what was sent; our epoll wakes up. */
	shutdown(peer->fd, SHUT_RDWR);
}

static int send_message(struct panel_peer *peer, const struct panel_msg *msg)
{
	int err = peer->closing ? -EPIPE : panel_send(peer->fd, msg, -1);

	/* The peer has closed or does not read: in both cases the cable is unplugged. -EINVAL is a defect of
	 * ours, not of the peer. */
	if (err && err != -EINVAL && !peer->closing)
		panel_peer_close(peer);
	return err;
}

int panel_peer_plugged(struct panel_peer *peer, const char *port, const char *switch_name)
{
	struct panel_msg msg = {.kind = PANEL_MSG_PLUGGED};

	snprintf(msg.plugged.port, sizeof(msg.plugged.port), "%s", port);
	snprintf(msg.plugged.switch_name, sizeof(msg.plugged.switch_name), "%s", switch_name);
	snprintf(msg.plugged.interface, sizeof(msg.plugged.interface), "%s", peer->interface);
	log_debug(LOG_PANEL, "client %d: plugged in at %s of %s", peer->fd, port, switch_name);
	return send_message(peer, &msg);
}

static void refusal(struct panel_msg *msg, const char *code, const char *reason)
{
	*msg = (struct panel_msg){.kind = PANEL_MSG_REFUSED};
	snprintf(msg->refused.code, sizeof(msg->refused.code), "%s", code);
	snprintf(msg->refused.reason, sizeof(msg->refused.reason), "%s", reason);
	/* The reason may quote the peer: no character in it may prevent the encoding. */
	for (char *c = msg->refused.reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

void panel_send_refused(int fd, const char *code, const char *reason)
{
	struct panel_msg msg;

	refusal(&msg, code, reason);
	panel_send(fd, &msg, -1);
}

int panel_peer_refuse(struct panel_peer *peer, const char *code, const char *reason)
{
	struct panel_msg msg;
	int err;

	refusal(&msg, code, reason);
	log_debug(LOG_PANEL, "client %d: refused: %s: %s", peer->fd, code, reason);
	err = send_message(peer, &msg);
	if (!peer->closing)
		panel_peer_close(peer);
	return err;
}

int panel_peer_power(struct panel_peer *peer, enum panel_power_state state, unsigned mw, const char *reason)
{
	struct panel_msg msg = {.kind = PANEL_MSG_POWER, .power = {.state = state, .mw = mw}};

	snprintf(msg.power.reason, sizeof(msg.power.reason), "%s", reason ? reason : "");
	return send_message(peer, &msg);
}

int panel_peer_link(struct panel_peer *peer, bool up)
{
	struct panel_msg msg = {.kind = PANEL_MSG_LINK, .link_up = up};

	return send_message(peer, &msg);
}

int panel_peer_laned(struct panel_peer *peer, unsigned vid, bool made, const char *reason)
{
	struct panel_msg msg = {.kind = PANEL_MSG_LANED, .laned = {.vid = vid, .made = made}};

	snprintf(msg.laned.reason, sizeof(msg.laned.reason), "%s", reason ? reason : "");
	return send_message(peer, &msg);
}

void panel_peer_set_data(struct panel_peer *peer, void *data)
{
	peer->data = data;
}

void *panel_peer_data(const struct panel_peer *peer)
{
	return peer->data;
}

int panel_peer_netns(const struct panel_peer *peer)
{
	return peer->ns;
}

const char *panel_peer_interface(const struct panel_peer *peer)
{
	return peer->interface;
}
