#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cable/link.h"
#include "cable/panel_client.h"
#include "switch-sim/driver/switchd.h"

/*
 * An uplink: this switch plugs one of its ports into the panel of another. That one makes the cable; our end
 * appears in our namespace under the port's name. It may not be there yet, its port may be taken, it may go
 * away: we try again, with growing pauses.
 */

#define RETRY_FIRST_US 50000
#define RETRY_LAST_US  (2 * UINT64_C(1000000))

struct uplink {
	struct switchd *d;
	const struct switch_uplink *config;
	struct panel_client *client;
	struct event *readable, *retry;
	unsigned attempts;
	bool plugged;
	char complaint[512]; /* the last one that was printed, because each is printed once */
};

static void complain(struct uplink *uplink, const char *text)
{
	if (!strcmp(uplink->complaint, text))
		return;
	snprintf(uplink->complaint, sizeof(uplink->complaint), "%s", text);
	fprintf(stderr, "%s: uplink %s: %s\n", uplink->d->file->config.name,
		switch_core_port_name(uplink->d->core, uplink->config->port), text);
}

static void unplug(struct uplink *uplink)
{
	if (uplink->plugged) {
		switch_core_unplug(uplink->d->core, uplink->d->now_us, uplink->config->port);
		switchd_bind(uplink->d, uplink->config->port, 0);
	}
	uplink->plugged = false;
	if (uplink->readable)
		event_free(uplink->readable);
	uplink->readable = NULL;
	panel_client_free(uplink->client);
	uplink->client = NULL;
}

static void try_later(struct uplink *uplink)
{
	uint64_t us = rng_backoff(&uplink->d->rng, uplink->attempts++, RETRY_FIRST_US, RETRY_LAST_US,
				  RETRY_FIRST_US / 5);
	struct timeval wait = {.tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)};

	unplug(uplink);
	event_add(uplink->retry, &wait);
}

/* The other switch has made the cable: our end is there. */
static int plugged(struct uplink *uplink, const struct panel_plugged *message, struct fail *fail)
{
	struct switchd *d = uplink->d;
	struct switch_device device = {.power = SWITCH_POWER_NONE};
	int ifindex = link_index(d->rtnl, message->interface, fail), err;

	if (ifindex < 0)
		return ifindex;
	err = switchd_bind(d, uplink->config->port, ifindex);
	if (err)
		return fail_set(fail, err, "no memory");
	snprintf(device.node, sizeof(device.node), "%s", message->switch_name);
	uplink->plugged = true;
	uplink->attempts = 0;
	*uplink->complaint = 0;
	return switch_core_plug(d->core, d->now_us, uplink->config->port, &device);
}

/* Our end came up before the other and without a carrier: the kernel throws away what it sends until its link
 * watch has run, and to be asked about the link makes it run (linkwatch_sync_dev, since Linux 6.8). */
static void settle(struct uplink *uplink)
{
	struct switchd *d = uplink->d;
	struct link_info info;
	struct fail ignored = {0};

	link_get(d->rtnl, switch_core_interface(d->core, uplink->config->port), &info, &ignored);
}

static int handle(struct uplink *uplink, const struct panel_msg *message, struct fail *fail)
{
	switch (message->kind) {
	case PANEL_MSG_PLUGGED: return plugged(uplink, &message->plugged, fail);
	case PANEL_MSG_REFUSED:
		return fail_set(fail, -EBUSY, "refused: %s: %s", message->refused.code,
				message->refused.reason);
	case PANEL_MSG_LINK:
		if (message->link_up)
			settle(uplink);
		switch_core_carrier(uplink->d->core, uplink->d->now_us, uplink->config->port,
				    message->link_up);
		return 0;
	case PANEL_MSG_LANED: /* not asked for */
	case PANEL_MSG_POWER: return 0;
	case PANEL_MSG_PLUG:
	case PANEL_MSG_LANE:
	case PANEL_MSG_DRAW: break;
	}
	return fail_set(fail, -EPROTO, "the panel sent a message that only a device sends");
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *uplink = arg;
	struct panel_msg message;
	struct fail fail = {.text = "the other switch has closed the cable"};
	int err;

	(void)fd, (void)what;
	switchd_enter(uplink->d);
	while ((err = panel_client_receive(uplink->client, &message, &fail)) > 0) {
		err = handle(uplink, &message, &fail);
		if (err)
			break;
	}
	if (err < 0) {
		complain(uplink, fail.text);
		try_later(uplink);
	}
	switchd_leave(uplink->d);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *uplink = arg;
	struct switchd *d = uplink->d;
	struct panel_plug plug = {.mac = switch_core_port_mac(d->core, uplink->config->port),
				  .power = PANEL_POWER_NONE};
	struct fail fail = {0};

	(void)fd, (void)what;
	snprintf(plug.node, sizeof(plug.node), "%s", d->file->config.name);
	snprintf(plug.port, sizeof(plug.port), "%s", uplink->config->remote_port);
	snprintf(plug.interface, sizeof(plug.interface), "%.15s",
		 switch_core_interface(d->core, uplink->config->port));
	if (panel_client_new(&uplink->client, uplink->config->panel, &plug, -1, &fail)) {
		complain(uplink, fail.text);
		try_later(uplink);
		return;
	}
	uplink->readable =
	    event_new(d->base, panel_client_fd(uplink->client), EV_READ | EV_PERSIST, on_readable, uplink);
	if (!uplink->readable || event_add(uplink->readable, NULL))
		try_later(uplink);
}

int uplinks_start(struct switchd *d, struct fail *fail)
{
	unsigned count = d->file->uplink_count;

	d->uplinks = calloc(count ? count : 1, sizeof(*d->uplinks));
	if (!d->uplinks)
		return fail_set(fail, -ENOMEM, "no memory for %u uplinks", count);
	for (unsigned i = 0; i < count; i++) {
		struct uplink *uplink = &d->uplinks[i];
		const struct timeval now = {0};

		if (d->file->uplinks[i].udp)
			continue;
		uplink->d = d;
		uplink->config = &d->file->uplinks[i];
		d->ports[uplink->config->port].uplink = uplink;
		uplink->retry = event_new(d->base, -1, 0, on_retry, uplink);
		if (!uplink->retry || event_add(uplink->retry, &now))
			return fail_set(fail, -ENOMEM, "no memory for %u uplinks", count);
	}
	return 0;
}

void uplinks_stop(struct switchd *d)
{
	for (unsigned i = 0; d->uplinks && i < d->file->uplink_count; i++) {
		if (!d->uplinks[i].d)
			continue;
		unplug(&d->uplinks[i]);
		if (d->uplinks[i].retry)
			event_free(d->uplinks[i].retry);
	}
	free(d->uplinks);
}
