#include "phone-sim/core/step_runner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/files.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/servers.h"
#include "phone-sim/core/steps.h"
#include "phone-sim/core/timers.h"

/* Executes the tables of step_table.c: the only place where the state changes. */

uint32_t phone_edge_visits(const struct phone *phone, unsigned i, enum phone_state from)
{
	return i < PHONE_EDGES_MAX && (unsigned)from < PHONE_STATES ? phone->visits[i][from] : 0;
}

enum phone_state phone_state_now(const struct phone *phone)
{
	return phone->state;
}

/* --- the ladder --- */

static bool is_rung(enum phone_state state)
{
	return state >= PHONE_STATE_POWER && state <= PHONE_STATE_RINGTONES;
}

void phone_note(struct phone *phone, const char *key, const char *format, ...)
{
	struct step_notes *notes = &phone->notes;
	unsigned i = 0;
	va_list args;

	while (i < notes->count && strcmp(notes->key[i], key))
		i++;
	if (i == PHONE_EVIDENCE_MAX)
		return;
	if (i == notes->count)
		notes->count++;
	notes->key[i] = key;
	va_start(args, format);
	vsnprintf(notes->value[i], sizeof(notes->value[i]), format, args);
	va_end(args);
}

/* Only a rung with a result gets evidence: otherwise the notes may belong to another step. */
static void attach_notes(struct phone *phone, struct phone_action *action)
{
	const struct step_notes *notes = &phone->notes;

	if (action->step.state == LADDER_PENDING || action->step.state == LADDER_ACTIVE)
		return;
	for (unsigned i = 0; i < notes->count; i++) {
		action->step.evidence[i].key = notes->key[i];
		action->step.evidence[i].value = phone_keep_text(phone, notes->value[i]);
	}
	action->step.evidence_count = notes->count;
}

/* Emit it only if something changed: a step that is retried must not fill the event stream. */
void phone_rung_set(struct phone *phone, int n, enum ladder_state state, const char *detail)
{
	struct ladder_rung *rung = &phone->ladder.rung[n - 1];
	uint64_t since = phone->powered ? phone->now_us - phone->power_on_us : 0;
	const struct ladder_rung before = *rung;
	struct phone_action *action;

	ladder_set(&phone->ladder, n, state, since, detail ? detail : "");
	if (before.state == state && (!detail || !strcmp(before.detail, rung->detail))) {
		*rung = before;
		return;
	}
	action = phone_put(phone, PHONE_DO_STEP);
	action->step.n = n;
	action->step.state = state;
	action->step.detail = phone_keep_text(phone, rung->detail);
	attach_notes(phone, action);
}

