/* Step 10: connections to the call managers in the order of their priority. */
#include "phone-sim/core/cm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/failover.h"
#include "phone-sim/core/fetch_facts.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/power.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/servers.h"
#include "phone-sim/core/sip_udp.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"

#define GRACE_US UINT64_C(1000000) /* the driver's own timeout is shorter */

/* --- members --- */

const char *cm_member_text(struct phone *phone, unsigned m)
{
	const struct member *member = &phone->reg.member[m];
	const char *ip = phone_ip_text(phone, member->address);
	char text[192];

	/* The configuration may name a call manager by its address. */
	snprintf(text, sizeof(text), "%s%s%s:%u", strcmp(member->name, ip) ? member->name : "",
		 strcmp(member->name, ip) ? " " : "", ip, member->port);
	return phone_keep_text(phone, text);
}

/* An event about the connection. since_us: when the member's last state began; lost: why there is none, or NULL. */
static void report_member(struct phone *phone, unsigned m, const char *event, uint64_t since_us,
			  const char *lost)
{
	const struct member *member = &phone->reg.member[m];
	char port[8], ms[24];
	const struct phone_evidence evidence[] = {
	    {"call_manager", member->name},
	    {"server", member->address ? phone_ip_text(phone, member->address) : ""},
	    {"port", port},
	    {"ms", ms},
	    {"user", phone->reg.dn},
	    {"how", member->how}};

	snprintf(port, sizeof(port), "%u", member->port);
	snprintf(ms, sizeof(ms), "%llu", (unsigned long long)(phone->now_us - since_us) / 1000);
	phone_report(phone, event, evidence, lost && member->how ? 6 : 5, "%s%s%s",
		     lost ? member->name : cm_member_text(phone, m), lost ? ": " : "", lost ? lost : "");
}

/* Enter a state: the only function that changes the state of a member. It emits the state's event and arms or
 * stops the member's timers. cause is what the trace shows between the two states. The cause of FAILED is the
 * reason shown to people; NULL: the member is left out of this round because its Retry-After still runs. */
static void member_become(struct phone *phone, unsigned m, enum member_state state, const char *cause)
{
	static const char *const names[] = {
	    [MEMBER_IDLE] = "idle",
	    [MEMBER_RESOLVING] = "resolving",
	    [MEMBER_CONNECTING] = "connecting",
	    [MEMBER_CONNECTED] = "connected",
	    [MEMBER_FAILED] = "failed",
	};
	struct member *member = &phone->reg.member[m];
	char what[sizeof(member->name) + 2];
	uint64_t since_us = member->entered_us;

	snprintf(what, sizeof(what), "%s ", member->name);
	if (member->state != state)
		phone_trace_change(phone, PHONE_TRACE_MEMBER, what, names[member->state],
				   cause ? cause : "retry-after", names[state], member->entered_us);
	member->state = state;
	member->entered_us = phone->now_us;
	switch (state) {
	case MEMBER_IDLE: break;
	case MEMBER_RESOLVING:
		phone_timer_in(phone, TIMER_MEMBER_CONNECT + m, phone->pace->resolve_us + GRACE_US);
		break;
	case MEMBER_CONNECTING:
		phone_timer_in(phone, TIMER_MEMBER_CONNECT + m, phone->pace->connect_us + GRACE_US);
		break;
	case MEMBER_CONNECTED:
		phone_timer_stop(phone, TIMER_MEMBER_CONNECT + m);
		report_member(phone, m, "cm.connected", since_us, NULL);
		break;
	case MEMBER_FAILED:
		if (!cause)
			break;
		snprintf(member->error, sizeof(member->error), "%s", cause);
		report_member(phone, m, "cm.lost", since_us, cause);
		break;
	}
}

/* Release what the member holds: timers, name resolution, connection, unread bytes. */
static void hang_up(struct phone *phone, unsigned m, bool abort)
{
	struct member *member = &phone->reg.member[m];
	struct phone_action *action;

	phone_timer_stop(phone, TIMER_MEMBER_SIP + m);
	phone_timer_stop(phone, TIMER_MEMBER_REFRESH + m);
	phone_timer_stop(phone, TIMER_MEMBER_CONNECT + m);
	udp_request_over(phone, m);
	if (member->resolve_id)
		phone_put_cancel(phone, member->resolve_id);
	if (member->connection) {
		trust_peer_cancel(phone, member->connection);
		action = phone_put(phone, PHONE_DO_CLOSE);
		action->close.id = member->connection;
		action->close.abort = abort;
	}
	free(member->rx);
	member->rx = NULL;
	member->rx_length = 0;
	member->resolve_id = member->connection = 0;
	member->tx = SIP_TX_NONE;
	member->answered = 0;
	member->stable_since_us = 0;
}

