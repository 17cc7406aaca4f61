/*
 * Causes that are proven in real labs: a VLAN that a trunk lacks, a route, a damaged file. And two at the same time, which are
 * not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

#define PHONE	   "SEP001122AABB02"
#define NO_DEFAULT "ip route del default"

static struct lab lab;

static void begin(const char *topology)
{
	lab_begin(&lab, "why-retry");
	if (lab_up(&lab, topology, false, 60, NULL, 0)) {
		lab_end(&lab);
		fail_msg("%s: not up", topology);
	}
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void must(struct command_result result, const char *what)
{
	if (result.status)
		fprintf(stderr, "%s: %s%s", what, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static bool has_failed(json_t *status, void *arg)
{
	return !strcmp(phone_step_state(status_phone(status, PHONE), *(const int *)arg), "failed");
}

/* Plug the phone out and in, and wait until the step has failed. */
static void boot(int step)
{
	json_t *status;

	must(lab_command(&lab, "unplug " PHONE), "unplug");
	must(lab_command(&lab, "plug " PHONE), "plug");
	status = lab_status_when(&lab, 60, has_failed, &step);
	assert_non_null(status);
	json_decref(status);
}

/* The object and verdict; and the text has the paragraph of that verdict. */
static void expect(const char *object, const char *verdict)
{
	struct command_result result = lab_command(&lab, "why " PHONE " --json");
	json_t *report = json_loads(result.out, 0, NULL);
	bool proven = !strcmp(verdict, "proven"), evidence;

	assert_non_null(report);
	if (strcmp(member(report, "object"), object) || strcmp(member(report, "verdict"), verdict))
		fail_msg("expected %s, %s: %s", object, verdict, result.out);
	evidence = strstr(result.out, "\"retry.ok\"") != NULL;
	assert_int_equal(evidence, proven);
	json_decref(report);
	command_free(&result);
	result = lab_command(&lab, "why " PHONE);
	assert_non_null(strstr(result.out, proven ? "\nCause, proven\n" : "\nLikely cause\n"));
	command_free(&result);
}

static void trunk(void **state)
{
	char bin[512];

	(void)state;
	begin("topologies/two-switches.yaml");
	must(command_sh(
		 20, "'%s' --lab %s configure access 'interface Te1/1/1' 'switchport trunk allowed vlan 10'",
		 lab_bin("phonelab", bin), lab.name),
	     "configure");
	boot(4);
	expect("trunk access Te1/1/1", "proven");
}

static void route(void **state)
{
	(void)state;
	begin("topologies/office.yaml");
	must(lab_exec(&lab, "tftp", NO_DEFAULT), NO_DEFAULT);
	boot(5);
	expect("route tftp", "proven");
	/* A second one, on the same way. */
	must(lab_command(&lab, "service tftp-http stop"), "stop");
	boot(5);
	expect("process tftp-http", "likely");
}

static void file(void **state)
{
	(void)state;
	begin("topologies/office.yaml");
	must(
	    lab_exec(&lab, "tftp", "sh -c 'echo \"<device\" >/run/phonelab/tftp/root/" PHONE ".cnf.xml.sgn'"),
	    "echo");
	boot(7);
	expect("file " PHONE ".cnf.xml", "proven");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(trunk, end),
	    cmocka_unit_test_teardown(route, end),
	    cmocka_unit_test_teardown(file, end),
	};

	return cmocka_run_group_tests_name("why-retry-lab", tests, NULL, NULL);
}
