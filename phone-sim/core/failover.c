/* After registration: keep a standby call manager alive, and return to a better one. */
#include "phone-sim/core/failover.h"

#include <stdio.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"

/* The members that the phone polls: all of higher priority than the active one, and the first behind it. */
static bool is_polled(const struct phone *phone, unsigned m)
{
	unsigned active = phone->reg.active;

	return active != NOBODY && m != active && m < phone->reg.members && m <= active + 1;
}

void failover_later(struct phone *phone, unsigned m)
{
	struct member *member = &phone->reg.member[m];
	uint64_t poll_us = phone->pace->fallback_poll_us, wait_us;

	if (!is_polled(phone, m))
		return;
	wait_us = rng_backoff(&phone->rng, member->poll_attempt++, poll_us, 4 * poll_us, poll_us / 4);
	if (member->retry_after_us > phone->now_us + wait_us)
		wait_us = member->retry_after_us - phone->now_us;
	if (member->state == MEMBER_CONNECTED)
		phone_timer_in(phone, TIMER_MEMBER_REFRESH + m, wait_us);
	else
		phone_timer_in(phone, TIMER_MEMBER_CONNECT + m, wait_us);
}

void failover_poll(struct phone *phone, unsigned m)
{
	if (is_polled(phone, m))
		cm_connect_member(phone, m);
}

void failover_start(struct phone *phone)
{
	struct registrar *reg = &phone->reg;

	for (unsigned m = 0; m < reg->members; m++) {
		if (!is_polled(phone, m))
			continue;
		reg->member[m].stable_since_us = 0;
		if (reg->member[m].state == MEMBER_CONNECTED)
			register_send(phone, m, SIP_TX_KEEPALIVE);
		else if (reg->member[m].state == MEMBER_IDLE)
			phone_timer_in(phone, TIMER_MEMBER_CONNECT + m, rng_range(&phone->rng, 1000, 500000));
		else if (reg->member[m].state == MEMBER_FAILED)
			failover_later(phone, m);
	}
}

void failover_alive(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];
	uint64_t now_us = phone->now_us, at_us;

	if (!is_polled(phone, m))
		return;
	member->poll_attempt = 0;
	if (!member->stable_since_us)
		member->stable_since_us = now_us ? now_us : 1;
	phone_timer_in(phone, TIMER_MEMBER_REFRESH + m,
		       m < reg->active ? phone->pace->fallback_poll_us
				       : reg->keepalive_s * UINT64_C(1000000));
	if (m >= reg->active || phone_timer_armed(phone, TIMER_FALLBACK) || reg->coming_home != NOBODY)
		return;
	/* It must be stable for a while, and the phones of a site must not return in the same second. */
	at_us = member->stable_since_us + phone->pace->fallback_stable_us +
		rng_range(&phone->rng, 0, phone->pace->fallback_jitter_us);
	phone_timer_at(phone, TIMER_FALLBACK, at_us > now_us ? at_us : now_us + 1000);
}

void failover_timer(struct phone *phone)
{
	struct registrar *reg = &phone->reg;

	if (reg->active == NOBODY || phone->state != PHONE_STATE_READY)
		return;
	for (unsigned m = 0; m < reg->active; m++) {
		struct member *member = &reg->member[m];

		if (member->state != MEMBER_CONNECTED || !member->stable_since_us ||
		    member->tx != SIP_TX_NONE ||
		    phone->now_us - member->stable_since_us < phone->pace->fallback_stable_us)
			continue;
		phone_report(phone, "cm.fallback", NULL, 0, "%s is back", member->name);
		reg->coming_home = m;
		register_send(phone, m, SIP_TX_TOKEN);
		return;
	}
}

void failover_token(struct phone *phone, unsigned m, unsigned status, uint64_t retry_after_us)
{
	struct registrar *reg = &phone->reg;
	struct member *member = &reg->member[m];

	if (reg->coming_home != m)
		return;
	if (status >= 200 && status < 300) {
		reg->alarm = 18;
		reg->last = "failback";
		member->expires_s = register_expiry(phone, m);
		member->interval_retries = 0;
		register_fresh_dialog(phone, m);
		register_send(phone, m, SIP_TX_REGISTER);
		return;
	}
	reg->coming_home = NOBODY;
	phone_report(phone, "cm.fallback", NULL, 0, "%s answers %u: not yet", member->name, status);
	member->stable_since_us = 0;
	member->retry_after_us = phone->now_us + retry_after_us;
	failover_later(phone, m);
}

void failover_home(struct phone *phone, unsigned m)
{
	struct registrar *reg = &phone->reg;
	unsigned old = reg->active;
	char detail[160];

	reg->coming_home = NOBODY;
	phone_timer_stop(phone, TIMER_FALLBACK);
	if (old != NOBODY && old != m) {
		phone_timer_stop(phone, TIMER_MEMBER_REFRESH + old);
		reg->active = m;
		register_send(phone, old, SIP_TX_REMOVE);
	}
	reg->active = m;
	phone->restart_cause = "Failback";
	snprintf(detail, sizeof(detail), "200 OK from %s, expires %u s", cm_member_text(phone, m),
		 reg->member[m].granted_s);
	phone_rung_set(phone, LADDER_REGISTER, LADDER_DONE, detail);
	phone_show_registered(phone);
	for (unsigned i = 0; i < reg->members; i++) {
		if (i != m && i != old && !is_polled(phone, i) && reg->member[i].state != MEMBER_IDLE)
			cm_close_member(phone, i, false); /* the phone needs only one standby */
	}
}

/* --- state READY, behind the ladder --- */

void phone_show_registered(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	const struct member *member = &reg->member[reg->active];
	struct phone_action *action = phone_put(phone, PHONE_DO_REGISTERED);

	reg->shown = true;
	action->registered.node = phone_keep_text(phone, member->name);
	action->registered.address = member->address;
	action->registered.directory_number = phone_keep_text(phone, reg->provisioned ? reg->dn : "");
}

static bool wants_healing(const struct phone *phone)
{
	static const int rungs[] = {LADDER_CTL,	       LADDER_ITL,    LADDER_CONFIG,   LADDER_FIRMWARE,
				    LADDER_DIAL_RULES, LADDER_LOCALE, LADDER_SOFTKEYS, LADDER_RINGTONES};

	for (unsigned i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++)
		if (phone->ladder.rung[rungs[i] - 1].state == LADDER_FAILED)
			return true;
	return false;
}

void ready_enter(struct phone *phone)
{
	const struct phone_pace_table *pace = phone->pace;
	bool healed = phone->healing;

	phone->healing = false;
	phone->files_read = true;
	phone->heals = wants_healing(phone) ? phone->heals + 1 : 0;
	if (phone->heals)
		phone_timer_in(phone, TIMER_HEAL,
			       rng_backoff(&phone->rng, phone->heals - 1, 4 * pace->retry_base_us,
					   2 * pace->retry_ceiling_us, pace->retry_jitter_us));
	if (phone->reg.active == NOBODY)
		return;
	if (!phone->reg.shown)
		phone_show_registered(phone);
	secure_config_ready(phone);
	if (!healed)
		failover_start(phone);
	else if (phone->configuration == PHONE_CONFIGURATION_STORED)
		dhcp_client_renew(phone); /* the DHCP server may name other file servers now */
}

void heal_timer(struct phone *phone)
{
	phone->healing = true;
	file_forget_dead(phone);
	phone_fire(phone, STEP_HEAL);
	if (phone->state == PHONE_STATE_READY || phone->state == PHONE_STATE_DOWN)
		phone->healing = false;
}
