#include "tests/support/switch_test.h"
#include "tests/support/mutate.h"

static void test_speaks_when_the_link_comes_up(void **state)
{
	struct lldp_message m;

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 2);
	assert_int_equal(bench_count_lldp(&bench, 0), 1);
	m = bench_last_lldp(&bench, 0);
	assert_int_equal(m.chassis.subtype, LLDP_CHASSIS_MAC);
	assert_memory_equal(m.chassis.id.data, "\x00\x1b\x54\x00\x00\x00", 6);
	assert_int_equal(m.port.subtype, LLDP_PORT_INTERFACE_NAME);
	assert_true(wire_slice_equal(m.port.id, wire_slice_text("Gi1/0/1")));
	assert_int_equal(m.ttl, 120);
	assert_true(wire_slice_equal(m.system_name, wire_slice_text("sw1")));
	assert_int_equal(m.capabilities, LLDP_CAP_BRIDGE);
	assert_int_equal(m.port_vlan, 10);
	assert_int_equal(m.mac_phy.mau, 30);
	assert_memory_equal(m.management.address.data, "\x0a\x00\x00\x01", 4);
	assert_int_equal(m.power.class_code, 3);
	assert_true(m.has & LLDP_HAS_END);
	/* TIA-1057: not a word of MED before an endpoint has spoken it. */
	assert_false(m.has & LLDP_HAS_MED);
}

static void test_fast_start_with_the_voice_policy(void **state)
{
	struct lldp_message phone = bench_phone_lldp(), m;
	const struct lldp_policy *policy;

	(void)state;
	bench.ports[0].poe_priority = SWITCH_POE_HIGH;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_advance(&bench, 10 * BENCH_SECOND);
	assert_int_equal(bench_count_lldp(&bench, 0), 4);
	bench_clear(&bench);
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_lldp(&bench, 0), 1);
	m = bench_last_lldp(&bench, 0);
	assert_null(lldp_phone_missing(&m));
	assert_int_equal(m.med_class, LLDP_MED_NETWORK);
	assert_int_equal(m.med_capabilities,
			 LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY | LLDP_MED_CAP_POWER_PSE);
	policy = lldp_find_policy(&m, LLDP_APP_VOICE);
	assert_non_null(policy);
	assert_true(policy->tagged);
	assert_false(policy->unknown);
	assert_int_equal(policy->vlan, 110);
	assert_int_equal(policy->priority, 5);
	assert_int_equal(policy->dscp, 46);
	assert_int_equal(m.med_power.type, 0);
	assert_int_equal(m.med_power.priority, 2);
	/* Four in all, a second apart, then the ordinary pace. */
	for (unsigned i = 2; i <= 4; i++) {
		bench_advance(&bench, BENCH_SECOND);
		assert_int_equal(bench_count_lldp(&bench, 0), i);
	}
	bench_advance(&bench, 28 * BENCH_SECOND);
	assert_int_equal(bench_count_lldp(&bench, 0), 4);
	bench_advance(&bench, 4 * BENCH_SECOND);
	assert_int_equal(bench_count_lldp(&bench, 0), 5);
	/* The same phone again starts nothing. */
	bench_clear(&bench);
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_lldp(&bench, 0), 0);
}

static void test_untagged_policy_without_voice_vlan(void **state)
{
	struct lldp_message phone = bench_phone_lldp(), m;
	const struct lldp_policy *policy;

	(void)state;
	bench.ports[0].voice_vlan = 0;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_lldp(&bench, 0, &phone, 1);
	m = bench_last_lldp(&bench, 0);
	policy = lldp_find_policy(&m, LLDP_APP_VOICE);
	assert_non_null(policy);
	assert_false(policy->tagged);
	assert_int_equal(policy->vlan, 0);
}

static void test_another_switch_gets_no_med(void **state)
{
	struct lldp_message other = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	other.med_class = LLDP_MED_NETWORK;
	bench_lldp(&bench, BENCH_UPLINK, &other, 1);
	bench_advance(&bench, 40 * BENCH_SECOND);
	assert_false(bench_last_lldp(&bench, BENCH_UPLINK).has & LLDP_HAS_MED);
}

static void test_neighbor_comes_and_ages(void **state)
{
	struct lldp_message phone = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_lldp(&bench, 0, &phone, 1);
	assert_true(bench_event(
	    &bench, "lldp.neighbor Gi1/0/1: SEP001122AABB01, chassis 0.0.0.0, port 0011.22aa.bb01"));
	bench_advance(&bench, 179 * BENCH_SECOND);
	assert_true(bench_shows("lldp neighbors", "SEP001122AABB01"));
	bench_advance(&bench, BENCH_SECOND);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 0"));
	assert_true(bench_event(&bench, "lldp.aged"));
}

static void test_shutdown_pdu_takes_it_out(void **state)
{
	struct lldp_message phone = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_lldp(&bench, 0, &phone, 1);
	phone.ttl = 0;
	bench_lldp(&bench, 0, &phone, 1);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 0"));
}

