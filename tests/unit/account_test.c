/* The account of the CPU time of a rack, by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "phone-sim/driver/account.h"

/* Use the processor for this time. */
static void work(long microseconds)
{
	struct timespec from, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000 + (now.tv_nsec - from.tv_nsec) / 1000 < microseconds);
}

static void test_time_goes_to_its_step(void **state)
{
	struct account account;
	uint64_t other = 0;

	(void)state;
	account_begin(&account);
	work(2000);
	account_charge(&account, LADDER_DHCP);
	work(1000);
	account_charge(&account, 0);
	account_charge(&account, LADDER_REGISTER);
	assert_in_range(account.ns[LADDER_DHCP], 2000000, 20000000);
	assert_in_range(account.ns[0], 1000000, 20000000);
	assert_true(account.ns[LADDER_REGISTER] < 1000000);
	for (int step = 1; step <= LADDER_STEPS; step++)
		if (step != LADDER_DHCP && step != LADDER_REGISTER)
			other += account.ns[step];
	assert_int_equal(other, 0);
}

static void test_a_slow_event(void **state)
{
	struct account account;
	uint64_t since_ns;

	(void)state;
	account_begin(&account);
	since_ns = account.charged_ns;
	work(50000);
	account_charge(&account, LADDER_DHCP);
	assert_int_equal(account_slow_ms(&account, since_ns), 0);
	work(60000);
	account_charge(&account, LADDER_CTL); /* the step changes within the event */
	assert_in_range(account_slow_ms(&account, since_ns), 110, 400);
}

static void test_an_invalid_step(void **state)
{
	struct account account;

	(void)state;
	account_begin(&account);
	work(200);
	account_charge(&account, -1);
	account_charge(&account, LADDER_STEPS + 1);
	assert_true(account.ns[0] >= 200000);
}

static void test_every_step_has_its_name(void **state)
{
	struct account account;
	json_t *object;

	(void)state;
	account_begin(&account);
	account.ns[LADDER_REGISTER] = 1234567;
	object = account_json(&account);
	assert_int_equal(json_object_size(object), LADDER_STEPS + 1);
	assert_int_equal(json_integer_value(json_object_get(object, "register")), 1234);
	assert_int_equal(json_integer_value(json_object_get(object, "made")), 0);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_time_goes_to_its_step),
	    cmocka_unit_test(test_an_invalid_step),
	    cmocka_unit_test(test_a_slow_event),
	    cmocka_unit_test(test_every_step_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
