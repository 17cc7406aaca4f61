/* ARP packets, and the probes and announcements of RFC 5227. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/arp.h"

#define PHONE_IP  0x0a6e0039 /* 10.110.0.57 */
#define ROUTER_IP 0x0a6e0001 /* 10.110.0.1 */

static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac router = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xfe}};

/* 10.110.0.57 asks for 10.110.0.1 */
static const uint8_t request[ARP_LENGTH] = {
    0x00, 0x01,				/* Ethernet */
    0x08, 0x00,				/* IPv4 */
    0x06, 0x04,				/* address lengths */
    0x00, 0x01,				/* request */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* sender MAC */
    0x0a, 0x6e, 0x00, 0x39,		/* sender 10.110.0.57 */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* target MAC, not known */
    0x0a, 0x6e, 0x00, 0x01,		/* target 10.110.0.1 */
};

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return arp_decode(data, length, message, error);
}

static void a_request(void **state)
{
	struct arp_packet p, made = arp_request(&phone, PHONE_IP, ROUTER_IP);
	uint8_t data[ARP_LENGTH];

	(void)state;
	assert_int_equal(arp_decode(request, sizeof(request), &p, NULL), 0);
	assert_int_equal(p.operation, ARP_REQUEST);
	assert_true(mac_equal(&p.sender_mac, &phone));
	assert_int_equal(p.sender_ip, PHONE_IP);
	assert_int_equal(p.target_ip, ROUTER_IP);
	wire_check_bytes(data, arp_encode(&p, data, sizeof(data)), request, sizeof(request));
	wire_check_bytes(data, arp_encode(&made, data, sizeof(data)), request, sizeof(request));
	assert_int_equal(arp_encode(&p, data, sizeof(data) - 1), -ENOSPC);
	assert_int_equal(wire_check_truncations(request, sizeof(request), decode, sizeof(p)), 0);
	wire_check_corruptions(request, sizeof(request), decode, sizeof(p));
}

static void a_reply_answers_its_request(void **state)
{
	struct arp_packet asked, reply;

	(void)state;
	assert_int_equal(arp_decode(request, sizeof(request), &asked, NULL), 0);
	reply = arp_reply(&asked, &router);
	assert_int_equal(reply.operation, ARP_REPLY);
	assert_true(mac_equal(&reply.sender_mac, &router));
	assert_int_equal(reply.sender_ip, ROUTER_IP);
	assert_true(mac_equal(&reply.target_mac, &phone));
	assert_int_equal(reply.target_ip, PHONE_IP);
}

static void other_families_are_refused(void **state)
{
	const struct {
		size_t at;
		const char *what;
	} bad[] = {
	    {0, "ARP hardware type is not Ethernet"},
	    {2, "ARP protocol type is not IPv4"},
	    {4, "ARP hardware address length is not 6"},
	    {5, "ARP protocol address length is not 4"},
	};
	uint8_t data[ARP_LENGTH];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memcpy(data, request, sizeof(data));
		data[bad[i].at] ^= 0x10;
		wire_check_refused(data, sizeof(data), decode, sizeof(struct arp_packet), bad[i].at,
				   bad[i].what);
	}
}

static void probes_and_announcements(void **state)
{
	struct arp_packet probe = arp_probe(&phone, PHONE_IP);
	const struct arp_packet announce = arp_announce(&phone, PHONE_IP);

	(void)state;
	assert_true(arp_is_probe(&probe));
	assert_false(arp_is_announcement(&probe));
	assert_int_equal(probe.sender_ip, 0);
	assert_int_equal(probe.target_ip, PHONE_IP);
	assert_true(arp_is_announcement(&announce));
	assert_false(arp_is_probe(&announce));
	probe.target_ip = 1;
	assert_true(arp_is_probe(&probe));
	probe.target_ip = 0;
	assert_false(arp_is_probe(&probe));
	assert_int_equal(announce.sender_ip, PHONE_IP);
	assert_int_equal(announce.target_ip, PHONE_IP);
}

static void conflicts_as_rfc_5227_has_them(void **state)
{
	const struct arp_packet own = arp_probe(&phone, PHONE_IP);
	const struct arp_packet rival = arp_probe(&router, PHONE_IP);
	const struct arp_packet owner = arp_reply(&own, &router);
	const struct arp_packet user = arp_request(&router, PHONE_IP, ROUTER_IP);
	const struct arp_packet asking = arp_request(&router, ROUTER_IP, PHONE_IP);
	const struct arp_packet other = arp_probe(&router, ROUTER_IP);

	(void)state;
	assert_false(arp_conflicts(&own, &phone, PHONE_IP)); /* our own probe, echoed */
	assert_true(arp_conflicts(&rival, &phone, PHONE_IP));
	assert_true(arp_conflicts(&owner, &phone, PHONE_IP));
	assert_true(arp_conflicts(&user, &phone, PHONE_IP));
	assert_false(arp_conflicts(&asking, &phone, PHONE_IP)); /* looking for it, not having it */
	assert_false(arp_conflicts(&other, &phone, PHONE_IP));
}

static void whole_frames(void **state)
{
	const struct arp_packet probe = arp_probe(&phone, PHONE_IP);
	const struct arp_packet reply = arp_reply(&probe, &router);
	const uint16_t tci = ether_tci(110, 5);
	uint8_t data[ARP_FRAME];
	struct ether_frame f;
	struct arp_packet p;

	(void)state;
	assert_int_equal(arp_frame(&probe, &phone, &tci, data, sizeof(data)), ETHER_MIN);
	assert_int_equal(ether_decode(data, ETHER_MIN, &f, NULL), 0);
	assert_true(mac_equal(&f.destination, &ether_broadcast));
	assert_int_equal(f.tags, 1);
	assert_int_equal(f.tag[0].tci, tci);
	assert_int_equal(f.type, ETHER_ARP);
	assert_int_equal(arp_decode(f.payload.data, f.payload.length, &p, NULL), 0); /* with its padding */
	assert_int_equal(p.target_ip, PHONE_IP);
	assert_int_equal(arp_frame(&reply, &router, NULL, data, sizeof(data)), ETHER_MIN);
	assert_int_equal(ether_decode(data, ETHER_MIN, &f, NULL), 0);
	assert_int_equal(f.tags, 0);
	assert_true(mac_equal(&f.destination, &phone));
	assert_int_equal(arp_frame(&reply, &router, NULL, data, ETHER_MIN - 1), -ENOSPC);
}

static void random_packets_round_trip(void **state)
{
	uint8_t data[ARP_LENGTH], again[ARP_LENGTH];
	struct arp_packet p;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2, "arp");
	for (int i = 0; i < 1000; i++) {
		memcpy(data, request, 6);
		for (size_t at = 6; at < sizeof(data); at++)
			data[at] = (uint8_t)rng_next(&rng);
		assert_int_equal(arp_decode(data, sizeof(data), &p, NULL), 0);
		wire_check_bytes(again, arp_encode(&p, again, sizeof(again)), data, sizeof(data));
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(arp_operation_name(ARP_REQUEST), "request");
	assert_string_equal(arp_operation_name(ARP_REPLY), "reply");
	assert_null(arp_operation_name(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request),
	    cmocka_unit_test(a_reply_answers_its_request),
	    cmocka_unit_test(other_families_are_refused),
	    cmocka_unit_test(probes_and_announcements),
	    cmocka_unit_test(conflicts_as_rfc_5227_has_them),
	    cmocka_unit_test(whole_frames),
	    cmocka_unit_test(random_packets_round_trip),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