void cm_close_member(struct phone *phone, unsigned m, bool abort)
{
	hang_up(phone, m, abort);
	member_become(phone, m, MEMBER_IDLE, "close");
}

void cm_drop_others(struct phone *phone, unsigned kept, const char *why, bool abort)
{
	struct registrar *reg = &phone->reg;

	register_unregistered(phone, why);
	for (unsigned m = 0; m < reg->members; m++)
		if (m != kept)
			cm_close_member(phone, m, abort);
	reg->coming_home = NOBODY;
	phone_timer_stop(phone, TIMER_HEAL);
	phone_timer_stop(phone, TIMER_FALLBACK);
}

void cm_drop_all(struct phone *phone, const char *why, bool abort)
{
	cm_drop_others(phone, NOBODY, why, abort);
	phone->reg.members = 0;
	sntp_stop(phone);
}

/* --- connecting --- */

/* NULL, or why the phone cannot sign on by TLS: it needs a trust list that names a call manager, a certificate of its
 * own (while an operation of CAPF is pending, the LSC), and a cipher that the configuration leaves. */
static const char *tls_lacks(const struct phone *phone)
{
	const char *name;

	if (!phone->reg.tls)
		return NULL;
	if (!trust_names(phone, TRUST_CALL_MANAGER))
		return "TLS: no trust list names a call manager";
	if (phone->xml->capf_mode != PHONEXML_CAPF_NONE && !phone->own.lsc.certificate)
		return "TLS: no LSC, and the operation of CAPF is still pending";
	if (!own_in_use(phone, &name))
		return "TLS: the phone has no certificate (neither LSC nor MIC)";
	return phone->reg.ciphers[0] ? NULL : "TLS: the configuration disables all ciphers";
}

static void connect_now(struct phone *phone, unsigned m, const char *cause)
{
	struct member *member = &phone->reg.member[m];
	const char *lacks = tls_lacks(phone);
	struct phone_action *action;

	if (lacks) {
		cm_member_lost(phone, m, CM_TLS, lacks);
		return;
	}
	action = phone_put(phone, PHONE_DO_CONNECT);
	member_become(phone, m, MEMBER_CONNECTING, cause);
	member->connection = phone_new_id(phone);
	action->connect.id = member->connection;
	action->connect.ip = member->address;
	action->connect.port = member->port;
	action->connect.udp = phone->reg.udp;
	action->connect.timeout_us = phone->pace->connect_us;
	action->connect.tls = phone->reg.tls;
	if (!phone->reg.tls)
		return;
	action->connect.ciphers = phone_keep_text(phone, phone->reg.ciphers);
	action->connect.client = true;
	action->connect.resumption_s = phone->reg.resumption_s;
}

void cm_connect_member(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];

	hang_up(phone, m, true);
	if (member->address) {
		connect_now(phone, m, "connect");
		return;
	}
	member_become(phone, m, MEMBER_RESOLVING, "resolve");
	member->resolve_id = phone_put_resolve(phone, member->name);
}

void cm_resolved(struct phone *phone, const struct phone_event *event)
{
	struct registrar *reg = &phone->reg;
	const char *why = event->resolved.timed_out ? "DNS timeout" : "DNS unknown host";
	const char *how = event->resolved.timed_out ? CM_DNS_SILENT : CM_DNS_UNKNOWN;
	unsigned m = 0;

	while (m < reg->members && reg->member[m].resolve_id != event->resolved.id)
		m++;
	if (m == reg->members || !event->resolved.id)
		return;
	reg->member[m].resolve_id = 0;
	if (event->resolved.count) {
		reg->member[m].address = event->resolved.address[0];
		connect_now(phone, m, "resolved");
		return;
	}
	phone_message(phone, "%s", why);
	servers_report_dns(phone, reg->member[m].name, event->resolved.timed_out);
	cm_member_lost(phone, m, how, why);
}

static bool connected_in_round(const struct phone *phone)
{
	for (unsigned m = 0; m < phone->reg.members; m++)
		if (phone->reg.member[m].registered_failed)
			return true;
	return false;
}

/* Every member has failed in this round. */
static void round_over(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	char detail[2 * sizeof(phone->ladder.rung[0].detail)] = "";
	size_t at = 0;

	for (unsigned m = 0; m < reg->members && at < sizeof(detail); m++)
		at += (size_t)snprintf(detail + at, sizeof(detail) - at, "%s%s: %s", m ? ", " : "",
				       reg->member[m].name, reg->member[m].error);
	phone_message(phone, "No Unified CM answers");
	reg->alarm = 105;
	reg->last = "config-retry";
	/* If a member accepted the connection but not the registration, step 11 has failed. */
	phone_step_failed_as(phone, connected_in_round(phone) ? LADDER_REGISTER : LADDER_CM_CONNECT, "%s",
			     detail);
}

