/* Results for people, TAP, GitHub and JUnit. */
#include "phonelab/scenario/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/github.h"
#include "base/json_text.h"
#include "base/markup.h"
#include "base/print.h"
#include "phonelab/scenario/run.h"

static int outcome_of(const json_t *result)
{
	return (int)json_int(result, "outcome");
}

static const char *word_of(int outcome)
{
	switch ((enum scenario_outcome)outcome) {
	case OUTCOME_PASSED: return "passed";
	case OUTCOME_FAILED: return "FAILED";
	case OUTCOME_UNFIT: return "unfit";
	case OUTCOME_DEFECT: return "DEFECT";
	case OUTCOME_INTERRUPTED: return "interrupted";
	case OUTCOME_INVALID: return "invalid";
	case OUTCOME_NOT_RUN: return "not run";
	}
	return "DEFECT";
}

static double seconds_of(const json_t *result)
{
	return json_real_value(json_object_get(result, "seconds"));
}

static size_t held(const json_t *result)
{
	const json_t *e;
	size_t i, n = 0;

	json_array_foreach (json_object_get(result, "expectations"), i, e)
		n += !strcmp(json_text(e, "state"), "held");
	return n;
}

/* The reason and, after between, the likely cause. The caller frees it; NULL without memory. */
static char *reason_of(const json_t *result, const char *between)
{
	struct text text = {0};

	text_add(&text, "%s", json_text(result, "reason"));
	if (*json_text(result, "cause"))
		text_add(&text, "%slikely cause: %s", between, json_text(result, "cause"));
	return text_take(&text);
}

void report_counts(FILE *out, const json_t *results)
{
	size_t i, passed = 0, skipped = 0;
	const json_t *result;

	json_array_foreach (results, i, result) {
		passed += outcome_of(result) == OUTCOME_PASSED;
		skipped += outcome_of(result) == OUTCOME_NOT_RUN || outcome_of(result) == OUTCOME_INTERRUPTED;
	}
	fprintf(out, "%zu passed, %zu failed, %zu skipped\n", passed,
		json_array_size(results) - passed - skipped, skipped);
}

/* Print a text with every line indented. */
static void put_indented(FILE *out, const char *indent, const char *text)
{
	do {
		size_t length = strcspn(text, "\n");

		print_to(out, "%s%.*s\n", indent, (int)length, text);
		text += length + (text[length] != 0);
	} while (*text);
}

void report_person(FILE *out, const json_t *result, bool color)
{
	int outcome = outcome_of(result);
	const char *on = !color ? "" : outcome ? "\033[31m" : "\033[32m", *off = color ? "\033[0m" : "";
	long long line = json_int(result, "line");

	fprintf(out, "%s%-11s%s", on, word_of(outcome), off);
	print_to(out, " %-34s %6.1f s  %zu of %zu expectations\n", json_text(result, "name"),
		 seconds_of(result), held(result), json_array_size(json_object_get(result, "expectations")));
	if (!outcome || outcome == OUTCOME_INTERRUPTED)
		return;
	if (line)
		print_to(out, "  %s:%lld\n", json_text(result, "file"), line);
	put_indented(out, "  ", json_text(result, "reason"));
	if (*json_text(result, "cause"))
		print_to(out, "  likely cause: %s\n", json_text(result, "cause"));
	if (*json_text(result, "folder"))
		print_to(out, "  evidence: %s/index.html\n", json_text(result, "folder"));
}

void report_tap_plan(FILE *out, size_t count)
{
	fprintf(out, "TAP version 13\n1..%zu\n", count);
}

void report_tap(FILE *out, size_t number, const json_t *result)
{
	int outcome = outcome_of(result);
	char *reason = reason_of(result, "\n");

	print_to(out, "%s %zu - %s\n", outcome ? "not ok" : "ok", number, json_text(result, "name"));
	if (outcome) {
		print_to(out, "  ---\n  severity: %s\n  at: \"%s:%lld\"\n  message: |\n", word_of(outcome),
			 json_text(result, "file"), json_int(result, "line"));
		put_indented(out, "    ", reason ? reason : "");
		if (*json_text(result, "folder"))
			print_to(out, "  evidence: \"%s\"\n", json_text(result, "folder"));
		fputs("  ...\n", out);
	}
	free(reason);
}

