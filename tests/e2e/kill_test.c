/*
 * Nothing is left behind: the supervisor is killed with SIGKILL at ten moments of `up`, spread over the time
 * that a whole `up` takes here. Soon after it no process, namespace, link, socket or mount of the lab is
 * left. Two labs of one topology run at the same time, and a lab that ends in order kills no process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/remains.h"

#define TOPOLOGY "topologies/minimal.yaml"
#define MOMENTS	 10

static double whole_up_s;

/* The labs of the test of the moment, ended after it however it went. */
static struct lab lab, one, two;

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_end(&one);
	lab_end(&two);
	return 0;
}

static void kill_at(int moment)
{
	static struct remains remains;
	char bin[512], when[40];

	lab_begin(&lab, "kill");
	remains_begin(&remains, lab.name);
	pid_t pid = command_start(
	    (const char *[]){lab_bin("phonelab", bin), "up", "--name", lab.name, TOPOLOGY, NULL}, NULL);
	/* On a busy machine the namespaces may not exist yet at the first moment. */
	for (int waited = 0; remains_note(&remains) == 0 && waited < 6000; waited++)
		poll(NULL, 0, 10);
	poll(NULL, 0, (int)(whole_up_s * 1000 * moment / MOMENTS));
	remains_note(&remains);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(command_wait(pid, 5), 128 + SIGKILL);
	snprintf(when, sizeof(when), "moment %d", moment + 1);
	remains_none(&remains, when);
}

static void test_kill(void **state)
{
	if (whole_up_s <= 0)
		fail_msg("no whole up to divide into moments");
	kill_at(*(int *)*state);
}

/* How long a whole `up` takes here, and that it ends without a trace when asked. */
static void test_whole_up(void **state)
{
	(void)state;
	char bin[512];

	lab_begin(&lab, "whole");
	struct command_result up =
	    command_run(90, (const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name,
					     "--timeout", "60", TOPOLOGY, NULL});
	lab.running = true;
	if (up.status != 0)
		fail_msg("up: status %d: %s%s", up.status, up.out, up.err);
	whole_up_s = up.seconds;
	command_free(&up);
	lab_down(&lab);
	struct command_result ls = command_run(10, (const char *[]){bin, "ls", NULL});
	assert_null(strstr(ls.out, lab.name));
	command_free(&ls);
}

/* Every process of a lab exits when it receives SIGTERM, the capture too: the time limit kills none. */
static void test_end_in_order(void **state)
{
	char kept[300];

	(void)state;
	lab_begin(&lab, "end");
	snprintf(kept, sizeof(kept), "%s/kept", lab.dir);
	assert_int_equal(lab_up(&lab, TOPOLOGY, true, 60, (const char *const[]){"--keep", kept, NULL}, 0), 0);
	lab_down(&lab);
	struct command_result grep =
	    command_sh(10, "grep -F '\"event\":\"lab.stopped\"' %s/kept/events.jsonl", lab.dir);
	if (!strstr(grep.out, "\"detail\":\"in order\""))
		fail_msg("a process had to be killed: %s", grep.out);
	command_free(&grep);
}

static void test_two_labs(void **state)
{
	(void)state;

	lab_begin(&one, "one");
	lab_begin(&two, "two");
	assert_int_equal(lab_up(&one, TOPOLOGY, false, 60, NULL, 0), 0);
	assert_int_equal(lab_up(&two, TOPOLOGY, false, 60, NULL, 0), 0);
	json_t *a = lab_status(&one), *b = lab_status(&two);
	assert_non_null(a);
	assert_non_null(b);
	/* The same names and the same subnet, side by side, and each is asked by its own name. */
	assert_string_equal(member(a, "lab"), one.name);
	assert_string_equal(member(b, "lab"), two.name);
	json_t *first_a = json_array_get(json_object_get(a, "phones"), 0);
	json_t *first_b = json_array_get(json_object_get(b, "phones"), 0);
	assert_string_equal(member(first_a, "name"), member(first_b, "name"));
	assert_string_equal(member(first_a, "state"), "registered");
	assert_string_equal(member(first_b, "state"), "registered");
	json_decref(a);
	json_decref(b);
	/* A second lab of a name that is taken is refused, and the first one lives on. */
	struct lab same = two;
	lab_up(&same, TOPOLOGY, false, 10, NULL, 2);
	b = lab_status(&two);
	assert_non_null(b);
	json_decref(b);
}

int main(void)
{
	static int moment[MOMENTS];
	static char names[MOMENTS][64];
	remains_init();
	struct CMUnitTest tests[MOMENTS + 3] = {cmocka_unit_test_teardown(test_whole_up, end)};

	for (int i = 0; i < MOMENTS; i++) {
		moment[i] = i;
		snprintf(names[i], sizeof(names[i]), "SIGKILL at moment %d of %d", i + 1, MOMENTS);
		tests[i + 1] = (struct CMUnitTest){.name = names[i],
						   .test_func = test_kill,
						   .teardown_func = end,
						   .initial_state = &moment[i]};
	}
	tests[MOMENTS + 1] = (struct CMUnitTest)cmocka_unit_test_teardown(test_two_labs, end);
	tests[MOMENTS + 2] = (struct CMUnitTest)cmocka_unit_test_teardown(test_end_in_order, end);
	return cmocka_run_group_tests_name("nothing is left behind", tests, NULL, NULL);
}
