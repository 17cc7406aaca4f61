/*
 * Scenarios: wrong files and the exact text of their errors (tests/golden/scenario/NN-name.yaml and .err), and
 * the verdicts on invented events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ladder.h"
#include "phonelab/scenario/report.h"
#include "phonelab/scenario/verdict.h"
#include "tests/support/golden.h"

#define SECOND 1000000ull
#define BEGIN  (100 * SECOND)

static bool taken(const char *path, struct complaints *complaints)
{
	return scenario_read(path, complaints) != NULL;
}

static void each_wrong_file_is_reported(void **state)
{
	(void)state;
	golden_refused("tests/golden/scenario", 19, taken);
}

/* All shipped scenarios can be read. */
static void each_shipped_scenario_is_valid(void **state)
{
	static const char *const folders[] = {"scenarios/*.yaml", "scenarios/*/*.yaml"};
	size_t count = 0;

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		glob_t found;

		if (glob(folders[f], 0, NULL, &found))
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct complaints complaints = {0};
			struct scenario *scenario;
			char *text;

			if (strstr(found.gl_pathv[i], ".topology."))
				continue;
			scenario = scenario_read(found.gl_pathv[i], &complaints);
			text = complaints_text(&complaints);
			if (!scenario)
				fail_msg("%s", text);
			free(text);
			scenario_free(scenario);
			count++;
		}
		globfree(&found);
	}
	assert_true(count >= 15);
}

/* --- a scenario from a text, without a lab --- */

struct bench {
	char path[64];
	struct scenario *scenario;
	struct verdicts verdicts;
	json_t *status;
};

static void bench_open(struct bench *bench, const char *expect)
{
	struct complaints complaints = {0};
	char cwd[400];
	int fd;
	FILE *out;

	*bench = (struct bench){.path = "/tmp/scenario-test-XXXXXX"};
	fd = mkstemp(bench->path);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	fprintf(out, "topology: %s/topologies/minimal.yaml\n%s", cwd, expect);
	assert_int_equal(fclose(out), 0);
	bench->scenario = scenario_read(bench->path, &complaints);
	unlink(bench->path);
	if (!bench->scenario)
		fail_msg("%s", complaints_text(&complaints));
	assert_int_equal(verdicts_init(&bench->verdicts, bench->scenario), 0);
	verdicts_begin(&bench->verdicts, BEGIN);
}

static void bench_close(struct bench *bench)
{
	verdicts_free(&bench->verdicts);
	scenario_free(bench->scenario);
	json_decref(bench->status);
}

static void send_event(struct bench *bench, double at, size_t phone, int step, const char *event,
		       const char *detail)
{
	json_t *line = json_pack("{s:I,s:s,s:i,s:s,s:s}", "t", (json_int_t)(BEGIN + (uint64_t)(at * 1e6)),
				 "node", bench->scenario->topology->phones[phone].name, "step", step, "event",
				 event, "detail", detail);

	verdicts_event(&bench->verdicts, line);
	json_decref(line);
}

static void tick(struct bench *bench, double at)
{
	verdicts_tick(&bench->verdicts, BEGIN + (uint64_t)(at * 1e6));
}

static enum verdict_state state_of(const struct bench *bench, size_t i)
{
	return bench->verdicts.items[i].state;
}

static void eventually_holds_when_all_phones_do(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "expect:\n  - eventually: {step: dhcp}\n    within: 2s\n");
	send_event(&bench, 0.5, 0, LADDER_DHCP, "step.done", "10.110.0.5");
	tick(&bench, 1);
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
	assert_false(verdicts_settled(&bench.verdicts));
	send_event(&bench, 1.9, 1, LADDER_DHCP, "step.done", "10.110.0.6");
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	assert_true(verdicts_settled(&bench.verdicts));
	bench_close(&bench);
}

static void eventually_is_broken_after_its_time(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "expect:\n  - eventually: {phone: 1001, step: dhcp}\n    within: 2s\n");
	send_event(&bench, 1, 0, LADDER_DHCP, "step.failed", "no OFFER");
	send_event(&bench, 2.1, 0, LADDER_DHCP, "step.done", "10.110.0.5");
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
	tick(&bench, 2.2);
	assert_int_equal(state_of(&bench, 0), VERDICT_BROKEN);
	assert_non_null(verdicts_broken(&bench.verdicts));
	assert_non_null(strstr(verdicts_broken(&bench.verdicts)->found, "the time has passed"));
	bench_close(&bench);
}

