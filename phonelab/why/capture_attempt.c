/* The attempts of a phone in a capture: its ladder, and the events that it would have written. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

#define BUFFERS 32

const char *capture_address(uint32_t address)
{
	static char text[BUFFERS][IPV4_TEXT];
	static unsigned next;
	char *to = text[next++ % BUFFERS];

	ipv4_format(address, to);
	return to;
}

const char *capture_number(unsigned long long number)
{
	static char text[BUFFERS][24];
	static unsigned next;
	char *to = text[next++ % BUFFERS];

	snprintf(to, sizeof(text[0]), "%llu", number);
	return to;
}

json_t *capture_evidence(const char *key, ...)
{
	json_t *evidence = json_object();
	va_list args;

	va_start(args, key);
	for (; key; key = va_arg(args, const char *)) {
		const char *value = va_arg(args, const char *);

		if (*value)
			json_object_set_new(evidence, key, json_text_new(value));
	}
	va_end(args);
	return evidence;
}

static void add_event(struct capture *it, int step, const char *name, json_t *evidence, const char *detail)
{
	json_t *event =
	    json_pack("{s:I,s:s,s:s,s:o,s:I,s:o}", "t", (json_int_t)it->packet->us, "node", it->phone,
		      "event", name, "detail", json_text_new(detail), "line", (json_int_t)it->packet->number,
		      "evidence", evidence ? evidence : json_object());

	if (event && step)
		json_object_set_new(event, "step", json_integer(step));
	if (json_array_size(it->events) >= CAPTURE_EVENTS)
		json_array_remove(it->events, 0);
	json_array_append_new(it->events, event);
}

void capture_event(struct capture *it, int step, const char *name, json_t *evidence, const char *format, ...)
{
	char detail[400];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	add_event(it, step, name, evidence, detail);
}

bool capture_beyond(const struct capture *it, int step)
{
	for (int n = step + 1; n <= LADDER_STEPS; n++)
		if (it->ladder.rung[n - 1].state != LADDER_PENDING)
			return true;
	return false;
}

void capture_step(struct capture *it, int step, enum ladder_state state, const char *format, ...)
{
	static const char *const names[] = {"step.pending", "step.active", "step.done", "step.skipped",
					    "step.failed"};
	struct ladder_rung *rung = &it->ladder.rung[step - 1];
	char detail[sizeof(rung->detail)];
	bool was_active = rung->state == LADDER_ACTIVE || rung->state == LADDER_FAILED;
	/* The event of a step that begins ends what is known of later steps. What shows an earlier step late, as CDP of the
	 * switch does, begins nothing. */
	bool begins = !capture_beyond(it, step);
	va_list args;

	if (state == LADDER_ACTIVE && rung->state == LADDER_DONE)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	if ((state == LADDER_DONE || state == LADDER_FAILED) && !was_active && begins && rung->state != state)
		add_event(it, step, names[LADDER_ACTIVE], NULL, "");
	if (state == LADDER_ACTIVE ? !was_active && begins
				   : rung->state != state || strcmp(rung->detail, detail) != 0)
		add_event(it, step, names[state], NULL, state == LADDER_ACTIVE ? "" : detail);
	/* A failed step stays failed during its retries, as the phone shows it. */
	if (state != LADDER_ACTIVE || rung->state != LADDER_FAILED)
		ladder_set(&it->ladder, step, state, it->packet->us, detail);
}

/* Events of this step and of later ones, and after a boot those of no step. */
static void drop_events(struct capture *it, int step)
{
	json_t *kept = json_array(), *event;
	size_t i;

	json_array_foreach (it->events, i, event) {
		long long of = json_int(event, "step");

		if (of ? of < step : step > LADDER_DHCP)
			json_array_append(kept, event);
	}
	json_decref(it->events);
	it->events = kept;
}

/* Counters of the attempt: what an earlier one has lost is no evidence. */
static void forget_counters(struct capture *it)
{
	it->network.conflict.number = 0;
	it->network.unreachable.number = 0;
	it->network.unreachable.count = 0;
	it->network.largest_in = 0;
	it->network.arp_repeated = 0;
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		struct capture_connection *connection = &it->connection[i];

		connection->up.segments = connection->up.repeated = 0;
		connection->down.segments = connection->down.repeated = 0;
		connection->down.large = connection->down.large_repeated = connection->down.small = 0;
		if (connection->state == CAPTURE_SYN)
			connection->number = 0;
	}
}

void capture_begin(struct capture *it, int step, const char *why)
{
	for (int n = step; n <= LADDER_STEPS; n++)
		ladder_set(&it->ladder, n, LADDER_PENDING, it->packet->us, "");
	drop_events(it, step);
	forget_counters(it);
	capture_files_forget(it, step);
	if (step <= LADDER_DHCP) {
		memset(&it->dhcp, 0, sizeof(it->dhcp));
		memset(&it->sip, 0, sizeof(it->sip));
		memset(it->connection, 0, sizeof(it->connection));
		it->address_now = 0;
	}
	it->attempts++;
	it->begun = step;
	it->begun_at = it->packet->number;
	snprintf(it->begun_by, sizeof(it->begun_by), "%s", why);
}