void report_github(FILE *out, const json_t *result)
{
	long long line = json_int(result, "line");
	int outcome = outcome_of(result);
	char *reason = reason_of(result, "\n");

	if (outcome && outcome != OUTCOME_INTERRUPTED && outcome != OUTCOME_NOT_RUN)
		github_annotate(out, "error", json_text(result, "file"), line ? line : 1,
				json_text(result, "name"), reason ? reason : "");
	free(reason);
}

static void add_output(struct text *xml, const json_t *result)
{
	const json_t *item;
	size_t i;

	text_add(xml, "      <system-out>");
	json_array_foreach (json_object_get(result, "timeline"), i, item)
		markup_add(xml, "%8lld ms  %s\n", json_int(item, "at_ms"), json_text(item, "text"));
	json_array_foreach (json_object_get(result, "expectations"), i, item)
		markup_add(xml, "%s: %s\n", json_text(item, "state"), json_text(item, "text"));
	if (*json_text(result, "folder"))
		markup_add(xml, "evidence: %s\n", json_text(result, "folder"));
	text_add(xml, "</system-out>\n");
}

/* The duration of each phase, which explains the duration of a suite. */
static void add_phases(struct text *xml, const json_t *result)
{
	const json_t *phases = json_object_get(result, "phases"), *value;
	const char *key;

	if (!json_object_size(phases))
		return;
	text_add(xml, "      <properties>\n");
	json_object_foreach ((json_t *)phases, key, value)
		markup_add(xml, "        <property name=\"%s\" value=\"%lld\"/>\n", key,
			   (long long)json_integer_value(value));
	text_add(xml, "      </properties>\n");
}

static void add_case(struct text *xml, const json_t *result)
{
	const char *file = json_text(result, "file");
	long long line = json_int(result, "line");
	int outcome = outcome_of(result);
	const char *kind = outcome == OUTCOME_FAILED ? "failure" : "error";
	char place[600];
	char *message = reason_of(result, "; "), *reason = reason_of(result, "\n");

	snprintf(place, sizeof(place), line ? "%.500s:%lld" : "%.500s", file, line);
	markup_add(xml, "    <testcase classname=\"phonelab\" name=\"%s\" file=\"%s\" time=\"%.3f\">\n",
		   json_text(result, "name"), file, seconds_of(result));
	add_phases(xml, result);
	if (outcome == OUTCOME_NOT_RUN)
		markup_add(xml, "      <skipped message=\"%s\"/>\n", message);
	else if (outcome)
		markup_add(xml, "      <%s type=\"%s\" message=\"%s\">%s\n%s</%s>\n", kind, word_of(outcome),
			   message, place, reason, kind);
	add_output(xml, result);
	text_add(xml, "    </testcase>\n");
	free(message);
	free(reason);
}

void report_junit(FILE *out, const json_t *results, double seconds)
{
	size_t i, failures = 0, errors = 0, skipped = 0;
	const json_t *result;
	struct text xml = {0};
	char counts[160];

	json_array_foreach (results, i, result) {
		int outcome = outcome_of(result);

		failures += outcome == OUTCOME_FAILED;
		skipped += outcome == OUTCOME_NOT_RUN;
		errors +=
		    outcome != OUTCOME_PASSED && outcome != OUTCOME_FAILED && outcome != OUTCOME_NOT_RUN;
	}
	snprintf(counts, sizeof(counts),
		 "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
		 json_array_size(results), failures, errors, skipped, seconds);
	text_add(&xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"phonelab\" %s>\n"
		 "  <testsuite name=\"phonelab\" %s>\n",
		 counts, counts);
	json_array_foreach (results, i, result)
		add_case(&xml, result);
	text_add(&xml, "  </testsuite>\n</testsuites>\n");
	if (xml.length)
		fwrite(xml.bytes, 1, xml.length, out);
	text_free(&xml);
}