static void never_is_broken_by_any_phone(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "expect:\n  - never: {step: ctl, state: failed, detail: refused}\n"
			   "  - never: {message: Rejected}\n    for: 1s\n");
	send_event(&bench, 0.5, 1, LADDER_CTL, "step.failed", "port unreachable");
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
	send_event(&bench, 0.6, 1, LADDER_CTL, "step.failed", "connection refused");
	assert_int_equal(state_of(&bench, 0), VERDICT_BROKEN);
	/* After its second the message has no effect. */
	send_event(&bench, 1.5, 0, 0, "phone.message", "Registration Rejected");
	tick(&bench, 1.6);
	assert_int_equal(state_of(&bench, 1), VERDICT_HELD);
	bench_close(&bench);
}

static void in_order_needs_the_order(void **state)
{
	static const char text[] = "expect:\n  - in_order:\n      - {phone: 1001, step: dhcp}\n"
				   "      - {phone: 1001, event: file.*, detail: CTL}\n"
				   "      - {phone: 1001, step: itl}\n    within: 5s\n";
	struct bench bench;

	(void)state;
	bench_open(&bench, text);
	send_event(&bench, 0.1, 0, LADDER_DHCP, "step.done", "");
	send_event(&bench, 0.2, 0, LADDER_CTL, "file.missing", "CTLSEP.tlv");
	send_event(&bench, 0.3, 0, LADDER_ITL, "step.done", "");
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	bench_close(&bench);
	bench_open(&bench, text);
	send_event(&bench, 0.1, 0, LADDER_ITL, "step.done", "");
	send_event(&bench, 0.2, 0, LADDER_DHCP, "step.done", "");
	send_event(&bench, 0.3, 0, LADDER_CTL, "file.missing", "CTLSEP.tlv");
	tick(&bench, 6);
	assert_int_equal(state_of(&bench, 0), VERDICT_BROKEN);
	assert_non_null(strstr(bench.verdicts.items[0].found, "number 3"));
	bench_close(&bench);
}

static void events_are_counted(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "expect:\n  - eventually: {phone: 1001, event: dhcp.discover, at_least: 3}\n"
			   "  - never: {phone: 1001, event: dhcp.discover, at_least: 4}\n");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
		send_event(&bench, 0.1 * i, 0, LADDER_DHCP, "dhcp.discover", "");
	}
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	assert_int_equal(state_of(&bench, 1), VERDICT_OPEN);
	send_event(&bench, 0.9, 0, LADDER_DHCP, "dhcp.discover", "");
	assert_int_equal(state_of(&bench, 1), VERDICT_BROKEN);
	bench_close(&bench);
}

static json_t *status_with(const char *state, const char *link, int mw)
{
	return json_pack(
	    "{s:[{s:s,s:s,s:s,s:i},{s:s,s:s,s:s,s:i}],s:[{s:s,s:{s:i,s:i},s:[{s:s,s:s,s:i,s:i,s:s}]}]}",
	    "phones", "name", "SEP001122AABB01", "state", state, "registered_with", "cucm", "frames_not_sent",
	    0, "name", "SEP001122AABB02", "state", "registered", "registered_with", "cucm", "frames_not_sent",
	    3, "switches", "name", "sw1", "poe", "budget_mw", 370000, "used_mw", mw, "ports", "name",
	    "Gi1/0/1", "link", link, "vlan", 1, "voice_vlan", 110, "poe_state", "on");
}

