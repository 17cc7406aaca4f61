#include "phone-sim/core/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/internal.h"

struct phone *phone_new(const struct phone_config *config)
{
	const struct phone_model *model = phone_model_find(config->model);
	struct phone *phone;

	if (!model)
		return NULL;
	phone = calloc(1, sizeof(*phone));
	if (!phone)
		return NULL;
	phone->xml = calloc(1, sizeof(*phone->xml));
	if (!phone->xml) {
		free(phone);
		return NULL;
	}
	phone->config = *config;
	phone->config.pace = config->pace == PHONE_PACE_REAL ? PHONE_PACE_REAL : PHONE_PACE_FAST;
	if (phone->config.alternate_tftp_count > 2)
		phone->config.alternate_tftp_count = 2;
	phone->model = model;
	phone->config.model = model->name;
	phone->pace = phone_pace_table(config->pace);
	mac_format_device(&config->mac, phone->name);
	rng_seed(&phone->rng, config->seed, phone->name);
	phone->state = PHONE_STATE_POWER;
	phone->reg.active = phone->reg.coming_home = NOBODY;
	phone->reg.alarm = 25;
	phone->reg.last = "initialized";
	phone->reg.clock_offset_s = config->wall_clock;
	phone->restart_cause = "Initialized";
	strcpy(phone->download_status, "None");
	ladder_reset(&phone->ladder);
	for (unsigned i = 0; i < TIMER_COUNT; i++)
		phone->timer[i] = UINT64_MAX;
	phone->timer_told = UINT64_MAX;
	return phone;
}

void phone_free(struct phone *phone)
{
	if (!phone)
		return;
	for (unsigned m = 0; m < PHONE_MEMBERS_MAX; m++) {
		free(phone->reg.member[m].rx);
		free(phone->reg.member[m].resend);
	}
	trust_clear(phone);
	free(phone->xml);
	free(phone);
}

int64_t phone_wall_clock(const struct phone *phone)
{
	return phone->reg.clock_offset_s + (int64_t)(phone->now_us / 1000000);
}

/* ---- timers */

void phone_timer_at(struct phone *phone, enum phone_timer timer, uint64_t at_us)
{
	phone->timer[timer] = at_us;
}

void phone_timer_in(struct phone *phone, enum phone_timer timer, uint64_t delay_us)
{
	phone->timer[timer] = delay_us < UINT64_MAX - phone->now_us ? phone->now_us + delay_us : UINT64_MAX;
}

void phone_timer_stop(struct phone *phone, enum phone_timer timer)
{
	phone->timer[timer] = UINT64_MAX;
}

bool phone_timer_armed(const struct phone *phone, enum phone_timer timer)
{
	return phone->timer[timer] != UINT64_MAX;
}

static void step_timer(struct phone *phone)
{
	switch (phone->state) {
	case PHONE_STATE_BOOT: boot_timer(phone); break;
	case PHONE_STATE_VOICE_VLAN: voice_vlan_timer(phone); break;
	case PHONE_STATE_DOWN: down_timer(phone); break;
	case PHONE_STATE_CM_CONNECT: cm_connect_spread_timer(phone); break;
	case PHONE_STATE_NONE:
	case PHONE_STATE_POWER:
	case PHONE_STATE_DHCP:
	case PHONE_STATE_CTL:
	case PHONE_STATE_ITL:
	case PHONE_STATE_CONFIG:
	case PHONE_STATE_FIRMWARE:
	case PHONE_STATE_DIAL_RULES:
	case PHONE_STATE_REGISTER:
	case PHONE_STATE_LOCALE:
	case PHONE_STATE_SOFTKEYS:
	case PHONE_STATE_RINGTONES:
	case PHONE_STATE_READY:
	case PHONE_STATE_STOPPING:
	case PHONE_STATE_STOPPED: break;
	}
}

static void (*const timer_run[])(struct phone *phone) = {
    [TIMER_STEP] = step_timer,
    [TIMER_STEP_LIMIT] = phone_step_limit_timer,
    [TIMER_RETRY] = phone_step_retry_timer,
    [TIMER_CDP] = phone_cdp_timer,
    [TIMER_LLDP] = phone_lldp_timer,
    [TIMER_DHCP] = dhcp_client_timer,
    [TIMER_LEASE] = dhcp_client_lease_timer,
    [TIMER_FETCH] = file_timer,
    [TIMER_RESOLVE] = resolve_timer,
    [TIMER_HEAL] = heal_timer,
    [TIMER_FALLBACK] = failover_timer,
    [TIMER_STOP] = stopping_timer,
};

