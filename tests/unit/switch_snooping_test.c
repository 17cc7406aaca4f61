#include "tests/support/switch_test.h"

#include "wire/dhcp.h"
#include "wire/ipv4.h"

/* Ports 0, 1, 2: clients in VLAN 110 by tag; 47: the server, trusted, untagged in VLAN 110. */
static void plug_all(void)
{
	bench_start(&bench);
	for (unsigned i = 0; i < 3; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 47, SWITCH_POWER_NONE, 0);
	bench_clear(&bench);
}

/* A DHCP message from MAC number src, about client number client. Clients speak tagged. */
static void dhcp(unsigned port, enum dhcp_type type, unsigned src, unsigned client, bool broadcast)
{
	bool reply = type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
	struct dhcp_message message = {.operation = reply ? DHCP_BOOTREPLY : DHCP_BOOTREQUEST,
				       .xid = 7,
				       .flags = broadcast ? DHCP_FLAG_BROADCAST : 0,
				       .yiaddr = reply ? 0x0a6e0000 + client : 0,
				       .chaddr = bench_mac(client),
				       .has = DHCP_HAS_TYPE | (reply ? DHCP_HAS_LEASE | DHCP_HAS_SERVER : 0),
				       .type = (uint8_t)type,
				       .lease = 3600,
				       .server = 0x0a6e0002};
	uint8_t payload[DHCP_MAX], frame[2048];
	ssize_t length = dhcp_encode(&message, payload, sizeof(payload));
	struct udp_frame udp = {.destination_mac = bench_mac(broadcast || !reply ? 255 : client),
				.source_mac = bench_mac(src),
				.tagged = port != 47,
				.tci = ether_tci(110, 3),
				.source = reply ? 0x0a6e0002 : 0,
				.destination = 0xffffffff,
				.source_port = reply ? 67 : 68,
				.destination_port = reply ? 68 : 67,
				.payload = {payload, (size_t)length}};

	assert_true(length > 0);
	length = udp_frame_encode(&udp, frame, sizeof(frame));
	assert_true(length > 0);
	bench_bytes(&bench, port, frame, (size_t)length);
}

