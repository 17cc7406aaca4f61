#include "phone-sim/core/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/internal.h"

#define SECONDS(fast, real)                                                                                  \
	{                                                                                                    \
		(fast) * 1000, (real)*1000                                                                   \
	}

static const struct phone_step steps[] = {
    {PHONE_STATE_POWER, "power", power_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
    {PHONE_STATE_BOOT, "boot", boot_enter, SECONDS(60, 300), 0, EXHAUSTION_AGAIN},
    {PHONE_STATE_VOICE_VLAN, "voice-vlan", voice_vlan_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
    {PHONE_STATE_DHCP, "dhcp", dhcp_enter, SECONDS(0, 0), 1, EXHAUSTION_GO_BACK},
    {PHONE_STATE_CTL, "ctl", ctl_enter, SECONDS(90, 300), 2, EXHAUSTION_GO_BACK},
    {PHONE_STATE_ITL, "itl", itl_enter, SECONDS(90, 300), 3, EXHAUSTION_GO_BACK},
    {PHONE_STATE_CONFIG, "config", config_enter, SECONDS(90, 300), 3, EXHAUSTION_GO_BACK},
    {PHONE_STATE_FIRMWARE, "firmware", firmware_enter, SECONDS(900, 3600), 1, EXHAUSTION_GO_ON},
    {PHONE_STATE_DIAL_RULES, "dial-rules", dial_rules_enter, SECONDS(90, 300), 1, EXHAUSTION_GO_ON},
    {PHONE_STATE_CM_CONNECT, "cm-connect", cm_connect_enter, SECONDS(60, 240), 2, EXHAUSTION_GO_BACK},
    {PHONE_STATE_REGISTER, "register", register_enter, SECONDS(60, 240), 2, EXHAUSTION_GO_BACK},
    {PHONE_STATE_LOCALE, "locale", locale_enter, SECONDS(90, 300), 1, EXHAUSTION_GO_ON},
    {PHONE_STATE_SOFTKEYS, "softkeys", softkeys_enter, SECONDS(90, 300), 1, EXHAUSTION_GO_ON},
    {PHONE_STATE_RINGTONES, "ringtones", ringtones_enter, SECONDS(90, 300), 1, EXHAUSTION_GO_ON},
    {PHONE_STATE_READY, "ready", ready_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
    {PHONE_STATE_DOWN, "down", down_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
    {PHONE_STATE_STOPPING, "stopping", stopping_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
    {PHONE_STATE_STOPPED, "stopped", stopped_enter, SECONDS(0, 0), 0, EXHAUSTION_NONE},
};

/* ---- guards */

static bool attempts_left(const struct phone *phone)
{
	unsigned retries = steps[phone->state - 1].retries;

	return !retries || phone->attempts[phone->state] % retries;
}

/* Twice the configuration is read again; the third time the address, and with it the list of file servers. */
static bool cycles_left(const struct phone *phone)
{
	unsigned retries = steps[phone->state - 1].retries;

	return retries && (phone->attempts[phone->state] / retries) % 3;
}

static bool is_healing(const struct phone *phone)
{
	return phone->healing;
}

static bool have_files(const struct phone *phone)
{
	return phone->files_read;
}

static bool to_reset(const struct phone *phone)
{
	return phone->going_down != PHONE_CONTROL_RESTART;
}

static bool is_registered(const struct phone *phone)
{
	return phone->reg.active != NOBODY;
}

#define S(state) PHONE_STATE_##state

static const struct phone_edge edges[] = {
    {S(POWER), S(POWER), STEP_POWERED, NULL, S(BOOT), RUNGS_KEEP},
    {S(POWER), S(POWER), STEP_DENIED, NULL, S(NONE), RUNGS_KEEP},

    {S(BOOT), S(BOOT), STEP_DONE, NULL, S(VOICE_VLAN), RUNGS_KEEP},
    {S(BOOT), S(BOOT), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(BOOT), S(BOOT), STEP_RETRY, NULL, S(BOOT), RUNGS_KEEP},

    {S(VOICE_VLAN), S(VOICE_VLAN), STEP_DONE, NULL, S(DHCP), RUNGS_KEEP},
    {S(VOICE_VLAN), S(VOICE_VLAN), STEP_SKIPPED, NULL, S(DHCP), RUNGS_KEEP},

    {S(DHCP), S(DHCP), STEP_DONE, NULL, S(CTL), RUNGS_KEEP},
    {S(DHCP), S(DHCP), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(DHCP), S(DHCP), STEP_RETRY, NULL, S(VOICE_VLAN), RUNGS_KEEP},

    {S(CTL), S(CTL), STEP_DONE, NULL, S(ITL), RUNGS_KEEP},
    {S(CTL), S(CTL), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(CTL), S(CTL), STEP_RETRY, attempts_left, S(CTL), RUNGS_KEEP},
    {S(CTL), S(CTL), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(ITL), S(ITL), STEP_DONE, NULL, S(CONFIG), RUNGS_KEEP},
    {S(ITL), S(ITL), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(ITL), S(ITL), STEP_RETRY, attempts_left, S(ITL), RUNGS_KEEP},
    {S(ITL), S(ITL), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(CONFIG), S(CONFIG), STEP_DONE, NULL, S(FIRMWARE), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_FAILED, is_healing, S(READY), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_RETRY, attempts_left, S(CONFIG), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(FIRMWARE), S(FIRMWARE), STEP_DONE, NULL, S(DIAL_RULES), RUNGS_KEEP},
    {S(FIRMWARE), S(FIRMWARE), STEP_FAILED, NULL, S(DIAL_RULES), RUNGS_KEEP},
    {S(FIRMWARE), S(FIRMWARE), STEP_SWAPPED, NULL, S(BOOT), RUNGS_FROM_NEXT},

    {S(DIAL_RULES), S(DIAL_RULES), STEP_DONE, is_healing, S(LOCALE), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_FAILED, is_healing, S(LOCALE), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_DONE, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_SKIPPED, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_FAILED, NULL, S(CM_CONNECT), RUNGS_KEEP},

    {S(CM_CONNECT), S(CM_CONNECT), STEP_DONE, NULL, S(REGISTER), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, attempts_left, S(CM_CONNECT), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, cycles_left, S(CONFIG), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(REGISTER), S(REGISTER), STEP_DONE, have_files, S(READY), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_DONE, NULL, S(LOCALE), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, attempts_left, S(CM_CONNECT), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, cycles_left, S(CONFIG), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(LOCALE), S(LOCALE), STEP_DONE, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(LOCALE), S(LOCALE), STEP_SKIPPED, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(LOCALE), S(LOCALE), STEP_FAILED, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_DONE, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_SKIPPED, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_FAILED, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_DONE, NULL, S(READY), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_SKIPPED, NULL, S(READY), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_FAILED, NULL, S(READY), RUNGS_KEEP},

    {S(READY), S(READY), STEP_HEAL, NULL, S(CONFIG), RUNGS_KEEP},

    /* The call manager is lost: while healing the phone is registered in the steps before cm-connect too. */
    {S(CONFIG), S(DIAL_RULES), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_REGISTER},
    {S(LOCALE), S(READY), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_REGISTER},

    /* What pulls the phone back from wherever it is. */
    {S(CTL), S(READY), STEP_ADDRESS_LOST, NULL, S(DHCP), RUNGS_FROM_NEXT},
    {S(DHCP), S(READY), STEP_VLAN_CHANGED, NULL, S(VOICE_VLAN), RUNGS_FROM_NEXT},
    {S(VOICE_VLAN), S(READY), STEP_LINK_DOWN, NULL, S(VOICE_VLAN), RUNGS_FROM_NEXT},
    {S(BOOT), S(READY), STEP_RESET, NULL, S(DOWN), RUNGS_KEEP},
    {S(CTL), S(READY), STEP_RESTART, NULL, S(DOWN), RUNGS_KEEP},
    {S(BOOT), S(DHCP), STEP_RESTART, NULL, S(NONE), RUNGS_KEEP}, /* it has not read anything yet */
    {S(DOWN), S(DOWN), STEP_DONE, to_reset, S(BOOT), RUNGS_FROM_NEXT},
    {S(DOWN), S(DOWN), STEP_DONE, NULL, S(CTL), RUNGS_FROM_NEXT},
    {S(DOWN), S(DOWN), STEP_LINK_DOWN, NULL, S(NONE), RUNGS_KEEP},
    {S(CONFIG), S(DIAL_RULES), STEP_STOP, is_registered, S(STOPPING), RUNGS_KEEP},
    {S(LOCALE), S(READY), STEP_STOP, NULL, S(STOPPING), RUNGS_KEEP},
    {S(POWER), S(REGISTER), STEP_STOP, NULL, S(STOPPED), RUNGS_KEEP},
    {S(DOWN), S(DOWN), STEP_STOP, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_DONE, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_CM_LOST, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_LINK_DOWN, NULL, S(STOPPED), RUNGS_KEEP},
    {S(BOOT), S(STOPPED), STEP_POWER_OFF, NULL, S(POWER), RUNGS_FROM_NEXT},
    {S(POWER), S(POWER), STEP_POWER_OFF, NULL, S(NONE), RUNGS_KEEP},
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))
#define EDGE_COUNT (sizeof(edges) / sizeof(edges[0]))
_Static_assert(STEP_COUNT == PHONE_STATES - 1, "every state has its row, in order");
_Static_assert(EDGE_COUNT <= PHONE_EDGES_MAX, "visits are counted for every edge");

const struct phone_step *phone_step_at(unsigned i)
{
	return i < STEP_COUNT ? &steps[i] : NULL;
}

const struct phone_edge *phone_edge_at(unsigned i)
{
	return i < EDGE_COUNT ? &edges[i] : NULL;
}

const char *phone_state_name(enum phone_state state)
{
	return state >= PHONE_STATE_POWER && state < PHONE_STATES ? steps[state - 1].name : "none";
}

const char *step_event_name(enum step_event event)
{
	static const char *const names[] = {
	    [STEP_POWERED] = "powered",
	    [STEP_DENIED] = "denied",
	    [STEP_DONE] = "done",
	    [STEP_SKIPPED] = "skipped",
	    [STEP_FAILED] = "failed",
	    [STEP_RETRY] = "retry",
	    [STEP_SWAPPED] = "swapped",
	    [STEP_CM_LOST] = "cm-lost",
	    [STEP_HEAL] = "heal",
	    [STEP_LINK_DOWN] = "link-down",
	    [STEP_VLAN_CHANGED] = "vlan-changed",
	    [STEP_ADDRESS_LOST] = "address-lost",
	    [STEP_RESET] = "reset",
	    [STEP_RESTART] = "restart",
	    [STEP_STOP] = "stop",
	    [STEP_POWER_OFF] = "power-off",
	};

	return (unsigned)event < STEP_EVENTS ? names[event] : "none";
}

uint32_t phone_edge_visits(const struct phone *phone, unsigned i, enum phone_state from)
{
	return i < EDGE_COUNT && (unsigned)from < PHONE_STATES ? phone->visits[i][from] : 0;
}

enum phone_state phone_state_now(const struct phone *phone)
{
	return phone->state;
}

/* ---- the ladder */

static bool is_rung(enum phone_state state)
{
	return state >= PHONE_STATE_POWER && state <= PHONE_STATE_RINGTONES;
}

/* Say it only when something is new: a step that is retried does not fill the event stream. */
void phone_rung_set(struct phone *phone, int n, enum ladder_state state, const char *detail)
{
	struct ladder_rung *rung = &phone->ladder.rung[n - 1];
	uint64_t since = phone->powered ? phone->now_us - phone->power_on_us : 0;
	struct phone_action *action;
	char before[sizeof(rung->detail)];

	memcpy(before, rung->detail, sizeof(before));
	if (rung->state == state && (!detail || !strncmp(before, detail, sizeof(before) - 1)))
		return;
	ladder_set(&phone->ladder, n, state, since, detail ? detail : "");
	action = phone_put(phone, PHONE_DO_STEP);
	if (!action)
		return;
	action->step.n = n;
	action->step.state = state;
	action->step.detail = phone_keep_text(phone, rung->detail);
}

void phone_rung_failed(struct phone *phone, int n, const char *format, ...)
{
	char detail[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	phone_rung_set(phone, n, LADDER_FAILED, detail);
}

static void clear_rungs(struct phone *phone, int first, int last)
{
	for (int n = first; n <= last; n++) {
		struct ladder_rung *rung = &phone->ladder.rung[n - 1];

		phone->attempts[n] = 0;
		if (rung->state != LADDER_PENDING)
			phone_rung_set(phone, n, LADDER_PENDING, "");
	}
}

/* ---- the runner */

static void enter(struct phone *phone)
{
	const struct phone_step *step = &steps[phone->state - 1];
	uint32_t timeout_ms = step->timeout_ms[phone->config.pace];

	if (is_rung(phone->state) && phone->ladder.rung[phone->state - 1].state == LADDER_PENDING)
		phone_rung_set(phone, (int)phone->state, LADDER_ACTIVE, "");
	if (timeout_ms)
		phone_timer_in(phone, TIMER_STEP_LIMIT, timeout_ms * UINT64_C(1000));
	step->enter(phone);
}

static void leave(struct phone *phone)
{
	phone_timer_stop(phone, TIMER_STEP);
	phone_timer_stop(phone, TIMER_STEP_LIMIT);
	phone_timer_stop(phone, TIMER_RETRY);
	file_cancel(phone);
	resolve_cancel(phone);
}

static void wait_for_retry(struct phone *phone)
{
	const struct phone_pace_table *pace = phone->pace;
	unsigned attempt = phone->attempts[phone->state];
	uint64_t delay = rng_backoff(&phone->rng, attempt ? attempt - 1 : 0, pace->retry_base_us,
				     pace->retry_ceiling_us, pace->retry_jitter_us);

	if (phone->reg.retry_us > delay)
		delay = phone->reg.retry_us;
	phone->reg.retry_us = 0;
	leave(phone);
	phone_timer_in(phone, TIMER_RETRY, delay);
}

static void take(struct phone *phone, unsigned i)
{
	const struct phone_edge *edge = &edges[i];
	enum phone_state from = phone->state;

	phone->visits[i][from]++;
	if (edge->next == PHONE_STATE_NONE) {
		if (edge->event == STEP_FAILED)
			wait_for_retry(phone);
		return;
	}
	leave(phone);
	phone_event_say(phone, "phone.state", NULL, 0, "%s --%s--> %s", phone_state_name(from),
			step_event_name(edge->event), phone_state_name(edge->next));
	switch (edge->rungs) {
	case RUNGS_KEEP: break;
	case RUNGS_FROM_NEXT: clear_rungs(phone, (int)edge->next, LADDER_STEPS); break;
	case RUNGS_REGISTER: clear_rungs(phone, LADDER_CM_CONNECT, LADDER_REGISTER); break;
	}
	phone->state = edge->next;
	enter(phone);
}

void phone_fire(struct phone *phone, enum step_event event)
{
	for (unsigned i = 0; i < EDGE_COUNT; i++) {
		const struct phone_edge *edge = &edges[i];

		if (edge->event != event || phone->state < edge->from || phone->state > edge->to)
			continue;
		if (edge->guard && !edge->guard(phone))
			continue;
		take(phone, i);
		return;
	}
	phone->unlisted[phone->state][event]++;
}

static void finish_step(struct phone *phone, enum ladder_state state, const char *detail)
{
	int n = (int)phone->state;

	if (is_rung(phone->state)) {
		/* A connection alone proves nothing: attempts to connect count until one has led to a
		 * registration. */
		if (n != LADDER_CM_CONNECT)
			phone->attempts[n] = 0;
		if (n == LADDER_REGISTER)
			phone->attempts[LADDER_CM_CONNECT] = 0;
		phone_rung_set(phone, n, state, detail);
	}
	phone_fire(phone, state == LADDER_SKIPPED ? STEP_SKIPPED : STEP_DONE);
}

void phone_step_done(struct phone *phone, const char *format, ...)
{
	char detail[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	finish_step(phone, LADDER_DONE, detail);
}

void phone_step_skipped(struct phone *phone, const char *format, ...)
{
	char detail[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	finish_step(phone, LADDER_SKIPPED, detail);
}

void phone_step_failed(struct phone *phone, const char *format, ...)
{
	char detail[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	phone->attempts[phone->state]++;
	/* While healing, what worked before is not taken back by a server that is away for a moment. */
	if (is_rung(phone->state) && !(phone->healing && phone->state == PHONE_STATE_CONFIG))
		phone_rung_set(phone, (int)phone->state, LADDER_FAILED, detail);
	phone_fire(phone, STEP_FAILED);
}

void phone_step_failed_as(struct phone *phone, int n, const char *format, ...)
{
	char detail[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	phone->attempts[phone->state]++;
	phone_rung_set(phone, n, LADDER_FAILED, detail);
	phone_fire(phone, STEP_FAILED);
}

void phone_step_retry_timer(struct phone *phone)
{
	phone_fire(phone, STEP_RETRY);
}

void phone_step_limit_timer(struct phone *phone)
{
	uint32_t timeout_ms = steps[phone->state - 1].timeout_ms[phone->config.pace];

	phone_step_failed(phone, "not finished after %u s", (unsigned)(timeout_ms / 1000));
}
