#include "switch-sim/driver/switchd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/clock.h"
#include "cable/link.h"
#include "cable/netns.h"

#define FRAMES_A_TURN 1024

void switchd_enter(struct switchd *d)
{
	d->now_us = clock_now_us();
}

void switchd_leave(struct switchd *d)
{
	uint64_t next = switch_core_next(d->core), now;
	struct timeval wait;

	if (next == d->armed_us)
		return;
	d->armed_us = next;
	if (next == SWITCH_NEVER) {
		event_del(d->timer);
		return;
	}
	now = clock_now_us();
	next = next > now ? next - now : 0;
	wait = (struct timeval){.tv_sec = (time_t)(next / 1000000), .tv_usec = (suseconds_t)(next % 1000000)};
	event_add(d->timer, &wait);
}

int switchd_index_set(struct switchd *d, int ifindex, struct switchd_index whose)
{
	if ((unsigned)ifindex >= d->by_index_size) {
		unsigned size = d->by_index_size ? d->by_index_size : 256;
		struct switchd_index *more;

		while (size <= (unsigned)ifindex)
			size *= 2;
		more = realloc(d->by_index, size * sizeof(*more));
		if (!more)
			return -ENOMEM;
		memset(more + d->by_index_size, 0, (size - d->by_index_size) * sizeof(*more));
		d->by_index = more;
		d->by_index_size = size;
	}
	d->by_index[ifindex] = whose;
	return 0;
}

int switchd_bind(struct switchd *d, unsigned port, int ifindex)
{
	int old = d->ports[port].ifindex, err = 0;

	if (old)
		switchd_index_set(d, old, (struct switchd_index){0});
	d->ports[port].ifindex = 0;
	if (ifindex)
		err = switchd_index_set(d, ifindex, (struct switchd_index){.port = (uint16_t)(port + 1)});
	if (!err)
		d->ports[port].ifindex = ifindex;
	return err;
}

static void send_frames(struct switchd *d, const struct switch_action *action)
{
	const struct switchd_lane_way way = switchd_lane_way(action->send.frame, action->send.length);
	unsigned count = 0, lanes = 0;

	for (unsigned i = 0; i < action->send.count; i++) {
		unsigned port = action->send.ports[i];

		if ((int)port == action->send.except)
			continue;
		if (d->ports[port].recording && d->ports[port].ifindex)
			recording_add(d->ports[port].recording, clock_now_us(), false, action->send.frame,
				      action->send.length);
		if (way.vid && d->ports[port].lane && d->ports[port].lane_vid == way.vid) {
			d->lanes[lanes++] = d->ports[port].lane;
			if (!way.both)
				continue;
		}
		if (d->ports[port].ifindex)
			d->indexes[count++] = d->ports[port].ifindex;
		else if (d->ports[port].nic)
			switchd_nic_send(d->ports[port].nic, action->send.frame, action->send.length);
		else if (d->ports[port].trunk)
			switchd_trunk_send(d, d->ports[port].trunk - 1, action->send.frame,
					   action->send.length);
	}
	if (count == 1)
		ring_send(d->ring, d->indexes[0], action->send.frame, action->send.length);
	else if (count)
		ring_send_many(d->ring, d->indexes, count, action->send.frame, action->send.length);
	if (lanes)
		ring_send_many_untagged(d->ring, d->lanes, lanes, action->send.frame, action->send.length);
}

static enum panel_power_state panel_state(enum switch_power_state state)
{
	switch (state) {
	case SWITCH_POWER_DETECTED: return PANEL_POWER_DETECTED;
	case SWITCH_POWER_GRANTED: return PANEL_POWER_GRANTED;
	case SWITCH_POWER_DENIED: return PANEL_POWER_DENIED;
	case SWITCH_POWER_OFF: return PANEL_POWER_OFF;
	case SWITCH_POWER_ADJUSTED: return PANEL_POWER_ADJUSTED;
	}
	return PANEL_POWER_OFF;
}

