#ifndef TESTS_SUPPORT_PHONE_TEST_H
#define TESTS_SUPPORT_PHONE_TEST_H

/* What the unit tests of the phone core begin with. Include after nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/memory_lab.h"

#define SECOND UINT64_C(1000000)

/* One phone on the bare wire, dark. */
static inline struct memory_lab *one_phone(void)
{
	struct lab_config config = {.phones = 1, .seed = 11};

	return memory_lab_new(&config);
}

/* Run until all are registered and at rest. */
static inline void must_register(struct memory_lab *lab, unsigned seconds)
{
	if (memory_lab_run(lab, lab->now_us + seconds * SECOND, memory_lab_all_registered))
		return;
	for (int n = 1; n <= LADDER_STEPS; n++)
		print_error("%2d %-12s %-8s %s\n", n, ladder_step_name(n),
			    ladder_state_name(memory_lab_rung(lab, 0, n)), memory_lab_detail(lab, 0, n));
	fail_msg("not registered within %u s", seconds);
}

static inline void assert_rung(struct memory_lab *lab, int step, enum ladder_state state, const char *detail)
{
	assert_string_equal(ladder_state_name(memory_lab_rung(lab, 0, step)), ladder_state_name(state));
	if (detail && !strstr(memory_lab_detail(lab, 0, step), detail))
		fail_msg("step %d says \"%s\", expected \"%s\" in it", step, memory_lab_detail(lab, 0, step),
			 detail);
}

static inline void assert_said(struct memory_lab *lab, const char *text)
{
	if (!memory_lab_said(lab, text))
		fail_msg("\"%s\" was never said", text);
}

#endif
