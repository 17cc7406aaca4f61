/* Labs of many phones, and a lab without its phones: `up --phones N` and `up --dark`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

#define MANY 100 /* three stack members */

/* Switch and servers are there and ask nothing of phones, which may then be run by hand. */
static void test_dark(void **state)
{
	struct lab lab;
	struct command_result got;
	json_t *status, *phone;
	size_t i;

	(void)state;
	lab_begin(&lab, "dark");
	assert_int_equal(
	    lab_up(&lab, "topologies/minimal.yaml", false, 60, (const char *const[]){"--dark", NULL}, 0), 0);
	status = lab_status(&lab);
	assert_non_null(status);
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		assert_string_equal(member(phone, "state"), "off");
	assert_true(i > 0);
	json_decref(status);
	got = lab_exec(&lab, "sw1",
		       "phone-sim --config /run/phonelab/phones/rack.json & rack=$!; "
		       "timeout 20 sh -c 'until phone-sim status --registered >/dev/null 2>&1; do :; done'; "
		       "said=$?; phone-sim usage; phone-sim stop; wait $rack; exit $said");
	if (got.status)
		fail_msg("the rack by hand: status %d: %s%s", got.status, got.out, got.err);
	assert_non_null(strstr(got.out, "CPU MICROSECONDS BY STEP"));
	assert_non_null(strstr(got.out, "voice-vlan"));
	command_free(&got);
	lab_end(&lab);
}

/* All register; the switch keeps the broadcasts from the ports, and no neighbour counts against the kernel's
 * limit. */
static void test_many(void **state)
{
	char phones[16];
	struct lab lab;
	struct command_result got;
	json_t *status, *node;
	size_t i, registered = 0;

	(void)state;
	lab_begin(&lab, "many");
	snprintf(phones, sizeof(phones), "%d", MANY);
	assert_int_equal(lab_up(&lab, "topologies/office.yaml", false, 120,
				(const char *const[]){"--phones", phones, NULL}, 0),
			 0);
	status = lab_status(&lab);
	assert_non_null(status);
	json_array_foreach (json_object_get(status, "cluster"), i, node)
		registered += json_array_size(json_object_get(node, "registered"));
	assert_int_equal(registered, MANY);
	json_decref(status);
	/* The router has an entry for every phone, and each is marked. */
	got = lab_exec(
	    &lab, "gw",
	    "ip -4 neighbour | grep -c lladdr; ip -4 neighbour | grep lladdr | grep -vc extern_learn");
	assert_true(atoi(got.out) >= MANY);
	assert_non_null(strchr(got.out, '\n'));
	assert_int_equal(atoi(strchr(got.out, '\n') + 1), 0);
	command_free(&got);
	/* The switch does not flood what concerns one port. */
	got = lab_exec(&lab, "sw1", "grep -o '\"arp_suppression\": *true' /run/phonelab/switches/sw1.json");
	assert_int_equal(got.status, 0);
	command_free(&got);
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dark),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
