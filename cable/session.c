#include "cable/session.h"

#include <errno.h>
#include <linux/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "cable/link.h"
#include "cable/node_mac.h"
#include "cable/panel_client.h"

#define RETRY_FIRST_US	 20000
#define RETRY_CEILING_US 1000000
#define ANSWER_US	 10000000 /* from plug to plugged or refused */
#define PUMP_BUDGET	 256

enum session_state {
	SESSION_OUT,   /* not connected; again at due */
	SESSION_ASKED, /* plug was sent */
	SESSION_IN,    /* plugged and configured */
};

struct session {
	const struct cable_plug_options *options;
	struct panel_plug plug;
	session_report_fn *report;
	void *arg;
	enum session_state state;
	bool ever_in;
	bool carrier;
	int ifindex; /* of the interface of the current cable, 0 for none */
	unsigned attempt;
	uint64_t due;
	struct rng rng;
	struct panel_client *client;
	struct rtnl *rtnl;
	struct vlan *vlan;
	char waits_for[512];
};

static void __attribute__((format(printf, 2, 3))) report(struct session *session, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	session->report(session->arg, line);
}

int session_new(struct session **session, const char *node, const struct cable_plug_options *options,
		session_report_fn *report_fn, void *arg, struct fail *fail)
{
	struct session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return fail_set(fail, -ENOMEM, "out of memory");
	s->options = options;
	s->report = report_fn;
	s->arg = arg;
	snprintf(s->plug.node, sizeof(s->plug.node), "%s", node);
	snprintf(s->plug.port, sizeof(s->plug.port), "%s", options->port ? options->port : "");
	snprintf(s->plug.interface, sizeof(s->plug.interface), "%s", options->interface);
	s->plug.mac = options->mac;
	if (!options->has_mac)
		node_mac(&s->plug.mac, node, options->interface);
	s->plug.power = options->power;
	s->plug.power_class = options->power_class;
	rng_seed(&s->rng, 1, node);
	snprintf(s->waits_for, sizeof(s->waits_for), "the switch");
	err = rtnl_open(&s->rtnl, -1, fail);
	if (err) {
		free(s);
		return err;
	}
	*session = s;
	return 0;
}

/* The cable is out: nothing of it is left, even if the switch could not delete it. */
static void drop(struct session *session)
{
	struct fail ignored = {0};
	struct link_info info;

	vlan_free(session->vlan);
	session->vlan = NULL;
	panel_client_free(session->client);
	session->client = NULL;
	if (session->ifindex && !link_get(session->rtnl, session->plug.interface, &info, &ignored) &&
	    info.ifindex == session->ifindex)
		link_delete(session->rtnl, session->ifindex, &ignored);
	session->ifindex = 0;
	session->carrier = false;
	session->state = SESSION_OUT;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	drop(session);
	rtnl_close(session->rtnl);
	free(session);
}

/* Out, and when to try again. */
static void back_off(struct session *session, uint64_t now_us)
{
	drop(session);
	session->due = now_us + rng_backoff(&session->rng, session->attempt, RETRY_FIRST_US, RETRY_CEILING_US,
					    RETRY_FIRST_US / 2);
	if (session->attempt < 16)
		session->attempt++;
}

static int connect_panel(struct session *session, uint64_t now_us, struct fail *fail)
{
	int err = panel_client_new(&session->client, session->options->panel, &session->plug, -1, fail);

	if (!err) {
		session->state = SESSION_ASKED;
		session->due = now_us + ANSWER_US;
		snprintf(session->waits_for, sizeof(session->waits_for), "the answer of the switch at %s",
			 session->options->panel);
		return 0;
	}
	/* No switch there yet, or any more, or too many are plugging in: that passes. */
	if (err != -ENOENT && err != -ECONNREFUSED && err != -EAGAIN && err != -EPIPE && err != -ECONNRESET)
		return err;
	snprintf(session->waits_for, sizeof(session->waits_for), "%.500s", fail->text);
	back_off(session, now_us);
	return 0;
}

/* The interface is there: tag, addresses, routes. */
static int configure(struct session *session, struct fail *fail)
{
	const struct cable_plug_options *options = session->options;
	struct vlan_options tagged = {
	    .parent = options->interface, .vid = options->vlan, .backend = options->backend};
	int err, ifindex = link_index(session->rtnl, options->interface, fail);

	if (ifindex < 0)
		return ifindex;
	session->ifindex = ifindex;
	if (options->vlan) {
		err = vlan_new(&session->vlan, -1, &tagged, fail);
		if (err)
			return err;
		ifindex = vlan_ifindex(session->vlan);
	}
	for (unsigned i = 0; i < options->address_count; i++) {
		err = address_add(session->rtnl, ifindex, &options->addresses[i], fail);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < options->route_count; i++) {
		const struct cable_route *route = &options->routes[i];

		err = address_route(session->rtnl, &route->network, route->gateway, ifindex, fail);
		if (err)
			return err;
	}
	return 0;
}

