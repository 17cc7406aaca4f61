/* The last attempt of a phone: its boundaries, and what its parts share. */
#include "phonelab/why/attempt_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/status_read.h"

#define PORT_EVENTS 256

struct why_attempt *why_attempt_new(void)
{
	struct why_attempt *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->events = json_array();
	it->port = json_array();
	return it;
}

void why_attempt_free(struct why_attempt *it)
{
	if (!it)
		return;
	json_decref(it->events);
	json_decref(it->port);
	json_decref(it->registered);
	free(it);
}

/* --- boundaries --- */

static void append(json_t *list, json_t *event, size_t most)
{
	if (json_array_size(list) >= most)
		json_array_remove(list, 0);
	json_array_append(list, event);
}

static void restart(struct why_attempt *it, const json_t *event)
{
	json_array_clear(it->events);
	memset(it->entered, 0, sizeof(it->entered));
	memset(it->entered_before, 0, sizeof(it->entered_before));
	it->begin = json_int(event, "t");
}

static void enter(struct why_attempt *it, int step, long long t)
{
	if (step < 1 || step > LADDER_STEPS || it->entered[step] == t)
		return;
	it->entered_before[step] = it->entered[step];
	it->entered[step] = t;
}

/* A step that is pending again has not been entered: what it did before is over. */
static void leave(struct why_attempt *it, int step)
{
	if (step < 1 || step > LADDER_STEPS)
		return;
	it->entered[step] = it->entered_before[step] = 0;
}

/* The number of a step, by the state of the phone that has its name; 0: none. */
static int step_of(const char *state)
{
	for (int n = 1; n <= LADDER_STEPS; n++)
		if (!strcmp(ladder_step_name(n), state))
			return n;
	return 0;
}

/* The boot loader reads its flash again. It reports no failure a second time. */
static bool is_boot_retry(const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");

	return !strcmp(json_text(event, "event"), "phone.state") &&
	       !strcmp(json_text(evidence, "from"), "boot") && !strcmp(json_text(evidence, "to"), "boot");
}

/* Does the phone begin an attempt: it is plugged in, boots again, or has lost its power or its link? After it was plugged in, or
 * has power again, it boots too. */
static bool begins(const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	const char *name = json_text(event, "event"), *by = json_text(evidence, "by");

	if (!strcmp(name, "phone.plugged"))
		return true;
	if (strcmp(name, "phone.state") != 0)
		return false;
	return !strcmp(by, "power-off") || !strcmp(by, "link-down") ||
	       (!strcmp(json_text(evidence, "to"), "boot") &&
		strcmp(json_text(evidence, "from"), "power") != 0);
}

void why_attempt_add(struct why_attempt *it, json_t *event, bool own)
{
	const char *name = json_text(event, "event");
	const char *to = json_text(json_object_get(event, "evidence"), "to");
	int step = (int)json_int(event, "step");
	long long t = json_int(event, "t");

	if (!own) {
		append(it->port, event, PORT_EVENTS);
		return;
	}
	it->newest = t;
	if (begins(event) && !is_boot_retry(event))
		restart(it, event);
	if (!strcmp(name, "phone.state") && !is_boot_retry(event))
		enter(it, step_of(to), t);
	else if (!strcmp(name, "step.pending"))
		leave(it, step);
	else if (!strcmp(name, "step.active") && !it->entered[step < 1 || step > LADDER_STEPS ? 0 : step])
		enter(it, step, t);
	else if (!strcmp(name, "phone.registered")) {
		json_decref(it->registered);
		it->registered = json_incref(event);
	}
	append(it->events, event, WHY_EVENTS);
}

long long why_attempt_since(const struct why_attempt *it, int step)
{
	long long since = step < 1 || step > LADDER_STEPS ? 0
			  : it->entered_before[step]	  ? it->entered_before[step]
							  : it->entered[step];

	return since > it->begin ? since : it->begin;
}

/* --- shared --- */

const char *attempt_from(const struct attempt_source *source, long long line, char text[64])
{
	const char *name = source->it->events_name ? source->it->events_name : "events.jsonl";

	if (line)
		snprintf(text, 64, "%.40s%c%lld", name, source->it->events_name ? ' ' : ':', line);
	else
		snprintf(text, 64, "%.60s", name);
	return text;
}

json_t *attempt_fact(const struct attempt_source *source, const char *name, const char *object,
		     const json_t *event, const char *format, ...)
{
	char from[64], text[600];
	va_list args;
	json_t *fact;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fact = fact_add(source->facts, name, object, (int)json_int(event, "step"),
			attempt_from(source, json_int(event, "line"), from), "%s", text);
	fact_time(fact, json_int(event, "t"));
	return fact;
}

const char *attempt_evidence(const json_t *event, const char *key)
{
	return json_text(json_object_get(event, "evidence"), key);
}

const json_t *attempt_last(const struct attempt_source *source, const char *name, int step)
{
	const json_t *events = source->attempt->events, *event;

	for (size_t i = json_array_size(events); i > 0; i--) {
		event = json_array_get(events, i - 1);
		if (!strcmp(json_text(event, "event"), name) && (!step || json_int(event, "step") == step))
			return event;
	}
	return NULL;
}

