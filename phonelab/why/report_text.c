/* The report of `why` as text. */
#include "phonelab/why/report.h"

#include <string.h>

#include "base/json_text.h"
#include "base/text.h"

#define ASKED_MOST  8 /* requests of the server at fault; the object has them all */
#define CAUSES_MOST 6 /* of a list */

/* "step 5, ctl, failed", "step 4, dhcp, is active" */
static const char *is_or_has(const char *state)
{
	return strcmp(state, "failed") ? "is " : "";
}

static void add_registered(const json_t *report, struct text *text)
{
	text_add(text, "registered with %s as %s", json_text(report, "registered_with"),
		 json_text(report, "directory_number"));
}

static void add_head(const json_t *report, struct text *text)
{
	const json_t *step = json_object_get(report, "step");
	const char *name = json_text(report, "phone"), *state = json_text(step, "state"),
		   *detail = json_text(step, "detail");
	bool stored = !strcmp(json_text(report, "configuration"), "stored");

	if (json_is_true(json_object_get(report, "healthy"))) {
		text_add(text, "%s is healthy: all steps are done, and ", name);
		add_registered(report, text);
		text_add(text, ".\n");
		return;
	}
	if (!step || json_is_null(step)) {
		text_add(text, "%s is ", name);
		add_registered(report, text);
		text_add(text, ", but something was %s\n",
			 json_object_get(report, "server") ? "wrong" : "missing");
		return;
	}
	text_add(text, "%s: step %lld, %s, %s%s%s%s\n  %s\n", name, json_int(step, "n"),
		 json_text(step, "name"), is_or_has(state), state, *detail ? ": " : "", detail,
		 json_text(step, "title"));
	if (json_is_true(json_object_get(report, "registered"))) {
		text_add(text, "  The phone is ");
		add_registered(report, text);
		text_add(text, "%s.\n", stored ? ", with its stored configuration" : "");
	}
}

static void add_list(const json_t *list, const char *title, struct text *text)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(list))
		text_add(text, "\n%s\n", title);
	json_array_foreach (list, i, entry)
		text_add(text, "  %-24s %s\n", json_text(entry, "from"), json_text(entry, "text"));
}

static bool is_asked(const json_t *exchange, const json_t *report)
{
	const json_t *server = json_object_get(report, "server");

	return !strcmp(json_text(exchange, "server"), json_text(server, "address")) &&
	       json_int(exchange, "step") == json_int(report, "asked_step");
}

/* The last requests of the step to the server, and its answers. */
static void add_exchanges(const json_t *report, struct text *text)
{
	const json_t *list = json_object_get(report, "exchanges"), *exchange;
	size_t i, total = 0, n = 0;

	json_array_foreach (list, i, exchange)
		total += is_asked(exchange, report);
	if (total)
		text_add(text, "\nWhat the phone asked, and the answers\n");
	json_array_foreach (list, i, exchange) {
		if (!is_asked(exchange, report) || ++n + ASKED_MOST <= total)
			continue;
		text_add(text, "  %s: %s", json_text(exchange, "asked"), json_text(exchange, "answered"));
		if (json_object_get(exchange, "ms"))
			text_add(text, ", after %lld ms", json_int(exchange, "ms"));
		if (json_int(exchange, "times") > 1)
			text_add(text, ", %lld times", json_int(exchange, "times"));
		text_add(text, "\n");
	}
}

static void add_program(const json_t *report, struct text *text)
{
	const json_t *server = json_object_get(report, "server");

	if (!server)
		return;
	if (*json_text(server, "program"))
		text_add(text, "\nYour program\n  %s %s\n", json_text(server, "name"),
			 json_text(server, "program"));
	add_list(json_object_get(report, "log"), "Its log", text);
}

/* Causes with what speaks for or against them: of alternatives, of what is also wrong, of what was ruled out. */
static void add_causes(const json_t *list, const char *title, struct text *text)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(list))
		text_add(text, "\n%s\n", title);
	json_array_foreach (list, i, entry) {
		if (i == CAUSES_MOST) {
			text_add(text, "  and %zu more (--json)\n", json_array_size(list) - i);
			return;
		}
		text_add(text, "  %s\n", json_text(entry, "cause"));
		if (*json_text(entry, "because"))
			text_add(text, "    no: %s\n", json_text(entry, "because"));
	}
}

/* The alarm that the cause leads to. */
static void add_alarm(const json_t *alarm, struct text *text)
{
	if (alarm)
		text_add(text, "\nAlarm of the call manager\n  %s, severity %lld, reason %lld (%s)%s\n",
			 json_text(alarm, "name"), json_int(alarm, "severity"), json_int(alarm, "reason"),
			 json_text(alarm, "reason_name"),
			 json_is_true(json_object_get(alarm, "logged")) ? ": it is in the log"
									: ": not in the log so far");
}

static void add_cause(const json_t *report, struct text *text)
{
	const char *verdict = json_text(report, "verdict");
	const json_t *alternatives = json_object_get(report, "alternatives");

	if (!*json_text(report, "cause"))
		return;
	if (json_array_size(alternatives))
		add_causes(alternatives, "Likely cause: one of these", text);
	else
		text_add(text, "\n%s\n  %s\n", strcmp(verdict, "proven") ? "Likely cause" : "Cause, proven",
			 json_text(report, "cause"));
	add_alarm(json_object_get(report, "alarm"), text);
	add_causes(json_object_get(report, "also"), "Also on the way", text);
	if (json_object_get(report, "server"))
		add_exchanges(report, text);
	if (*json_text(report, "needs"))
		text_add(text, "\nWhat a phone needs\n  %s\n", json_text(report, "needs"));
	add_program(report, text);
}

/* What was measured, if that did not lead to one cause. */
static void add_measured(const json_t *report, struct text *text)
{
	const json_t *list = json_object_get(report, "measured"), *line;
	const char *verdict = json_text(report, "verdict");
	size_t i;

	if (!json_array_size(list) || (strcmp(verdict, "undecided") && strcmp(verdict, "ambiguous")))
		return;
	text_add(text, "\nMeasured\n");
	json_array_foreach (list, i, line)
		text_add(text, "  %s\n", json_string_value(line));
}

void why_report_text(const json_t *report, struct text *text)
{
	const json_t *notes = json_object_get(report, "notes"), *note;
	bool healthy = json_is_true(json_object_get(report, "healthy"));
	bool booting = json_is_true(json_object_get(report, "booting"));
	size_t i;

	add_head(report, text);
	if (booting)
		text_add(text, "\n%s is still booting: no step has failed. Ask again in a few seconds.\n",
			 json_text(report, "phone"));
	else if (!healthy)
		add_list(json_object_get(report, "evidence"), "Evidence", text);
	add_cause(report, text);
	if (!healthy && !booting && !strcmp(json_text(report, "verdict"), "undecided"))
		text_add(text, "\nCause not decided\n  %s\n",
			 json_text_or(report, "hint", "Nothing that was seen or measured decides it."));
	if (!healthy && !booting) {
		add_measured(report, text);
		add_causes(json_object_get(report, "ruled_out"), "Ruled out", text);
	}
	json_array_foreach (notes, i, note)
		text_add(text, "%s%s\n", i || healthy ? "  " : "\nNote\n  ", json_string_value(note));
	if (*json_text(report, "look"))
		text_add(text, "\nTo look further\n  %s\n", json_text(report, "look"));
}
