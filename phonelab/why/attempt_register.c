/* Facts of the attempt: connections to the call managers, and the answers to REGISTER. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/status_read.h"

#define LOOP 3 /* challenges in one try: the first asks for credentials, the second refuses them, and so on */

/* How a connection was lost, and what a person calls it. */
static const struct {
	const char *how, *fact, *text;
} ways[] = {
    {"refused", "cm.refused", "the connection was refused"},
    {"silent", "cm.silent", "no answer to the connection"},
    {"reset", "cm.reset", "the connection was reset"},
    {"closed", "cm.closed", "the call manager closed the connection"},
    {"unreachable", "cm.unreachable", "no way to the call manager: ICMP, no route, or no ARP answer"},
    {"no-answer", "register.silent", "no answer to the request"},
    {"dns-unknown", "cm.name_unknown", "its name does not resolve"},
    {"dns-silent", "cm.name_timeout", "no answer to the question for its name"},
    {"503", "register.status", "503"},
    {"tls", "cm.tls", NULL}, /* in the words of the phone */
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* "socket cucm-pub tcp 5060"; the transport is that of the configuration. Returns text. */
static const char *socket_of(const struct attempt_source *source, const struct why_exchange *exchange,
			     char text[120])
{
	const char *transport =
	    attempt_evidence(attempt_last(source, "step.done", LADDER_CM_CONNECT), "transport");
	const char *node = attempt_node(source, exchange->server);

	snprintf(text, 120, "socket %.60s %s %u", *node ? node : exchange->name,
		 !strcmp(transport, "UDP") ? "udp" : "tcp", exchange->port);
	return text;
}

static json_t *add(const struct attempt_source *source, const char *name, const char *object,
		   const struct why_exchange *exchange, const char *text)
{
	const char *node = attempt_node(source, exchange->server);
	char from[64];
	json_t *fact =
	    fact_add(source->facts, name, object, exchange->step, attempt_from(source, exchange->line, from),
		     "%.60s, %.120s: %s", *node ? node : exchange->name, exchange->asked, text);

	fact_time(fact, exchange->t);
	fact_value(fact, "server", "%s", exchange->server);
	fact_value(fact, "node", "%s", *node ? node : exchange->name);
	fact_value(fact, "port", "%u", exchange->port);
	if (*exchange->user)
		fact_value(fact, "user", "%s", exchange->user);
	if (exchange->ms >= 0)
		fact_value(fact, "ms", "%lld", exchange->ms);
	return fact;
}

static void connection(const struct attempt_source *source, const struct why_exchange *exchange)
{
	char object[120];

	socket_of(source, exchange, object);
	if (exchange->kind == WHY_ANSWER_GOOD) {
		add(source, "cm.ok", object, exchange, "connected");
		return;
	}
	for (size_t i = 0; i < WAYS; i++)
		if (!strcmp(ways[i].how, exchange->how)) {
			add(source, ways[i].fact, object, exchange,
			    ways[i].text ? ways[i].text : exchange->answered);
			return;
		}
	add(source, "cm.lost", object, exchange, exchange->answered);
}

/* How often the call manager has asked for credentials in the last try. */
static unsigned challenges(const struct attempt_source *source, const struct why_exchange *exchange)
{
	const json_t *event;
	unsigned n = 0;
	size_t i;

	json_array_foreach (source->attempt->events, i, event) {
		int status = atoi(attempt_evidence(event, "sip_status"));

		n += !strcmp(json_text(event, "event"), "sip.register") && (status == 401 || status == 407) &&
		     json_int(event, "t") >= source->attempt->entered[LADDER_REGISTER] &&
		     !strcmp(attempt_evidence(event, "server"), exchange->server);
	}
	return n;
}

static void answer(const struct attempt_source *source, const struct why_exchange *exchange)
{
	unsigned asked = challenges(source, exchange);
	char object[120];
	json_t *fact;

	socket_of(source, exchange, object);
	if (exchange->kind == WHY_ANSWER_UNUSABLE) {
		fact = add(source, "register.short_expires", object, exchange, exchange->answered);
		fact_value(fact, "expires", "%ld", exchange->expires);
		return;
	}
	fact = add(source,
		   exchange->kind == WHY_ANSWER_GOOD ? "register.accepted"
		   : asked >= LOOP		     ? "register.challenge_loop"
						     : "register.status",
		   object, exchange, exchange->answered);
	fact_value(fact, "code", "%d", exchange->status);
	fact_value(fact, "reason", "%s", exchange->answered);
	fact_value(fact, "times", "%u", exchange->times);
	fact_value(fact, "challenges", "%u", asked);
}

/* The number in the REGISTER is none that is configured for the phone. */
static void number(const struct attempt_source *source, const struct why_exchange *exchange)
{
	const json_t *lines = json_object_get(source->it->phone, "lines"), *line;
	const char *expected = source->it->expected;
	char object[120];
	json_t *fact;
	size_t i;

	if (!expected)
		expected = json_string_value(json_array_get(lines, 0));
	if (!expected || !*exchange->user)
		return;
	json_array_foreach (lines, i, line)
		if (!source->it->expected && !strcmp(json_string_value(line), exchange->user))
			return;
	if (!strcmp(expected, exchange->user))
		return;
	snprintf(object, sizeof(object), "file %.40s.cnf.xml", source->it->name);
	fact = add(source, "register.number_differs", object, exchange,
		   "the number is none of those that the topology has for the phone");
	fact_value(fact, "found", "%s", exchange->user);
	fact_value(fact, "expected", "%s", expected);
}

/* --- registrations --- */

/* A registration of this attempt, or one that came before it. */
static void registration(const struct attempt_source *source)
{
	const struct why_case *it = source->it;
	const json_t *event = source->attempt->registered;
	int step = it->step && it->step <= LADDER_REGISTER ? it->step : LADDER_REGISTER;
	bool now = status_read_registered(it->phone) || status_read_by_word(it->phone) ||
		   status_read_partly(it->phone);
	long long since = why_attempt_since(source->attempt, step);
	char object[80];
	json_t *fact;

	if (!event)
		return;
	now = now && json_int(event, "t") >= since;
	fact = attempt_fact(source, now ? "register.ok" : "before.registered", attempt_phone(source, object),
			    event, now ? "%s is registered: %s" : "%s was registered before: %s", it->name,
			    json_text(event, "detail"));
	fact_value(fact, "node", "%s", attempt_node(source, attempt_evidence(event, "address")));
	fact_value(fact, "number", "%s", attempt_evidence(event, "directory_number"));
}

static void loss(const struct attempt_source *source)
{
	const json_t *event = attempt_last(source, "phone.unregistered", 0);
	const json_t *registered = source->attempt->registered;
	char object[80];

	if (event && json_int(event, "t") >= json_int(registered, "t"))
		attempt_fact(source, "register.lost", attempt_phone(source, object), event,
			     "%s lost its registration: %s", source->it->name, json_text(event, "detail"));
}

/* A message of a call manager that the phone dropped. */
static void dropped(const struct attempt_source *source)
{
	const json_t *event = attempt_last(source, "sip.bad", 0);
	char object[80];

	if (event && json_int(event, "t") >= why_attempt_since(source->attempt, LADDER_CM_CONNECT))
		attempt_fact(source, "register.bad_answer", attempt_phone(source, object), event,
			     "%s dropped a SIP message: %s", source->it->name, json_text(event, "detail"));
}

/* Of steps 10 and 11, whose tries alternate: from before the last tries. */
static bool is_history(const struct attempt_source *source, const struct why_exchange *exchange)
{
	bool failing = source->failed == LADDER_CM_CONNECT || source->failed == LADDER_REGISTER;

	return failing && exchange->t < why_attempt_since(source->attempt, LADDER_CM_CONNECT);
}

void attempt_register(const struct attempt_source *source)
{
	for (size_t i = 0; i < source->exchanges->n; i++) {
		const struct why_exchange *exchange = &source->exchanges->item[i];

		if ((exchange->step != LADDER_CM_CONNECT && exchange->step != LADDER_REGISTER) ||
		    is_history(source, exchange))
			continue;
		if (exchange->status)
			answer(source, exchange);
		else
			connection(source, exchange);
		if (exchange->step == LADDER_REGISTER)
			number(source, exchange);
	}
	registration(source);
	loss(source);
	dropped(source);
}