void cm_connect_next(struct phone *phone)
{
	struct registrar *reg = &phone->reg;

	for (unsigned m = 0; m < reg->members; m++) {
		struct member *member = &reg->member[m];

		if (member->state == MEMBER_FAILED)
			continue;
		if (member->retry_after_us > phone->now_us && member->state != MEMBER_CONNECTED) {
			member_become(phone, m, MEMBER_FAILED, NULL);
			continue;
		}
		reg->at = m;
		if (member->state == MEMBER_CONNECTED)
			phone_step_done(phone, "%s", cm_member_text(phone, m));
		else
			cm_connect_member(phone, m);
		return;
	}
	round_over(phone);
}

void cm_connect_enter(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	bool tried_all = true, spread = reg->spread;

	reg->spread = false;
	phone->healing = false;
	phone_timer_stop(phone, TIMER_HEAL);
	phone_timer_stop(phone, TIMER_FALLBACK);
	if (!reg->members)
		cm_set_up(phone);
	for (unsigned m = 0; m < reg->members; m++)
		tried_all = tried_all && reg->member[m].state == MEMBER_FAILED;
	for (unsigned m = 0; tried_all && m < reg->members; m++) {
		member_become(phone, m, MEMBER_IDLE, "next round");
		reg->member[m].registered_failed = false;
	}
	/* The only call manager has just failed: its phones must not all return at the same time. */
	if (tried_all && spread)
		phone_timer_in(phone, TIMER_STEP, rng_range(&phone->rng, 0, phone->pace->retry_base_us));
	else
		cm_connect_next(phone);
}

static void note_connection(struct phone *phone, unsigned m)
{
	const struct member *member = &phone->reg.member[m];

	phone_note(phone, "call_manager", "%s", member->name);
	phone_note(phone, "transport", "%s", register_transport(phone));
	phone_note(phone, "to", "%s:%u", phone_ip_text(phone, member->address), member->port);
	phone_note(phone, "from", "%s:%u", phone_ip_text(phone, member->local_address), member->local_port);
}

unsigned cm_of_connection(const struct phone *phone, uint32_t id)
{
	unsigned m = 0;

	while (m < phone->reg.members && phone->reg.member[m].connection != id)
		m++;
	return id && m < phone->reg.members ? m : NOBODY;
}

void cm_connected(struct phone *phone, const struct phone_event *event)
{
	struct registrar *reg = &phone->reg;
	unsigned m = cm_of_connection(phone, event->connected.id);

	if (m == NOBODY || reg->member[m].state != MEMBER_CONNECTING)
		return;
	reg->member[m].local_address = event->connected.local_address;
	reg->member[m].local_port = event->connected.local_port;
	member_become(phone, m, MEMBER_CONNECTED, reg->udp ? "udp" : reg->tls ? "tls" : "tcp");
	register_fresh_dialog(phone, m);
	if (phone->state == PHONE_STATE_CM_CONNECT && m == reg->at) {
		note_connection(phone, m);
		phone_step_done(phone, "%s%s", cm_member_text(phone, m),
				reg->udp			      ? " by UDP"
				: reg->tls == PHONE_TLS_ENCRYPTED     ? " by TLS, encrypted"
				: reg->tls == PHONE_TLS_AUTHENTICATED ? " by TLS, authenticated"
								      : "");
	} else if (reg->active != NOBODY)
		register_send(phone, m, SIP_TX_KEEPALIVE);
}

/* --- the certificate of a call manager --- */

static void peer_checked(struct phone *phone, uint32_t id, const char *why)
{
	unsigned m = cm_of_connection(phone, id);
	struct phone_action *action = phone_put(phone, PHONE_DO_TRUST);

	action->trust.id = id;
	action->trust.trusted = !why;
	if (m == NOBODY)
		return;
	if (!why) {
		phone_timer_in(phone, TIMER_MEMBER_CONNECT + m, phone->pace->connect_us + GRACE_US);
		return;
	}
	phone->reg.member[m].connection = 0; /* the driver ends it */
	cm_member_lost(phone, m, CM_TLS, why);
}

void cm_peer(struct phone *phone, const struct phone_event *event)
{
	unsigned m = cm_of_connection(phone, event->peer.id);

	if (m == NOBODY || phone->reg.member[m].state != MEMBER_CONNECTING)
		return;
	phone_timer_stop(phone, TIMER_MEMBER_CONNECT + m); /* TVS has its own timers */
	trust_peer(phone, TRUST_CALL_MANAGER, event->peer.id,
		   (struct wire_slice){event->peer.certificate, event->peer.length}, peer_checked);
}

