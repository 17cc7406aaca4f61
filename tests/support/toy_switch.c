#include "tests/support/toy_switch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cable/address.h"
#include "cable/link.h"
#include "cable/plug.h"
#include "tests/support/command.h"

#define PORTS 512

struct slot {
	struct toy_switch_port port;
	struct panel_peer *peer;
};

struct toy_switch {
	struct panel_server *server;
	struct rtnl *rtnl;
	struct slot slots[PORTS];
	unsigned total, plugged;
	const char *refuse;
	enum toy_switch_lanes lanes;
	bool hold;
};

static int make(struct toy_switch *toy, struct toy_switch_port *port, unsigned n, int ns, struct fail *fail)
{
	struct cable_plug cable = {.name = port->name,
				   .peer_ns = ns,
				   .peer_name = port->plug.interface,
				   .peer_mac = &port->plug.mac,
				   .up = !toy->hold};
	struct address address;
	char text[32];
	int err = cable_plug_link(toy->rtnl, -1, &cable, &port->ifindex, fail);

	if (err)
		return err;
	snprintf(text, sizeof(text), "10.9.%u.1/24", n & 0xff);
	err = address_parse(&address, text, fail);
	return err ? err : address_add(toy->rtnl, port->ifindex, &address, fail);
}

static void on_plug(void *arg, struct panel_peer *peer, const struct panel_plug *plug, int ns)
{
	struct toy_switch *toy = arg;
	struct slot *slot = &toy->slots[toy->total % PORTS];
	struct fail fail = {0};

	if (toy->refuse) {
		panel_peer_refuse(peer, toy->refuse, "so the test wants it");
		return;
	}
	memset(slot, 0, sizeof(*slot));
	slot->peer = peer;
	slot->port.plug = *plug;
	snprintf(slot->port.name, sizeof(slot->port.name), "port%u", (toy->total + 1) % 1000000);
	if (make(toy, &slot->port, toy->total + 1, ns, &fail)) {
		fprintf(stderr, "toy switch: %s\n", fail.text);
		panel_peer_refuse(peer, "failed", fail.text);
		return;
	}
	slot->port.plugged = true;
	panel_peer_set_data(peer, slot);
	toy->total++;
	toy->plugged++;
	panel_peer_plugged(peer, *plug->port ? plug->port : slot->port.name, "toy");
	panel_peer_link(peer, !toy->hold);
}

static void on_draw(void *arg, struct panel_peer *peer, unsigned mw)
{
	struct slot *slot = panel_peer_data(peer);

	(void)arg;
	slot->port.draw_mw = mw;
}

static void delete_lane(const struct toy_switch *toy, struct toy_switch_port *port)
{
	struct fail fail = {0};

	if (port->lane && cable_unplug_link(toy->rtnl, port->lane, &fail))
		fprintf(stderr, "toy switch: %s\n", fail.text);
	port->lane = 0;
}

static int make_lane(const struct toy_switch *toy, struct panel_peer *peer, struct toy_switch_port *port,
		     const struct panel_lane *lane, struct fail *fail)
{
	char name[32];
	const struct cable_plug cable = {.name = name,
					 .peer_ns = panel_peer_netns(peer),
					 .peer_name = lane->interface,
					 .peer_mac = &port->plug.mac,
					 .up = !toy->hold};

	snprintf(name, sizeof(name), "%s.%u", port->name, lane->vid);
	return cable_plug_link(toy->rtnl, -1, &cable, &port->lane, fail);
}

static void on_lane(void *arg, struct panel_peer *peer, const struct panel_lane *lane)
{
	const struct toy_switch *toy = arg;
	struct slot *slot = panel_peer_data(peer);
	struct fail fail = {0};
	int err = 0;

	delete_lane(toy, &slot->port);
	if (!lane->vid)
		return;
	if (toy->lanes == TOY_LANES_REFUSED)
		err = fail_set(&fail, -EOPNOTSUPP, "the toy makes no lanes");
	else if (toy->lanes == TOY_LANES_MADE)
		err = make_lane(toy, peer, &slot->port, lane, &fail);
	slot->port.lanes += !err;
	panel_peer_laned(peer, lane->vid, !err, fail.text);
}

