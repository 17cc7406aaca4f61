#include "phone-sim/driver/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "cable/netns.h"
#include "phone-sim/driver/host_internal.h"

#define STOP_SECONDS 3 /* unregistering takes no longer */

static void on_plugged(void *arg, const struct panel_plugged *plugged)
{
	struct phone_event event = {.kind = PHONE_POWER_GRANTED};
	struct host *host = arg;
	char detail[128];
	struct phone_view view;

	snprintf(detail, sizeof(detail), "%s %s", plugged->switch_name, plugged->port);
	host_say(host, 0, "phone.plugged", detail,
		 json_pack("{s:s,s:s}", "switch", plugged->switch_name, "port", plugged->port));
	if (host->shared.plugged)
		host->shared.plugged(host->shared.arg, host);
	phone_view(host->phone, &view);
	if (host->ac_power && !view.powered)
		host_handle(host, &event);
}

static void on_refused(void *arg, bool missing, const char *code, const char *reason)
{
	struct host *host = arg;
	char text[700];
	struct phone_event event = {.kind = PHONE_POWER_DENIED};

	snprintf(text, sizeof(text), "%.64s: %.600s", code, reason);
	event.power.reason = text;
	host_say(host, 1, "panel.refused", text, NULL);
	if (!missing && !host->ac_power)
		host_handle(host, &event);
	if (host->shared.refused)
		host->shared.refused(host->shared.arg, host, missing, text);
}

static void on_unplugged(void *arg, const char *reason)
{
	const struct phone_event off = {.kind = PHONE_POWER_OFF, .power.reason = reason};
	struct host *host = arg;

	host_say(host, 1, "phone.unplugged", reason, NULL);
	if (!host->ac_power)
		host_handle(host, &off);
}

static void on_power(void *arg, const struct panel_power *power)
{
	struct phone_event event = {.power = {.mw = power->mw, .reason = power->reason}};
	struct host *host = arg;

	switch (power->state) {
	case PANEL_POWER_DETECTED: return;
	case PANEL_POWER_GRANTED: event.kind = PHONE_POWER_GRANTED; break;
	case PANEL_POWER_DENIED: event.kind = PHONE_POWER_DENIED; break;
	case PANEL_POWER_OFF: event.kind = PHONE_POWER_OFF; break;
	case PANEL_POWER_ADJUSTED: event.kind = PHONE_POWER_ADJUSTED; break;
	}
	if (!host->ac_power)
		host_handle(host, &event);
}

static void on_link(void *arg, bool up)
{
	const struct phone_event event = {.kind = up ? PHONE_LINK_UP : PHONE_LINK_DOWN};

	host_handle(arg, &event);
}

static void on_frame(void *arg, const uint8_t *bytes, size_t length)
{
	const struct phone_event event = {.kind = PHONE_FRAME, .frame = {bytes, length}};

	host_handle(arg, &event);
}

static void on_relayed(void *arg)
{
	const struct host *host = arg;

	account_charge(host->shared.account, host->step);
}

static void on_trouble(void *arg, const char *reason)
{
	host_say(arg, 0, "phone.trouble", reason, NULL);
}

static const struct port_calls port_calls = {
    .plugged = on_plugged,
    .refused = on_refused,
    .unplugged = on_unplugged,
    .power = on_power,
    .link = on_link,
    .frame = on_frame,
    .relayed = on_relayed,
    .trouble = on_trouble,
};

static int make_core(struct host *host, const struct rack_phone *phone, struct fail *fail)
{
	struct phone_config config = {.mac = phone->mac,
				      .model = phone->model,
				      .pace = host->shared.pace,
				      .seed = host->shared.seed,
				      .cdp = phone->cdp,
				      .lldp = phone->lldp,
				      .ac_power = phone->power == RACK_POWER_AC,
				      .wall_clock = host->shared.wall_clock,
				      .capf_string = phone->capf_string};
	const struct in_addr *tftp = phone->alternate_tftp.items;

	for (size_t i = 0; i < phone->alternate_tftp.count && i < 2; i++)
		config.alternate_tftp[config.alternate_tftp_count++] = ntohl(tftp[i].s_addr);
	host->phone = phone_new(&config);
	if (host->phone)
		phone_trace_enable(host->phone, host_traces());
	host->timer = evtimer_new(host->shared.base, host_on_timer, host);
	host->load_timer = evtimer_new(host->shared.base, host_on_load_timer, host);
	return host->phone && host->timer && host->load_timer
		   ? 0
		   : fail_set(fail, -ENOMEM, "%s: out of memory", host->name);
}

