#include "tests/support/switch_test.h"

#include "wire/dhcp.h"

/* The messages for debugging: none by default, and one line per transition. */

static void start(unsigned tokens)
{
	bench_start(&bench);
	bench.trace_count = 0;
	switch_core_trace(bench.core, tokens);
}

/* These lines, in this order, and no other since the last call. */
static void assert_traces(const char *const *lines)
{
	unsigned count = 0;

	for (; lines[count]; count++) {
		assert_true(count < bench.trace_count);
		assert_string_equal(bench.traces[count], lines[count]);
	}
	assert_int_equal(bench.trace_count, count);
	bench.trace_count = 0;
}
#define TRACES(...) assert_traces((const char *const[]){__VA_ARGS__, NULL})

static void test_no_trace_by_default(void **state)
{
	struct cdp_message message = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_cdp(&bench, 0, &message, 1);
	bench_frame(&bench, 0, 2, 1, 999);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_int_equal(bench.trace_count, 0);
}

static void test_one_line_per_transition_of_a_port(void **state)
{
	(void)state;
	start(1u << LOG_PORT);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	TRACES("port: Gi1/0/1: plugged: node0", "port: Gi1/0/1: power idle -> on",
	       "port: Gi1/0/1: link down -> up");
	switch_core_draw(bench.core, bench.now_us, 0, 10000);
	TRACES("port: Gi1/0/1: power on -> faulty", "port: Gi1/0/1: link up -> down");
	switch_core_unplug(bench.core, bench.now_us, 0);
	TRACES("port: Gi1/0/1: unplugged: node0", "port: Gi1/0/1: power faulty -> idle");
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	switch_core_carrier(bench.core, bench.now_us, 1, true); /* no transition */
	TRACES("port: Gi1/0/2: plugged: node1", "port: Gi1/0/2: link down -> up");
}

static void test_power_at_real_pace(void **state)
{
	(void)state;
	bench.config.real_pace = true;
	start(1u << LOG_PORT);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	TRACES("port: Gi1/0/1: plugged: node0", "port: Gi1/0/1: power idle -> detecting");
	bench_advance(&bench, BENCH_SECOND);
	TRACES("port: Gi1/0/1: power detecting -> on", "port: Gi1/0/1: link down -> up");
}

static void test_dropped_frames_and_their_reasons(void **state)
{
	(void)state;
	start(1u << LOG_FORWARD);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(bench.trace_count, 0);
	bench_frame(&bench, 0, 2, 1, 999);
	TRACES("forward: Gi1/0/1: frame dropped: the VLAN is not allowed here");
	bench_bytes(&bench, 0, "short", 5);
	TRACES("forward: Gi1/0/1: frame dropped: too short, or a group address as source");
	bench_frame(&bench, 0, 1, 3, -1);
	TRACES("forward: Gi1/0/1: frame dropped: the destination is at the same port");
	bench_frame(&bench, 2, 255, 1, -1);
	TRACES("forward: Gi1/0/3: frame dropped: the link is down");
}

static void test_neighbours(void **state)
{
	struct cdp_message cdp = bench_phone_cdp();
	struct lldp_message lldp = bench_phone_lldp();

	(void)state;
	start(1u << LOG_CDP | 1u << LOG_LLDP);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_cdp(&bench, 0, &cdp, 1);
	bench_cdp(&bench, 0, &cdp, 1);
	bench_lldp(&bench, 0, &lldp, 1);
	assert_int_equal(bench.trace_count, 2);
	assert_non_null(strstr(bench.traces[0], "cdp: Gi1/0/1: neighbour SEP"));
	assert_non_null(strstr(bench.traces[0], " added"));
	assert_non_null(strstr(bench.traces[1], "lldp: Gi1/0/1: neighbour SEP"));
	bench.trace_count = 0;
	bench_advance(&bench, 300 * BENCH_SECOND);
	assert_int_equal(bench.trace_count, 2);
	assert_non_null(strstr(bench.traces[0], " removed: expired"));
	assert_non_null(strstr(bench.traces[1], " removed: expired"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_no_trace_by_default), BENCH_TEST(test_one_line_per_transition_of_a_port),
	    BENCH_TEST(test_power_at_real_pace),  BENCH_TEST(test_dropped_frames_and_their_reasons),
	    BENCH_TEST(test_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