static void expectations_about_the_status(void **state)
{
	struct bench bench;
	json_t *next;

	(void)state;
	bench_open(&bench,
		   "expect:\n  - eventually: {registered: cucm}\n  - always: {port: Gi1/0/1, link: up}\n"
		   "  - always: {power: sw1, used_at_most: 10W}\n"
		   "  - eventually: {phone: 1002, field: frames_not_sent, at_least: 3}\n");
	assert_true(verdicts_need_status(&bench.verdicts));
	bench.status = status_with("provisioning", "up", 8000);
	verdicts_status(&bench.verdicts, bench.status, BEGIN + SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
	assert_int_equal(state_of(&bench, 1), VERDICT_OPEN);
	assert_int_equal(state_of(&bench, 3), VERDICT_HELD);
	next = status_with("registered", "down", 10001);
	verdicts_status(&bench.verdicts, next, BEGIN + 2 * SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	assert_int_equal(state_of(&bench, 1), VERDICT_BROKEN);
	assert_int_equal(state_of(&bench, 2), VERDICT_BROKEN);
	assert_non_null(strstr(bench.verdicts.items[2].found, "10001 mW"));
	json_decref(next);
	bench_close(&bench);
}

/* A status that was requested before the expectation began has no effect. */
static void after_begins_at_the_entry(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "timeline:\n  - {at: 1s, name: outage, do: {stop: cucm}}\n"
			   "expect:\n  - eventually: {registered: yes}\n    after: outage\n    within: 3s\n");
	assert_int_equal(state_of(&bench, 0), VERDICT_WAITING);
	bench.status = status_with("registered", "up", 1);
	verdicts_status(&bench.verdicts, bench.status, BEGIN + SECOND / 2);
	verdicts_mark(&bench.verdicts, 0, BEGIN + SECOND);
	tick(&bench, 1.5);
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
	verdicts_status(&bench.verdicts, bench.status, BEGIN + 2 * SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	bench_close(&bench);
}

static void an_expectation_that_did_not_begin_is_broken(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "timeline:\n  - {at: 1s, name: outage}\n"
			   "expect:\n  - never: {event: cm.lost}\n    after: outage\n"
			   "  - always: {registered: yes}\n");
	verdicts_end(&bench.verdicts, BEGIN + SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_BROKEN);
	/* An `always` that was never checked is broken. */
	assert_int_equal(state_of(&bench, 1), VERDICT_BROKEN);
	bench_close(&bench);
}

/* The table of step names has the order of the ladder. */
static void steps_are_those_of_the_ladder(void **state)
{
	(void)state;
	for (int n = 1; n <= LADDER_STEPS; n++) {
		char text[200];
		struct bench bench;

		snprintf(text, sizeof(text), "expect:\n  - eventually: {step: %s}\n", ladder_step_name(n));
		bench_open(&bench, text);
		assert_int_equal(bench.scenario->expect.items[0].observations[0].step_number, n);
		bench_close(&bench);
	}
}

static void junit_is_xml(void **state)
{
	json_t *results = json_pack("[{s:s,s:s,s:i,s:f,s:s,s:i,s:[],s:[]}]", "name", "a <b> & \"c\"", "file",
				    "x.yaml", "outcome", 1, "seconds", 1.5, "reason", "1 < 2 \x01 & so",
				    "line", 7, "expectations", "timeline");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	xmlDocPtr doc;
	xmlNodePtr root;
	xmlChar *value;

	(void)state;
	assert_non_null(out);
	report_junit(out, results, 2.0);
	fclose(out);
	doc = xmlReadMemory(text, (int)size, "junit.xml", NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	root = xmlDocGetRootElement(doc);
	assert_string_equal((const char *)root->name, "testsuites");
	value = xmlGetProp(root, (const xmlChar *)"failures");
	assert_string_equal((const char *)value, "1");
	xmlFree(value);
	xmlFreeDoc(doc);
	xmlCleanupParser();
	free(text);
	json_decref(results);
}

static void annotations_are_escaped(void **state)
{
	json_t *result = json_pack("{s:s,s:s,s:i,s:s,s:i}", "name", "a:b,c", "file", "x.yaml", "outcome", 1,
				   "reason", "50% of\ntwo", "line", 7);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	report_github(out, result);
	fclose(out);
	assert_string_equal(text, "::error file=x.yaml,line=7,title=a%3Ab%2Cc::50%25 of%0Atwo\n");
	free(text);
	json_decref(result);
}

/* The reference in the document is the output of the table of keys. */
static void reference_is_current(void **state)
{
	static const char mark[] = "`phonelab test --reference` -->\n";
	char *doc = golden_read("docs/scenarios.md"), *at = strstr(doc, mark), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(at);
	assert_non_null(out);
	shape_markdown(&scenario_shape, out);
	fclose(out);
	assert_string_equal(at + strlen(mark), text);
	free(text);
	free(doc);
}

/* The first example of the document can be run: it is the text of the file that it names. */
static void the_example_in_the_document_is_shipped(void **state)
{
	char *doc = golden_read("docs/scenarios.md"), *file = golden_read("scenarios/port-shutdown.yaml");

	(void)state;
	assert_non_null(strstr(doc, "phonelab test scenarios/port-shutdown.yaml"));
	assert_non_null(strstr(doc, file));
	free(doc);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_wrong_file_is_reported),
	    cmocka_unit_test(each_shipped_scenario_is_valid),
	    cmocka_unit_test(eventually_holds_when_all_phones_do),
	    cmocka_unit_test(eventually_is_broken_after_its_time),
	    cmocka_unit_test(never_is_broken_by_any_phone),
	    cmocka_unit_test(in_order_needs_the_order),
	    cmocka_unit_test(events_are_counted),
	    cmocka_unit_test(expectations_about_the_status),
	    cmocka_unit_test(after_begins_at_the_entry),
	    cmocka_unit_test(an_expectation_that_did_not_begin_is_broken),
	    cmocka_unit_test(steps_are_those_of_the_ladder),
	    cmocka_unit_test(junit_is_xml),
	    cmocka_unit_test(annotations_are_escaped),
	    cmocka_unit_test(reference_is_current),
	    cmocka_unit_test(the_example_in_the_document_is_shipped),
	};

	if (access("tests/golden/scenario", R_OK)) {
		fputs("scenario_test: run it from the top of the tree\n", stderr);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
