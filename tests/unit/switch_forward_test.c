#include "tests/support/switch_test.h"

/* Ports 0 to 3 (and the uplink) with links; the noise of the agents forgotten. */
static void plug_four(void)
{
	bench_start(&bench);
	for (unsigned i = 0; i < 4; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	bench_clear(&bench);
}

static void test_unknown_unicast_floods_then_learns(void **state)
{
	uint16_t tci;

	(void)state;
	plug_four();
	bench_frame(&bench, 0, 2, 1, -1);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(bench_sent_to(&bench, i), 1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
	/* The trunk carries VLAN 10 tagged, the access ports untagged. */
	assert_true(bench_last_tag(&bench, BENCH_UPLINK, &tci));
	assert_int_equal(tci, 10);
	assert_false(bench_last_tag(&bench, 1, &tci));
	assert_int_equal(bench_last_to(&bench, 1)->length, 60);
	assert_int_equal(bench_last_to(&bench, BENCH_UPLINK)->length, 64);
	bench_clear(&bench);
	bench_frame(&bench, 1, 1, 2, -1);
	bench_frame(&bench, 0, 2, 1, -1);
	assert_int_equal(bench.sent_count, 2);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

static void test_addresses_and_payload_survive(void **state)
{
	const struct bench_sent *sent;
	uint16_t tci;

	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	sent = bench_last_to(&bench, BENCH_UPLINK);
	assert_memory_equal(sent->frame,
			    "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x81\x00\x00\x0a\x88\xb5\x5a", 19);
	sent = bench_last_to(&bench, 3);
	assert_memory_equal(sent->frame, "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x88\xb5\x5a", 15);
	bench_clear(&bench);
	bench_frame(&bench, BENCH_UPLINK, 255, 9, ether_tci(10, 3));
	sent = bench_last_to(&bench, 0);
	assert_int_equal(sent->length, 60);
	assert_memory_equal(sent->frame, "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x09\x88\xb5\x5a", 15);
	assert_false(bench_last_tag(&bench, 0, &tci));
}

static void test_vlans_are_apart(void **state)
{
	uint16_t tci;

	(void)state;
	bench.ports[2].access_vlan = 20;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 2), 0);
	assert_int_equal(bench_sent_to(&bench, 3), 1);
	/* The same address in two VLANs is two entries. */
	bench_clear(&bench);
	bench_frame(&bench, 2, 255, 1, -1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
	bench_clear(&bench);
	bench_frame(&bench, 1, 1, 7, -1);
	assert_int_equal(bench.sent_count, 1);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	assert_false(bench_last_tag(&bench, 0, &tci));
}

static void test_voice_vlan(void **state)
{
	uint16_t tci;

	(void)state;
	plug_four();
	bench_plug(&bench, 47, SWITCH_POWER_NONE, 0);
	bench_clear(&bench);
	/* Tagged with the voice VLAN in; tagged out to phones, untagged to the server in VLAN 110. */
	bench_frame(&bench, 0, 255, 1, ether_tci(110, 5));
	assert_true(bench_last_tag(&bench, 1, &tci));
	assert_int_equal(tci, ether_tci(110, 5));
	assert_false(bench_last_tag(&bench, 47, &tci));
	/* And back: known, so only there, with the tag of the voice VLAN. */
	bench_clear(&bench);
	bench_frame(&bench, 47, 1, 9, -1);
	assert_int_equal(bench.sent_count, 1);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	assert_true(bench_last_tag(&bench, 0, &tci));
	assert_int_equal(ether_tci_vid(tci), 110);
}

static void test_access_port_takes_no_other_tag(void **state)
{
	char *text;

	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, 20);
	bench_frame(&bench, 0, 255, 1, 10);
	bench_frame(&bench, 0, 255, 1, 4095);
	assert_int_equal(bench.sent_count, 0);
	text = bench_show(&bench, "interfaces Gi1/0/1 counters");
	assert_non_null(strstr(text, "Gi1/0/1                3              0"));
	free(text);
	/* A priority tag (VID 0) is the untagged VLAN; its priority stays where there is a tag. */
	bench_frame(&bench, 0, 255, 1, ether_tci(0, 6));
	{
		uint16_t tci;

		assert_false(bench_last_tag(&bench, 1, &tci));
		assert_true(bench_last_tag(&bench, BENCH_UPLINK, &tci));
		assert_int_equal(tci, ether_tci(10, 6));
	}
}

static void test_service_tag_is_dropped(void **state)
{
	uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0, 10};

	(void)state;
	plug_four();
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_int_equal(bench.sent_count, 0);
}

