/*
 * Exercises in the lab of containers that is up: solved as a person does it there, by docker compose exec and
 * run and by phonelab on the host, for full marks. One lab, A, carries all tests in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PHONES 8

struct solution {
	const char *id;
	bool from_host; /* else by docker compose run --rm phonelab */
	const char
	    *script; /* of sh: sets where and what; $BAD is the port of a phone that is not registered */
};

static const struct solution solutions[] = {
    /* the switch */
    {"new-port", false,
     "p configure sw1 \"interface $BAD\" 'switchport voice vlan 110'; where=$BAD; what='voice vlan'"},
    /* a file of a server, and a restart */
    {"new-scope", false,
     "on dhcp 'cat /run/phonelab/backup/dhcp/dnsmasq.conf >/run/phonelab/dhcp/dnsmasq.conf'; "
     "p service dhcp restart; where=dhcp; what='option 150'"},
    /* a service */
    {"no-address", true,
     "case $(p service dhcp status) in *paused) what='the process hangs';; *) what='service stopped';; esac; "
     "p service dhcp restart; where=dhcp"},
    /* nothing */
    {"quiet-day", true, "where=none; what='nothing is wrong'"},
};

static const char *phonelab(const struct solution *solution, char text[700])
{
	char bin[512];

	if (solution->from_host)
		snprintf(text, 700, "%s --lab %s", lab_bin("phonelab", bin), now.a);
	else
		snprintf(text, 700, COMPOSE " run --rm -T phonelab", now.a, now.command);
	return text;
}

/* The port of a phone that has failed at a step and stays so, as the status tells; "" without one. The ports
 * of the office are numbered as its phones. */
static void look(char port[24])
{
	json_t *status = compose_status(now.a), *phone;
	size_t i;

	*port = 0;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (strcmp(member(phone, "state"), "registered"))
			snprintf(port, 24, "Gi1/0/%d", (int)(i + 1) & 63);
	}
	json_decref(status);
}

static void up(void **state)
{
	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

static void solved_for_full_marks(void **state)
{
	const struct solution *solution = *state;
	char p[700], port[24], *text;

	compose_need();
	phonelab(solution, p);
	compose_run("%s exercise %s %s --seed 1", p, solution == solutions ? "start" : "new", solution->id);
	look(port);
	/* No reply of such a lab contains the faults, and `why` does not answer. */
	text = compose_sh(2, "%s why SEP001122AABB01 2>&1 || exit 2", p);
	assert_non_null(strstr(text, "refuses why"));
	free(text);
	text = compose_sh(2, "%s fault clear 2>&1 || exit 2", p);
	assert_non_null(strstr(text, "found and repaired by hand"));
	free(text);
	text = compose_sh(0,
			  "p() { %s \"$@\"; }; on() { n=$1; shift; " COMPOSE " exec -T $n "
			  "as-phonelab sh -c \"$*\"; }; BAD=%s; %s; p exercise check --component \"$where\" "
			  "--cause \"$what\"",
			  p, now.a, now.command, port, solution->script);
	if (!strstr(text, "passed: 100 of 100"))
		fail_msg("%s: %s", solution->id, text);
	free(text);
	/* `new` starts the next exercise in the same lab; `start` does not. */
	text = compose_sh(-1, "%s exercise start dark-desk 2>&1", p);
	assert_non_null(strstr(text, "found and repaired by hand"));
	free(text);
}

static void a_lab_with_a_fault_is_refused(void **state)
{
	char *text;

	(void)state;
	compose_need();
	/* A new keeper has no exercise. */
	free(compose(now.a, "restart -t 10 keeper"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
	free(compose(now.a, "run --rm -T phonelab fault add port-shutdown --phone 2001"));
	text =
	    compose_sh(-1, COMPOSE " run --rm -T phonelab exercise start dark-desk 2>&1", now.a, now.command);
	assert_non_null(strstr(text, "the lab has active faults"));
	free(text);
	free(compose(now.a, "run --rm -T phonelab fault clear"));
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* The results are kept with the lab, and outlive its keeper. */
static void results_are_on_the_volume(void **state)
{
	char bin[512], *text;

	(void)state;
	compose_need();
	text = compose_sh(0, "%s --lab %s exercise score", lab_bin("phonelab", bin), now.a);
	for (size_t i = 0; i < sizeof(solutions) / sizeof(solutions[0]); i++)
		if (LINES_WITH(text, solutions[i].id) != 1)
			fail_msg("not one row for %s:\n%s", solutions[i].id, text);
	free(text);
}

int main(void)
{
	static struct CMUnitTest tests[12] = {cmocka_unit_test(up)};
	size_t n = 1;

	for (size_t i = 0; i < sizeof(solutions) / sizeof(solutions[0]); i++)
		tests[n++] = (struct CMUnitTest){.name = solutions[i].id,
						 .test_func = solved_for_full_marks,
						 .initial_state = (void *)&solutions[i]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(results_are_on_the_volume);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_lab_with_a_fault_is_refused);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(compose_nothing_is_left);
	return _cmocka_run_group_tests("compose: exercises", tests, n, compose_begin, compose_end);
}