static const char *how_of(int error)
{
	switch (error) {
	case EPROTO: return CM_TLS;
	case 0: return PHONE_HOW_CLOSED;
	case ECONNREFUSED: return PHONE_HOW_REFUSED;
	case ECONNRESET:
	case EPIPE: return PHONE_HOW_RESET;
	case ETIMEDOUT: return PHONE_HOW_SILENT;
	case EHOSTUNREACH:
	case ENETUNREACH: return PHONE_HOW_UNREACHABLE;
	default: return CM_LOST_ELSE;
	}
}

void cm_closed(struct phone *phone, const struct phone_event *event)
{
	static const struct {
		int error;
		unsigned alarm;
		const char *last, *restart_cause;
	} causes[] = {
	    {ETIMEDOUT, 10, "tcp-timeout", "TCP-timeout"},
	    {ECONNRESET, 12, "cm-reset-tcp", "CM-reset-TCP"},
	    {0, 14, "cm-closed-tcp", "CM-closed-TCP"}, /* and all other errors */
	};
	struct registrar *reg = &phone->reg;
	unsigned m = cm_of_connection(phone, event->closed.id), i = 0;

	if (m == NOBODY)
		return;
	trust_peer_cancel(phone, event->closed.id);
	reg->member[m].connection = 0; /* the driver has closed it */
	if (m == reg->active) {
		while (causes[i].error && causes[i].error != event->closed.error)
			i++;
		reg->alarm = causes[i].alarm;
		reg->last = causes[i].last;
		phone->restart_cause = causes[i].restart_cause;
	}
	if (event->closed.detail && event->closed.error == EPROTO) {
		char why[sizeof(reg->member[m].error)];

		snprintf(why, sizeof(why), "TLS: %.180s", event->closed.detail);
		cm_member_lost(phone, m, how_of(event->closed.error), why);
		return;
	}
	cm_member_lost(phone, m, how_of(event->closed.error),
		       event->closed.error ? phone_errno_text(event->closed.error)
					   : "closed by the call manager");
}

void cm_connect_timer(struct phone *phone, unsigned m)
{
	switch (phone->reg.member[m].state) {
	case MEMBER_IDLE:
	case MEMBER_FAILED: failover_poll(phone, m); break;
	case MEMBER_RESOLVING: cm_member_lost(phone, m, CM_DNS_SILENT, "DNS timeout"); break;
	case MEMBER_CONNECTING: cm_member_lost(phone, m, PHONE_HOW_SILENT, "no answer to TCP"); break;
	case MEMBER_CONNECTED: break;
	}
}

/* The active member is lost: try all others, including those that have failed before. */
static void active_lost(struct phone *phone, unsigned m, const char *why)
{
	struct registrar *reg = &phone->reg;

	register_unregistered(phone, why);
	reg->spread = true;
	for (unsigned i = 0; i < reg->members; i++) {
		reg->member[i].registered_failed = false;
		if (i != m && reg->member[i].state == MEMBER_FAILED)
			member_become(phone, i, MEMBER_IDLE, "active lost");
		phone_timer_stop(phone, TIMER_MEMBER_REFRESH + i);
		if (reg->member[i].state == MEMBER_IDLE)
			phone_timer_stop(phone, TIMER_MEMBER_CONNECT + i);
	}
	phone_fire(phone, STEP_CM_LOST);
}

void cm_member_lost(struct phone *phone, unsigned m, const char *how, const char *why)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	bool another = false;

	hang_up(phone, m, true);
	member->how = how;
	member_become(phone, m, MEMBER_FAILED, why);
	if (reg->coming_home == m)
		reg->coming_home = NOBODY;
	if (m == reg->active) {
		active_lost(phone, m, why);
	} else if (phone->state == PHONE_STATE_CM_CONNECT && m == reg->at) {
		cm_connect_next(phone);
	} else if (phone_timer_armed(phone, TIMER_RETRY)) {
		member_become(phone, m, MEMBER_IDLE,
			      "rejected before"); /* closing afterwards changes nothing */
	} else if (phone->state == PHONE_STATE_REGISTER && m == reg->at) {
		member->registered_failed = true;
		for (unsigned i = 0; i < reg->members; i++)
			another = another || reg->member[i].state != MEMBER_FAILED;
		if (another)
			phone_fire(phone, STEP_CM_LOST);
		else
			phone_step_failed(phone, "%s: %s", member->name, why);
	} else if (phone->state == PHONE_STATE_DOWN) {
		down_farewell_over(phone, m);
	} else if (reg->active != NOBODY) {
		failover_later(phone, m);
	}
}
