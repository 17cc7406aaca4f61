/* The frames of probes: whose they are, and where on their path they vanish, wait, change or double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "wire/arp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"

#define PHONE  0x0a6e00f2u /* 10.110.0.242 */
#define SERVER 0x0a140003u /* 10.20.0.3 */

static const struct mac phone_mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 1}}, other_mac = {{2, 0, 0, 0, 0, 9}};

/* --- whose frame it is --- */

/* An IPv4 packet in a frame; the payload is as given. */
static size_t ipv4_frame(uint8_t *frame, uint8_t protocol, uint32_t from, uint32_t to, const uint8_t *payload,
			 size_t length)
{
	struct ipv4_packet packet = {.ttl = 64, .protocol = protocol, .source = from, .destination = to};

	packet.payload = (struct wire_slice){payload, length};
	memcpy(frame, ether_broadcast.octet, 6);
	memcpy(frame + 6, phone_mac.octet, 6);
	wire_put16(frame + ETHER_ADDRESSES, ETHER_IPV4);
	return ETHER_HEADER + (size_t)ipv4_encode(&packet, frame + ETHER_HEADER, 2000);
}

static void test_icmp(void **state)
{
	const struct probe_key key = {.kind = PROBE_ICMP, .here = PHONE, .there = SERVER, .id = 0x1234};
	uint8_t echo[8 + 64] = {8, 0, 0, 0, 0x12, 0x34, 0, 7}, frame[2048];
	struct probe_frame first, second;
	size_t n;

	(void)state;
	n = ipv4_frame(frame, IP_ICMP, PHONE, SERVER, echo, sizeof(echo));
	assert_true(probe_frame_match(&key, frame, n, &first));
	assert_false(first.back);
	assert_int_equal(first.length, ETHER_HEADER + IPV4_HEADER + sizeof(echo));

	/* A router has changed TTL and checksum; the switch has put a tag: still the same frame. */
	frame[ETHER_HEADER + 8]--;
	frame[ETHER_HEADER + IPV4_CHECKSUM_AT]++;
	n = (size_t)ether_tag_insert(frame, n, sizeof(frame), ether_tci(110, 5));
	assert_true(probe_frame_match(&key, frame, n, &second));
	assert_int_equal(second.identity, first.identity);
	assert_int_equal(second.digest, first.digest);
	assert_int_equal(second.length, first.length);

	/* Another octet of the payload: the same frame, changed. */
	frame[n - 1] ^= 1;
	assert_true(probe_frame_match(&key, frame, n, &second));
	assert_int_equal(second.identity, first.identity);
	assert_int_not_equal(second.digest, first.digest);

	/* The next sequence number is another frame; another identifier is of somebody else. */
	echo[7]++;
	n = ipv4_frame(frame, IP_ICMP, PHONE, SERVER, echo, sizeof(echo));
	assert_true(probe_frame_match(&key, frame, n, &second));
	assert_int_not_equal(second.identity, first.identity);
	echo[5]++;
	n = ipv4_frame(frame, IP_ICMP, PHONE, SERVER, echo, sizeof(echo));
	assert_false(probe_frame_match(&key, frame, n, &second));
	echo[5]--;
	echo[0] = 0;
	n = ipv4_frame(frame, IP_ICMP, SERVER, PHONE, echo, sizeof(echo));
	assert_true(probe_frame_match(&key, frame, n, &second));
	assert_true(second.back);
}

static void test_arp(void **state)
{
	const struct probe_key key = {.kind = PROBE_ARP, .here = PHONE, .there = SERVER};
	struct arp_packet request = arp_request(&phone_mac, PHONE, SERVER);
	struct arp_packet reply = arp_reply(&request, &other_mac);
	struct probe_frame one, two;
	uint8_t frame[ARP_FRAME];
	ssize_t n = arp_frame(&request, &phone_mac, NULL, frame, sizeof(frame));

	(void)state;
	assert_true(probe_frame_match(&key, frame, (size_t)n, &one));
	assert_false(one.back);
	n = arp_frame(&reply, &other_mac, NULL, frame, sizeof(frame));
	assert_true(probe_frame_match(&key, frame, (size_t)n, &one));
	assert_true(one.back);
	assert_true(mac_equal(&one.to, &phone_mac));

	/* Two devices answer: two frames, not one that changes on its way. */
	reply = arp_reply(&request, &phone_mac);
	n = arp_frame(&reply, &phone_mac, NULL, frame, sizeof(frame));
	assert_true(probe_frame_match(&key, frame, (size_t)n, &two));
	assert_int_not_equal(one.identity, two.identity);

	request = arp_request(&phone_mac, PHONE, SERVER + 1);
	n = arp_frame(&request, &phone_mac, NULL, frame, sizeof(frame));
	assert_false(probe_frame_match(&key, frame, (size_t)n, &two));
}