const char *attempt_node(const struct attempt_source *source, const char *address)
{
	static const char *const lists[] = {"services", "user_servers", "cluster"};
	const json_t *entry;
	size_t i;

	for (size_t n = 0; *address && n < sizeof(lists) / sizeof(lists[0]); n++)
		json_array_foreach (json_object_get(source->it->status, lists[n]), i, entry)
			if (!strcmp(json_text(entry, "address"), address))
				return json_text_or(entry, "node", json_text(entry, "name"));
	return address;
}

const char *attempt_phone(const struct attempt_source *source, char text[80])
{
	snprintf(text, 80, "phone %.70s", source->it->name);
	return text;
}

/* --- facts of no part --- */

/* The phone's own words: a real phone shows them too. */
static void own_words(const struct attempt_source *source)
{
	const struct why_case *it = source->it;
	const json_t *failed = it->step ? attempt_last(source, "step.failed", it->step) : NULL;
	char object[80], from[64];
	const char *detail = json_text(it->rung, "detail");
	json_t *fact;

	if (!it->step)
		return;
	fact = fact_add(source->facts, "step.failed", attempt_phone(source, object), it->step,
			failed ? attempt_from(source, json_int(failed, "line"), from) : "status",
			"%s at step %d, %s: %.300s", it->name, it->step, ladder_step_name(it->step),
			*detail ? detail : json_text(it->rung, "state"));
	fact_value(fact, "state", "%s", json_text(it->rung, "state"));
	fact_value(fact, "detail", "%s", detail);
	if (failed)
		fact_time(fact, json_int(failed, "t"));
}

/* Steps that failed in this attempt and are done now. */
static void recovered(const struct attempt_source *source)
{
	char object[80];

	for (int step = 1; step <= LADDER_STEPS; step++) {
		const json_t *failed = attempt_last(source, "step.failed", step);
		const json_t *done = attempt_last(source, "step.done", step);

		if (failed && json_int(done, "t") > json_int(failed, "t"))
			attempt_fact(source, "step.recovered", attempt_phone(source, object), failed,
				     "%s failed at step %d before it succeeded: %.200s", source->it->name,
				     step, json_text(failed, "detail"));
	}
}

/* What the phone went on without. The status has it; of no step, since the phone did not stop there. */
static void went_on(const struct attempt_source *source)
{
	const json_t *list = json_object_get(source->it->phone, "continued_without"), *entry;
	char name[48], object[80];
	json_t *fact;
	size_t i;

	json_array_foreach (list, i, entry) {
		snprintf(name, sizeof(name), "continued.%.30s", json_text(entry, "code"));
		for (char *at = name; *at; at++)
			*at = *at == '-' ? '_' : *at;
		fact = fact_add(source->facts, name, attempt_phone(source, object), 0, "status",
				"%s went on at step %lld: %.200s", source->it->name, json_int(entry, "step"),
				json_text(entry, "what"));
		fact_value(fact, "step", "%lld", json_int(entry, "step"));
		fact_value(fact, "what", "%s", json_text(entry, "what"));
		fact_value(fact, "server", "%s", json_text(entry, "server"));
	}
}

static void collect(const struct attempt_source *source)
{
	own_words(source);
	recovered(source);
	went_on(source);
	attempt_link(source);
	attempt_dhcp(source);
	attempt_files(source);
	attempt_trust(source);
	attempt_register(source);
	attempt_tls(source);
	attempt_clock(source);
	attempt_logs(source);
	attempt_alarms(source);
}

/* Of a capture: the events are there, nothing was made of them yet. */
static void from_events(const struct why_case *it, struct why_attempt *attempt,
			struct why_exchanges *exchanges)
{
	json_t *event;
	size_t i;

	json_array_foreach (it->events, i, event) {
		bool own = !strcmp(json_text(event, "node"), it->name);

		why_attempt_add(attempt, event, own);
		if (own)
			why_exchange_add(exchanges, event);
	}
	if (it->rung && !strcmp(json_text(it->rung, "state"), "failed"))
		why_exchange_failed(exchanges, it->step, json_text(it->rung, "detail"));
}

void why_attempt_facts(const struct why_case *it, json_t *facts)
{
	struct why_attempt *attempt = it->attempt ? NULL : why_attempt_new();
	struct why_exchanges *exchanges = it->attempt ? NULL : calloc(1, sizeof(*exchanges));
	struct attempt_source source = {.it = it, .facts = facts};

	if (attempt && exchanges)
		from_events(it, attempt, exchanges);
	source.attempt = it->attempt ? it->attempt : attempt;
	source.exchanges = it->attempt ? it->exchanges : exchanges;
	if (it->rung && !strcmp(json_text(it->rung, "state"), "failed"))
		source.failed = it->step;
	if (source.attempt && source.exchanges)
		collect(&source);
	why_attempt_free(attempt);
	free(exchanges);
}
