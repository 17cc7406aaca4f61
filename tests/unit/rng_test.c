#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"

static void test_same_seed_same_stream(void **state)
{
	struct rng a, b, c, d;

	(void)state;
	rng_seed(&a, 42, "SEP001122AABB01");
	rng_seed(&b, 42, "SEP001122AABB01");
	rng_seed(&c, 42, "SEP001122AABB02");
	rng_seed(&d, 43, "SEP001122AABB01");
	for (int i = 0; i < 100; i++) {
		uint64_t value = rng_next(&a);

		assert_true(value == rng_next(&b));
		assert_true(value != rng_next(&c));
		assert_true(value != rng_next(&d));
	}
}

/* The published first values of splitmix64 from the state 1234567. */
static void test_splitmix64_vector(void **state)
{
	struct rng rng = {1234567};

	(void)state;
	assert_true(rng_next(&rng) == 6457827717110365317u);
	assert_true(rng_next(&rng) == 3203168211198807973u);
	assert_true(rng_next(&rng) == 9817491932198370423u);
}

static void test_range(void **state)
{
	unsigned seen[6] = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, NULL);
	for (int i = 0; i < 6000; i++) {
		uint64_t value = rng_range(&rng, 10, 15);

		assert_in_range(value, 10, 15);
		seen[value - 10]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_int_equal(rng_range(&rng, 7, 7), 7);
	assert_true(rng_range(&rng, 0, UINT64_MAX) != rng_range(&rng, 0, UINT64_MAX));
}

/* RFC 2131 section 4.1: 4, 8, 16, 32, 64 seconds, each moved by up to one second. */
static void test_backoff_of_dhcp(void **state)
{
	static const uint64_t seconds[] = {4, 8, 16, 32, 64, 64, 64};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 9, "backoff");
	for (unsigned attempt = 0; attempt < 7; attempt++)
		for (int i = 0; i < 50; i++)
			assert_in_range(rng_backoff(&rng, attempt, 4000000, 64000000, 1000000),
					(seconds[attempt] - 1) * 1000000, (seconds[attempt] + 1) * 1000000);
	assert_int_equal(rng_backoff(&rng, 2, 100, 1000, 0), 400);
	assert_int_equal(rng_backoff(&rng, 1000000, 100, 1000, 0), 1000);
	assert_true(rng_backoff(&rng, 70, 3, UINT64_MAX, 0) == UINT64_MAX);
	for (int i = 0; i < 50; i++)
		assert_in_range(rng_backoff(&rng, 0, 1, 10, 5), 0, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_seed_same_stream),
	    cmocka_unit_test(test_splitmix64_vector),
	    cmocka_unit_test(test_range),
	    cmocka_unit_test(test_backoff_of_dhcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