/* phone_rung_set with a formatted detail. */
static void rung_setv(struct phone *phone, int n, enum ladder_state state, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void rung_setv(struct phone *phone, int n, enum ladder_state state, const char *format, va_list args)
{
	char detail[2 * sizeof(phone->ladder.rung[0].detail)]; /* ladder_set ends it after a word */

	vsnprintf(detail, sizeof(detail), format, args);
	phone_rung_set(phone, n, state, detail);
}

void phone_rung_failed(struct phone *phone, int n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	rung_setv(phone, n, LADDER_FAILED, format, args);
	va_end(args);
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

/* --- the runner --- */

static void enter(struct phone *phone)
{
	const struct phone_step *step = phone_step_at(phone->state - 1);
	uint32_t timeout_ms = step->timeout_ms[phone->config.pace];

	phone->notes.count = 0;
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
	trust_check_cancel(phone);
	capf_cancel(phone);
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

static void report_edge(struct phone *phone, enum phone_state from, const struct phone_edge *edge)
{
	const struct phone_evidence evidence[] = {{"from", phone_state_name(from)},
						  {"by", step_event_name(edge->event)},
						  {"to", phone_state_name(edge->next)}};

	phone_report(phone, "phone.state", evidence, 3, "%s --%s--> %s", evidence[0].value, evidence[1].value,
		     evidence[2].value);
}

static void take(struct phone *phone, unsigned i)
{
	const struct phone_edge *edge = phone_edge_at(i);
	enum phone_state from = phone->state;

	phone->visits[i][from]++;
	if (edge->next == PHONE_STATE_NONE) {
		if (edge->event == STEP_FAILED)
			wait_for_retry(phone);
		return;
	}
	leave(phone);
	report_edge(phone, from, edge);
	phone_trace_change(phone, PHONE_TRACE_STEP, "", phone_state_name(from), step_event_name(edge->event),
			   phone_state_name(edge->next), phone->entered_us);
	switch (edge->rungs) {
	case RUNGS_KEEP: break;
	case RUNGS_FROM_NEXT: clear_rungs(phone, (int)edge->next, LADDER_STEPS); break;
	case RUNGS_REGISTER: clear_rungs(phone, LADDER_CM_CONNECT, LADDER_REGISTER); break;
	}
	phone->state = edge->next;
	phone->entered_us = phone->now_us;
	enter(phone);
}

void phone_fire(struct phone *phone, enum step_event event)
{
	for (unsigned i = 0; phone_edge_at(i); i++) {
		const struct phone_edge *edge = phone_edge_at(i);

		if (edge->event != event || phone->state < edge->from || phone->state > edge->to)
			continue;
		if (edge->guard && !edge->guard(phone))
			continue;
		take(phone, i);
		return;
	}
	if (!phone->unlisted[phone->state][event]++)
		phone_report(phone, "phone.unlisted", NULL, 0, "%s <- %s", phone_state_name(phone->state),
			     step_event_name(event));
}

static void finish_step(struct phone *phone, enum ladder_state state, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void finish_step(struct phone *phone, enum ladder_state state, const char *format, va_list args)
{
	int n = (int)phone->state;

	if (is_rung(phone->state)) {
		/* Attempts to connect count until one has led to a registration. */
		if (n != LADDER_CM_CONNECT)
			phone->attempts[n] = 0;
		if (n == LADDER_REGISTER)
			phone->attempts[LADDER_CM_CONNECT] = 0;
		rung_setv(phone, n, state, format, args);
	}
	phone_fire(phone, state == LADDER_SKIPPED ? STEP_SKIPPED : STEP_DONE);
}

void phone_step_done(struct phone *phone, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finish_step(phone, LADDER_DONE, format, args);
	va_end(args);
}

void phone_step_skipped(struct phone *phone, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finish_step(phone, LADDER_SKIPPED, format, args);
	va_end(args);
}

/* While healing, a server that is unreachable for a moment does not undo what worked before. */
static bool worked_before(const struct phone *phone)
{
	return phone->healing && phone->state <= PHONE_STATE_CONFIG &&
	       phone->ladder.rung[phone->state - 1].state == LADDER_DONE;
}

void phone_step_failed(struct phone *phone, const char *format, ...)
{
	va_list args;

	phone->attempts[phone->state]++;
	if (is_rung(phone->state) && !worked_before(phone)) {
		va_start(args, format);
		rung_setv(phone, (int)phone->state, LADDER_FAILED, format, args);
		va_end(args);
	}
	phone_fire(phone, STEP_FAILED);
}

void phone_step_failed_as(struct phone *phone, int n, const char *format, ...)
{
	va_list args;

	phone->attempts[phone->state]++;
	va_start(args, format);
	rung_setv(phone, n, LADDER_FAILED, format, args);
	va_end(args);
	phone_fire(phone, STEP_FAILED);
}

void phone_step_retry_timer(struct phone *phone)
{
	if (phone->state == PHONE_STATE_CONFIG)
		file_forget_dead(phone);
	phone_fire(phone, STEP_RETRY);
}

/* The limit may have been moved since the state was entered: CAPF needs more than files. */
void phone_step_limit_timer(struct phone *phone)
{
	unsigned seconds = (unsigned)((phone->now_us - phone->entered_us) / 1000000);

	if (phone->state == PHONE_STATE_CONFIG)
		config_failed(phone, "not finished after %u s", seconds);
	else
		phone_step_failed(phone, "not finished after %u s", seconds);
}