static void set_link(struct switchd *d, const struct switch_action *action)
{
	struct switchd_port *port = &d->ports[action->link.port];
	struct fail fail = {0};
	int err = port->ifindex ? link_set_up(d->rtnl, port->ifindex, action->link.up, &fail) : 0;

	port->up = action->link.up;
	if (!err)
		err = switchd_lane_set_up(d, action->link.port, action->link.up, &fail);
	/* -ENODEV: the namespace of the device has ended, and both ends of the cable with it. */
	if (err && err != -ENODEV)
		fprintf(stderr, "%s: %s: %s\n", d->file->config.name,
			switch_core_port_name(d->core, action->link.port), fail.text);
	if (port->peer)
		panel_peer_link(port->peer, action->link.up);
	switchd_trunk_link(d, action->link.port);
}

static void act(void *arg, const struct switch_action *action)
{
	struct switchd *d = arg;
	struct panel_peer *peer;

	switch (action->kind) {
	case SWITCH_ACTION_SEND:
		if (d->ring)
			send_frames(d, action);
		break;
	case SWITCH_ACTION_POWER:
		peer = d->ports[action->power.port].peer;
		if (peer)
			panel_peer_power(peer, panel_state(action->power.state), action->power.mw,
					 action->power.reason);
		break;
	case SWITCH_ACTION_LINK: set_link(d, action); break;
	case SWITCH_ACTION_EVENT:
		if (d->file->panel_only && !panel_only_event(action->event.event)) {
			json_decref(action->event.evidence);
			break;
		}
		event_log_write(d->log, d->now_us, d->file->config.name, action->event.step,
				action->event.event, action->event.detail, action->event.evidence);
		break;
	case SWITCH_ACTION_TRACE: log_debug(action->trace.token, "%s", action->trace.text); break;
	}
}

static void on_frame(void *arg, int ifindex, uint8_t *frame, size_t length)
{
	struct switchd *d = arg;
	struct switchd_index whose = {0};
	unsigned port;

	if ((unsigned)ifindex < d->by_index_size)
		whose = d->by_index[ifindex];
	if (!whose.port)
		return;
	port = whose.port - 1u;
	if (whose.lane)
		frame = switchd_lane_tag(whose.lane, frame, &length);
	if (d->ports[port].recording)
		recording_add(d->ports[port].recording, clock_now_us(), true, frame, length);
	switch_core_frame(d->core, d->now_us, port, frame, length);
}

static void on_ring(evutil_socket_t fd, short what, void *arg)
{
	struct switchd *d = arg;

	(void)fd, (void)what;
	switchd_enter(d);
	ring_receive(d->ring, FRAMES_A_TURN, on_frame, d);
	switchd_leave(d);
}

static void on_panel(evutil_socket_t fd, short what, void *arg)
{
	struct switchd *d = arg;

	(void)fd, (void)what;
	switchd_enter(d);
	panel_server_handle(d->panel);
	switchd_leave(d);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct switchd *d = arg;

	(void)fd, (void)what;
	d->armed_us = SWITCH_NEVER;
	switchd_enter(d);
	switch_core_tick(d->core, d->now_us);
	switchd_leave(d);
}

