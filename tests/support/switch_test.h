#ifndef TESTS_SUPPORT_SWITCH_TEST_H
#define TESTS_SUPPORT_SWITCH_TEST_H

/* What the unit tests of the switch core begin with. Include after nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/switch_bench.h"

/* The switch of the test that runs. */
static struct bench bench;

/* Configured, not started. */
static inline int bench_setup(void **state)
{
	(void)state;
	bench_init(&bench);
	return 0;
}

static inline int bench_teardown(void **state)
{
	(void)state;
	bench_stop(&bench);
	return 0;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

/* Does the command's output hold text? */
static inline bool bench_shows(const char *command, const char *text)
{
	char *out = bench_show(&bench, command);
	bool found = strstr(out, text) != NULL;

	free(out);
	return found;
}

#endif
