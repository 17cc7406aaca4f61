#include "tests/support/switch_test.h"
#include "tests/support/mutate.h"

static void test_speaks_when_the_link_comes_up(void **state)
{
	struct cdp_message message;
	struct ether_frame frame;

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	assert_int_equal(bench_count_cdp(&bench, 0), 1);
	message = bench_last_cdp(&bench, 0);
	assert_int_equal(message.version, 2);
	assert_int_equal(message.ttl, 180);
	assert_true(wire_slice_equal(message.device_id, wire_slice_text("sw1")));
	assert_true(wire_slice_equal(message.port_id, wire_slice_text("GigabitEthernet1/0/1")));
	assert_true(wire_slice_equal(message.platform, wire_slice_text("cisco C9200L-48P-4X")));
	assert_int_equal(message.capabilities, CDP_CAP_SWITCH | CDP_CAP_IGMP);
	assert_int_equal(message.native_vlan, 10);
	assert_int_equal(message.duplex, 1);
	assert_int_equal(message.trust, 0);
	assert_int_equal(message.addresses.item[0].ipv4, 0x0a000001);
	assert_int_equal(message.management_addresses.item[0].ipv4, 0x0a000001);
	assert_true(message.voip_reply.has_vlan);
	assert_int_equal(message.voip_reply.appliance, 1);
	assert_int_equal(message.voip_reply.vlan, 110);
	/* From the port's own MAC, untagged. */
	for (unsigned i = 0; i < bench.sent_count; i++)
		if (!ether_decode(bench.sent[i].frame, bench.sent[i].length, &frame, NULL) &&
		    cdp_is_frame(&frame)) {
			assert_int_equal(frame.tags, 0);
			assert_memory_equal(frame.source.octet, "\x00\x1b\x54\x00\x00\x01", 6);
		}
}

static void test_answers_a_query_at_once(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_cdp(&bench, 0, &phone, 1);
	bench_advance(&bench, 10 * BENCH_SECOND);
	bench_clear(&bench);
	bench_advance(&bench, BENCH_SECOND);
	assert_int_equal(bench_count_cdp(&bench, 0), 0);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_cdp(&bench, 0), 1);
	assert_int_equal(bench_last_cdp(&bench, 0).voip_reply.vlan, 110);
	/* Known and without a query: nothing to say. */
	phone.has &= ~CDP_HAS(CDP_VOIP_QUERY);
	bench_clear(&bench);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_cdp(&bench, 0), 0);
}

static void test_no_voice_vlan_no_reply_tlv(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench.ports[0].voice_vlan = 0;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_cdp(&bench, 0), 1);
	assert_false(bench_last_cdp(&bench, 0).has & CDP_HAS(CDP_VOIP_REPLY));
}

static void test_every_minute(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	/* Three a second apart, for the other end may not listen yet. */
	bench_clear(&bench);
	bench_advance(&bench, 3 * BENCH_SECOND);
	assert_int_equal(bench_count_cdp(&bench, 0), 2);
	bench_clear(&bench);
	bench_advance(&bench, 50 * BENCH_SECOND);
	assert_int_equal(bench_count_cdp(&bench, 0), 0);
	bench_advance(&bench, 12 * BENCH_SECOND);
	assert_int_equal(bench_count_cdp(&bench, 0), 1);
	bench_advance(&bench, 600 * BENCH_SECOND);
	assert_in_range(bench_count_cdp(&bench, 0), 10, 12);
	switch_core_unplug(bench.core, bench.now_us, 0);
	bench_clear(&bench);
	bench_advance(&bench, 600 * BENCH_SECOND);
	assert_int_equal(bench.sent_count, 0);
}

static void test_never_leaks(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	bench_clear(&bench);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	assert_int_equal(bench_sent_to(&bench, BENCH_UPLINK), 0);
	/* Nor when CDP is off here. */
	BENCH_CONFIGURE(&bench, "no cdp run");
	bench_clear(&bench);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench.sent_count, 0);
}

static void test_neighbor_comes_and_ages(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_cdp(&bench, 0, &phone, 1);
	assert_true(
	    bench_event(&bench, "cdp.neighbor Gi1/0/1: SEP001122AABB01, Cisco IP Phone 7841, Port 1"));
	assert_true(bench_shows("cdp neighbors", "SEP001122AABB01"));
	bench_advance(&bench, 100 * BENCH_SECOND);
	bench_cdp(&bench, 0, &phone, 1);
	bench_advance(&bench, 179 * BENCH_SECOND);
	assert_true(bench_shows("cdp neighbors", "SEP001122AABB01"));
	bench_advance(&bench, BENCH_SECOND);
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
	assert_true(bench_event(&bench, "cdp.aged"));
	/* A time to live of 0 takes it out at once. */
	bench_cdp(&bench, 0, &phone, 1);
	phone.ttl = 0;
	bench_cdp(&bench, 0, &phone, 1);
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
}

static void test_link_down_forgets(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_cdp(&bench, 0, &phone, 1);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
}

static void test_off(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench.ports[0].cdp = false;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_AC, 0);
	assert_int_equal(bench_count_cdp(&bench, 0), 0);
	assert_int_equal(bench_count_cdp(&bench, 1), 1);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_cdp(&bench, 0), 0);
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "cdp enable");
	assert_int_equal(bench_count_cdp(&bench, 0), 1);
	bench_cdp(&bench, 0, &phone, 1);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no cdp enable");
	BENCH_CONFIGURE(&bench, "no cdp run");
	assert_true(bench_shows("cdp neighbors", "% CDP is not enabled"));
	BENCH_CONFIGURE(&bench, "cdp run");
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
}

