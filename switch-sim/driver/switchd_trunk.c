#include "switch-sim/driver/switchd_trunk.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/vxlan.h"

#define BATCH	 32
#define BATCHES	 8 /* in a turn of the event loop */
#define DATAGRAM 2048

static void send_datagram(struct switchd_trunks *t, const struct trunk_action *action)
{
	struct sockaddr_storage to;
	struct iovec parts[2] = {{(void *)action->head, action->head_length},
				 {action->body, action->body_length}};
	struct msghdr message = {.msg_name = &to,
				 .msg_namelen = trunk_socket_address(t->family, action->address, &to),
				 .msg_iov = parts,
				 .msg_iovlen = 2};

	if (sendmsg(t->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		trunks_unsent(t->trunks, action->trunk, errno);
}

static void new_peer(struct switchd_trunks *t, const struct trunk_action *action)
{
	struct switchd *d = t->d;
	const char *port = switch_core_port_name(d->core, action->port);
	char text[TRUNK_ADDRESS_TEXT], detail[128];

	trunk_address_format(action->address, text);
	snprintf(detail, sizeof(detail), "%s: the peer is %s", port, text);
	event_log_write(d->log, d->now_us, d->file->config.name, 0, "trunk.peer", detail,
			json_pack("{s:s,s:i,s:s}", "port", port, "vni", (int)t->uplink[action->trunk]->vni,
				  "address", text));
	trunk_report_mtu(t, action->trunk, action->address);
}

static void act(void *arg, const struct trunk_action *action)
{
	struct switchd_trunks *t = arg;
	struct switchd *d = t->d;

	switch (action->kind) {
	case TRUNK_ACTION_SEND: send_datagram(t, action); break;
	case TRUNK_ACTION_FRAME:
		switch_core_frame(d->core, d->now_us, action->port, action->body, action->body_length);
		break;
	case TRUNK_ACTION_CARRIER: switch_core_carrier(d->core, d->now_us, action->port, action->up); break;
	case TRUNK_ACTION_RESOLVE: trunk_lookup_start(&t->lookup[action->trunk]); break;
	case TRUNK_ACTION_PEER: new_peer(t, action); break;
	}
}

void switchd_trunk_send(struct switchd *d, unsigned trunk, const void *frame, size_t length)
{
	if (d->trunks)
		trunks_send(d->trunks->trunks, trunk, frame, length);
}

void switchd_trunk_link(struct switchd *d, unsigned port)
{
	if (d->trunks && d->ports[port].trunk)
		trunks_link(d->trunks->trunks, d->ports[port].trunk - 1, switch_core_enabled(d->core, port));
}

void switchd_trunks_arm(struct switchd_trunks *t)
{
	uint64_t next = trunks_next(t->trunks), now = t->d->now_us;
	struct timeval wait;

	if (next == SWITCH_NEVER)
		return;
	next = next > now ? next - now : 0;
	wait = (struct timeval){.tv_sec = (time_t)(next / 1000000), .tv_usec = (suseconds_t)(next % 1000000)};
	event_add(t->timer, &wait);
}

/* A port may be shut down or cut while its link is down: then no action of the core reports that. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct switchd_trunks *t = arg;

	(void)fd, (void)what;
	switchd_enter(t->d);
	for (unsigned i = 0; i < t->count; i++)
		switchd_trunk_link(t->d, t->uplink[i]->port);
	trunks_tick(t->trunks, t->d->now_us);
	switchd_trunks_arm(t);
	switchd_leave(t->d);
}

/* Up to BATCH datagrams; their number. */
static int receive_batch(struct switchd_trunks *t)
{
	struct sockaddr_storage from[BATCH];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int count;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){t->buffers + (size_t)i * DATAGRAM, DATAGRAM};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						      .msg_namelen = sizeof(from[i]),
						      .msg_iov = &parts[i],
						      .msg_iovlen = 1};
	}
	count = recvmmsg(t->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		const struct trunk_address address = trunk_socket_origin(&from[i]);

		trunks_receive(t->trunks, t->d->now_us, &address, parts[i].iov_base, messages[i].msg_len,
			       messages[i].msg_hdr.msg_flags & MSG_TRUNC);
	}
	return count;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct switchd_trunks *t = arg;

	(void)fd, (void)what;
	switchd_enter(t->d);
	for (int i = 0; i < BATCHES && receive_batch(t) == BATCH; i++)
		;
	switchd_trunks_arm(t);
	switchd_leave(t->d);
}

