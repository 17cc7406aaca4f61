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

/* The facts besides walk.ok, each as "NAME OBJECT\n". */
static char *deviations(const struct lab *lab, const char *options)
{
	struct command_result result = lab_command(lab, "why " PHONE " --facts%s", options);
	char *found = calloc(1, strlen(result.out) + 1), *rest = result.out, *line;

	assert_non_null(found);
	while ((line = strsep(&rest, "\n")) && *line) {
		json_t *fact = json_loads(line, 0, NULL);

		assert_non_null(fact);
		if (strcmp(member(fact, "fact"), "walk.ok") != 0)
			sprintf(found + strlen(found), "%s %s\n", member(fact, "fact"),
				member(fact, "object"));
		json_decref(fact);
	}
	command_free(&result);
	return found;
}

static void expect(const struct lab *lab, const char *options, const char *wanted)
{
	char *found = deviations(lab, options);

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
	expect(lab, "", "");
}

static void routes_and_listeners(void **state)
{
	struct command_result result;
	struct lab lab;

	(void)state;
	begin(&lab, "topologies/office.yaml");
	run(&lab, "cucm-sub", "ip route del default");
	expect(&lab, "", "walk.no_route_back route cucm-sub\n");
	run(&lab, "cucm-sub", "ip route add blackhole 10.110.0.0/24");
	expect(&lab, "", "walk.blackhole route cucm-sub\n");
	run(&lab, "cucm-sub", "ip route del blackhole 10.110.0.0/24; ip route add default via 10.20.0.1");
	run(&lab, "cucm-sub", "sed -i /^listen=tcp/d /run/phonelab/cucm/cucm-sub/kamailio.cfg");
	command(&lab, "service cucm-sub stop");
	expect(&lab, "", "walk.process_stopped process cucm-sub\n");
	/* It is never ready without TCP, and the command fails. */
	result = lab_command(&lab, "service cucm-sub start");
	assert_int_not_equal(result.status, 0);
	command_free(&result);
	expect(&lab, "", "walk.listener_elsewhere socket cucm-sub tcp 5060\n");
	lab_end(&lab);
}

static void rows_and_rights(void **state)
{
	struct lab lab;

	(void)state;
	begin(&lab, "topologies/office.yaml");
	run(&lab, "cucm-sub",
	    "sqlite3 /run/phonelab/cucm/cucm-sub/cucm.sqlite \"delete from line where device='" PHONE "'\"");
	expect(&lab, "", "walk.line_unknown database cucm-sub line\n");
	run(&lab, "cucm-sub", "ip link set eth0 down");
	expect(&lab, "", "walk.interface_down address cucm-sub\nwalk.line_unknown database cucm-sub line\n");
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
	result = command_sh(
	    20,
	    "'%s' --lab %s configure core 'no vlan 110' && '%s' --lab %s collect -o %s/kept.tgz && "
	    "tar -xzf %s/kept.tgz -C %s --one-top-level=kept --strip-components=1",
	    lab_bin("phonelab", bin), lab.name, bin, lab.name, lab.dir, lab.dir, lab.dir);
	if (result.status)
		fprintf(stderr, "%s%s", result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
	expect(&lab, "", "walk.vlan_missing vlan core 110\n");
	snprintf(options, sizeof(options), " --folder %s/kept", lab.dir);
	expect(&lab, options, "walk.vlan_missing vlan core 110\n");
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(routes_and_listeners),
	    cmocka_unit_test(rows_and_rights),
	    cmocka_unit_test(far_switch),
	};

	return cmocka_run_group_tests_name("why-walk", tests, NULL, NULL);
}
