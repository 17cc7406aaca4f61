/* Facts of the attempt: certificates of servers that the phone refused, and its questions to TVS and CAPF. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

/* An event, the fact that it makes, how its text begins, and the values that are taken over. */
static const struct {
	const char *event, *fact, *text, *values[4];
} rows[] = {
    {"peer.refused", "tls.peer_refused", "refuses the certificate of", {"use", "subject", "reason"}},
    {"tvs.failed", "tvs.failed", "has no answer of TVS", {"port", "query", "result"}},
    {"tvs.answer", "tvs.unknown", "asked TVS", {"port", "query", "result"}},
    {"capf.retry", "capf.failed", "has no session with CAPF", {"port", "result"}},
    {"capf.failed", "capf.failed", "has no session with CAPF", {"port", "result"}},
    {"capf.done", "capf.nothing", "asked CAPF", {"port", "result"}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Of two kinds only some results matter. */
static bool matters(const json_t *event)
{
	const char *name = json_text(event, "event"), *result = attempt_evidence(event, "result");

	if (!strcmp(name, "tvs.answer"))
		return !strcmp(result, "unknown");
	return strcmp(name, "capf.done") != 0 || !strcmp(result, "nothing to do");
}

/* "socket cucm-pub tcp 2445", or of a certificate "certificate call manager cucm-pub.lab". Returns text. */
static const char *object_of(const struct attempt_source *source, const json_t *event, char text[200])
{
	if (*attempt_evidence(event, "server"))
		snprintf(text, 200, "socket %.60s tcp %.8s",
			 attempt_node(source, attempt_evidence(event, "server")),
			 attempt_evidence(event, "port"));
	else
		snprintf(text, 200, "certificate %.20s %.120s", attempt_evidence(event, "use"),
			 attempt_evidence(event, "subject"));
	return text;
}

static void put(const struct attempt_source *source, const json_t *event, size_t row)
{
	char object[200];
	json_t *fact;

	object_of(source, event, object);
	fact = (json_t *)fact_find(source->facts, rows[row].fact, object);
	if (fact)
		return;
	fact = attempt_fact(source, rows[row].fact, object, event, "%s %s %s", source->it->name,
			    rows[row].text, json_text(event, "detail"));
	for (size_t i = 0; i < 4 && rows[row].values[i]; i++)
		fact_value(fact, rows[row].values[i], "%s", attempt_evidence(event, rows[row].values[i]));
	if (*attempt_evidence(event, "server"))
		fact_value(fact, "node", "%s", attempt_node(source, attempt_evidence(event, "server")));
}

static bool is_recent(const struct attempt_source *source, const json_t *event)
{
	/* The phone enrols before it connects: what CAPF answered counts until it is asked again. */
	bool enrols = !strncmp(json_text(event, "event"), "capf.", 5);
	bool failing = source->failed == LADDER_CM_CONNECT || source->failed == LADDER_REGISTER;
	int step = failing && !enrols ? LADDER_CM_CONNECT : (int)json_int(event, "step");

	return json_int(event, "t") >= why_attempt_since(source->attempt, step);
}

/* The latest of each kind and server. A session with CAPF that ended in order makes failures before it history. */
void attempt_tls(const struct attempt_source *source)
{
	const json_t *events = source->attempt->events;
	bool enrolled = false;

	for (size_t i = json_array_size(events); i > 0; i--) {
		const json_t *event = json_array_get(events, i - 1);

		enrolled = enrolled || !strcmp(json_text(event, "event"), "capf.done");
		for (size_t row = 0; row < ROWS; row++)
			if (!strcmp(json_text(event, "event"), rows[row].event) && is_recent(source, event) &&
			    !(enrolled && !strcmp(rows[row].fact, "capf.failed")) && matters(event))
				put(source, event, row);
	}
}
