/* Facts of the attempt: each file that was requested, and what came of it; signatures and firmware. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

#define SLOW_MS 1000

/* How the network ended a request, and what a person calls it. */
static const struct {
	const char *how, *fact, *text;
} ways[] = {
    {"refused", "file.refused", "the connection was refused"},
    {"reset", "file.reset", "the connection was reset"},
    {"closed", "file.closed", "the connection was closed without an answer"},
    {"unreachable", "file.unreachable", "no way to the server: ICMP, no route, or no ARP answer"},
    {"silent", "file.silent", "no answer"},
    {"mute", "file.mute", "the connection was accepted, no answer came on it"},
    {"stalled", "file.stalled", "the answer began and stopped"},
    {"cut", "file.truncated", "the answer ended too early"},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* The request of an exchange, and where its answer comes from. */
struct request {
	const struct attempt_source *source;
	const struct why_exchange *exchange;
	char name[128];	  /* the file, without .sgn */
	char file[160];	  /* the object of the file */
	char socket[120]; /* the object of the listener */
	char text[220];	  /* "NAME by HTTP from tftp" */
};

static const char *plain_name(const char *file, char text[128])
{
	size_t length = strlen(file);

	if (length > 4 && !strcmp(file + length - 4, ".sgn"))
		length -= 4;
	snprintf(text, 128, "%.*s", (int)length, file);
	return text;
}

static void describe(struct request *it, const struct attempt_source *source,
		     const struct why_exchange *exchange)
{
	const char *node = attempt_node(source, exchange->server);

	*it = (struct request){.source = source, .exchange = exchange};
	plain_name(exchange->file, it->name);
	snprintf(it->file, sizeof(it->file), "file %s", it->name);
	snprintf(it->socket, sizeof(it->socket), "socket %.60s %s", node, why_exchange_port(exchange));
	snprintf(it->text, sizeof(it->text), "%.120s by %s from %.60s", exchange->file,
		 why_exchange_transport(exchange), node);
}

static json_t *add(const struct request *it, const char *name, const char *object, const char *text)
{
	const struct why_exchange *exchange = it->exchange;
	char from[64];
	json_t *fact = fact_add(it->source->facts, name, object, exchange->step,
				attempt_from(it->source, exchange->line, from), "%s: %s", it->text, text);

	fact_time(fact, exchange->t);
	fact_value(fact, "file", "%s", it->name);
	fact_value(fact, "requested", "%s", exchange->file);
	fact_value(fact, "server", "%s", exchange->server);
	fact_value(fact, "node", "%s", attempt_node(it->source, exchange->server));
	fact_value(fact, "transport", "%s", why_exchange_transport(exchange));
	if (exchange->ms >= 0)
		fact_value(fact, "ms", "%lld", exchange->ms);
	return fact;
}

/* --- what came --- */

static void good(const struct request *it)
{
	const struct why_exchange *exchange = it->exchange;
	char text[80];
	json_t *fact;

	snprintf(text, sizeof(text), "%lld octets in %lld ms", exchange->bytes, exchange->ms);
	fact = add(it, "file.ok", it->file, text);
	fact_value(fact, "bytes", "%lld", exchange->bytes);
	if (exchange->ms >= SLOW_MS)
		add(it, "file.slow", it->socket, text);
}

static void unusable(const struct request *it)
{
	const struct why_exchange *exchange = it->exchange;
	json_t *fact = add(it, "file.unusable", it->file, exchange->answered);

	fact_value(fact, "reason", "%s", exchange->answered);
	if (!*exchange->element)
		return;
	fact_value(fact, "element", "%s", exchange->element);
	fact_value(fact, "found", "%s", exchange->found);
	fact_value(fact, "expected", "%s", exchange->expected);
	fact_value(fact, "line", "%u", exchange->at_line);
}

/* The server has answered with a status or an ERROR. */
static bool server_said_no(const struct request *it)
{
	const struct why_exchange *exchange = it->exchange;
	json_t *fact;

	if (exchange->missing) {
		fact = add(it, "file.missing", it->file, exchange->answered);
	} else if (exchange->http && exchange->status && exchange->status != 200) {
		fact = add(it, "file.http_status", it->file, exchange->answered);
		fact_value(fact, "location", "%s", exchange->location);
	} else if (exchange->tftp_error >= 0) {
		fact = add(it, "file.tftp_error", it->file, exchange->answered);
		fact_value(fact, "code", "%d", exchange->tftp_error);
		fact_value(fact, "text", "%s", exchange->answered);
	} else {
		return false;
	}
	if (exchange->status)
		fact_value(fact, "status", "%d", exchange->status);
	return true;
}

/* The way by what a phone reports; by the kind of the answer if it does not report that. */
static const char *how_of(const struct why_exchange *exchange)
{
	if (*exchange->how)
		return exchange->how;
	if (exchange->kind == WHY_ANSWER_NONE)
		return "silent";
	return exchange->kind == WHY_ANSWER_NO_WAY ? "refused" : "";
}

static void network(const struct request *it)
{
	const char *how = how_of(it->exchange);

	for (size_t i = 0; i < WAYS; i++)
		if (!strcmp(ways[i].how, how)) {
			add(it, ways[i].fact, it->socket, ways[i].text);
			return;
		}
	unusable(it);
}

static void facts_of(const struct attempt_source *source, const struct why_exchange *exchange)
{
	struct request it;
	json_t *fact;
	char text[60];

	describe(&it, source, exchange);
	if (exchange->kind == WHY_ANSWER_GOOD)
		good(&it);
	else if (*exchange->element)
		unusable(&it);
	else if (!server_said_no(&it))
		network(&it);
	if (exchange->again) {
		snprintf(text, sizeof(text), "%u packets were sent again", exchange->again);
		fact = add(&it, "file.retransmitted", it.socket, text);
		fact_value(fact, "n", "%u", exchange->again);
	}
	if (*exchange->answered_by) {
		snprintf(text, sizeof(text), "%.20s answered instead", exchange->answered_by);
		fact = add(&it, "file.other_address", it.socket, text);
		fact_value(fact, "answered_by", "%s", exchange->answered_by);
	}
}

/* HTTP has not given the file, and TFTP of the same server has. */
static void fallback(const struct attempt_source *source, const struct why_exchange *http)
{
	struct request it;
	json_t *fact;

	for (size_t i = 0; i < source->exchanges->n; i++) {
		const struct why_exchange *tftp = &source->exchanges->item[i];

		if (tftp->http || tftp->kind != WHY_ANSWER_GOOD || tftp->step != http->step ||
		    strcmp(tftp->server, http->server) || strcmp(tftp->file, http->file))
			continue;
		describe(&it, source, http);
		fact = add(&it, "file.fallback_tftp", it.socket, http->answered);
		fact_value(fact, "why", "%s", http->answered);
		fact_value(fact, "how", "%s", how_of(http));
		fact_value(fact, "status", "%d", http->status);
		return;
	}
}

/* An answer of the failing step from before its last tries; a later one to the same request replaces it anyway. */
static bool is_history(const struct attempt_source *source, const struct why_exchange *exchange)
{
	return exchange->step == source->failed &&
	       exchange->t < why_attempt_since(source->attempt, exchange->step);
}

void attempt_files(const struct attempt_source *source)
{
	for (size_t i = 0; i < source->exchanges->n; i++) {
		const struct why_exchange *exchange = &source->exchanges->item[i];

		if (!*exchange->file || is_history(source, exchange))
			continue;
		facts_of(source, exchange);
		if (exchange->http && !exchange->https && exchange->kind != WHY_ANSWER_GOOD)
			fallback(source, exchange);
	}
}

/* --- signatures and firmware --- */

static void distrust(const struct attempt_source *source, const json_t *event)
{
	char name[48], object[160], file[128];
	json_t *fact;

	plain_name(attempt_evidence(event, "file"), file);
	snprintf(object, sizeof(object), "file %s", file);
	snprintf(name, sizeof(name), "trust.%.30s", attempt_evidence(event, "reason"));
	for (char *at = name; *at; at++)
		*at = *at == '-' ? '_' : *at;
	fact = attempt_fact(source, name, object, event, "%s", json_text(event, "detail"));
	fact_value(fact, "file", "%s", file);
}

static void odd_values(const struct attempt_source *source, const json_t *event)
{
	static const char *const keys[] = {"file", "line", "element", "found", "used"};
	char object[160], file[128];
	json_t *fact;

	plain_name(attempt_evidence(event, "file"), file);
	snprintf(object, sizeof(object), "file %s", file);
	fact = attempt_fact(source, "file.odd", object, event, "%s", json_text(event, "detail"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fact_value(fact, keys[i], "%s", attempt_evidence(event, keys[i]));
}

static void firmware(const struct attempt_source *source)
{
	const json_t *wanted = attempt_last(source, "firmware.wanted", 0);
	const json_t *failed = attempt_last(source, "step.failed", LADDER_FIRMWARE);
	char object[160];
	json_t *fact;

	attempt_phone(source, object);
	if (wanted)
		attempt_fact(source, "firmware.wanted", object, wanted, "another load is wanted: %s",
			     json_text(wanted, "detail"));
	if (!failed ||
	    json_int(attempt_last(source, "step.done", LADDER_FIRMWARE), "t") > json_int(failed, "t"))
		return;
	snprintf(object, sizeof(object), "file %.100s.loads", attempt_evidence(failed, "wanted"));
	fact = attempt_fact(source, "firmware.rejected", object, failed, "%s", json_text(failed, "detail"));
	fact_value(fact, "wanted", "%s", attempt_evidence(failed, "wanted"));
	fact_value(fact, "active", "%s", attempt_evidence(failed, "active"));
}

void attempt_trust(const struct attempt_source *source)
{
	const json_t *event;
	size_t i;

	json_array_foreach (source->attempt->events, i, event) {
		const char *name = json_text(event, "event");
		int step = (int)json_int(event, "step");

		if (json_int(event, "t") < why_attempt_since(source->attempt, step))
			continue;
		if (!strcmp(name, "trust.bad"))
			distrust(source, event);
		else if (!strcmp(name, "file.odd"))
			odd_values(source, event);
	}
	firmware(source);
}
