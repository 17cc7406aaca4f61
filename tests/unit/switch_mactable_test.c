/* The forwarding table, compared with a plain list of all addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rng.h"
#include "switch-sim/core/mactable.h"

#define VLANS	  3
#define ADDRESSES 500
#define PORTS	  8

/* What the table should know: the port of each address, or -1. */
static int port_of[VLANS][ADDRESSES];
static uint64_t seen_us[VLANS][ADDRESSES];

static struct mac address(unsigned i)
{
	return (struct mac){{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
}

static unsigned known(uint64_t now_us, bool also_old)
{
	unsigned count = 0;

	for (unsigned v = 0; v < VLANS; v++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			count +=
			    port_of[v][i] >= 0 && (also_old || now_us - seen_us[v][i] < MACTABLE_AGEING_US);
	return count;
}

static void check(const struct mactable *table, uint64_t now_us)
{
	static struct mactable_entry entries[VLANS * ADDRESSES];

	assert_int_equal(mactable_count(table), known(now_us, true));
	assert_int_equal(mactable_list(table, now_us, entries), known(now_us, false));
	for (unsigned v = 0; v < VLANS; v++)
		for (unsigned i = 0; i < ADDRESSES; i++) {
			struct mac mac = address(i);
			bool old = now_us - seen_us[v][i] >= MACTABLE_AGEING_US;

			assert_int_equal(mactable_find(table, (uint16_t)(v + 1), &mac, now_us),
					 old ? -1 : port_of[v][i]);
		}
}

static void forget(int port, int vlan, uint64_t old_at_us)
{
	for (int v = 0; v < VLANS; v++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			if ((port < 0 || port_of[v][i] == port) && (vlan < 0 || v == vlan) &&
			    (!old_at_us || old_at_us - seen_us[v][i] >= MACTABLE_AGEING_US))
				port_of[v][i] = -1;
}

static void test_list(void **state)
{
	struct mactable *table = mactable_new(VLANS * ADDRESSES);
	struct rng rng;
	uint64_t now = 1;

	(void)state;
	assert_non_null(table);
	memset(port_of, -1, sizeof(port_of));
	rng_seed(&rng, 7, "mactable");
	for (unsigned round = 0; round < 300; round++) {
		unsigned v = (unsigned)rng_range(&rng, 0, VLANS - 1),
			 port = (unsigned)rng_range(&rng, 0, PORTS - 1);

		switch (rng_range(&rng, 0, 9)) {
		case 0:
			mactable_flush_port(table, port);
			forget((int)port, -1, 0);
			break;
		case 1:
			mactable_flush_vlan(table, (uint16_t)(v + 1));
			forget(-1, (int)v, 0);
			break;
		case 2:
			mactable_sweep(table, now);
			forget(-1, -1, now);
			break;
		default:
			for (unsigned n = 0; n < 60; n++) {
				unsigned i = (unsigned)rng_range(&rng, 0, ADDRESSES - 1);
				struct mac mac = address(i);

				assert_true(mactable_learn(table, (uint16_t)(v + 1), &mac, port, now));
				port_of[v][i] = (int)port;
				seen_us[v][i] = now;
			}
			now += rng_range(&rng, 0, MACTABLE_AGEING_US / 4);
		}
		check(table, now);
	}
	mactable_free(table);
}

/* A full table learns nothing new, and still moves and refreshes what it knows. */
static void test_full(void **state)
{
	struct mactable *table = mactable_new(100);
	struct mac mac;

	(void)state;
	assert_non_null(table);
	for (unsigned i = 0; i < 100; i++) {
		mac = address(i);
		assert_true(mactable_learn(table, 1, &mac, 1, 1));
	}
	mac = address(100);
	assert_false(mactable_learn(table, 1, &mac, 1, 1));
	assert_int_equal(mactable_find(table, 1, &mac, 1), -1);
	mac = address(50);
	assert_true(mactable_learn(table, 1, &mac, 2, 1));
	mactable_flush_port(table, 2);
	assert_int_equal(mactable_count(table), 99);
	mac = address(100);
	assert_true(mactable_learn(table, 1, &mac, 3, 1));
	assert_int_equal(mactable_find(table, 1, &mac, 1), 3);
	mactable_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