static int make_port(struct host *host, const struct rack_phone *phone, struct fail *fail)
{
	static const enum vlan_backend backends[] = {VLAN_AUTO, VLAN_KERNEL, VLAN_USER};
	struct port_options options = {
	    .base = host->shared.base,
	    .watch = host->shared.watch,
	    .panel = phone->panel,
	    .plug = {.mac = phone->mac,
		     .power = phone->power == RACK_POWER_AC ? PANEL_POWER_AC : PANEL_POWER_PD,
		     .power_class = phone_model_find(phone->model)->poe_class},
	    .own_namespace = host->shared.own_namespace,
	    .vlan_backend = backends[host->shared.vlan_backend],
	    .seed = host->shared.seed,
	    .calls = &port_calls,
	    .arg = host,
	};
	int err;

	snprintf(options.plug.node, sizeof(options.plug.node), "%s", host->name);
	snprintf(options.plug.interface, sizeof(options.plug.interface), "eth0");
	if (phone->port)
		snprintf(options.plug.port, sizeof(options.plug.port), "%s", phone->port);
	err = port_new(&host->port, &options, fail);
	return err ? fail_prefix(fail, err, "%s", host->name) : 0;
}

int host_new(struct host **out, const struct host_shared *shared, const struct rack_phone *phone,
	     struct fail *fail)
{
	struct host *host = calloc(1, sizeof(*host));
	int err;

	if (!host)
		return fail_set(fail, -ENOMEM, "phone: out of memory");
	host->shared = *shared;
	host->last = &host->first;
	host->ac_power = phone->power == RACK_POWER_AC;
	mac_format_device(&phone->mac, host->name);
	host->console = json_array();
	host->messages = json_array();
	host->panel = strdup(phone->panel);
	host->spare = calloc(1, sizeof(*host->spare));
	err = host->panel && host->spare ? 0 : fail_set(fail, -ENOMEM, "phone: out of memory");
	if (!err)
		err = flash_open(&host->flash, shared->flash, host->name, phone->active_load,
				 phone->inactive_load, fail);
	if (!err)
		err = host_certificates_begin(host, phone, fail);
	if (!err)
		err = make_core(host, phone, fail);
	if (!err)
		err = make_port(host, phone, fail);
	if (err) {
		host_free(host);
		return err;
	}
	*out = host;
	return 0;
}

void host_free(struct host *host)
{
	struct host_pending *pending;

	if (!host)
		return;
	host->stopped = true;
	host_io_free(host);
	host_web_close(host);
	host_prt_free(host);
	host_certificates_free(host);
	port_free(host->port);
	if (host->timer)
		event_free(host->timer);
	if (host->load_timer)
		event_free(host->load_timer);
	if (host->stop_timer)
		event_free(host->stop_timer);
	while ((pending = host_take_pending(host)))
		host_free_pending(host, pending);
	free(host->spare);
	phone_free(host->phone);
	flash_close(host->flash);
	json_decref(host->console);
	json_decref(host->messages);
	free(host->panel);
	free(host);
}

const char *host_name(const struct host *host)
{
	return host->name;
}

void host_plug(struct host *host)
{
	if (!host->stopping)
		port_plug(host->port);
}

void host_unplug(struct host *host)
{
	const struct phone_event down = {.kind = PHONE_LINK_DOWN}, off = {.kind = PHONE_POWER_OFF};

	if (!port_wanted(host->port))
		return;
	port_unplug(host->port);
	host_say(host, 1, "phone.unplugged", "cable pulled", NULL);
	host_handle(host, &down);
	if (!host->ac_power)
		host_handle(host, &off);
}

void host_control(struct host *host, enum phone_control control)
{
	const struct phone_event event = {.kind = PHONE_CONTROL, .control = control};

	host_handle(host, &event);
}

static void on_stop_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_has_stopped(arg);
}

void host_stop(struct host *host)
{
	const struct timeval most = {STOP_SECONDS, 0};

	if (host->stopping)
		return;
	host->stopping = true;
	host->stop_timer = evtimer_new(host->shared.base, on_stop_timer, host);
	if (host->stop_timer)
		evtimer_add(host->stop_timer, &most);
	host_control(host, PHONE_CONTROL_STOP);
}

bool host_stopped(const struct host *host)
{
	return host->stopped;
}

int host_namespace(const struct host *host)
{
	struct fail fail = {0};
	int fd = port_namespace(host->port);
	int err = 0;

	if (fd == NETNS_OWN)
		err = netns_self(&fd, &fail);
	return err ? err : fd == NETNS_NONE ? -EBADF : fd;
}
