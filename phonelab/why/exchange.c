#include "phonelab/why/exchange_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

const char *why_answer_name(enum why_answer kind)
{
	switch (kind) {
	case WHY_ANSWER_NONE: return "none";
	case WHY_ANSWER_NO_WAY: return "no way";
	case WHY_ANSWER_ERROR: return "error";
	case WHY_ANSWER_UNUSABLE: return "unusable";
	case WHY_ANSWER_GOOD: return "good";
	}
	return "none";
}

const char *why_exchange_transport(const struct why_exchange *exchange)
{
	return exchange->https ? "HTTPS" : exchange->http ? "HTTP" : "TFTP";
}

const char *why_exchange_port(const struct why_exchange *exchange)
{
	return exchange->https ? "tcp 6971" : exchange->http ? "tcp 6970" : "udp 69";
}

void why_exchange_copy(char *to, size_t size, const json_t *object, const char *key)
{
	snprintf(to, size, "%.*s", (int)size - 1, json_text(object, key));
}

/* --- the list --- */

static bool same_request(const struct why_exchange *a, const struct why_exchange *b)
{
	return a->step == b->step && !strcmp(a->server, b->server) && !strcmp(a->asked, b->asked);
}

void why_exchange_drop(struct why_exchanges *list, size_t i)
{
	list->n--;
	memmove(&list->item[i], &list->item[i + 1], (list->n - i) * sizeof(list->item[0]));
}

void why_exchange_put(struct why_exchanges *list, struct why_exchange *exchange)
{
	exchange->times = 1;
	for (size_t i = 0; i < list->n; i++) {
		const struct why_exchange *old = &list->item[i];

		if (!same_request(old, exchange))
			continue;
		if (!strcmp(old->answered, exchange->answered))
			exchange->times = old->times + 1;
		why_exchange_drop(list, i);
		break;
	}
	if (list->n == WHY_EXCHANGES)
		why_exchange_drop(list, 0);
	list->item[list->n++] = *exchange;
}

struct why_exchange *why_exchange_newest(struct why_exchanges *list)
{
	return list->n ? &list->item[list->n - 1] : NULL;
}

/* --- files --- */

static enum why_answer file_kind(const char *result)
{
	static const struct {
		const char *result;
		enum why_answer kind;
	} kinds[] = {{"ok", WHY_ANSWER_GOOD},
		     {"timeout", WHY_ANSWER_NONE},
		     {"refused", WHY_ANSWER_NO_WAY},
		     {"unreachable", WHY_ANSWER_NO_WAY},
		     {"not found", WHY_ANSWER_ERROR}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].result, result))
			return kinds[i].kind;
	return WHY_ANSWER_UNUSABLE;
}

/* "FILE by HTTP from 10.110.0.3: 404 Not Found" -> "404 Not Found" */
static const char *reason_of(const json_t *event, const char *server)
{
	const char *detail = json_text(event, "detail"), *at = *server ? strstr(detail, server) : NULL;

	return at && !strncmp(at + strlen(server), ": ", 2) ? at + strlen(server) + 2 : detail;
}

static void on_file(struct why_exchanges *list, const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	struct why_exchange new = {.step = (int)json_int(event, "step"),
				   .http = !strncmp(json_text(evidence, "transport"), "HTTP", 4),
				   .https = !strcmp(json_text(evidence, "transport"), "HTTPS"),
				   .kind = file_kind(json_text(evidence, "result")),
				   .missing = !strcmp(json_text(event, "event"), "file.missing"),
				   .status = atoi(json_text(evidence, "http_status")),
				   .ms = *json_text(evidence, "ms") ? atoll(json_text(evidence, "ms")) : -1,
				   .tftp_error = atoi(json_text_or(evidence, "tftp_error", "-1")),
				   .again = (unsigned)atoi(json_text(evidence, "again")),
				   .bytes = atoll(json_text(evidence, "bytes")),
				   .line = json_int(event, "line"),
				   .t = json_int(event, "t")};

	why_exchange_copy(new.how, sizeof(new.how), evidence, "how");
	why_exchange_copy(new.location, sizeof(new.location), evidence, "location");
	why_exchange_copy(new.answered_by, sizeof(new.answered_by), evidence, "answered_by");
	why_exchange_copy(new.file, sizeof(new.file), evidence, "file");
	why_exchange_copy(new.server, sizeof(new.server), evidence, "server");
	snprintf(new.asked, sizeof(new.asked),
		 new.https  ? "GET /%s by HTTPS"
		 : new.http ? "GET /%s"
			    : "TFTP read request for %s",
		 new.file);
	if ((new.status >= 300 && new.kind == WHY_ANSWER_UNUSABLE) || *json_text(evidence, "tftp_error"))
		new.kind = WHY_ANSWER_ERROR;
	if (new.kind == WHY_ANSWER_GOOD)
		snprintf(new.answered, sizeof(new.answered), "%s with %.20s bytes",
			 new.http ? "200 OK" : "DATA", json_text(evidence, "bytes"));
	else if (new.kind == WHY_ANSWER_NONE)
		snprintf(new.answered, sizeof(new.answered), "no answer");
	else
		snprintf(new.answered, sizeof(new.answered), "%.300s", reason_of(event, new.server));
	why_exchange_put(list, &new);
}

