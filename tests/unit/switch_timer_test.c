#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/rng.h"
#include "switch-sim/core/timer.h"

static void test_order(void **state)
{
	struct timer_queue *queue = timer_queue_new(10, 2);
	unsigned owner, kind;

	(void)state;
	assert_true(timer_next(queue) == TIMER_NEVER);
	assert_false(timer_pop(queue, UINT64_MAX, &owner, &kind));
	timer_arm(queue, 5, 0, 30);
	timer_arm(queue, 3, 1, 10);
	timer_arm(queue, 3, 0, 10);
	timer_arm(queue, 9, 1, 20);
	assert_int_equal(timer_next(queue), 10);
	assert_false(timer_pop(queue, 9, &owner, &kind));
	assert_true(timer_pop(queue, 10, &owner, &kind));
	assert_int_equal(owner * 10 + kind, 30);
	assert_true(timer_pop(queue, 10, &owner, &kind));
	assert_int_equal(owner * 10 + kind, 31);
	assert_false(timer_pop(queue, 10, &owner, &kind));
	assert_true(timer_pop(queue, 100, &owner, &kind));
	assert_int_equal(owner, 9);
	assert_true(timer_pop(queue, 100, &owner, &kind));
	assert_int_equal(owner, 5);
	assert_true(timer_next(queue) == TIMER_NEVER);
	timer_queue_free(queue);
}

static void test_arming_again_moves(void **state)
{
	struct timer_queue *queue = timer_queue_new(3, 1);
	unsigned owner, kind;

	(void)state;
	timer_arm(queue, 0, 0, 10);
	timer_arm(queue, 1, 0, 20);
	timer_arm(queue, 0, 0, 30);
	assert_int_equal(timer_next(queue), 20);
	timer_arm(queue, 0, 0, 5);
	assert_int_equal(timer_next(queue), 5);
	assert_true(timer_pop(queue, 5, &owner, &kind));
	assert_int_equal(owner, 0);
	assert_int_equal(timer_next(queue), 20);
	timer_queue_free(queue);
}

static void test_cancel(void **state)
{
	struct timer_queue *queue = timer_queue_new(4, 3);

	(void)state;
	timer_arm(queue, 1, 0, 1);
	timer_arm(queue, 1, 1, 2);
	timer_arm(queue, 1, 2, 3);
	timer_arm(queue, 2, 1, 4);
	timer_cancel(queue, 1, 1);
	timer_cancel(queue, 1, 1);
	timer_cancel(queue, 1, 0);
	assert_int_equal(timer_next(queue), 3);
	timer_cancel(queue, 1, 2);
	assert_int_equal(timer_next(queue), 4);
	timer_cancel(queue, 2, 1);
	assert_true(timer_next(queue) == TIMER_NEVER);
	timer_queue_free(queue);
	timer_queue_free(NULL);
}

/* Against the plainest queue there is: an array that is searched. */
static void test_like_a_plain_array(void **state)
{
	enum { OWNERS = 50, KINDS = 3 };
	uint64_t at[OWNERS][KINDS];
	struct timer_queue *queue = timer_queue_new(OWNERS, KINDS);
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7, "timers");
	for (int i = 0; i < OWNERS * KINDS; i++)
		at[i / KINDS][i % KINDS] = TIMER_NEVER;
	for (int step = 0; step < 20000; step++) {
		unsigned owner = (unsigned)rng_range(&rng, 0, OWNERS - 1),
			 kind = (unsigned)rng_range(&rng, 0, KINDS - 1);
		uint64_t least = TIMER_NEVER;

		switch (rng_range(&rng, 0, 3)) {
		case 0:
		case 1:
			at[owner][kind] = rng_range(&rng, 0, 1000);
			timer_arm(queue, owner, kind, at[owner][kind]);
			break;
		case 2:
			at[owner][kind] = TIMER_NEVER;
			timer_cancel(queue, owner, kind);
			break;
		default:
			if (timer_pop(queue, 500, &owner, &kind)) {
				assert_true(at[owner][kind] <= 500);
				for (int i = 0; i < OWNERS * KINDS; i++)
					assert_true(at[i / KINDS][i % KINDS] >= at[owner][kind]);
				at[owner][kind] = TIMER_NEVER;
			}
			break;
		}
		for (int i = 0; i < OWNERS * KINDS; i++)
			if (at[i / KINDS][i % KINDS] < least)
				least = at[i / KINDS][i % KINDS];
		assert_true(timer_next(queue) == least);
	}
	timer_queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_arming_again_moves),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_like_a_plain_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
