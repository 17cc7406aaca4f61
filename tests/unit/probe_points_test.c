/* The points of a path: which frames pass there, and which node looks for which next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "phonelab/lab/probe_points.h"

/* phone eth0, sw1 1 and 2, gw eth0, gw eth1, sw1 3 and 4, tftp eth0 */
enum { PHONE_OUT, SW_IN, SW_OUT, GW_IN, GW_OUT, SW_IN2, SW_OUT2, TFTP_IN, POINTS };

static const struct probe_points path = {.n = POINTS,
					 .point = {{.tap = 0, .ifindex = 2, .out = true, .node = true},
						   {.tap = 1, .ifindex = 1},
						   {.tap = 1, .ifindex = 2, .out = true},
						   {.tap = 2, .ifindex = 1, .node = true},
						   {.tap = 2, .ifindex = 2, .out = true, .node = true},
						   {.tap = 1, .ifindex = 3},
						   {.tap = 1, .ifindex = 4, .out = true},
						   {.tap = 3, .ifindex = 1, .node = true}}};

static int find(unsigned tap, int ifindex, bool outgoing, bool back)
{
	const struct sockaddr_ll from = {.sll_ifindex = ifindex,
					 .sll_pkttype = outgoing ? PACKET_OUTGOING : PACKET_BROADCAST};

	return probe_points_find(&path, tap, 0, &from, false, back);
}

/* A lane, interface 9, of the cable of another interface. */
static int find_lane(unsigned tap, int cable, bool outgoing, bool arp, bool back)
{
	const struct sockaddr_ll from = {.sll_ifindex = 9,
					 .sll_pkttype = outgoing ? PACKET_OUTGOING : PACKET_BROADCAST};

	return probe_points_find(&path, tap, cable, &from, arp, back);
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(find(0, 2, true, false), PHONE_OUT);
	assert_int_equal(find(1, 1, false, false), SW_IN);
	assert_int_equal(find(1, 4, true, false), SW_OUT2);
	/* Counted from the other end, and each interface in the other direction. */
	assert_int_equal(find(3, 1, true, true), POINTS - 1 - TFTP_IN);
	assert_int_equal(find(1, 4, false, true), POINTS - 1 - SW_OUT2);
	assert_int_equal(find(0, 2, false, true), POINTS - 1 - PHONE_OUT);
	assert_int_equal(find(1, 1, true, false), -1);
	assert_int_equal(find(1, 9, true, false), -1);
	assert_int_equal(find(9, 1, true, false), -1);
}

/* A lane is its cable. ARP of the switch passes by both, and is counted at the cable. */
static void test_lane(void **state)
{
	(void)state;
	assert_int_equal(find_lane(0, 2, true, false, false), PHONE_OUT);
	assert_int_equal(find_lane(1, 1, false, false, false), SW_IN);
	assert_int_equal(find_lane(0, 2, true, true, false), PHONE_OUT);
	assert_int_equal(find_lane(1, 1, false, true, false), SW_IN);
	assert_int_equal(find_lane(0, 2, false, false, true), POINTS - 1 - PHONE_OUT);
	assert_int_equal(find_lane(0, 2, false, true, true), -ENOENT);
	assert_int_equal(find_lane(1, 1, true, true, true), -ENOENT);
	assert_int_equal(find_lane(1, 3, true, true, false), -1);
	assert_int_equal(find_lane(1, 0, false, false, false), -1);
}

/* The phone looks for gw, and gw for tftp; back tftp for gw, and gw for the phone. Nobody else looks for anybody. */
static void test_next_node(void **state)
{
	unsigned there[POINTS] = {[PHONE_OUT] = GW_IN, [GW_OUT] = TFTP_IN};
	unsigned back[POINTS] = {[POINTS - 1 - TFTP_IN] = POINTS - 1 - GW_OUT,
				 [POINTS - 1 - GW_IN] = POINTS - 1 - PHONE_OUT};

	(void)state;
	for (unsigned p = 0; p < POINTS; p++) {
		assert_int_equal(probe_points_next_node(&path, p, false), there[p]);
		assert_int_equal(probe_points_next_node(&path, p, true), back[p]);
	}
	assert_ptr_equal(probe_points_at(&path, GW_IN, false), &path.point[GW_IN]);
	assert_ptr_equal(probe_points_at(&path, 0, true), &path.point[TFTP_IN]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_lane),
	    cmocka_unit_test(test_next_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
