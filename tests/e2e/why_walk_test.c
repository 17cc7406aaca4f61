/*
 * The path walk on real labs: a route, a listener, a VLAN on the far switch. Each is broken by hand, and `phonelab why
 * --facts` has exactly the fact about it; so has a folder that was kept then.
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

#define PHONE "SEP001122AABB02"

/* Do something in the lab; it must work. */
static void run(const struct lab *lab, const char *node, const char *line)
{
	struct command_result result = lab_exec(lab, node, "%s", line);

	if (result.status)
		fprintf(stderr, "%s: %s%s", line, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static void command(const struct lab *lab, const char *line)
{
	struct command_result result = lab_command(lab, "%s", line);

	if (result.status)
		fprintf(stderr, "%s: %s%s", line, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static bool has_failed(json_t *status, void *arg)
{
	return !strcmp(phone_step_state(status_phone(status, PHONE), *(const int *)arg), "failed");
}

/* Plug the phone out and in, and wait until the step has failed. */
static void boot(const struct lab *lab, int step)
{
	json_t *status;

	command(lab, "unplug " PHONE);
	command(lab, "plug " PHONE);
	status = lab_status_when(lab, 60, has_failed, &step);
	assert_non_null(status);
	json_decref(status);
}

static bool is_of_walk(const char *fact)
{
	return strcmp(fact, "walk.ok") && strcmp(fact, "port.announces") &&
	       (!strncmp(fact, "port.", 5) || !strncmp(fact, "walk.", 5));
}

/* Compare the facts of the walk that are deviations, each "NAME OBJECT\n". */
static void expect(const struct lab *lab, const char *options, const char *wanted)
{
	struct command_result result = lab_command(lab, "why " PHONE " --facts%s", options);
	char *whole = strdup(result.out), *found = calloc(1, strlen(result.out) + 1), *rest = result.out,
	     *line;

	assert_non_null(found);
	while ((line = strsep(&rest, "\n")) && *line) {
		json_t *fact = json_loads(line, 0, NULL);

		assert_non_null(fact);
		if (is_of_walk(member(fact, "fact")))
			sprintf(found + strlen(found), "%s %s\n", member(fact, "fact"),
				member(fact, "object"));
		json_decref(fact);
	}
	if (strcmp(found, wanted) != 0)
		fprintf(stderr, "why%s: status %d\n%s%s", options, result.status, whole, result.err);
	command_free(&result);
	free(whole);
	assert_string_equal(found, wanted);
	free(found);
}

static void begin(struct lab *lab, const char *topology)
{
	lab_begin(lab, "why-walk");
	if (lab_up(lab, topology, false, 60, NULL, 0)) {
		lab_end(lab);
		fail_msg("%s: not up", topology);
	}
}

static void route(void **state)
{
	struct lab lab;

	(void)state;
	begin(&lab, "topologies/office.yaml");
	run(&lab, "tftp", "ip route del default");
	boot(&lab, 5);
	expect(&lab, "", "walk.no_route_back route tftp\n");
	run(&lab, "tftp", "ip route add blackhole 10.110.0.0/24");
	expect(&lab, "", "walk.blackhole route tftp\n");
	lab_end(&lab);
}

static void listener(void **state)
{
	static const char *const nodes[] = {"cucm-pub", "cucm-sub"};
	struct command_result result;
	struct lab lab;

	(void)state;
	begin(&lab, "topologies/office.yaml");
	for (int i = 0; i < 2; i++) {
		result = lab_exec(&lab, nodes[i], "sed -i /^listen=tcp/d /run/phonelab/cucm/%s/kamailio.cfg",
				  nodes[i]);
		assert_int_equal(result.status, 0);
		command_free(&result);
		/* It is never ready without TCP, and the command fails. */
		result = lab_command(&lab, "service %s restart", nodes[i]);
		assert_int_not_equal(result.status, 0);
		command_free(&result);
	}
	boot(&lab, 10);
	expect(&lab, "",
	       "walk.listener_elsewhere socket cucm-pub tcp 5060\nwalk.listener_elsewhere socket cucm-sub "
	       "tcp 5060\n");
	/* The programs of the lab do not override the mode of a file. */
	run(&lab, "cucm-pub",
	    "sqlite3 /run/phonelab/cucm/cucm-pub/cucm.sqlite \"delete from line where device='" PHONE "'\"");
	run(&lab, "cucm-sub", "chmod 0000 /run/phonelab/cucm/cucm-sub/cucm.sqlite");
	expect(
	    &lab, "",
	    "walk.listener_elsewhere socket cucm-pub tcp 5060\nwalk.line_unknown database cucm-pub line\n"
	    "walk.listener_elsewhere socket cucm-sub tcp 5060\nwalk.database_unreadable database cucm-sub\n");
	lab_end(&lab);
}

/* The fact is also in the folder that was collected then. */
static void far_switch(void **state)
{
	struct command_result result;
	char bin[512], options[400];
	struct lab lab;

	(void)state;
	begin(&lab, "topologies/two-switches.yaml");
	result =
	    command_sh(20, "'%s' --lab %s configure core 'no vlan 110'", lab_bin("phonelab", bin), lab.name);
	assert_int_equal(result.status, 0);
	command_free(&result);
	boot(&lab, 4);
	expect(&lab, "", "walk.vlan_missing vlan core 110\n");
	result = command_sh(
	    20,
	    "'%s' --lab %s collect -o %s/kept.tgz && tar -xzf %s/kept.tgz -C %s --one-top-level=kept "
	    "--strip-components=1",
	    bin, lab.name, lab.dir, lab.dir, lab.dir);
	assert_int_equal(result.status, 0);
	command_free(&result);
	snprintf(options, sizeof(options), " --folder %s/kept", lab.dir);
	expect(&lab, options, "walk.vlan_missing vlan core 110\n");
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(route),
	    cmocka_unit_test(listener),
	    cmocka_unit_test(far_switch),
	};

	lab_apart();
	return cmocka_run_group_tests_name("why-walk", tests, NULL, NULL);
}