static void test_trunk(void **state)
{
	uint16_t tci;

	(void)state;
	bench.ports[BENCH_UPLINK].native_vlan = 10;
	memset(bench.ports[BENCH_UPLINK].allowed, 0, sizeof(bench.ports[0].allowed));
	bench.ports[BENCH_UPLINK].allowed[10 >> 3] |= 1 << (10 & 7);
	bench.ports[BENCH_UPLINK].allowed[110 >> 3] |= 1 << (110 & 7);
	bench.ports[3].access_vlan = 20;
	plug_four();
	/* Native: untagged both ways, a tag with its VID is accepted too. */
	bench_frame(&bench, 0, 255, 1, -1);
	assert_false(bench_last_tag(&bench, BENCH_UPLINK, &tci));
	bench_clear(&bench);
	bench_frame(&bench, BENCH_UPLINK, 1, 9, -1);
	bench_frame(&bench, BENCH_UPLINK, 1, 9, 10);
	assert_int_equal(bench_sent_to(&bench, 0), 2);
	/* Not allowed: neither out nor in. */
	bench_clear(&bench);
	bench_frame(&bench, 3, 255, 4, -1);
	assert_int_equal(bench.sent_count, 0);
	bench_frame(&bench, BENCH_UPLINK, 255, 9, 20);
	assert_int_equal(bench.sent_count, 0);
	/* Allowed, but the VLAN does not exist. */
	bench_frame(&bench, BENCH_UPLINK, 255, 9, 99);
	assert_int_equal(bench.sent_count, 0);
}

static void test_never_back_where_it_came_from(void **state)
{
	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	bench_frame(&bench, 0, 255, 2, -1);
	bench_clear(&bench);
	bench_frame(&bench, 0, 1, 2, -1);
	assert_int_equal(bench.sent_count, 0);
}

