/* Agents: exercises over the Model Context Protocol, and their marks. The agents are in tests/support/agents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define AGENTS "tests/support/agents"

static bool is_long(void)
{
	const char *tier = getenv("TIER");

	return tier && strcmp(tier, "test") != 0;
}

/* Run the bench: its JSON. No lab of it is left: their names have its process id. */
static json_t *bench(int timeout_s, const char *options, const char *agent)
{
	char bin[512];
	struct command_result result =
	    command_sh(timeout_s,
		       "%s exercise bench --json --parallel 4 %s --agent '%s' & wait $!; s=$?; %s ls | grep "
		       "bench-$! >&2 && exit 9; exit $s",
		       lab_bin("phonelab", bin), options, agent, bin);
	json_t *report = result.status ? NULL : json_loads(result.out, 0, NULL);

	if (!report)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
	return report;
}

static json_t *totals_of(json_t *report)
{
	return json_object_get(report, "totals");
}

/* A switch, a program, a file, and nothing. */
static void test_exercises_are_solved_over_mcp(void **state)
{
	json_t *report = bench(240, "--seeds 2 --exercises dark-desk,no-address,lost-file,quiet-day",
			       "python3 " AGENTS "/solver.py"),
	       *run;
	size_t i;

	(void)state;
	json_array_foreach (json_object_get(report, "runs"), i, run) {
		char *text = json_dumps(run, 0);

		if (member_int(run, "points") != 100 || !json_is_true(json_object_get(run, "passed")) ||
		    !json_is_true(json_object_get(run, "detection")) ||
		    json_array_size(json_object_get(run, "collateral")) ||
		    strcmp(member(run, "agent"), "finished") || member_int(run, "calls") < 3)
			fail_msg("%s", text);
		free(text);
	}
	assert_int_equal(i, 4);
	assert_true(json_real_value(json_object_get(totals_of(report), "score")) > 99.9);
	assert_int_equal(member_int(totals_of(report), "repaired"), 3);
	json_decref(report);
}

/*
 * An agent without knowledge. It repairs nothing, so a faulty lab gives it no points, whatever it answers. In a healthy
 * control it says "none" once in 20 to 30 times (40 points) and "nothing" once in 20 times (60): a mean of 5 points, and
 * controls are an eighth of the labs. So its score is below 1; the limit of 5 leaves room for one lucky control in 20 labs.
 */
static void test_a_random_agent_scores_about_zero(void **state)
{
	json_t *report = bench(is_long() ? 1800 : 240,
			       is_long() ? "--seeds 1-40" : "--seeds 2-3 --exercises dark-desk,quiet-day",
			       "python3 " AGENTS "/random_agent.py 1"),
	       *run;
	size_t i;

	(void)state;
	json_array_foreach (json_object_get(report, "runs"), i, run) {
		if (json_is_true(json_object_get(run, "healthy")))
			continue;
		assert_int_equal(member_int(run, "points"), 0);
		assert_int_equal(member_int(json_object_get(run, "repair"), "points"), 0);
	}
	assert_true(i >= 4);
	assert_int_equal(member_int(totals_of(report), "errors"), 0);
	if (json_real_value(json_object_get(totals_of(report), "score")) > 5)
		fail_msg("score %f", json_real_value(json_object_get(totals_of(report), "score")));
	json_decref(report);
}

/* It wins every control, and nothing by it. */
static void test_always_nothing_scores_zero(void **state)
{
	json_t *report = bench(240, "--seeds 1 --exercises dark-desk,quiet-day",
			       "python3 " AGENTS "/random_agent.py nothing"),
	       *detection = json_object_get(totals_of(report), "detection");

	(void)state;
	assert_int_equal(member_int(detection, "cleared"), 1);
	assert_int_equal(member_int(detection, "found"), 0);
	assert_true(json_real_value(json_object_get(detection, "skill")) < 0.01);
	assert_true(json_real_value(json_object_get(totals_of(report), "score")) < 0.01);
	json_decref(report);
}

/* One that ends its lab, one that does not answer, and one that leaves damage. */
static void test_an_agent_that_misbehaves_gets_nothing(void **state)
{
	char bin[512], agent[1400];
	json_t *report, *run;
	const char *const ends[] = {"finished", "timeout", "failed"};
	size_t i;

	(void)state;
	lab_bin("phonelab", bin);
	snprintf(agent, sizeof(agent),
		 "case $PHONELAB_LAB in *-1) %s down $PHONELAB_LAB;; *-2) sleep 100;; "
		 "*) %s --lab $PHONELAB_LAB configure sw1 \"interface Gi1/0/9\" shutdown; exit 3;; esac",
		 bin, bin);
	report = bench(240, "--seeds 1-3 --exercises quiet-day --limit 2", agent);
	json_array_foreach (json_object_get(report, "runs"), i, run) {
		char *text = json_dumps(run, 0);

		if (member_int(run, "points") || json_is_true(json_object_get(run, "detection")) ||
		    strcmp(member(run, "agent"), ends[i]) != 0 ||
		    !!json_object_get(run, "lost") != (i == 0) ||
		    (json_array_size(json_object_get(run, "collateral")) > 0) != (i == 2))
			fail_msg("%s", text);
		free(text);
	}
	assert_int_equal(i, 3);
	json_decref(report);
}

static void test_wrong_usage(void **state)
{
	static const char *const rows[][2] = {{"--seeds 1", "requires --seeds A-B and --agent CMD"},
					      {"--agent true", "requires --seeds A-B and --agent CMD"},
					      {"--seeds 5-1 --agent true", "is not a range of seeds"},
					      {"--seeds 1 --agent true --exercises nope", "unknown exercise"},
					      {"--seeds 1-20000 --agent true", "more than 10000 labs"}};
	char bin[512];

	(void)state;
	lab_bin("phonelab", bin);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_result result = command_sh(20, "%s exercise bench %s", bin, rows[i][0]);

		if (result.status != 2 || !strstr(result.err, rows[i][1]))
			fail_msg("%s: status %d: %s", rows[i][0], result.status, result.err);
		command_free(&result);
	}
}

static void test_hostile_input(void **state)
{
	struct command_result result;
	struct lab lab;
	char bin[512];

	(void)state;
	lab_begin(&lab, "mcp");
	lab.running = true;
	lab_bin("phonelab", bin);
	result = command_sh(200,
			    "%s exercise start dark-desk --seed 7 --name %s >&2 && python3 " AGENTS
			    "/hostile.py %s --lab %s mcp",
			    bin, lab.name, bin, lab.name);
	if (result.status)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
	lab_end(&lab);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exercises_are_solved_over_mcp),
	    cmocka_unit_test(test_a_random_agent_scores_about_zero),
	    cmocka_unit_test(test_always_nothing_scores_zero),
	    cmocka_unit_test(test_an_agent_that_misbehaves_gets_nothing),
	    cmocka_unit_test(test_wrong_usage),
	    cmocka_unit_test(test_hostile_input),
	};
	struct command_result result = command_sh(20, "command -v python3");
	int status = result.status;

	command_free(&result);
	if (!status)
		return cmocka_run_group_tests(tests, NULL, NULL);
	print_message("skipped: no python3 here, in which the agents are written\n");
	return 0;
}