/* Every sender counts; each target is another frame. */
static void test_resolve(void **state)
{
	const struct probe_key key = {.kind = PROBE_RESOLVE, .here = PHONE, .there = SERVER};
	struct arp_packet request = arp_request(&other_mac, SERVER, 0x0a140001);
	struct arp_packet reply = arp_reply(&request, &phone_mac);
	struct probe_frame one, two;
	uint8_t frame[ARP_FRAME];
	ssize_t n = arp_frame(&request, &other_mac, NULL, frame, sizeof(frame));

	(void)state;
	assert_true(probe_frame_match(&key, frame, (size_t)n, &one));
	assert_true(mac_equal(&one.from, &other_mac));
	assert_true(mac_is_group(&one.to));
	request.target_ip++;
	n = arp_frame(&request, &other_mac, NULL, frame, sizeof(frame));
	assert_true(probe_frame_match(&key, frame, (size_t)n, &two));
	assert_int_not_equal(one.identity, two.identity);

	/* A unicast request refreshes an entry, and an answer is for one node. */
	memcpy(frame, phone_mac.octet, sizeof(phone_mac.octet));
	assert_true(probe_frame_match(&key, frame, (size_t)n, &one));
	assert_int_not_equal(one.identity, two.identity);
	n = arp_frame(&reply, &phone_mac, NULL, frame, sizeof(frame));
	assert_true(probe_frame_match(&key, frame, (size_t)n, &one));
	assert_true(mac_equal(&one.to, &other_mac));
	memcpy(frame, ether_broadcast.octet, sizeof(ether_broadcast.octet));
	assert_false(probe_frame_match(&key, frame, (size_t)n, &two));
	n = (ssize_t)ipv4_frame(frame, IP_ICMP, PHONE, SERVER, frame, 0);
	assert_false(probe_frame_match(&key, frame, (size_t)n, &two));
}

static size_t discover(uint8_t *frame, size_t size, uint32_t xid, uint32_t giaddr)
{
	struct dhcp_message message = {.operation = DHCP_BOOTREQUEST,
				       .xid = xid,
				       .giaddr = giaddr,
				       .chaddr = phone_mac,
				       .has = DHCP_HAS_TYPE,
				       .type = DHCP_DISCOVER};
	uint8_t data[DHCP_MAX];
	ssize_t n = dhcp_encode(&message, data, sizeof(data));
	struct udp_frame udp = {.destination_mac = ether_broadcast,
				.source_mac = phone_mac,
				.destination = UINT32_MAX,
				.source_port = DHCP_CLIENT_PORT,
				.destination_port = DHCP_SERVER_PORT,
				.payload = {data, (size_t)n}};

	return (size_t)udp_frame_encode(&udp, frame, size);
}

static void test_dhcp(void **state)
{
	const struct probe_key key = {.kind = PROBE_DHCP, .id = 0x77680001};
	struct probe_frame sent, relayed;
	uint8_t frame[2048];
	size_t n = discover(frame, sizeof(frame), key.id, 0);

	(void)state;
	assert_true(probe_frame_match(&key, frame, n, &sent));
	assert_false(sent.back);
	n = discover(frame, sizeof(frame), key.id, PHONE);
	assert_true(probe_frame_match(&key, frame, n, &relayed));
	assert_int_equal(relayed.identity, sent.identity);
	assert_int_equal(relayed.digest, 0); /* it cannot be compared */
	n = discover(frame, sizeof(frame), key.id + 1, 0);
	assert_false(probe_frame_match(&key, frame, n, &sent));
}

static void test_udp_and_tcp(void **state)
{
	struct probe_key key = {.kind = PROBE_TFTP, .here = PHONE, .there = SERVER, .port = 40000};
	uint8_t tcp[20] = {0x9c, 0x40, 0x1b, 0x3a, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, TCP_SYN},
		data[4] = {0, 1, 'x', 0};
	uint8_t segment[64], frame[2048];
	struct udp_datagram udp = {.source_port = 50000, .destination_port = 40000, .payload = {data, 4}};
	struct probe_frame found;
	ssize_t n = udp_encode(&udp, SERVER + 1, PHONE, segment, sizeof(segment));
	size_t length = ipv4_frame(frame, IP_UDP, SERVER + 1, PHONE, segment, (size_t)n);

	(void)state;
	/* A TFTP server answers from another port, a strange one from another address. */
	assert_true(probe_frame_match(&key, frame, length, &found));
	assert_true(found.back);
	length = ipv4_frame(frame, IP_TCP, PHONE, SERVER, tcp, sizeof(tcp));
	assert_false(probe_frame_match(&key, frame, length, &found));
	key.kind = PROBE_HTTP;
	assert_true(probe_frame_match(&key, frame, length, &found));
	assert_false(found.back);
	key.port = 0; /* not connected yet */
	assert_false(probe_frame_match(&key, frame, length, &found));
}

static void test_truncated(void **state)
{
	const struct probe_key keys[] = {
	    {.kind = PROBE_ARP}, {.kind = PROBE_ICMP}, {.kind = PROBE_DHCP}, {.kind = PROBE_RESOLVE}};
	struct probe_frame found;
	uint8_t frame[2048];
	size_t n = discover(frame, sizeof(frame), 1, 0);

	(void)state;
	for (size_t length = 0; length < n; length++) {
		uint8_t *exact = malloc(length + 1);

		memcpy(exact, frame, length);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			assert_false(probe_frame_match(&keys[k], exact, length, &found));
		free(exact);
	}
}