/* A phone's chassis id is its address: when it gets one it is still the same neighbour. */
static void test_chassis_id_changes(void **state)
{
	struct lldp_message phone = bench_phone_lldp();
	uint8_t id[5];

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_lldp(&bench, 0, &phone, 1);
	phone.chassis = lldp_ipv4_id(LLDP_CHASSIS_NETWORK, 0x0a6e0039, id);
	bench_lldp(&bench, 0, &phone, 1);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 1"));
	assert_true(bench_shows("lldp neighbors detail", "Chassis id: 10.110.0.57\n"));
	/* Another source is another neighbour. */
	phone.chassis = lldp_ipv4_id(LLDP_CHASSIS_NETWORK, 0x0a6e003a, id);
	bench_lldp(&bench, 0, &phone, 2);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 2"));
}

static void test_never_forwarded(void **state)
{
	struct lldp_message phone = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	BENCH_CONFIGURE(&bench, "no lldp run");
	bench_clear(&bench);
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(bench.sent_count, 0);
}

static void test_goodbye(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	switch_core_shutdown(bench.core, bench.now_us);
	assert_int_equal(bench_last_lldp(&bench, 0).ttl, 0);
	assert_int_equal(bench_last_lldp(&bench, 1).ttl, 0);
	assert_int_equal(bench.sent_count, 2);
}

static void test_off_says_goodbye_once(void **state)
{
	struct lldp_message phone = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no lldp transmit");
	assert_int_equal(bench_count_lldp(&bench, 0), 1);
	assert_int_equal(bench_last_lldp(&bench, 0).ttl, 0);
	bench_clear(&bench);
	bench_advance(&bench, 100 * BENCH_SECOND);
	assert_int_equal(bench_count_lldp(&bench, 0), 0);
	/* Receiving is another matter. */
	bench_lldp(&bench, 0, &phone, 1);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 1"));
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no lldp receive");
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 0"));
	bench_lldp(&bench, 0, &phone, 1);
	assert_true(bench_shows("lldp neighbors", "Total entries displayed: 0"));
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "lldp transmit", "lldp receive");
	assert_int_equal(bench_last_lldp(&bench, 0).ttl, 120);
}

/* Any one TLV but the name holds random octets: the neighbour is listed, and what is odd is reported once per
 * type. */
static void test_odd_tlvs_keep_the_neighbor(void **state)
{
	struct lldp_message phone = bench_phone_lldp();
	uint8_t bytes[MUTATE_MAX], sent[MUTATE_MAX];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 31, "lldp");
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	for (unsigned long i = 0, n = mutate_count() / 100; i < n; i++) {
		size_t length = (size_t)lldp_encode(&phone, bytes, sizeof(bytes));
		struct ether_frame frame = {.destination = lldp_multicast,
					    .source = bench_mac(1),
					    .kind = ETHER_II,
					    .type = ETHER_LLDP};

		mutate_lldp(&rng, bytes, &length, LLDP_HAS_SYSTEM_NAME);
		frame.payload = (struct wire_slice){bytes, length};
		bench_clear(&bench);
		bench_bytes(&bench, 0, sent, (size_t)ether_encode(&frame, sent, sizeof(sent)));
		assert_false(bench_event(&bench, "lldp.bad"));
		assert_true(bench_shows("lldp neighbors", "SEP001122AABB01"));
	}
}

static void test_what_is_odd_is_reported_once(void **state)
{
	static const uint8_t frame[] = {0x01, 0x80, 0xc2, 0,   0,    0x0e, 2,
					0,    0,    0,	  0,   1,    0x88, 0xcc, /* to the nearest bridge */
					0x02, 0x02, 7,	  'c', 0x04, 0x02, 7,
					'p',  0x06, 0x04, 0,   120,  0,	   0, /* a TTL of four octets */
					0x0a, 0x03, 'p',  'b', 'x',  0xfe, 0x05,
					0,    0x80, 0xc2, 1,   1, /* a VLAN of one */
					0,    0};

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_true(
	    bench_event(&bench, "lldp.odd Gi1/0/1: TTL (type 3), 4 octets at offset 8: octets behind"));
	assert_true(
	    bench_event(&bench, "lldp.odd Gi1/0/1: port VLAN id (type 127 0080c2/1), 1 octets at offset 19"));
	assert_true(bench_shows("lldp neighbors", "pbx"));
	bench_clear(&bench);
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_false(bench_event(&bench, "lldp.odd"));
}

static void test_malformed_is_counted(void **state)
{
	uint8_t frame[60] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e, 2, 0, 0, 0, 0, 1, 0x88, 0xcc, 0x00, 0x00};

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_true(bench_shows("interfaces Gi1/0/1", "LLDP 0 in, 1 out, 1 bad"));
	assert_true(
	    bench_event(&bench, "lldp.bad Gi1/0/1: message dropped: LLDP does not begin with one chassis"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_speaks_when_the_link_comes_up),
	    BENCH_TEST(test_fast_start_with_the_voice_policy),
	    BENCH_TEST(test_untagged_policy_without_voice_vlan),
	    BENCH_TEST(test_another_switch_gets_no_med),
	    BENCH_TEST(test_neighbor_comes_and_ages),
	    BENCH_TEST(test_shutdown_pdu_takes_it_out),
	    BENCH_TEST(test_chassis_id_changes),
	    BENCH_TEST(test_never_forwarded),
	    BENCH_TEST(test_goodbye),
	    BENCH_TEST(test_off_says_goodbye_once),
	    BENCH_TEST(test_odd_tlvs_keep_the_neighbor),
	    BENCH_TEST(test_what_is_odd_is_reported_once),
	    BENCH_TEST(test_malformed_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
