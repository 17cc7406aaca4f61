/*
 * The lab of a core and two closets, without an engine, begins in every order, ends in every order, and its parts restart one after the
 * other in every order. Each time all phones register without a command of a person. The judge is Kamailio's table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/closets.h"

#define PHONES 8 /* half of them in each closet */
#define UP_S   60

static struct closets it;

static const int orders[][CLOSETS_MOST] = {
    {CLOSETS_CORE, CLOSETS_1, CLOSETS_2}, {CLOSETS_1, CLOSETS_2, CLOSETS_CORE},
    {CLOSETS_1, CLOSETS_CORE, CLOSETS_2}, {CLOSETS_CORE, CLOSETS_2, CLOSETS_1},
    {CLOSETS_2, CLOSETS_1, CLOSETS_CORE}, {CLOSETS_2, CLOSETS_CORE, CLOSETS_1},
};
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static int begin(void **state)
{
	(void)state;
	return geteuid() ? 0 : closets_begin(&it, "orders", CLOSETS_MOST, PHONES);
}

static int end(void **state)
{
	(void)state;
	if (!geteuid())
		closets_end(&it);
	return 0;
}

static void need_root(void)
{
	if (geteuid()) {
		print_message("# skip: needs root, for network namespaces of the machine\n");
		skip();
	}
}

/* Phones of a closet that know their voice VLAN: for more they need core. */
static int phones_begun(int side)
{
	struct command_result steps =
	    closets_exec(&it, side, closets_switches[side], "cat /run/phonelab/events.jsonl");
	int n = LINES_WITH(steps.out, "\"step\":3,\"event\":\"step.done\"");

	command_free(&steps);
	return n;
}

/* Start a part and wait until it does what it can do alone, so that the next part in fact begins later. */
static pid_t begin_part(int side)
{
	pid_t up = closets_up_start(&it, side, UP_S);
	int tries = UP_S * PATIENCE * 5;

	if (side == CLOSETS_CORE) /* has no phones: it is up when its servers are */
		return command_wait(up, UP_S) ? -1 : 0;
	while (phones_begun(side) < PHONES / 2 && tries--)
		poll(NULL, 0, 200);
	return tries < 0 ? -1 : up;
}

static void assert_all_register(int seconds, long since, const char *what, size_t order)
{
	int n = closets_registered_within(&it, seconds, PHONES, since);

	if (n != PHONES)
		fail_msg("%s, order %zu: %d of %d phones", what, order, n, PHONES);
}

static void begins_and_ends_in_every_order(void **state)
{
	(void)state;
	need_root();
	for (size_t i = 0; i < ORDERS; i++) {
		pid_t ups[CLOSETS_MOST];
		long since = closets_next_second();

		for (int j = 0; j < CLOSETS_MOST; j++) {
			ups[j] = begin_part(orders[i][j]);
			assert_true(ups[j] >= 0);
		}
		assert_all_register(UP_S, since, "begin", i);
		/* `up` has seen the phones of its closet register. */
		for (int j = 0; j < CLOSETS_MOST; j++)
			if (ups[j])
				assert_int_equal(command_wait(ups[j], UP_S), 0);
		for (int j = 0; j < CLOSETS_MOST; j++)
			closets_down(&it, orders[i][j]);
	}
}

/* The other parts run meanwhile. A core that was restarted has neither leases nor registrations. */
static void restarts_in_every_order(void **state)
{
	(void)state;
	need_root();
	for (int side = 0; side < CLOSETS_MOST; side++)
		assert_true(begin_part(side) >= 0);
	assert_all_register(UP_S, 0, "begin", 0);
	for (size_t i = 0; i < ORDERS; i++) {
		long since = closets_next_second();

		for (int j = 0; j < CLOSETS_MOST; j++) {
			closets_down(&it, orders[i][j]);
			assert_true(begin_part(orders[i][j]) >= 0);
		}
		assert_all_register(150, since, "restart", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(begins_and_ends_in_every_order),
	    cmocka_unit_test(restarts_in_every_order),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