/* "SEP001122AABB01.cnf.xml: line 3: ..": the name is in the request. */
static const char *without_file(const char *detail, const char *file)
{
	size_t length = strlen(file);

	return length && !strncmp(detail, file, length) && !strncmp(detail + length, ": ", 2)
		   ? detail + length + 2
		   : detail;
}

/* The phone requests NAME.sgn, and speaks of NAME. */
static bool is_file(const char *requested, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(requested, name, length) &&
	       (!requested[length] || !strcmp(requested + length, ".sgn"));
}

/* A file has come, and the phone cannot use it. */
static void not_usable(struct why_exchanges *list, int step, const char *file, const char *why,
		       const json_t *evidence)
{
	for (size_t i = list->n; i > 0; i--) {
		struct why_exchange *it = &list->item[i - 1];
		size_t used;

		if (it->step != step || !*it->file || (file && !is_file(it->file, file)))
			continue;
		if (it->kind != WHY_ANSWER_GOOD)
			return;
		used = strlen(it->answered);
		it->kind = WHY_ANSWER_UNUSABLE;
		why_exchange_copy(it->element, sizeof(it->element), evidence, "element");
		why_exchange_copy(it->found, sizeof(it->found), evidence, "found");
		why_exchange_copy(it->expected, sizeof(it->expected), evidence, "expected");
		it->at_line = (unsigned)atoi(json_text(evidence, "line"));
		snprintf(it->answered + used, sizeof(it->answered) - used,
			 ", which the phone cannot use: %.240s", without_file(why, it->file));
		return;
	}
}

/* --- call managers --- */

static struct why_exchange about_manager(const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	struct why_exchange new = {.step = (int)json_int(event, "step"),
				   .port = (unsigned)atoi(json_text(evidence, "port")),
				   .ms = *json_text(evidence, "ms") ? atoll(json_text(evidence, "ms")) : -1,
				   .tftp_error = -1,
				   .line = json_int(event, "line"),
				   .t = json_int(event, "t")};

	why_exchange_copy(new.how, sizeof(new.how), evidence, "how");
	why_exchange_copy(new.server, sizeof(new.server), evidence, "server");
	why_exchange_copy(new.name, sizeof(new.name), evidence, "call_manager");
	why_exchange_copy(new.user, sizeof(new.user), evidence, "user");
	return new;
}

static void on_connection(struct why_exchanges *list, const json_t *event, bool connected)
{
	struct why_exchange new = about_manager(event);
	const struct why_exchange *before = why_exchange_newest(list);

	/* A call manager that answers 503 is left at once. */
	if (!connected && before && before->step == LADDER_REGISTER && before->status == 503 &&
	    !strcmp(before->server, new.server))
		return;
	/* Later, step 0: a call manager with which the phone is not registered, or no longer. */
	if (new.step != LADDER_REGISTER)
		new.step = LADDER_CM_CONNECT;
	if (new.step == LADDER_REGISTER)
		snprintf(new.asked, sizeof(new.asked), "REGISTER %s", new.user);
	else if (*new.server)
		snprintf(new.asked, sizeof(new.asked), "connection to port %u", new.port);
	else
		snprintf(new.asked, sizeof(new.asked), "address of %s", new.name);
	new.kind = connected ? WHY_ANSWER_GOOD : WHY_ANSWER_NO_WAY;
	snprintf(new.answered, sizeof(new.answered), "%s",
		 connected ? "connected" : without_file(json_text(event, "detail"), new.name));
	why_exchange_put(list, &new);
}