static int on_plugged(struct session *session, const struct panel_plugged *plugged, struct fail *fail)
{
	struct link_info info;
	int err = configure(session, fail);

	if (err)
		return fail_prefix(fail, err, "%s", session->options->interface);
	session->state = SESSION_IN;
	session->due = UINT64_MAX;
	session->ever_in = true;
	session->attempt = 0;
	/* The link may be up already: the monitor may have reported it before we knew its number. */
	if (!link_get(session->rtnl, session->options->interface, &info, fail))
		session->carrier = info.carrier && info.operstate == IF_OPER_UP;
	if (session->vlan) {
		err = vlan_set_carrier(session->vlan, session->carrier, fail);
		if (err)
			return err;
	}
	snprintf(session->waits_for, sizeof(session->waits_for), "the link of %s %s", plugged->switch_name,
		 plugged->port);
	report(session, "%s: plugged into %s %s%s%s", session->options->interface, plugged->switch_name,
	       plugged->port, session->vlan ? ", tagged sub-interface by backend " : "",
	       session->vlan ? vlan_backend_name(vlan_backend(session->vlan)) : "");
	if (session->carrier)
		report(session, "%s: link up", session->options->interface);
	return 0;
}

static int on_message(struct session *session, const struct panel_msg *msg, uint64_t now_us,
		      struct fail *fail)
{
	switch (msg->kind) {
	case PANEL_MSG_PLUGGED:
		return session->state == SESSION_ASKED ? on_plugged(session, &msg->plugged, fail) : 0;
	case PANEL_MSG_REFUSED:
		if (!session->ever_in)
			return fail_set(fail, -ECONNREFUSED, "%s: refused (%s): %s",
					session->options->interface, msg->refused.code, msg->refused.reason);
		report(session, "%s: refused (%s): %s", session->options->interface, msg->refused.code,
		       msg->refused.reason);
		back_off(session, now_us);
		return 0;
	case PANEL_MSG_POWER:
		report(session, "%s: power %s%s%s", session->options->interface,
		       panel_power_state_name(msg->power.state), *msg->power.reason ? ": " : "",
		       msg->power.reason);
		if (msg->power.state == PANEL_POWER_DENIED)
			snprintf(session->waits_for, sizeof(session->waits_for),
				 "power, which was denied: %s", msg->power.reason);
		return 0;
	case PANEL_MSG_LINK:  /* the kernel reports it too, and later: when packets can pass */
	case PANEL_MSG_LANED: /* not asked for */
	case PANEL_MSG_PLUG:
	case PANEL_MSG_LANE:
	case PANEL_MSG_DRAW: return 0;
	}
	return 0;
}

static int read_panel(struct session *session, uint64_t now_us, bool replug, struct fail *fail)
{
	struct panel_msg msg;
	int got;

	while (session->client && (got = panel_client_receive(session->client, &msg, fail)) != 0) {
		int err = got < 0 ? 0 : on_message(session, &msg, now_us, fail);

		if (err)
			return err;
		if (got > 0)
			continue;
		if (!replug && session->ever_in) {
			drop(session);
			session->due = UINT64_MAX;
			return fail_prefix(fail, -EPIPE, "%s", session->options->interface);
		}
		report(session, "%s: %s; plugging in again", session->options->interface, fail->text);
		back_off(session, now_us);
	}
	return 0;
}

int session_step(struct session *session, uint64_t now_us, bool replug, struct fail *fail)
{
	int err = read_panel(session, now_us, replug, fail);

	if (err)
		return err;
	if (session->state == SESSION_ASKED && now_us >= session->due) {
		report(session, "%s: the switch does not answer; plugging in again",
		       session->options->interface);
		back_off(session, now_us);
	}
	if (session->state == SESSION_OUT && now_us >= session->due) {
		err = connect_panel(session, now_us, fail);
		if (err)
			return err;
	}
	if (session->vlan) {
		err = vlan_pump(session->vlan, PUMP_BUDGET);
		if (err < 0)
			return fail_set(fail, err, "%s: %s", vlan_name(session->vlan), strerror(-err));
	}
	return 0;
}

unsigned session_poll(const struct session *session, struct pollfd *fds)
{
	unsigned count = 0;

	if (session->client)
		fds[count++] = (struct pollfd){.fd = panel_client_fd(session->client), .events = POLLIN};
	if (session->vlan && vlan_far_fd(session->vlan) >= 0)
		fds[count++] = (struct pollfd){.fd = vlan_far_fd(session->vlan), .events = POLLIN};
	if (session->vlan && vlan_parent_fd(session->vlan) >= 0)
		fds[count++] = (struct pollfd){.fd = vlan_parent_fd(session->vlan), .events = POLLIN};
	return count;
}

uint64_t session_due(const struct session *session)
{
	return session->due;
}

void session_link(struct session *session, const struct monitor_link *link)
{
	/* IFF_LOWER_UP comes a moment before packets can pass, IF_OPER_UP with it. */
	bool carrier = link->carrier && link->operstate == IF_OPER_UP && !link->deleted;
	struct fail fail = {0};

	if (!session->ifindex || link->ifindex != session->ifindex)
		return;
	if (session->vlan && vlan_set_carrier(session->vlan, carrier, &fail))
		report(session, "%s: %s", vlan_name(session->vlan), fail.text);
	if (carrier != session->carrier)
		report(session, "%s: link %s", session->options->interface, carrier ? "up" : "down");
	session->carrier = carrier;
}

bool session_ready(const struct session *session)
{
	return session->state == SESSION_IN && session->carrier;
}

const char *session_waits_for(const struct session *session)
{
	return session->waits_for;
}
