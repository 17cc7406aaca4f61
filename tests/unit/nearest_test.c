#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/nearest.h"

static void test_distance(void **state)
{
	char long_word[101];

	(void)state;
	assert_int_equal(nearest_distance("", "", 3), 0);
	assert_int_equal(nearest_distance("status", "status", 3), 0);
	assert_int_equal(nearest_distance("status", "statsu", 3), 2);
	assert_int_equal(nearest_distance("kitten", "sitting", 3), 3);
	assert_int_equal(nearest_distance("sitting", "kitten", 3), 3);
	assert_int_equal(nearest_distance("abc", "", 3), 3);
	assert_int_equal(nearest_distance("", "abcd", 3), 4);
	assert_int_equal(nearest_distance("abcdef", "uvwxyz", 3), 4);
	memset(long_word, 'a', 100);
	long_word[100] = 0;
	assert_int_equal(nearest_distance(long_word, long_word, 3), 4);
	long_word[63] = 0;
	assert_int_equal(nearest_distance(long_word, long_word, 3), 0);
	assert_int_equal(nearest_distance("a", long_word, 3), 4);
}

/* Up to a third of the letters as written, rounded up, and never more than three. */
static void test_what_is_near(void **state)
{
	static const char *const names[] = {"ls", "down", "status", "address-translation", NULL};

	(void)state;
	assert_string_equal(nearest_of("ls", names), "ls");
	assert_string_equal(nearest_of("l", names), "ls");
	assert_null(nearest_of("xx", names));
	assert_string_equal(nearest_of("sown", names), "down");
	assert_string_equal(nearest_of("statsu", names), "status");
	assert_null(nearest_of("tsatsu", names));
	assert_string_equal(nearest_of("adress-translatoin", names), "address-translation");
	assert_null(nearest_of("dress-tranzlatoin", names));
	assert_null(nearest_of("", names));
}

static void test_the_first_of_equals_wins(void **state)
{
	struct nearest nearest = nearest_to("bat");

	(void)state;
	assert_null(nearest.best);
	nearest_offer(&nearest, "rabbit");
	assert_null(nearest.best);
	nearest_offer(&nearest, "cat");
	nearest_offer(&nearest, "hat");
	assert_string_equal(nearest.best, "cat");
	nearest_offer(&nearest, "bat");
	assert_string_equal(nearest.best, "bat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_what_is_near),
	    cmocka_unit_test(test_the_first_of_equals_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