static void on_register(struct why_exchanges *list, const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	struct why_exchange new = about_manager(event);
	const char *expires = json_text(evidence, "expires");

	new.status = atoi(json_text(evidence, "sip_status"));
	new.expires = atol(expires);
	new.kind = new.status >= 200 && new.status < 300 ? WHY_ANSWER_GOOD : WHY_ANSWER_ERROR;
	snprintf(new.asked, sizeof(new.asked), "REGISTER %s", new.user);
	snprintf(new.answered, sizeof(new.answered), "%d%s%.200s%s%.12s%s", new.status,
		 *json_text(evidence, "reason") ? " " : "", json_text(evidence, "reason"),
		 *expires ? ", expires " : "", expires, *expires ? " s" : "");
	why_exchange_put(list, &new);
}

/* --- events --- */

/* A step that begins again, and the steps after it, have asked nothing yet. */
static void forget_from(struct why_exchanges *list, int step)
{
	for (size_t i = list->n; i > 0; i--)
		if (list->item[i - 1].step >= step)
			why_exchange_drop(list, i - 1);
}

static bool any_unusable(const struct why_exchanges *list, int step)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].step == step && list->item[i].kind == WHY_ANSWER_UNUSABLE)
			return true;
	return false;
}

void why_exchange_failed(struct why_exchanges *list, int step, const char *detail)
{
	struct why_exchange *it = why_exchange_newest(list);

	/* Step 11 fails with a 200 OK if the time is too short for the phone. */
	if (step == LADDER_REGISTER && it && it->step == step && it->kind == WHY_ANSWER_GOOD)
		it->kind = WHY_ANSWER_UNUSABLE;
	else if (step >= LADDER_CTL && !any_unusable(list, step))
		not_usable(list, step, NULL, detail, NULL);
}

void why_exchange_add(struct why_exchanges *list, const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	const char *name = json_text(event, "event");

	if (!strcmp(name, "phone.plugged"))
		list->n = 0;
	else if (!strcmp(name, "step.active"))
		forget_from(list, (int)json_int(event, "step"));
	else if (!strncmp(name, "dhcp.", 5))
		why_exchange_dhcp(list, event, name + 5);
	else if (!strcmp(name, "file.ok") || !strcmp(name, "file.missing") || !strcmp(name, "file.failed"))
		on_file(list, event);
	else if (!strcmp(name, "file.bad"))
		not_usable(list, (int)json_int(event, "step"), json_text(evidence, "file"),
			   json_text(event, "detail"), evidence);
	else if (!strcmp(name, "cm.connected") || !strcmp(name, "cm.lost"))
		on_connection(list, event, !strcmp(name, "cm.connected"));
	else if (!strcmp(name, "sip.register"))
		on_register(list, event);
	else if (!strcmp(name, "step.failed"))
		why_exchange_failed(list, (int)json_int(event, "step"), json_text(event, "detail"));
}

/* --- questions --- */

const struct why_exchange *why_exchange_last(const struct why_exchanges *list, int step, bool good)
{
	for (size_t i = list->n; i > 0; i--)
		if (list->item[i - 1].step == step && (list->item[i - 1].kind == WHY_ANSWER_GOOD) == good)
			return &list->item[i - 1];
	return NULL;
}

const struct why_exchange *why_exchange_lease(const struct why_exchanges *list)
{
	for (size_t i = list->n; i > 0; i--)
		if (list->item[i - 1].step == LADDER_DHCP && *list->item[i - 1].lease)
			return &list->item[i - 1];
	return NULL;
}

const struct why_exchange *why_exchange_config(const struct why_exchanges *list)
{
	return why_exchange_last(list, LADDER_CONFIG, true);
}

static int by_value(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

long long why_median(long long *values, size_t n)
{
	if (!n)
		return 0;
	qsort(values, n, sizeof(*values), by_value);
	return values[n / 2];
}
