/* Facts of the attempt: how the clock of the phone was set. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

#define STEP_S 60 /* less is no correction */

static void put(const struct attempt_source *source, const char *name, const json_t *event, const char *text)
{
	const char *server = attempt_evidence(event, "server");
	char object[120];
	json_t *fact;

	snprintf(object, sizeof(object), "socket %.60s udp 123", attempt_node(source, server));
	if (fact_find(source->facts, name, object))
		return;
	fact = attempt_fact(source, name, object, event, "%s %s: %s", source->it->name, text,
			    json_text(event, "detail"));
	fact_value(fact, "server", "%s", server);
	fact_value(fact, "node", "%s", attempt_node(source, server));
	fact_value(fact, "step", "%s", attempt_evidence(event, "step"));
	fact_value(fact, "result", "%s", attempt_evidence(event, "result"));
}

/* Has the phone refused a certificate by its clock? */
static bool refuses(const json_t *event)
{
	const char *name = json_text(event, "event"), *reason = attempt_evidence(event, "reason");

	return (!strcmp(name, "trust.bad") || !strcmp(name, "peer.refused")) &&
	       (!strcmp(reason, "expired") || !strcmp(reason, "not-yet-valid"));
}

/* Did this answer of NTP end what the phone refused before? */
static bool corrects(const json_t *event)
{
	return llabs(atoll(attempt_evidence(event, "step"))) >= STEP_S;
}

/* The last answer, and the servers that have failed since. */
void attempt_clock(const struct attempt_source *source)
{
	const json_t *events = source->attempt->events;
	bool refused = false;

	for (size_t i = json_array_size(events); i > 0; i--) {
		const json_t *event = json_array_get(events, i - 1);

		refused = refused || refuses(event);
		if (!strcmp(json_text(event, "event"), "clock.set")) {
			put(source, !refused && corrects(event) ? "clock.corrected" : "clock.set", event,
			    "set its clock by NTP");
			return;
		}
		if (!strcmp(json_text(event, "event"), "ntp.failed"))
			put(source, "clock.ntp_failed", event, "has no time of an NTP server");
	}
}