/* The cables and the switch stay; new cables are made as in a container without SYS_ADMIN. */
static void on_helper(evutil_socket_t fd, short what, void *arg)
{
	struct switchd *d = arg;

	(void)fd, (void)what;
	if (!netns_helper_lost(d->helper))
		return;
	event_del(d->helper_event);
	event_log_write(d->log, clock_now_us(), d->file->config.name, 0, "switch.helper", SWITCHD_HELPER_LOST,
			NULL);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

/* Two descriptors per port and some more: raise the limit as far as allowed. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_parts(struct switchd *d, struct fail *fail)
{
	const struct switch_file *file = d->file;
	int err;

	err = event_log_open(&d->log, file->events, fail);
	if (!err)
		err = rtnl_open(&d->rtnl, -1, fail);
	if (!err) {
		d->sock = netns_socket(-1, AF_INET, SOCK_DGRAM, 0, fail);
		err = d->sock < 0 ? d->sock : 0;
	}
	if (!err && !file->panel_only)
		err = ring_open(&d->ring, -1, NULL, fail);
	if (!err)
		err = switch_core_new(&d->core, &file->config, clock_now_us(), act, d, fail);
	if (!err)
		switch_core_trace(d->core, log_tokens());
	if (!err)
		err = panel_server_new(&d->panel, file->panel, &switchd_panel_events, d, fail);
	if (!err)
		err = control_server_new(&d->control, d->base, file->control,
					 file->panel_only ? panel_only_verbs : switchd_verbs, d, fail);
	return err;
}

static int watch(struct switchd *d, struct fail *fail)
{
	d->timer = event_new(d->base, -1, 0, on_timer, d);
	d->sweep = event_new(d->base, -1, 0, switchd_sweep, d);
	if (d->ring)
		d->ring_event = event_new(d->base, ring_fd(d->ring), EV_READ | EV_PERSIST, on_ring, d);
	d->panel_event = event_new(d->base, panel_server_fd(d->panel), EV_READ | EV_PERSIST, on_panel, d);
	if (d->helper)
		d->helper_event =
		    event_new(d->base, netns_helper_fd(d->helper), EV_READ | EV_PERSIST, on_helper, d);
	d->terminate = event_new(d->base, SIGTERM, EV_SIGNAL | EV_PERSIST, on_signal, d->base);
	d->interrupt = event_new(d->base, SIGINT, EV_SIGNAL | EV_PERSIST, on_signal, d->base);
	if (!d->timer || !d->sweep || (d->ring && !d->ring_event) || !d->panel_event || !d->terminate ||
	    !d->interrupt || (d->helper && (!d->helper_event || event_add(d->helper_event, NULL))) ||
	    (d->ring && event_add(d->ring_event, NULL)) || event_add(d->panel_event, NULL) ||
	    event_add(d->terminate, NULL) || event_add(d->interrupt, NULL))
		return fail_set(fail, -ENOMEM, "cannot make the event loop");
	return 0;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

/* In order: shutdown messages to the neighbours, cables, sockets. */
static void end(struct switchd *d)
{
	switchd_enter(d);
	if (d->core)
		switch_core_shutdown(d->core, d->now_us);
	uplinks_stop(d);
	free_event(d->helper_event);
	free_event(d->panel_event);
	panel_server_free(d->panel);
	while (d->unplugged)
		switchd_sweep(-1, 0, d);
	for (unsigned i = 0; d->nics && i < switch_core_ports(d->core); i++)
		switchd_nic_detach(d, i);
	for (unsigned i = 0; d->ports && i < switch_config_ports(&d->file->config); i++)
		recording_free(d->ports[i].recording);
	switchd_trunks_stop(d);
	free_event(d->sweep);
	control_server_free(d->control);
	free_event(d->ring_event);
	free_event(d->timer);
	free_event(d->terminate);
	free_event(d->interrupt);
	switch_core_free(d->core);
	ring_close(d->ring);
	closer_wait();
	netns_helper_free(d->helper);
	if (d->sock >= 0)
		close(d->sock);
	rtnl_close(d->rtnl);
	event_log_close(d->log);
	if (d->base)
		event_base_free(d->base);
	free(d->ports);
	free(d->indexes);
	free(d->lanes);
	free(d->by_index);
}

int switchd_run(const struct switch_file *file, struct fail *fail)
{
	struct switchd d = {.file = file, .sock = -1, .armed_us = SWITCH_NEVER};
	unsigned count = switch_config_ports(&file->config);
	int err = 0;

	raise_file_limit();
	signal(SIGPIPE, SIG_IGN);
	rng_seed(&d.rng, file->config.seed, file->config.name);
	/* First, so that it has none of our descriptors. */
	err = netns_helper_start(&d.helper, file->config.name, fail);
	d.base = event_base_new();
	d.ports = calloc(count, sizeof(*d.ports));
	d.indexes = calloc(count, sizeof(*d.indexes));
	d.lanes = calloc(count, sizeof(*d.lanes));
	if (!err && (!d.base || !d.ports || !d.indexes || !d.lanes))
		err = fail_set(fail, -ENOMEM, "no memory for %u ports", count);
	if (!err)
		err = open_parts(&d, fail);
	if (!err)
		err = watch(&d, fail);
	if (!err)
		err = switchd_trunks_start(&d, fail);
	if (!err)
		err = uplinks_start(&d, fail);
	if (!err)
		err = switchd_confine(&d, fail);
	if (!err) {
		switchd_leave(&d);
		printf("%s: ready: %u ports, panel %s, control %s\n", file->config.name, count, file->panel,
		       file->control);
		fflush(stdout);
		event_base_dispatch(d.base);
	}
	end(&d);
	return err;
}
