#include <errno.h>
#include <stdio.h>

#include "cable/link.h"
#include "cable/plug.h"
#include "switch-sim/driver/switchd.h"

#define SWEEP_MOST 32

/* Cables that come in at the patch panel. The data of a peer is its port + 1; none: it was refused. */

static void set_port(struct panel_peer *peer, unsigned port)
{
	panel_peer_set_data(peer, (void *)(uintptr_t)(port + 1));
}

bool switchd_peer_port(const struct panel_peer *peer, unsigned *port)
{
	uintptr_t data = (uintptr_t)panel_peer_data(peer);

	*port = (unsigned)data - 1;
	return data != 0;
}

static enum switch_power_kind power_kind(enum panel_power_kind kind)
{
	switch (kind) {
	case PANEL_POWER_NONE: return SWITCH_POWER_NONE;
	case PANEL_POWER_AC: return SWITCH_POWER_AC;
	case PANEL_POWER_PD: return SWITCH_POWER_PD;
	}
	return SWITCH_POWER_NONE;
}

/* The port that the plug may have, or what to refuse it with. */
static int choose(struct switchd *d, const struct panel_plug *plug, const char **code, struct fail *fail)
{
	int port = switch_core_find_free(d->core, plug->port, code, fail);

	if (port >= 0 && d->ports[port].uplink) {
		*code = "port-taken";
		return fail_set(fail, -EBUSY, "%s: port %s is our uplink to another switch",
				d->file->config.name, switch_core_port_name(d->core, (unsigned)port));
	}
	return port;
}

/* Take what is to be deleted of the port: up to two interfaces. Their number. */
static unsigned take_ended(struct switchd *d, unsigned port, int ifindexes[2])
{
	struct switchd_port *p = &d->ports[port];
	unsigned count = 0;

	if (p->unplugged)
		ifindexes[count++] = p->unplugged;
	if (p->lane_ended)
		ifindexes[count++] = p->lane_ended;
	p->unplugged = p->lane_ended = 0;
	d->unplugged -= count > 0;
	return count;
}

void switchd_delete_ended(struct switchd *d, unsigned port)
{
	struct fail fail = {0};
	int ifindexes[2];
	unsigned count = take_ended(d, port, ifindexes);

	if (count && link_delete_many(d->rtnl, ifindexes, count, &fail))
		fprintf(stderr, "%s: %s: %s\n", d->file->config.name, switch_core_port_name(d->core, port),
			fail.text);
}

void switchd_sweep_later(struct switchd *d, unsigned port)
{
	const struct timeval now = {0};
	const struct switchd_port *p = &d->ports[port];

	/* Counted once, however many interfaces of the port there are. */
	if (p->unplugged && p->lane_ended)
		return;
	if (!d->unplugged++ && d->sweep)
		event_add(d->sweep, &now);
}

static int make_cable(struct switchd *d, const struct panel_plug *plug, int ns, unsigned port,
		      struct fail *fail)
{
	struct mac mac = switch_core_port_mac(d->core, port);
	struct cable_plug cable = {
	    .name = switch_core_interface(d->core, port),
	    .mac = &mac,
	    .peer_ns = ns,
	    .peer_name = plug->interface,
	    .peer_mac = &plug->mac,
	    .helper = d->helper,
	};
	int ifindex, err;

	switchd_delete_ended(d, port);
	err = cable_plug_link(d->rtnl, d->sock, &cable, &ifindex, fail);

	if (err)
		return err;
	err = switchd_bind(d, port, ifindex);
	if (err) {
		struct fail ignored = {0};

		cable_unplug_link(d->rtnl, ifindex, &ignored);
		fail_set(fail, err, "no memory");
	}
	return err;
}

static void on_plug(void *arg, struct panel_peer *peer, const struct panel_plug *plug, int ns)
{
	struct switchd *d = arg;
	struct switch_device device = {.mac = plug->mac, .power = power_kind(plug->power)};
	const char *code = "failed";
	struct fail fail = {0};
	int port = choose(d, plug, &code, &fail);

	if (port < 0 || make_cable(d, plug, ns, (unsigned)port, &fail)) {
		panel_peer_refuse(peer, code, fail.text);
		return;
	}
	set_port(peer, (unsigned)port);
	d->ports[port].peer = peer;
	d->ports[port].device = plug->mac;
	snprintf(device.node, sizeof(device.node), "%s", plug->node);
	device.power_class = plug->power_class;
	panel_peer_plugged(peer, switch_core_port_name(d->core, (unsigned)port), d->file->config.name);
	switchd_record(d, (unsigned)port, device.node, &device.mac);
	switch_core_plug(d->core, d->now_us, (unsigned)port, &device);
}

static void on_draw(void *arg, struct panel_peer *peer, unsigned mw)
{
	struct switchd *d = arg;
	unsigned port;

	if (switchd_peer_port(peer, &port))
		switch_core_draw(d->core, d->now_us, port, mw);
}

/* To delete a link is to wait for the kernel some ten milliseconds, and to delete many at once not much
 * longer: the number is limited, because the frames of other ports wait meanwhile. */
void switchd_sweep(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = {0};
	struct switchd *d = arg;
	unsigned count = switch_core_ports(d->core), found = 0;
	int ifindexes[SWEEP_MOST + 1];
	struct fail fail = {0};

	(void)fd, (void)what;
	for (unsigned i = 0; d->unplugged && i < count && found < SWEEP_MOST; i++) {
		d->unplugged_at = (d->unplugged_at + 1) % count;
		found += take_ended(d, d->unplugged_at, &ifindexes[found]);
	}
	if (found && link_delete_many(d->rtnl, ifindexes, found, &fail))
		fprintf(stderr, "%s: %s\n", d->file->config.name, fail.text);
	if (d->unplugged)
		event_add(d->sweep, &now);
}

static void on_unplug(void *arg, struct panel_peer *peer)
{
	struct switchd *d = arg;
	unsigned port;

	if (!switchd_peer_port(peer, &port))
		return;
	d->ports[port].peer = NULL;
	switch_core_unplug(d->core, d->now_us, port);
	switchd_lane_end(d, port);
	d->ports[port].unplugged = d->ports[port].ifindex;
	switchd_bind(d, port, 0);
	if (d->ports[port].unplugged)
		switchd_sweep_later(d, port);
}

const struct panel_server_events switchd_panel_events = {
    .plug = on_plug, .draw = on_draw, .lane = switchd_lane, .unplug = on_unplug};