/* --- where it passes --- */

#define POINTS 4

struct lot {
	struct probe_sight sight[400];
	size_t n;
};

/* A frame passes the points before `end`, one millisecond each. */
static void pass(struct lot *lot, uint64_t identity, unsigned end, int64_t us)
{
	for (unsigned p = 0; p < end; p++)
		lot->sight[lot->n++] =
		    (struct probe_sight){.frame = {.identity = identity, .digest = identity, .length = 100},
					 .point = p,
					 .us = us + p * 1000};
}

static long long item(const json_t *trace, const char *list, size_t i, const char *key)
{
	return json_int(json_array_get(json_object_get(trace, list), i), key);
}

static size_t items(const json_t *trace, const char *list)
{
	return json_array_size(json_object_get(trace, list));
}

static void test_whole(void **state)
{
	struct lot lot = {.n = 0};
	json_t *trace;

	(void)state;
	for (uint64_t i = 1; i <= 30; i++)
		pass(&lot, i, POINTS, (int64_t)i);
	trace = probe_trace(lot.sight, lot.n, POINTS, 1000);
	for (size_t p = 0; p < POINTS; p++)
		assert_int_equal(json_integer_value(json_array_get(json_object_get(trace, "seen"), p)), 30);
	assert_int_equal(
	    items(trace, "lost") + items(trace, "late") + items(trace, "altered") + items(trace, "extra"), 0);
	assert_int_equal(json_int(trace, "whole"), 100);
	json_decref(trace);
}

static void test_lost(void **state)
{
	struct lot lot = {.n = 0};
	json_t *trace;

	(void)state;
	for (uint64_t i = 1; i <= 30; i++)
		pass(&lot, i, i % 3 ? POINTS : 2, 0);
	pass(&lot, 99, 1, 2000); /* too late to tell */
	trace = probe_trace(lot.sight, lot.n, POINTS, 1000);
	assert_int_equal(items(trace, "lost"), 1);
	assert_int_equal(item(trace, "lost", 0, "after"), 1);
	assert_int_equal(item(trace, "lost", 0, "frames"), 10);
	assert_int_equal(item(trace, "lost", 0, "octets"), 100);
	json_decref(trace);
}

/* The same octets are sent three times, and one of them is lost. A point that saw nothing of what passed is no loss. */
static void test_sent_again(void **state)
{
	struct lot lot = {.n = 0};
	json_t *trace;

	(void)state;
	pass(&lot, 5, POINTS, 0);
	pass(&lot, 5, 1, 100);
	pass(&lot, 5, POINTS, 200);
	lot.sight[2] = lot.sight[--lot.n];
	trace = probe_trace(lot.sight, lot.n, POINTS, 1000);
	assert_int_equal(items(trace, "lost"), 1);
	assert_int_equal(item(trace, "lost", 0, "after"), 0);
	assert_int_equal(item(trace, "lost", 0, "frames"), 1);
	assert_int_equal(items(trace, "late"), 0); /* nobody knows which of them it was */
	json_decref(trace);
}

static void test_late_altered_double(void **state)
{
	struct lot lot = {.n = 0};
	json_t *trace;

	(void)state;
	for (uint64_t i = 1; i <= 10; i++) {
		pass(&lot, i, POINTS, 0);
		lot.sight[lot.n - 1].us += 400000;
		if (i <= 2)
			lot.sight[lot.n - 3].frame.digest = 77, lot.sight[lot.n - 2].frame.digest = 77,
					  lot.sight[lot.n - 1].frame.digest = 77;
	}
	lot.sight[lot.n] = lot.sight[lot.n - 2];
	lot.n++;
	trace = probe_trace(lot.sight, lot.n, POINTS, 1000);
	assert_int_equal(items(trace, "late"), 1);
	assert_int_equal(item(trace, "late", 0, "after"), 2);
	assert_in_range(item(trace, "late", 0, "ms"), 400, 402);
	assert_int_equal(items(trace, "altered"), 1);
	assert_int_equal(item(trace, "altered", 0, "after"), 0);
	assert_int_equal(item(trace, "altered", 0, "frames"), 2);
	assert_int_equal(items(trace, "extra"), 1);
	assert_int_equal(item(trace, "extra", 0, "after"), 1);
	json_decref(trace);
}

static void test_nothing(void **state)
{
	struct probe_sight none[1];
	json_t *trace = probe_trace(none, 0, 2, 0);

	(void)state;
	assert_int_equal(items(trace, "lost"), 0);
	assert_int_equal(items(trace, "seen"), 2);
	json_decref(trace);
	assert_null(probe_trace(none, 0, 0, 0));
	assert_null(probe_trace(none, 0, 1000, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_icmp),	cmocka_unit_test(test_arp),
	    cmocka_unit_test(test_resolve),	cmocka_unit_test(test_dhcp),
	    cmocka_unit_test(test_udp_and_tcp), cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_whole),	cmocka_unit_test(test_lost),
	    cmocka_unit_test(test_sent_again),	cmocka_unit_test(test_late_altered_double),
	    cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
