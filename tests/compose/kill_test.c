/*
 * SIGKILL to a container in the middle of an injection: the keeper's, the switch's, the phones'. Faults of
 * every kind are applied and reverted without a pause meanwhile. The lab can be brought up again each
 * time, and when it is taken down nothing is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PHONES 8

static void up(void **state)
{
	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* Injects in the background until the file stop is there. */
static const char injector[] =
    "for i in $(seq 200); do for f in dhcp-no-option-150 offers-lost duplicate-address device-deleted "
    "dhcp-hangs cable-unplugged itl-truncated; do [ -e %s.stop ] && exit 0; echo $f >>%s.begun; "
    "%s --lab %s fault add $f; %s --lab %s fault clear; done; done >/dev/null 2>&1";

static void killed_in_the_middle(void **state)
{
	const char *victim = *state;
	char bin[512], file[80], *begun;

	compose_need();
	lab_bin("phonelab", bin);
	snprintf(file, sizeof(file), "/tmp/%s.inject", now.a);
	char line[4000];
	snprintf(line, sizeof(line), injector, file, file, bin, now.a, bin, now.a);
	/* Once the third has started: two were applied and reverted by then. */
	begun = compose_sh(0,
			   "rm -f %s.stop %s.begun; (%s) & "
			   "for i in $(seq 600); do [ $(cat %s.begun 2>/dev/null | wc -l) -ge 3 ] && break; "
			   "sleep 0.05; done; "
			   "docker kill $(docker ps -q --filter label=com.docker.compose.project=%s --filter "
			   "label=org.phonelab.node=%s) >/dev/null; touch %s.stop; wait; wc -l <%s.begun; rm "
			   "-f %s.stop %s.begun",
			   file, file, line, file, now.a, victim, file, file, file, file);
	assert_true(atoi(begun) >= 3);
	free(begun);
	free(compose(now.a, "up -d"));
	/* A keeper that was killed cannot take back what it has begun: phones may be without a call
	 * manager. */
	if (strcmp(victim, "keeper:1"))
		compose_healthy(now.a);
}

int main(void)
{
	static char keeper[] = "keeper:1", sw[] = "switch:1", phones[] = "rack:1";
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(up),
	    {"the switch", killed_in_the_middle, NULL, NULL, sw},
	    {"the phones", killed_in_the_middle, NULL, NULL, phones},
	    {"the keeper", killed_in_the_middle, NULL, NULL, keeper},
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: killed in the middle of an injection", tests,
					   compose_begin, compose_end);
}