static void run_timer(struct phone *phone, unsigned timer)
{
	phone->timer[timer] = UINT64_MAX;
	if (timer < TIMER_MEMBER_SIP)
		timer_run[timer](phone);
	else if (timer < TIMER_MEMBER_REFRESH)
		register_sip_timer(phone, timer - TIMER_MEMBER_SIP);
	else if (timer < TIMER_MEMBER_CONNECT)
		register_refresh_timer(phone, timer - TIMER_MEMBER_REFRESH);
	else if (timer < TIMER_MEMBER_RESEND)
		cm_connect_timer(phone, timer - TIMER_MEMBER_CONNECT);
	else
		udp_resend_timer(phone, timer - TIMER_MEMBER_RESEND);
}

/* Each timer at most once a call, the earliest first; one that is armed anew for now waits for the next call.
 */
static void run_timers(struct phone *phone)
{
	bool ran[TIMER_COUNT] = {false};

	for (;;) {
		unsigned due = TIMER_COUNT;

		for (unsigned i = 0; i < TIMER_COUNT; i++)
			if (!ran[i] && phone->timer[i] <= phone->now_us &&
			    (due == TIMER_COUNT || phone->timer[i] < phone->timer[due]))
				due = i;
		if (due == TIMER_COUNT)
			return;
		ran[due] = true;
		run_timer(phone, due);
	}
}

static void tell_timer(struct phone *phone)
{
	uint64_t earliest = UINT64_MAX;
	struct phone_action *action;

	for (unsigned i = 0; i < TIMER_COUNT; i++)
		if (phone->timer[i] < earliest)
			earliest = phone->timer[i];
	if (earliest == phone->timer_told)
		return;
	phone->timer_told = earliest;
	action = phone_put(phone, PHONE_DO_TIMER);
	if (action)
		action->timer_us = earliest;
}

/* ---- events */

static void control(struct phone *phone, enum phone_control what)
{
	switch (what) {
	case PHONE_CONTROL_ERASE:
		trust_erase(phone);
		phone->going_down = PHONE_CONTROL_RESET;
		phone_fire(phone, STEP_RESET);
		break;
	case PHONE_CONTROL_RESET:
		phone->going_down = PHONE_CONTROL_RESET;
		phone_fire(phone, STEP_RESET);
		break;
	case PHONE_CONTROL_RESTART:
		phone->going_down = PHONE_CONTROL_RESTART;
		phone_fire(phone, STEP_RESTART);
		break;
	case PHONE_CONTROL_STOP: phone_fire(phone, STEP_STOP); break;
	}
}

void phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
		  struct phone_actions *out)
{
	phone_actions_begin(out);
	phone->out = out;
	if (now_us > phone->now_us)
		phone->now_us = now_us;
	switch (event->kind) {
	case PHONE_POWER_GRANTED:
	case PHONE_POWER_DENIED:
	case PHONE_POWER_ADJUSTED:
	case PHONE_POWER_OFF: power_event(phone, event); break;
	case PHONE_LINK_UP: voice_vlan_link(phone, true); break;
	case PHONE_LINK_DOWN: voice_vlan_link(phone, false); break;
	case PHONE_FRAME: frames_in(phone, event->frame.bytes, event->frame.len); break;
	case PHONE_TIMER:
		phone->timer_told = 0; /* the driver's timer is spent: tell it again */
		run_timers(phone);
		break;
	case PHONE_FLASH_LOADED: boot_flash_loaded(phone, event); break;
	case PHONE_FETCHED: file_event(phone, event); break;
	case PHONE_RESOLVED: resolve_event(phone, event); break;
	case PHONE_CONNECTED: cm_connected(phone, event); break;
	case PHONE_RECEIVED: cm_received(phone, event); break;
	case PHONE_CLOSED: cm_closed(phone, event); break;
	case PHONE_CONTROL: control(phone, event->control); break;
	}
	tell_timer(phone);
	phone->out = NULL;
}

/* ---- at rest */

void phone_show_registered(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	const struct member *member = &reg->member[reg->active];
	struct phone_action *action = phone_put(phone, PHONE_DO_REGISTERED);

	reg->shown = true;
	if (!action)
		return;
	action->registered.node = phone_keep_text(phone, member->name);
	action->registered.address = member->address;
	action->registered.directory_number = phone_keep_text(phone, reg->provisioned ? reg->dn : "");
}

static bool wants_healing(const struct phone *phone)
{
	static const int rungs[] = {LADDER_FIRMWARE, LADDER_DIAL_RULES, LADDER_LOCALE, LADDER_SOFTKEYS,
				    LADDER_RINGTONES};

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
	if (!healed)
		failover_start(phone);
}

void heal_timer(struct phone *phone)
{
	phone->healing = true;
	phone_fire(phone, STEP_HEAL);
	if (phone->state == PHONE_STATE_READY || phone->state == PHONE_STATE_DOWN)
		phone->healing = false;
}
