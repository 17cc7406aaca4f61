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
#include <sys/resource.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/scenario/join.h"
#include "phonelab/scenario/report.h"
#include "phonelab/scenario/run.h"
#include "phonelab/scenario/schedule.h"
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
	golden_refused("tests/golden/scenario", 25, taken);
}

static void count_end(void *arg, size_t index, const json_t *result)
{
	(void)index;
	assert_int_equal(json_int(result, "outcome"), OUTCOME_UNFIT);
	++*(unsigned *)arg;
}

/* Without a descriptor for its result a scenario has no process: that must end the run, not wait for ever. */
static void a_scenario_without_process_is_unfit(void **state)
{
	struct topology topology = {.phone_count = 1};
	struct scenario scenario = {.name = "x", .file = "x.yaml", .topology = &topology};
	struct scenario *const two[] = {&scenario, &scenario};
	int lowest = dup(STDIN_FILENO);
	struct rlimit before, limit;
	unsigned ended = 0;
	bool interrupted = true;
	json_t *results;

	(void)state;
	assert_true(lowest >= 0);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = (struct rlimit){(rlim_t)lowest + 1, before.rlim_max}; /* one more, for the signals */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	alarm(60);
	results = schedule_run(two, 2, 1, NULL, "none", count_end, &ended, &interrupted);
	alarm(0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(ended, 2);
	assert_false(interrupted);
	assert_int_equal(json_array_size(results), 2);
	json_decref(results);
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

static void bench_open_on(struct bench *bench, const char *topology, const char *expect)
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
	fprintf(out, "topology: %s/topologies/%s.yaml\n%s", cwd, topology, expect);
	assert_int_equal(fclose(out), 0);
	bench->scenario = scenario_read(bench->path, &complaints);
	unlink(bench->path);
	if (!bench->scenario)
		fail_msg("%s", complaints_text(&complaints));
	assert_int_equal(verdicts_init(&bench->verdicts, bench->scenario), 0);
	verdicts_begin(&bench->verdicts, BEGIN);
}

static void bench_open(struct bench *bench, const char *expect)
{
	bench_open_on(bench, "minimal", expect);
}

static void bench_close(struct bench *bench)
{
	verdicts_free(&bench->verdicts);
	scenario_free(bench->scenario);
	json_decref(bench->status);
}

/* A lab that was up before would keep what the action cucm changes. */
static void certificates_stay_in_a_lab_that_is_up(void **state)
{
	static const char actions[] = "timeline:\n  - at: 0s\n    do:\n      - {reset: all}\n"
				      "      - {cucm: {renew: capf}}\n      - {cucm: {mixed_mode: off}}\n"
				      "expect:\n  - eventually: {registered: yes}\n";
	char *topology = golden_read("topologies/secure.yaml"), *text;
	json_t *greeting = json_pack("{s:s,s:i}", "topology", topology, "phones", 0);
	struct complaints complaints = {0};
	struct bench bench;

	(void)state;
	bench_open_on(&bench, "secure", actions);
	joined_check(bench.scenario, "mylab", greeting, &complaints);
	text = complaints_text(&complaints);
	assert_int_equal(complaints.n, 2);
	assert_non_null(strstr(text,
			       ":6:9: timeline.do: found \"cucm\" with --in, expected a scenario without "
			       "this action"));
	assert_non_null(strstr(text, ":7:9: timeline.do: found \"cucm\" with --in"));
	free(text);
	free(topology);
	json_decref(greeting);
	bench_close(&bench);
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

/* The chosen phones of expectation i as a text of 1 and 0, and the description of its condition. */
static void expect_chosen(const struct bench *bench, size_t i, const char *chosen, const char *described)
{
	const struct scenario_observation *observation = &bench->scenario->expect.items[i].observations[0];
	char text[300], found[16] = "";

	for (size_t p = 0; p < bench->scenario->topology->phone_count && p < 15; p++)
		found[p] = observation->chosen[p] ? '1' : '0';
	scenario_describe_observation(observation, text, sizeof(text));
	assert_string_equal(found, chosen);
	assert_string_equal(text, described);
}

/* The office has the phones 2001 to 2008: 2001 to 2004 are of model 7841, 2005 and 2006 of 8845, the others of 8865. */
static void phones_are_chosen_by_range_list_and_model(void **state)
{
	struct bench bench;

	(void)state;
	bench_open_on(&bench, "office",
		      "expect:\n  - eventually: {phones: 2002-2004, registered: yes}\n"
		      "  - eventually: {phones: [2001, 2007-2008, SEP001122AABB04], step: dhcp}\n"
		      "  - eventually: {model: 8845, registered: yes}\n"
		      "  - never: {phones: 2001-2006, model: 8845, except: 2005, message: Rejected}\n"
		      "  - always: {phone: all, except: [2001-2006, 2008], registered: no}\n"
		      "  - never: {model: [7841, 8865], event: cm.lost}\n"
		      "  - eventually: {phones: all, except: 2001, field: ipv4, equals: x}\n"
		      "  - eventually: {phone: any, phones: 2003-2004, registered: yes}\n");
	expect_chosen(&bench, 0, "01110000", "all phones of 2002-2004: registered yes");
	expect_chosen(&bench, 1, "10010011",
		      "all phones of 2001, 2007-2008, SEP001122AABB04: step dhcp is done");
	expect_chosen(&bench, 2, "00001100", "all phones of model 8845: registered yes");
	expect_chosen(&bench, 3, "00000100",
		      "any phone of 2001-2006, model 8845, except 2005: message \"Rejected\"");
	expect_chosen(&bench, 4, "00000010", "all phones except 2001-2006, 2008: registered no");
	expect_chosen(&bench, 5, "11110011", "any phone of model 7841, 8865: event cm.lost");
	expect_chosen(&bench, 6, "01111111", "all phones except 2001: ipv4 is \"x\"");
	expect_chosen(&bench, 7, "00110000", "any phone of 2003-2004: registered yes");
	bench_close(&bench);
}

/* One expectation for several phones names those that failed: the first five, and the number of the others. */
static void phones_that_failed_are_named(void **state)
{
	struct bench bench;

	(void)state;
	bench_open_on(&bench, "office",
		      "expect:\n  - eventually: {phones: 2001-2007, step: dhcp}\n    within: 2s\n"
		      "  - never: {phones: 2002-2003, step: ctl, state: failed}\n"
		      "  - eventually: {phones: 2001-2002, step: dhcp}\n    within: 2s\n");
	send_event(&bench, 1, 0, LADDER_DHCP, "step.done", "");
	send_event(&bench, 1, 3, LADDER_CTL, "step.failed", "of another phone");
	assert_int_equal(state_of(&bench, 1), VERDICT_OPEN);
	send_event(&bench, 1, 2, LADDER_CTL, "step.failed", "port unreachable");
	assert_int_equal(state_of(&bench, 1), VERDICT_BROKEN);
	assert_string_equal(bench.verdicts.items[1].found,
			    "SEP001122AABB03: step ctl is failed: port unreachable");
	assert_true(bench.verdicts.items[1].probes[0].deciding[2]);
	assert_false(bench.verdicts.items[1].probes[0].deciding[1]);
	send_event(&bench, 1.5, 7, LADDER_DHCP, "step.done", "it is not in the range");
	tick(&bench, 3);
	assert_int_equal(state_of(&bench, 0), VERDICT_BROKEN);
	assert_string_equal(bench.verdicts.items[0].found,
			    "the time has passed: 6 of 7 phones (2002, 2003, 2004, 2005, 2006 and 1 more), "
			    "first SEP001122AABB02: step dhcp is pending");
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(bench.verdicts.items[0].probes[0].deciding[i], i >= 1 && i <= 6);
	assert_string_equal(bench.verdicts.items[2].found,
			    "the time has passed: SEP001122AABB02: step dhcp is pending");
	bench_close(&bench);
}

/* A phone whose call manager does not confirm the registration is claimed, but not registered. */
static void claimed_needs_no_witness(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "expect:\n  - eventually: {phone: 1001, registered: claimed}\n"
			   "  - eventually: {phone: 1001, registered: yes}\n"
			   "  - eventually: {phone: 1001, registered: no}\n"
			   "  - eventually: {phone: 1001, registered: cucm}\n"
			   "  - eventually: {phone: 1002, registered: claimed}\n");
	bench.status = status_with("claims-registered", "up", 1);
	verdicts_status(&bench.verdicts, bench.status, BEGIN + SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_HELD);
	assert_int_equal(state_of(&bench, 1), VERDICT_OPEN);
	assert_int_equal(state_of(&bench, 2), VERDICT_HELD);
	assert_int_equal(state_of(&bench, 3), VERDICT_OPEN);
	assert_int_equal(state_of(&bench, 4), VERDICT_HELD); /* confirmed, so also claimed */
	bench_close(&bench);
	bench_open(&bench, "expect:\n  - eventually: {phone: 1001, registered: claimed}\n");
	bench.status = status_with("registering", "up", 1);
	verdicts_status(&bench.verdicts, bench.status, BEGIN + SECOND);
	assert_int_equal(state_of(&bench, 0), VERDICT_OPEN);
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

/* What a report function writes; the caller frees it. */
static char *report_text(void (*report)(FILE *out, const json_t *results), const json_t *results)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report(out, results);
	fclose(out);
	return text;
}

/* Every outcome. The last line counts what did not pass as failed, unless it did not run. */
static json_t *every_outcome(void)
{
	static const enum scenario_outcome outcomes[] = {
	    OUTCOME_PASSED,	 OUTCOME_FAILED,  OUTCOME_UNFIT,   OUTCOME_DEFECT,
	    OUTCOME_INTERRUPTED, OUTCOME_INVALID, OUTCOME_NOT_RUN, OUTCOME_PASSED};
	json_t *results = json_array();

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		json_array_append_new(results,
				      scenario_no_result("name", "x.yaml", outcomes[i], 0, "reason"));
	return results;
}

static void the_last_line_counts(void **state)
{
	json_t *results = every_outcome(), *none = json_array();
	char *text = report_text(report_counts, results);

	(void)state;
	assert_string_equal(text, "2 passed, 4 failed, 2 skipped\n");
	free(text);
	text = report_text(report_counts, none);
	assert_string_equal(text, "0 passed, 0 failed, 0 skipped\n");
	free(text);
	json_decref(none);
	json_decref(results);
}

static void junit_whole(FILE *out, const json_t *results)
{
	report_junit(out, results, 1);
}

/* Only what did not run is skipped: an unfit machine and an invalid file are errors. */
static void junit_of_every_outcome(void **state)
{
	json_t *results = every_outcome();
	char *text = report_text(junit_whole, results);

	(void)state;
	assert_non_null(strstr(text, "tests=\"8\" failures=\"1\" errors=\"4\" skipped=\"1\""));
	assert_non_null(strstr(text, "<error type=\"unfit\" message=\"reason\">x.yaml\nreason</error>"));
	assert_non_null(strstr(text, "<error type=\"invalid\" message=\"reason\">"));
	assert_non_null(strstr(text, "<skipped message=\"reason\"/>"));
	free(text);
	json_decref(results);
}

static void tap_of_an_unfit_machine_is_not_ok(void **state)
{
	json_t *result = scenario_no_result("name", "x.yaml", OUTCOME_UNFIT, 0, "reason");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	report_tap(out, 1, result);
	fclose(out);
	assert_int_equal(strncmp(text, "not ok 1 - name\n", 16), 0);
	free(text);
	json_decref(result);
}

static void junit_is_xml(void **state)
{
	json_t *results =
	    json_pack("[{s:s,s:s,s:i,s:f,s:s,s:s,s:i,s:[],s:[]}]", "name", "a <b> & \"c\"", "file", "x.yaml",
		      "outcome", 1, "seconds", 1.5, "reason", "1 < 2 \x01 & so", "cause",
		      "the \"port\" <is> shut", "line", 7, "expectations", "timeline");
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
	value = xmlNodeGetContent(root);
	assert_non_null(strstr((const char *)value,
			       "x.yaml:7\n1 < 2 \xEF\xBF\xBD & so\nlikely cause: the \"port\" <is> "
			       "shut"));
	xmlFree(value);
	assert_non_null(strstr(text, "&amp; so; likely cause: the &quot;port&quot; &lt;is&gt; shut\">"));
	xmlFreeDoc(doc);
	xmlCleanupParser();
	free(text);
	json_decref(results);
}

static void annotations_are_escaped(void **state)
{
	json_t *result = json_pack("{s:s,s:s,s:i,s:s,s:s,s:i}", "name", "a:b,c", "file", "x.yaml", "outcome",
				   1, "reason", "50% of\ntwo", "cause", "no:port", "line", 7);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	report_github(out, result);
	fclose(out);
	assert_string_equal(
	    text, "::error file=x.yaml,line=7,title=a%3Ab%2Cc::50%25 of%0Atwo%0Alikely cause: no:port\n");
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
	    cmocka_unit_test(a_scenario_without_process_is_unfit),
	    cmocka_unit_test(each_wrong_file_is_reported),
	    cmocka_unit_test(each_shipped_scenario_is_valid),
	    cmocka_unit_test(certificates_stay_in_a_lab_that_is_up),
	    cmocka_unit_test(eventually_holds_when_all_phones_do),
	    cmocka_unit_test(eventually_is_broken_after_its_time),
	    cmocka_unit_test(never_is_broken_by_any_phone),
	    cmocka_unit_test(in_order_needs_the_order),
	    cmocka_unit_test(events_are_counted),
	    cmocka_unit_test(expectations_about_the_status),
	    cmocka_unit_test(after_begins_at_the_entry),
	    cmocka_unit_test(an_expectation_that_did_not_begin_is_broken),
	    cmocka_unit_test(phones_are_chosen_by_range_list_and_model),
	    cmocka_unit_test(phones_that_failed_are_named),
	    cmocka_unit_test(claimed_needs_no_witness),
	    cmocka_unit_test(steps_are_those_of_the_ladder),
	    cmocka_unit_test(the_last_line_counts),
	    cmocka_unit_test(junit_of_every_outcome),
	    cmocka_unit_test(tap_of_an_unfit_machine_is_not_ok),
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
