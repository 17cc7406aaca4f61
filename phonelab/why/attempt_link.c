/* Facts of the attempt: power, boot, link, voice VLAN. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

#define FLAPPING_US    10000000 /* three lost links within that time: the link goes up and down */
#define PULLED_US      100000	/* between the two events of a pulled cable */
#define FLAPPING_TIMES 3

/* "port sw1 Gi1/0/1": where the phone is plugged in. Returns text. */
static const char *port_of(const struct attempt_source *source, char text[100])
{
	const char *sw;
	const json_t *port = why_port(source->it, &sw);

	if (port)
		snprintf(text, 100, "port %.40s %.40s", sw, json_text(port, "name"));
	else
		attempt_phone(source, text);
	return text;
}

/* --- power and boot --- */

static void power(const struct attempt_source *source)
{
	const json_t *denied = attempt_last(source, "step.failed", LADDER_POWER);
	const json_t *granted = attempt_last(source, "step.done", LADDER_POWER);
	char object[100], from[64];
	json_t *fact;

	port_of(source, object);
	if (denied && json_int(denied, "t") >= json_int(granted, "t")) {
		fact = attempt_fact(source, "power.denied", object, denied, "%s gets no power: %s",
				    source->it->name, json_text(denied, "detail"));
		fact_value(fact, "reason", "%s", attempt_evidence(denied, "reason"));
	} else if (granted) {
		fact = attempt_fact(source, "power.ok", object, granted, "%s", json_text(granted, "detail"));
		fact_value(fact, "source", "%s", attempt_evidence(granted, "source"));
	} else if (source->it->step == LADDER_POWER) {
		fact_add(source->facts, "power.none", object, LADDER_POWER, attempt_from(source, 0, from),
			 "%s has reported no power, and no denial", source->it->name);
	}
}

static void boot(const struct attempt_source *source)
{
	const json_t *done = attempt_last(source, "step.done", LADDER_BOOT);
	const json_t *failed = attempt_last(source, "step.failed", LADDER_BOOT);
	const char *corrupt = attempt_evidence(done, "fell_back");
	char object[80];
	json_t *fact;

	attempt_phone(source, object);
	if (*corrupt) {
		fact = attempt_fact(source, "boot.fallback", object, done,
				    "the active load %s is corrupt, %s runs %s", corrupt, source->it->name,
				    attempt_evidence(done, "inactive"));
		fact_value(fact, "corrupt", "%s", corrupt);
	}
	if (failed && json_int(failed, "t") >= json_int(done, "t")) {
		fact = attempt_fact(source, "boot.failed", object, failed, "%s", json_text(failed, "detail"));
		fact_value(fact, "active", "%s", attempt_evidence(failed, "active"));
		fact_value(fact, "inactive", "%s", attempt_evidence(failed, "inactive"));
	}
}

/* --- the link --- */

/* Was the link lost while the cable was in? With the cable, the switch loses the powered device too. */
static bool is_loss(const json_t *events, const json_t *event)
{
	const json_t *other;
	size_t i;

	if (strcmp(json_text(event, "event"), "link.down") != 0)
		return false;
	json_array_foreach (events, i, other)
		if (!strcmp(json_text(other, "event"), "poe.remove") &&
		    llabs(json_int(other, "t") - json_int(event, "t")) < PULLED_US)
			return false;
	return true;
}

/* How often within FLAPPING_US; *last is the last of these events. */
static unsigned losses(const struct why_attempt *attempt, const json_t **last)
{
	const json_t *events = attempt->port, *event;
	size_t i, n = json_array_size(events);
	long long newest = json_int(json_array_get(events, n ? n - 1 : 0), "t");
	unsigned lost = 0;

	newest = newest > attempt->newest ? newest : attempt->newest;
	json_array_foreach (events, i, event)
		if (is_loss(events, event) && json_int(event, "t") > newest - FLAPPING_US) {
			lost++;
			*last = event;
		}
	return lost;
}

bool why_attempt_flaps(const struct why_attempt *it)
{
	const json_t *last;

	return it && losses(it, &last) >= FLAPPING_TIMES;
}

static void flaps(const struct attempt_source *source)
{
	const json_t *last = NULL;
	unsigned lost = losses(source->attempt, &last);
	char object[100];
	json_t *fact;

	if (lost < FLAPPING_TIMES)
		return;
	fact = attempt_fact(source, "link.flaps", port_of(source, object), last,
			    "the link was lost %u times in %d s", lost, FLAPPING_US / 1000000);
	fact_value(fact, "times", "%u", lost);
}