static void test_station_moves(void **state)
{
	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	bench_frame(&bench, 1, 255, 1, -1);
	bench_clear(&bench);
	bench_frame(&bench, 2, 1, 3, -1);
	assert_int_equal(bench.sent_count, 1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

static void test_ageing(void **state)
{
	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	bench_advance(&bench, 299 * BENCH_SECOND);
	bench_clear(&bench);
	bench_frame(&bench, 1, 1, 2, -1);
	assert_int_equal(bench.sent_count, 1);
	assert_int_equal(bench_sent_to(&bench, 2), 0);
	bench_advance(&bench, BENCH_SECOND);
	bench_clear(&bench);
	bench_frame(&bench, 1, 1, 2, -1);
	assert_int_equal(bench_sent_to(&bench, 2), 1);
}

static json_int_t table_member(const char *name)
{
	json_t *status = switch_core_status(bench.core, bench.now_us);
	json_int_t value = json_integer_value(json_object_get(json_object_get(status, "tables"), name));

	json_decref(status);
	return value;
}

/* More sources than the table has room for: they are counted, and known addresses stay. */
static void test_a_flood_of_addresses(void **state)
{
	uint8_t frame[60] = {2, 0, 0, 0, 0, 2, 2, 0, 1, 0, 0, 0, 0x88, 0xb6};

	(void)state;
	plug_four();
	bench_frame(&bench, 1, 255, 2, -1);
	for (unsigned n = 0; n < 33000; n++) {
		frame[9] = (uint8_t)(n >> 16);
		frame[10] = (uint8_t)(n >> 8);
		frame[11] = (uint8_t)n;
		bench_bytes(&bench, 0, frame, sizeof(frame));
		bench_clear(&bench);
	}
	assert_int_equal(table_member("macs"), 32768);
	assert_int_equal(table_member("macs_full"), 33000 + 1 - 32768);
	assert_int_equal(table_member("bindings_full"), 0);
	bench_frame(&bench, 2, 2, 3, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 3), 0);
}

static void test_link_down_forgets(void **state)
{
	(void)state;
	plug_four();
	bench_frame(&bench, 0, 255, 1, -1);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_false(bench.link[0]);
	bench_clear(&bench);
	bench_frame(&bench, 1, 1, 2, -1);
	assert_int_equal(bench_sent_to(&bench, 2), 1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
	/* Its later frames are not forwarded. */
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(bench.sent_count, 0);
}

static void test_reserved_addresses_stay(void **state)
{
	uint8_t frame[60] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

	(void)state;
	plug_four();
	for (unsigned i = 0; i < 16; i++) {
		frame[5] = (uint8_t)i;
		bench_bytes(&bench, 0, frame, sizeof(frame));
	}
	memcpy(frame, "\x01\x00\x0c\xcc\xcc\xcc", 6);
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_int_equal(bench.sent_count, 0);
	/* One beyond them is an ordinary group address. */
	memcpy(frame, "\x01\x80\xc2\x00\x00\x10", 6);
	bench_bytes(&bench, 0, frame, sizeof(frame));
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

static void test_malformed(void **state)
{
	static const uint8_t group_source[60] = {2, 0, 0, 0, 0, 1, 0x03, 0, 0, 0, 0, 2, 0x88, 0xb5};
	static const uint8_t cut_tag[15] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0,
					    0,	  0,	0,    1,    0x81, 0x00, 0x00};

	(void)state;
	plug_four();
	for (size_t length = 0; length < 14; length++)
		bench_bytes(&bench, 0, group_source, length);
	bench_bytes(&bench, 0, group_source, sizeof(group_source));
	assert_int_equal(bench.sent_count, 0);
	/* A tag that is cut is no tag, and an EtherType like any other: it must only not be read beyond its
	 * end. */
	bench_bytes(&bench, 0, cut_tag, sizeof(cut_tag));
}

static void test_vlan_removed_and_made_again(void **state)
{
	(void)state;
	plug_four();
	BENCH_CONFIGURE(&bench, "no vlan 110");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench.sent_count, 0);
	BENCH_CONFIGURE(&bench, "vlan 110", "name VOICE");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

/* 1,008 ports in 21 members: a flood reaches all, a known unicast one. */
static void count_ports(void *arg, const struct switch_action *action)
{
	unsigned *count = arg;

	if (action->kind == SWITCH_ACTION_SEND && action->send.frame[12] == 0x88 &&
	    action->send.frame[13] == 0xb5)
		for (unsigned i = 0; i < action->send.count; i++)
			*count += action->send.ports[i] != action->send.except;
	else if (action->kind == SWITCH_ACTION_EVENT)
		json_decref(action->event.evidence);
}

static void test_a_thousand_ports(void **state)
{
	unsigned ports = 21 * 48, count = 0;
	struct switch_port_config *config = calloc(ports, sizeof(*config));
	struct fail fail = {0};

	(void)state;
	for (unsigned i = 0; i < ports; i++)
		switch_port_config_init(&config[i], false);
	bench.config.members = 21;
	bench.config.uplinks = 0;
	bench.config.ports = config;
	bench.config.vlans = bench.vlans;
	assert_int_equal(
	    switch_core_new(&bench.core, &bench.config, bench.now_us, count_ports, &count, &fail), 0);
	for (unsigned i = 0; i < ports; i++)
		bench_plug(&bench, i, SWITCH_POWER_PD, 1);
	assert_string_equal(switch_core_port_name(bench.core, 1007), "Gi21/0/48");
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(count, ports - 1);
	count = 0;
	bench_frame(&bench, 1007, 1, 2, -1);
	assert_int_equal(count, 1);
	free(config);
}

static void test_port_names(void **state)
{
	static const struct {
		const char *name;
		int port;
	} cases[] = {{"Gi1/0/1", 0},   {"gi1/0/48", 47}, {"GigabitEthernet1/0/2", 1},
		     {"Te1/1/1", 48},  {"te1/1/4", 51},	 {"TenGigabitEthernet1/1/2", 49},
		     {"gig1/0/3", 2},  {"G1/0/1", -1},	 {"Gi1/0/0", -1},
		     {"Gi1/0/49", -1}, {"Gi2/0/1", -1},	 {"Gi1/1/1", -1},
		     {"Te1/0/1", -1},  {"Te1/1/5", -1},	 {"Gi1/0/01", -1},
		     {"Gi1/0/1x", -1}, {"Gi1/0", -1},	 {"", -1},
		     {"Gi", -1},       {"Fa1/0/1", -1},	 {"Gi1/0/99999999999999999999", -1}};
	struct fail fail = {0};

	(void)state;
	bench_start(&bench);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int port = switch_config_find_port(&bench.config, cases[i].name, &fail);

		assert_int_equal(port < 0 ? -1 : port, cases[i].port);
	}
	switch_config_find_port(&bench.config, "Gi1/0/49", &fail);
	assert_string_equal(fail.text,
			    "found port \"Gi1/0/49\", expected Gi1/0/1 to Gi1/0/48, or Te1/1/1 to Te1/1/4");
	assert_string_equal(switch_core_interface(bench.core, 0), "gi1-0-1");
	assert_string_equal(switch_core_interface(bench.core, 48), "te1-1-1");
	assert_int_equal(switch_core_port_mac(bench.core, 0).octet[5], 1);
	assert_int_equal(switch_core_port_mac(bench.core, 51).octet[5], 52);
}

static void test_any_free_port(void **state)
{
	const char *code = NULL;
	struct fail fail = {0};

	(void)state;
	bench.ports[0].shutdown = true;
	bench.ports[1].mode = SWITCH_TRUNK;
	bench_start(&bench);
	assert_int_equal(switch_core_find_free(bench.core, "", &code, &fail), 2);
	bench_plug(&bench, 2, SWITCH_POWER_AC, 0);
	assert_int_equal(switch_core_find_free(bench.core, "", &code, &fail), 3);
	assert_true(switch_core_find_free(bench.core, "Gi1/0/3", &code, &fail) < 0);
	assert_string_equal(code, "port-taken");
	assert_string_equal(fail.text, "sw1: port Gi1/0/3 is taken by node2");
	assert_true(switch_core_find_free(bench.core, "Gi7/0/3", &code, &fail) < 0);
	assert_string_equal(code, "no-such-port");
	for (unsigned i = 3; i < 48; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	assert_true(switch_core_find_free(bench.core, "", &code, &fail) < 0);
	assert_string_equal(code, "no-free-port");
	/* A port that is taken by name can still be one that is shut. */
	assert_int_equal(switch_core_find_free(bench.core, "Gi1/0/1", &code, &fail), 0);
}

/* ARP: 28 bytes behind the header. */
static void arp(unsigned port, unsigned op, unsigned src, uint8_t sender_ip, uint8_t target_ip)
{
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,
			     0,	   0x08, 0x06, 0,    1,	   8,	 0, 6, 4, 0};

	frame[11] = frame[27] = (uint8_t)src;
	frame[21] = (uint8_t)op;
	frame[22] = 2;
	if (sender_ip)
		memcpy(frame + 28, (uint8_t[]){10, 0, 0, sender_ip}, 4);
	memcpy(frame + 38, (uint8_t[]){10, 0, 0, target_ip}, 4);
	bench_bytes(&bench, port, frame, sizeof(frame));
}

static void test_arp_suppression(void **state)
{
	(void)state;
	bench.config.arp_suppression = true;
	bench.ports[47].access_vlan = 10;
	plug_four();
	bench_plug(&bench, 47, SWITCH_POWER_NONE, 0);
	bench_clear(&bench);
	/* Nobody knows .2: flooded. */
	arp(0, 1, 1, 1, 2);
	assert_int_equal(bench_sent_to(&bench, 3), 1);
	arp(1, 1, 2, 2, 2); /* the announcement of .2 goes to trusted ports */
	assert_int_equal(bench_sent_to(&bench, 47), 2);
	bench_clear(&bench);
	/* Known by now: only to its owner. */
	arp(0, 1, 1, 1, 2);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 3), 0);
	assert_int_equal(bench_sent_to(&bench, 47), 0);
	/* A duplicate's probe reaches the owner, whoever probes; claiming the address does not move it. */
	bench_clear(&bench);
	arp(3, 1, 4, 0, 2);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
	arp(3, 1, 4, 2, 2);
	arp(0, 1, 1, 1, 2);
	assert_int_equal(bench_sent_to(&bench, 1), 3);
	assert_int_equal(bench_sent_to(&bench, 3), 0);
}