/* The trunks as the core of trunks wants them. */
static int make_trunks(struct switchd_trunks *t, struct fail *fail)
{
	struct trunk_config *configs = calloc(t->count, sizeof(*configs));
	uint8_t secret[TRUNK_SECRET_MAX + 1];
	ssize_t length = trunk_secret_read(secret, fail);
	uint64_t session = 0;
	int err = length < 0 ? (int)length : 0;

	if (!configs)
		err = fail_set(fail, -ENOMEM, "no memory for %u trunks", t->count);
	if (!err && getrandom(&session, sizeof(session), 0) != sizeof(session))
		err = fail_set(fail, -errno, "getrandom: %s", strerror(errno));
	for (unsigned i = 0; !err && i < t->count; i++)
		configs[i] =
		    (struct trunk_config){.port = t->uplink[i]->port,
					  .mac = switch_core_port_mac(t->d->core, t->uplink[i]->port),
					  .vni = t->uplink[i]->vni,
					  .keepalive = t->uplink[i]->keepalive,
					  .named = t->uplink[i]->has_peer};
	if (!err)
		err = trunks_new(&t->trunks, configs, t->count, secret, (size_t)length, session | 1,
				 t->d->now_us, act, t, fail);
	if (err == -EINVAL)
		fail_prefix(fail, err, "PHONELAB_TRUNK_SECRET_FILE, PHONELAB_TRUNK_SECRET");
	explicit_bzero(secret, sizeof(secret));
	free(configs);
	return err;
}

/* Each trunk is plugged in from the start, and its carrier comes with the peer. */
static void plug_all(struct switchd_trunks *t)
{
	struct switchd *d = t->d;

	for (unsigned i = 0; i < t->count; i++) {
		const struct switch_uplink *uplink = t->uplink[i];
		struct switch_device device = {.power = SWITCH_POWER_NONE,
					       .trunk = trunks_status(t->trunks, i)};

		snprintf(device.node, sizeof(device.node), "%.63s",
			 uplink->to	    ? uplink->to
			 : uplink->has_peer ? uplink->peer.host
					    : "trunk");
		d->ports[uplink->port].trunk = i + 1;
		switch_core_plug(d->core, d->now_us, uplink->port, &device);
	}
}

/* The interfaces that are here before any cable carry the datagrams of the trunks. The ring of the cables does not need them. If
 * there are too many, it receives them in vain. */
static void ignore_underlay(struct switchd *d)
{
	struct if_nameindex *list = if_nameindex();
	int ifindexes[RING_IGNORED_MAX];
	unsigned count = 0;

	for (struct if_nameindex *it = list; it && it->if_index && count < RING_IGNORED_MAX; it++)
		ifindexes[count++] = (int)it->if_index;
	ring_ignore(d->ring, ifindexes, count);
	if (list)
		if_freenameindex(list);
}

static int start(struct switchd_trunks *t, struct fail *fail)
{
	struct switchd *d = t->d;
	unsigned n = 0;
	int err;

	t->uplink = calloc(t->count, sizeof(*t->uplink));
	t->lookup = calloc(t->count, sizeof(*t->lookup));
	t->mtu = calloc(t->count, sizeof(*t->mtu));
	t->over = calloc(t->count, sizeof(*t->over));
	t->buffers = calloc(BATCH, DATAGRAM);
	if (!t->uplink || !t->lookup || !t->mtu || !t->over || !t->buffers)
		return fail_set(fail, -ENOMEM, "no memory for %u trunks", t->count);
	for (unsigned i = 0; i < d->file->uplink_count; i++)
		if (d->file->uplinks[i].udp) {
			t->lookup[n] = (struct trunk_lookup){.of = t, .trunk = n};
			t->uplink[n++] = &d->file->uplinks[i];
		}
	err = make_trunks(t, fail);
	if (!err)
		err = trunk_outside_adopt(t, fail);
	if (!err && t->fd < 0) {
		t->fd = trunk_socket_open(d->file->udp_port, &t->family, fail);
		err = t->fd < 0 ? t->fd : 0;
	}
	if (err)
		return err;
	t->timer = event_new(d->base, -1, 0, on_timer, t);
	t->readable = event_new(d->base, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	if (!t->timer || !t->readable || event_add(t->readable, NULL))
		return fail_set(fail, -ENOMEM, "no memory for %u trunks", t->count);
	ignore_underlay(d);
	plug_all(t);
	switchd_trunks_arm(t);
	return 0;
}

int switchd_trunks_start(struct switchd *d, struct fail *fail)
{
	unsigned count = 0;

	for (unsigned i = 0; i < d->file->uplink_count; i++)
		count += d->file->uplinks[i].udp;
	if (!count || d->file->panel_only)
		return 0;
	d->trunks = calloc(1, sizeof(*d->trunks));
	if (!d->trunks)
		return fail_set(fail, -ENOMEM, "no memory for %u trunks", count);
	*d->trunks = (struct switchd_trunks){.d = d, .count = count, .fd = -1, .outside = -1};
	switchd_enter(d);
	return start(d->trunks, fail);
}

void switchd_trunks_stop(struct switchd *d)
{
	struct switchd_trunks *t = d->trunks;

	if (!t)
		return;
	if (t->trunks && t->fd >= 0)
		trunks_shutdown(t->trunks, d->now_us);
	d->trunks = NULL;
	for (unsigned i = 0; t->lookup && i < t->count; i++)
		trunk_lookup_stop(&t->lookup[i]);
	if (t->readable)
		event_free(t->readable);
	if (t->timer)
		event_free(t->timer);
	if (t->fd >= 0)
		close(t->fd);
	trunks_free(t->trunks);
	free(t->uplink);
	free(t->lookup);
	trunk_outside_stop(t);
	free(t->mtu);
	free(t->over);
	free(t->buffers);
	free(t);
}
