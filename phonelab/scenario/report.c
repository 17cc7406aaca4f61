/* Results, for a person, TAP, GitHub and JUnit. */
#include "phonelab/scenario/report.h"

#include <string.h>

#include "base/json_text.h"
#include "base/print.h"
#include "phonelab/scenario/run.h"

static int outcome_of(const json_t *result)
{
	return (int)json_integer_value(json_object_get(result, "outcome"));
}

static const char *word_of(int outcome)
{
	switch ((enum scenario_outcome)outcome) {
	case OUTCOME_PASSED: return "passed";
	case OUTCOME_FAILED: return "FAILED";
	case OUTCOME_UNFIT: return "unfit";
	case OUTCOME_DEFECT: return "DEFECT";
	case OUTCOME_INTERRUPTED: return "interrupted";
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
	json_int_t line = json_integer_value(json_object_get(result, "line"));

	fprintf(out, "%s%-11s%s", on, word_of(outcome), off);
	print_to(out, " %-34s %6.1f s  %zu of %zu expectations\n", json_text(result, "name"),
		 seconds_of(result), held(result), json_array_size(json_object_get(result, "expectations")));
	if (!outcome || outcome == OUTCOME_INTERRUPTED)
		return;
	if (line)
		print_to(out, "  %s:%lld\n", json_text(result, "file"), (long long)line);
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

	print_to(out, "%s %zu - %s%s\n", outcome && outcome != OUTCOME_UNFIT ? "not ok" : "ok", number,
		 json_text(result, "name"), outcome == OUTCOME_UNFIT ? " # SKIP this machine is unfit" : "");
	if (!outcome)
		return;
	print_to(out, "  ---\n  severity: %s\n  at: \"%s:%lld\"\n  message: |\n", word_of(outcome),
		 json_text(result, "file"), (long long)json_integer_value(json_object_get(result, "line")));
	put_indented(out, "    ", json_text(result, "reason"));
	if (*json_text(result, "folder"))
		print_to(out, "  evidence: \"%s\"\n", json_text(result, "folder"));
	fputs("  ...\n", out);
}

/* Of a workflow command: properties escape more than the message. */
static void put_github(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r' ||
		    (property && (*text == ':' || *text == ',')))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
	}
}

void report_github(FILE *out, const json_t *result)
{
	json_int_t line = json_integer_value(json_object_get(result, "line"));
	int outcome = outcome_of(result);

	if (!outcome || outcome == OUTCOME_INTERRUPTED)
		return;
	fputs(outcome == OUTCOME_UNFIT ? "::warning file=" : "::error file=", out);
	put_github(out, json_text(result, "file"), true);
	fprintf(out, ",line=%lld,title=", (long long)(line ? line : 1));
	put_github(out, json_text(result, "name"), true);
	fputs("::", out);
	put_github(out, json_text(result, "reason"), false);
	fputc('\n', out);
}

/* XML 1.0 takes no control characters but tab and newline. */
static void put_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		default:
			if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
				fputc(*text, out);
			else
				fputc('?', out);
		}
	}
}

static void put_output(FILE *out, const json_t *result)
{
	const json_t *item;
	size_t i;

	fputs("      <system-out>", out);
	json_array_foreach (json_object_get(result, "timeline"), i, item) {
		fprintf(out, "%8lld ms  ", (long long)json_integer_value(json_object_get(item, "at_ms")));
		put_xml(out, json_text(item, "text"));
		fputc('\n', out);
	}
	json_array_foreach (json_object_get(result, "expectations"), i, item) {
		put_xml(out, json_text(item, "state"));
		fputs(": ", out);
		put_xml(out, json_text(item, "text"));
		fputc('\n', out);
	}
	if (*json_text(result, "folder")) {
		fputs("evidence: ", out);
		put_xml(out, json_text(result, "folder"));
		fputc('\n', out);
	}
	fputs("</system-out>\n", out);
}

/* What the phases took: figures for who wants to know why a suite takes so long. */
static void put_phases(FILE *out, const json_t *result)
{
	const json_t *phases = json_object_get(result, "phases"), *value;
	const char *key;

	if (!json_object_size(phases))
		return;
	fputs("      <properties>\n", out);
	json_object_foreach ((json_t *)phases, key, value)
		fprintf(out, "        <property name=\"%s\" value=\"%lld\"/>\n", key,
			(long long)json_integer_value(value));
	fputs("      </properties>\n", out);
}

static void put_case(FILE *out, const json_t *result)
{
	int outcome = outcome_of(result);
	const char *kind = outcome == OUTCOME_FAILED  ? "failure"
			   : outcome == OUTCOME_UNFIT ? "skipped"
						      : "error";

	fputs("    <testcase classname=\"phonelab\" name=\"", out);
	put_xml(out, json_text(result, "name"));
	fputs("\" file=\"", out);
	put_xml(out, json_text(result, "file"));
	fprintf(out, "\" time=\"%.3f\">\n", seconds_of(result));
	put_phases(out, result);
	if (outcome == OUTCOME_UNFIT) {
		fputs("      <skipped message=\"", out);
		put_xml(out, json_text(result, "reason"));
		fputs("\"/>\n", out);
	} else if (outcome) {
		fprintf(out, "      <%s type=\"%s\" message=\"", kind, word_of(outcome));
		put_xml(out, json_text(result, "reason"));
		fputs("\">", out);
		put_xml(out, json_text(result, "file"));
		fprintf(out, ":%lld\n", (long long)json_integer_value(json_object_get(result, "line")));
		put_xml(out, json_text(result, "reason"));
		fprintf(out, "</%s>\n", kind);
	}
	put_output(out, result);
	fputs("    </testcase>\n", out);
}

void report_junit(FILE *out, const json_t *results, double seconds)
{
	size_t i, failures = 0, errors = 0, skipped = 0;
	const json_t *result;
	char counts[160];

	json_array_foreach (results, i, result) {
		int outcome = outcome_of(result);

		failures += outcome == OUTCOME_FAILED;
		skipped += outcome == OUTCOME_UNFIT;
		errors += outcome == OUTCOME_DEFECT || outcome == OUTCOME_INTERRUPTED;
	}
	snprintf(counts, sizeof(counts),
		 "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
		 json_array_size(results), failures, errors, skipped, seconds);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"phonelab\" %s>\n  <testsuite "
		"name=\"phonelab\" %s>\n",
		counts, counts);
	json_array_foreach (results, i, result)
		put_case(out, result);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