/* A router that only replies is known too: not every phone's request for it is flooded. */
static void test_arp_suppression_learns_from_replies(void **state)
{
	uint8_t reply[60] = {2, 0, 0, 0, 0, 1, 2, 0,  0, 0, 0, 2, 0x08, 0x06, 0, 1, 8, 0,  6, 4, 0,
			     2, 2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 2, 0,	0,    0, 0, 1, 10, 0, 0, 1};

	(void)state;
	bench.config.arp_suppression = true;
	plug_four();
	arp(0, 1, 1, 1, 2);
	bench_bytes(&bench, 1, reply, sizeof(reply));
	bench_clear(&bench);
	arp(3, 1, 4, 4, 2);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 0), 0);
}

static void test_without_suppression_arp_floods(void **state)
{
	(void)state;
	plug_four();
	arp(1, 1, 2, 2, 2);
	bench_clear(&bench);
	arp(0, 1, 1, 1, 2);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	assert_int_equal(bench_sent_to(&bench, 3), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_unknown_unicast_floods_then_learns),
	    BENCH_TEST(test_addresses_and_payload_survive),
	    BENCH_TEST(test_vlans_are_apart),
	    BENCH_TEST(test_voice_vlan),
	    BENCH_TEST(test_access_port_takes_no_other_tag),
	    BENCH_TEST(test_service_tag_is_dropped),
	    BENCH_TEST(test_trunk),
	    BENCH_TEST(test_never_back_where_it_came_from),
	    BENCH_TEST(test_station_moves),
	    BENCH_TEST(test_ageing),
	    BENCH_TEST(test_a_flood_of_addresses),
	    BENCH_TEST(test_link_down_forgets),
	    BENCH_TEST(test_reserved_addresses_stay),
	    BENCH_TEST(test_malformed),
	    BENCH_TEST(test_vlan_removed_and_made_again),
	    BENCH_TEST(test_a_thousand_ports),
	    BENCH_TEST(test_port_names),
	    BENCH_TEST(test_any_free_port),
	    BENCH_TEST(test_arp_suppression),
	    BENCH_TEST(test_arp_suppression_learns_from_replies),
	    BENCH_TEST(test_without_suppression_arp_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