/* What the switch did to the port in this attempt; the last event of each name counts. */
static void port_events(const struct attempt_source *source)
{
	static const char *const rows[][2] = {{"poe.deny", "power.port_denied"},
					      {"poe.fault", "power.port_faulty"},
					      {"port.err-disable", "link.err_disabled"},
					      {"port.violation", "link.violation"}};
	const json_t *event;
	char object[100];
	size_t i;

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		const json_t *last = NULL;

		json_array_foreach (source->attempt->port, i, event)
			if (!strcmp(json_text(event, "event"), rows[n][0]) &&
			    json_int(event, "t") >= source->attempt->begin)
				last = event;
		if (last)
			attempt_fact(source, rows[n][1], port_of(source, object), last, "%s: %s",
				     json_text(last, "node"), json_text(last, "detail"));
	}
}

/* The program of a server has died since the phone began. */
static void deaths(const struct attempt_source *source)
{
	const json_t *event;
	char object[80];
	size_t i;

	json_array_foreach (source->attempt->port, i, event) {
		const char *detail = json_text(event, "detail");

		if (strcmp(json_text(event, "event"), "lab.child_died") ||
		    json_int(event, "t") < source->attempt->begin)
			continue;
		snprintf(object, sizeof(object), "process %.*s", (int)strcspn(detail, " "), detail);
		attempt_fact(source, "process.died", object, event, "%.*s", (int)strcspn(detail, ";"),
			     detail);
	}
}

/* --- the voice VLAN --- */

static void vlan_of_step(const struct attempt_source *source)
{
	const json_t *done = attempt_last(source, "step.done", LADDER_VOICE_VLAN);
	const json_t *skipped = attempt_last(source, "step.skipped", LADDER_VOICE_VLAN);
	const json_t *event = json_int(done, "t") > json_int(skipped, "t") ? done : skipped;
	const char *vlan = attempt_evidence(event, "vlan"), *by = attempt_evidence(event, "by");
	bool learned = atoi(vlan) > 0;
	char object[100];
	json_t *fact;

	if (!event)
		return;
	fact = attempt_fact(source, learned ? "vlan.learned" : "vlan.none", port_of(source, object), event,
			    "%s: %s", source->it->name, json_text(event, "detail"));
	fact_value(fact, "vlan", "%s", vlan);
	fact_value(fact, "by", "%s", by);
	fact_value(fact, "cdp_neighbor", "%s", attempt_evidence(event, "cdp_neighbor"));
	fact_value(fact, "lldp_neighbor", "%s", attempt_evidence(event, "lldp_neighbor"));
}

/* CDP and LLDP-MED name a voice VLAN each; 0 is untagged. */
static void vlan_named(const struct attempt_source *source)
{
	const json_t *cdp = NULL, *lldp = NULL, *event;
	char object[100];
	json_t *fact;
	size_t i;

	json_array_foreach (source->attempt->events, i, event) {
		if (strcmp(json_text(event, "event"), "vlan.named"))
			continue;
		if (!strcmp(attempt_evidence(event, "by"), "CDP"))
			cdp = event;
		else
			lldp = event;
	}
	if (!cdp || !lldp || !strcmp(attempt_evidence(cdp, "vlan"), attempt_evidence(lldp, "vlan")))
		return;
	fact = attempt_fact(source, "vlan.differs_cdp_lldp", port_of(source, object), lldp,
			    "CDP names voice VLAN %s, LLDP-MED names %s (0: untagged)",
			    attempt_evidence(cdp, "vlan"), attempt_evidence(lldp, "vlan"));
	fact_value(fact, "cdp", "%s", attempt_evidence(cdp, "vlan"));
	fact_value(fact, "lldp", "%s", attempt_evidence(lldp, "vlan"));
}

/* Messages of the switch that the phone dropped, or could use in part only. */
static void neighbour(const struct attempt_source *source)
{
	static const char *const rows[][2] = {{"cdp.bad", "cdp.bad"},
					      {"lldp.bad", "lldp.bad"},
					      {"lldp.incomplete", "lldp.incomplete"},
					      {"cdp.odd", "cdp.odd"},
					      {"lldp.odd", "lldp.odd"}};
	char object[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *last = attempt_last(source, rows[i][0], 0);

		if (last)
			attempt_fact(source, rows[i][1], port_of(source, object), last, "%s",
				     json_text(last, "detail"));
	}
}

void attempt_link(const struct attempt_source *source)
{
	power(source);
	boot(source);
	flaps(source);
	port_events(source);
	deaths(source);
	vlan_of_step(source);
	vlan_named(source);
	neighbour(source);
}