static void test_client_broadcast_goes_to_trusted_ports(void **state)
{
	(void)state;
	plug_all();
	dhcp(0, DHCP_DISCOVER, 1, 1, true);
	assert_int_equal(bench_sent_to(&bench, 47), 1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	assert_int_equal(bench_sent_to(&bench, 2), 0);
}

static void test_server_broadcast_goes_to_its_client(void **state)
{
	(void)state;
	plug_all();
	dhcp(0, DHCP_DISCOVER, 1, 1, true);
	bench_clear(&bench);
	dhcp(47, DHCP_OFFER, 9, 1, true);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	/* A client that was never heard: to all. */
	bench_clear(&bench);
	dhcp(47, DHCP_OFFER, 9, 77, true);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

static void test_server_on_untrusted_port(void **state)
{
	char *text;

	(void)state;
	plug_all();
	dhcp(1, DHCP_OFFER, 2, 1, true);
	dhcp(1, DHCP_OFFER, 2, 1, false);
	assert_int_equal(bench.sent_count, 0);
	assert_true(bench_event(&bench,
				"syslog %DHCP_SNOOPING-5-DHCP_SNOOPING_UNTRUSTED_PORT: DHCP_SNOOPING drop "
				"message on untrusted port, message type: DHCPOFFER, chaddr: 0200.0000.0001, "
				"port: Gi1/0/2"));
	text = bench_show(&bench, "interfaces Gi1/0/2 counters");
	assert_non_null(
	    strstr(text, "Gi1/0/2                0              0              0              2"));
	free(text);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/2", "ip dhcp snooping trust");
	dhcp(1, DHCP_OFFER, 2, 1, true);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
}

static void test_source_must_be_the_client(void **state)
{
	(void)state;
	plug_all();
	dhcp(0, DHCP_DISCOVER, 5, 1, true);
	assert_int_equal(bench.sent_count, 0);
	assert_true(bench_event(&bench, "DHCP_SNOOPING_MATCH_MAC_FAIL"));
}

static void test_binding(void **state)
{
	char *text;

	(void)state;
	plug_all();
	dhcp(0, DHCP_DISCOVER, 1, 1, true);
	dhcp(47, DHCP_OFFER, 9, 1, false);
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_non_null(strstr(text, "Total number of bindings: 0"));
	free(text);
	dhcp(47, DHCP_ACK, 9, 1, false);
	bench_advance(&bench, 100 * BENCH_SECOND);
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_string_equal(
	    text,
	    "MacAddress          IpAddress        Lease(sec)  Type           VLAN  Interface\n"
	    "------------------  ---------------  ----------  -------------  ----  --------------------\n"
	    "02:00:00:00:00:01   10.110.0.1       3500        dhcp-snooping  110   GigabitEthernet1/0/1\n"
	    "Total number of bindings: 1\n");
	free(text);
	/* The lease is over. */
	bench_advance(&bench, 3600 * BENCH_SECOND);
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_non_null(strstr(text, "Total number of bindings: 0"));
	free(text);
}

static void test_binding_has_the_mac_in_capitals(void **state)
{
	char *text;

	(void)state;
	plug_all();
	dhcp(1, DHCP_REQUEST, 0xaf, 0xaf, true);
	dhcp(47, DHCP_ACK, 9, 0xaf, true);
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_non_null(strstr(text, "\n02:00:00:00:00:AF   10.110.0.175 "));
	free(text);
}

static void test_release_and_unplug(void **state)
{
	char *text;

	(void)state;
	plug_all();
	for (unsigned i = 0; i < 2; i++) {
		dhcp(i, DHCP_REQUEST, i + 1, i + 1, true);
		dhcp(47, DHCP_ACK, 9, i + 1, true);
	}
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_non_null(strstr(text, "Total number of bindings: 2"));
	free(text);
	dhcp(0, DHCP_RELEASE, 1, 1, true);
	switch_core_unplug(bench.core, bench.now_us, 1);
	text = bench_show(&bench, "ip dhcp snooping binding");
	assert_non_null(strstr(text, "Total number of bindings: 0"));
	free(text);
}

static void test_off_floods(void **state)
{
	(void)state;
	bench.config.dhcp_snooping = false;
	plug_all();
	dhcp(0, DHCP_DISCOVER, 1, 1, true);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	dhcp(1, DHCP_OFFER, 2, 1, true);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
}

/* With suppression, the probe for the address that was just leased goes no further than to trusted ports. */
static void test_probe_after_lease(void **state)
{
	uint8_t probe[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,	 1,   0x81, 0x00, 0, 110,
			     0x08, 0x06, 0,    1,    8,	   0,	 6, 4, 0, 1, 2,	 0,   0,    0,	  0, 1,
			     0,	   0,	 0,    0,    0,	   0,	 0, 0, 0, 0, 10, 110, 0,    1};

	(void)state;
	bench.config.arp_suppression = true;
	plug_all();
	dhcp(0, DHCP_REQUEST, 1, 1, true);
	dhcp(47, DHCP_ACK, 9, 1, false);
	bench_clear(&bench);
	bench_bytes(&bench, 0, probe, sizeof(probe));
	assert_int_equal(bench_sent_to(&bench, 47), 1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
}

static void test_broken_dhcp(void **state)
{
	uint8_t payload[40] = {1, 1, 6}, frame[200];
	struct udp_frame udp = {.destination_mac = bench_mac(255),
				.source_mac = bench_mac(1),
				.tagged = true,
				.tci = 110,
				.destination = 0xffffffff,
				.source_port = 68,
				.destination_port = 67,
				.payload = {payload, sizeof(payload)}};
	ssize_t length;

	(void)state;
	plug_all();
	length = udp_frame_encode(&udp, frame, sizeof(frame));
	bench_bytes(&bench, 0, frame, (size_t)length);
	assert_int_equal(bench.sent_count, 0);
}

static void test_changes_of_bindings_are_traced(void **state)
{
	static const char *const changes[] = {"added", "renewed", "released by the client", "added",
					      "removed: unplugged"};
	char expected[200];

	(void)state;
	plug_all();
	switch_core_trace(bench.core, 1u << LOG_DHCP);
	dhcp(0, DHCP_DISCOVER, 1, 1, true);
	dhcp(47, DHCP_ACK, 9, 1, true);
	dhcp(47, DHCP_ACK, 9, 1, true);
	dhcp(0, DHCP_RELEASE, 1, 1, true);
	dhcp(47, DHCP_ACK, 9, 1, true);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_int_equal(bench.trace_count, 5);
	for (unsigned i = 0; i < 5; i++) {
		snprintf(expected, sizeof(expected),
			 "dhcp: Gi1/0/1: binding of 10.110.0.1 to 0200.0000.0001 in VLAN 110 %s", changes[i]);
		assert_string_equal(bench.traces[i], expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_client_broadcast_goes_to_trusted_ports),
	    BENCH_TEST(test_server_broadcast_goes_to_its_client),
	    BENCH_TEST(test_server_on_untrusted_port),
	    BENCH_TEST(test_source_must_be_the_client),
	    BENCH_TEST(test_binding),
	    BENCH_TEST(test_binding_has_the_mac_in_capitals),
	    BENCH_TEST(test_release_and_unplug),
	    BENCH_TEST(test_off_floods),
	    BENCH_TEST(test_probe_after_lease),
	    BENCH_TEST(test_broken_dhcp),
	    BENCH_TEST(test_changes_of_bindings_are_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