static void on_unplug(void *arg, struct panel_peer *peer)
{
	struct toy_switch *toy = arg;
	struct slot *slot = panel_peer_data(peer);
	struct fail fail = {0};

	if (!slot)
		return; /* it was refused */
	delete_lane(toy, &slot->port);
	if (cable_unplug_link(toy->rtnl, slot->port.ifindex, &fail))
		fprintf(stderr, "toy switch: %s\n", fail.text);
	slot->port.plugged = false;
	slot->peer = NULL;
	toy->plugged--;
}

static const struct panel_server_events events = {
    .plug = on_plug, .draw = on_draw, .lane = on_lane, .unplug = on_unplug};

struct toy_switch *toy_switch_new(const char *path)
{
	struct toy_switch *toy = calloc(1, sizeof(*toy));
	struct fail fail = {0};

	if (!toy || rtnl_open(&toy->rtnl, -1, &fail) ||
	    panel_server_new(&toy->server, path, &events, toy, &fail)) {
		fprintf(stderr, "toy switch: %s\n", toy ? fail.text : "out of memory");
		if (toy)
			rtnl_close(toy->rtnl);
		free(toy);
		return NULL;
	}
	return toy;
}

void toy_switch_free(struct toy_switch *toy)
{
	if (!toy)
		return;
	panel_server_free(toy->server);
	rtnl_close(toy->rtnl);
	free(toy);
}

void toy_switch_refuse(struct toy_switch *toy, const char *code)
{
	toy->refuse = code;
}

void toy_switch_hold(struct toy_switch *toy, bool hold)
{
	toy->hold = hold;
}

void toy_switch_lanes(struct toy_switch *toy, enum toy_switch_lanes lanes)
{
	toy->lanes = lanes;
}

static struct slot *slot_of(const struct toy_switch *toy, unsigned n)
{
	if (n < 1 || n > toy->total || toy->total - n >= PORTS)
		return NULL;
	return (struct slot *)&toy->slots[(n - 1) % PORTS];
}

const struct toy_switch_port *toy_switch_port(const struct toy_switch *toy, unsigned n)
{
	struct slot *slot = slot_of(toy, n);

	return slot ? &slot->port : NULL;
}

unsigned toy_switch_plugged(const struct toy_switch *toy)
{
	return toy->plugged;
}

unsigned toy_switch_total(const struct toy_switch *toy)
{
	return toy->total;
}

void toy_switch_power(struct toy_switch *toy, unsigned n, enum panel_power_state state, const char *reason)
{
	struct slot *slot = slot_of(toy, n);

	if (slot && slot->peer)
		panel_peer_power(slot->peer, state, 0, reason);
}

void toy_switch_link(struct toy_switch *toy, unsigned n, bool up)
{
	struct slot *slot = slot_of(toy, n);
	struct fail fail = {0};

	if (!slot || !slot->peer)
		return;
	if (link_set_up(toy->rtnl, slot->port.ifindex, up, &fail) ||
	    (slot->port.lane && link_set_up(toy->rtnl, slot->port.lane, up, &fail)))
		fprintf(stderr, "toy switch: %s\n", fail.text);
	panel_peer_link(slot->peer, up);
}

void toy_switch_pull(struct toy_switch *toy, unsigned n)
{
	struct slot *slot = slot_of(toy, n);

	if (slot && slot->peer)
		panel_peer_close(slot->peer);
}

bool toy_switch_serve(struct toy_switch *toy, int milliseconds, int extra, bool (*done)(void *arg), void *arg)
{
	uint64_t end = clock_now_us() + (uint64_t)milliseconds * 1000 * PATIENCE;

	while (!done(arg)) {
		struct pollfd fds[2] = {{.fd = panel_server_fd(toy->server), .events = POLLIN},
					{.fd = extra, .events = POLLIN}};
		uint64_t now = clock_now_us();

		if (now >= end)
			return false;
		/* Not everything that done() asks about has a descriptor: look again after 5 ms. */
		poll(fds, 2, end - now < 5000 ? 1 : 5);
		panel_server_handle(toy->server);
	}
	return true;
}