static void test_native_vlan_mismatch(void **state)
{
	struct cdp_message other = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	other.device_id = wire_slice_text("core");
	other.port_id = wire_slice_text("TenGigabitEthernet1/1/1");
	other.has |= CDP_HAS(CDP_NATIVE_VLAN);
	other.native_vlan = 99;
	bench_cdp(&bench, BENCH_UPLINK, &other, 9);
	assert_true(bench_event(&bench,
				"syslog %CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on "
				"TenGigabitEthernet1/1/1 (1), with core TenGigabitEthernet1/1/1 (99)."));
	/* Said once, not with each message; and not when it is in order. */
	bench_clear(&bench);
	bench_cdp(&bench, BENCH_UPLINK, &other, 9);
	other.native_vlan = 1;
	bench_cdp(&bench, BENCH_UPLINK, &other, 9);
	assert_false(bench_event(&bench, "MISMATCH"));
}

static void test_duplex_mismatch(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_cdp(&bench, 0, &phone, 1);
	assert_false(bench_event(&bench, "MISMATCH"));
	phone.duplex = 0;
	bench_cdp(&bench, 0, &phone, 1);
	assert_true(bench_event(
	    &bench, "%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on GigabitEthernet1/0/1"));
}

/* Any one TLV but the name holds random octets: the neighbour is listed, and what is odd is reported once per
 * type. */
static void test_odd_tlvs_keep_the_neighbor(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	uint8_t bytes[MUTATE_MAX], sent[MUTATE_MAX];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 31, "cdp");
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	for (unsigned long i = 0, n = mutate_count() / 100; i < n; i++) {
		size_t length = (size_t)cdp_encode(&phone, bytes, sizeof(bytes));
		struct ether_frame frame = {.destination = cdp_multicast,
					    .source = bench_mac(1),
					    .kind = ETHER_SNAP,
					    .oui = CDP_OUI,
					    .type = CDP_PROTOCOL};

		mutate_cdp(&rng, bytes, &length, CDP_HAS(CDP_DEVICE_ID));
		frame.payload = (struct wire_slice){bytes, length};
		bench_clear(&bench);
		bench_bytes(&bench, 0, sent, (size_t)ether_encode(&frame, sent, sizeof(sent)));
		assert_false(bench_event(&bench, "cdp.bad"));
		assert_true(bench_shows("cdp neighbors", "SEP001122AABB01"));
	}
}

static void test_what_is_odd_is_reported_once(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	uint8_t frame[CDP_FRAME_MAX];
	struct mac mac = bench_mac(1);
	size_t length;

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	phone.has |= CDP_HAS(CDP_IP_PREFIX); /* six octets: neither an address nor prefixes */
	phone.ip_prefix = wire_slice_text("123456");
	length = (size_t)cdp_frame(&phone, &mac, frame, sizeof(frame));
	bench_bytes(&bench, 0, frame, length);
	assert_true(
	    bench_event(&bench, "cdp.odd Gi1/0/1: IP prefix (type 7), 6 octets at offset 91: neither"));
	bench_clear(&bench);
	bench_bytes(&bench, 0, frame, length);
	assert_false(bench_event(&bench, "cdp.odd"));
	assert_true(bench_shows("interfaces Gi1/0/1", "     odd CDP: IP prefix (type 7), 2 times\n"));
	frame[24]++;
	bench_bytes(&bench, 0, frame, length);
	assert_true(
	    bench_event(&bench, "cdp.bad Gi1/0/1: message dropped: CDP checksum is wrong at offset 2"));
	phone.has &= ~CDP_HAS(CDP_DEVICE_ID);
	bench_cdp(&bench, 0, &phone, 1);
	assert_true(bench_event(&bench, "cdp.bad Gi1/0/1: message dropped: no device id"));
}

static void test_malformed_is_counted(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	uint8_t frame[CDP_FRAME_MAX];
	struct mac mac = bench_mac(1);
	ssize_t length;

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	length = cdp_frame(&phone, &mac, frame, sizeof(frame));
	frame[length - 1] ^= 0xff; /* the checksum does not hold any more */
	bench_bytes(&bench, 0, frame, (size_t)length);
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 0"));
	assert_true(bench_shows("interfaces Gi1/0/1", "CDP 0 in, 1 out, 1 bad"));
}

/* Eight neighbours at one port are kept, the rest is counted. */
static void test_too_many_neighbors(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	char name[16];

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "neighbor%u", i);
		phone.device_id = wire_slice_text(name);
		bench_cdp(&bench, 0, &phone, 1);
	}
	assert_true(bench_shows("cdp neighbors", "Total cdp entries displayed : 8"));
	assert_true(bench_shows("interfaces Gi1/0/1", "12 neighbors dropped"));
}

static void test_a_new_voice_vlan_is_announced_at_once(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	BENCH_CONFIGURE(&bench, "vlan 120", "interface Gi1/0/1", "switchport voice vlan 120");
	assert_int_equal(bench_last_cdp(&bench, 0).voip_reply.vlan, 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_speaks_when_the_link_comes_up),
	    BENCH_TEST(test_answers_a_query_at_once),
	    BENCH_TEST(test_no_voice_vlan_no_reply_tlv),
	    BENCH_TEST(test_every_minute),
	    BENCH_TEST(test_never_leaks),
	    BENCH_TEST(test_neighbor_comes_and_ages),
	    BENCH_TEST(test_link_down_forgets),
	    BENCH_TEST(test_off),
	    BENCH_TEST(test_native_vlan_mismatch),
	    BENCH_TEST(test_duplex_mismatch),
	    BENCH_TEST(test_odd_tlvs_keep_the_neighbor),
	    BENCH_TEST(test_what_is_odd_is_reported_once),
	    BENCH_TEST(test_malformed_is_counted),
	    BENCH_TEST(test_too_many_neighbors),
	    BENCH_TEST(test_a_new_voice_vlan_is_announced_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
