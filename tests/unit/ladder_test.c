#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/ladder.h"

static void test_names(void **state)
{
	static const char *const names[] = {"power",	"boot",	  "voice-vlan", "dhcp",	      "ctl",
					    "itl",	"config", "firmware",	"dial-rules", "cm-connect",
					    "register", "locale", "softkeys",	"ringtones"};

	(void)state;
	for (int n = 1; n <= LADDER_STEPS; n++) {
		assert_string_equal(ladder_step_name(n), names[n - 1]);
		assert_non_null(ladder_step_title(n));
	}
	assert_null(ladder_step_name(0));
	assert_null(ladder_step_name(15));
	assert_null(ladder_step_name(-1));
	assert_null(ladder_step_title(15));
	assert_int_equal(LADDER_REGISTER, 11);
	assert_int_equal(LADDER_RINGTONES, 14);
}

static void test_states(void **state)
{
	(void)state;
	for (int i = LADDER_PENDING; i <= LADDER_FAILED; i++)
		assert_int_equal(ladder_state_find(ladder_state_name((enum ladder_state)i)), i);
	assert_string_equal(ladder_state_name(LADDER_SKIPPED), "skipped");
	assert_int_equal(ladder_state_find("over"), -ENOENT);
}

static void test_completed_counts_the_unbroken_run(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_reset(&ladder);
	assert_int_equal(ladder_completed(&ladder), 0);
	ladder_set(&ladder, 2, LADDER_DONE, 5, NULL);
	assert_int_equal(ladder_completed(&ladder), 0);
	ladder_set(&ladder, 1, LADDER_DONE, 4, "class 1");
	assert_int_equal(ladder_completed(&ladder), 2);
	ladder_set(&ladder, 3, LADDER_SKIPPED, 6, NULL);
	ladder_set(&ladder, 4, LADDER_ACTIVE, 6, NULL);
	ladder_set(&ladder, 5, LADDER_DONE, 6, NULL);
	assert_int_equal(ladder_completed(&ladder), 3);
	ladder_set(&ladder, 11, LADDER_FAILED, 9, NULL);
	ladder_set(&ladder, 4, LADDER_FAILED, 9, NULL);
	assert_int_equal(ladder.rung[3].state, LADDER_FAILED);
	for (int n = 1; n <= LADDER_STEPS; n++)
		ladder_set(&ladder, n, LADDER_DONE, 1, NULL);
	assert_int_equal(ladder_completed(&ladder), 14);
	ladder_set(&ladder, 0, LADDER_FAILED, 1, NULL);
	ladder_set(&ladder, 15, LADDER_FAILED, 1, NULL);
	assert_int_equal(ladder_completed(&ladder), 14);
}

static void test_detail(void **state)
{
	struct ladder ladder;
	char text[300];

	(void)state;
	ladder_reset(&ladder);
	ladder_set(&ladder, 4, LADDER_ACTIVE, 7, "discover");
	ladder_set(&ladder, 4, LADDER_DONE, 8, NULL);
	assert_string_equal(ladder.rung[3].detail, "discover");
	assert_int_equal(ladder.rung[3].us, 8);
	/* 238 letters, then a character of two bytes: it does not fit whole, so it does not appear at all. */
	memset(text, 'a', 238);
	strcpy(text + 238, "\xc3\xa9t\xc3\xa9");
	ladder_set(&ladder, 4, LADDER_DONE, 8, text);
	assert_int_equal(strlen(ladder.rung[3].detail), 238);
	/* One letter fewer, and it fits to the last byte. */
	strcpy(text + 237, "\xc3\xa9t");
	ladder_set(&ladder, 4, LADDER_DONE, 8, text);
	assert_int_equal(strlen(ladder.rung[3].detail), 239);
	assert_string_equal(ladder.rung[3].detail + 237, "\xc3\xa9");
	/* Words: it ends after a word. */
	for (size_t i = 0; i + 6 < sizeof(text); i += 6)
		strcpy(text + i, "words ");
	ladder_set(&ladder, 4, LADDER_DONE, 8, text);
	assert_int_equal(strlen(ladder.rung[3].detail), 233 + 4);
	assert_string_equal(ladder.rung[3].detail + 228, "words ...");
	/* The first 239 bytes fit. */
	text[239] = 0;
	ladder_set(&ladder, 4, LADDER_DONE, 8, text);
	assert_string_equal(ladder.rung[3].detail, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_completed_counts_the_unbroken_run),
	    cmocka_unit_test(test_detail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
