/* VXLAN (RFC 7348), and the keepalive of trunks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/peer.h"
#include "tests/support/wire_check.h"
#include "wire/vxlan.h"

/* A tagged ARP header in VNI 101. */
static const uint8_t datagram[] = {
    0x08, 0x00, 0x00, 0x00,		/* flags: I, the VNI is valid; reserved */
    0x00, 0x00, 0x65, 0x00,		/* VNI 101, reserved */
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* inner destination */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* inner source */
    0x81, 0x00, 0x00, 0x6e,		/* 802.1Q, VLAN 110: it stays (section 6.1 lets a VTEP keep it) */
    0x08, 0x06,				/* ARP */
};

static const uint8_t keepalive[TRUNK_KEEPALIVE] = {
    0x08, 0x00, 0x00, 0x00,			    /* flags: I */
    0x00, 0x00, 0x65, 0x00,			    /* VNI 101 */
    0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e,		    /* nearest bridge */
    0x00, 0x25, 0x84, 0x01, 0x00, 0x31,		    /* the port */
    0x88, 0xb5,					    /* local experimental */
    0x01,					    /* version */
    0x01,					    /* flags: up */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00,		    /* reserved */
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, /* session */
    0x00, 0x00, 0x01, 0x00,			    /* sequence 256 */
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, /* session echoed */
    0x00, 0x00, 0x00, 0x09,			    /* sequence echoed */
						    /* HMAC: zeros */
};

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return vxlan_decode(data, length, message, error);
}

static int decode_keepalive(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return trunk_keepalive_decode(data, length, message, error);
}

static void a_datagram(void **state)
{
	uint8_t header[VXLAN_HEADER];
	struct vxlan v;
	uint16_t tci;

	(void)state;
	assert_int_equal(vxlan_decode(datagram, sizeof(datagram), &v, NULL), 0);
	assert_int_equal(v.vni, 101);
	assert_int_equal(v.frame.length, sizeof(datagram) - VXLAN_HEADER);
	assert_true(ether_tag_peek(v.frame.data, v.frame.length, &tci));
	assert_int_equal(tci, 110);
	assert_false(trunk_keepalive_is(v.frame));
	vxlan_header(header, 101);
	wire_check_bytes(header, sizeof(header), datagram, VXLAN_HEADER);
	vxlan_header(header, VXLAN_VNI_MAX);
	assert_int_equal(header[4] & header[5] & header[6], 0xff);
	assert_int_equal(header[7], 0);
}

static void reserved_bits_are_ignored(void **state)
{
	uint8_t data[sizeof(datagram)];
	struct vxlan v;

	(void)state;
	memcpy(data, datagram, sizeof(data));
	data[0] = 0xff;
	data[1] = data[2] = data[3] = data[7] = 0x5a;
	assert_int_equal(vxlan_decode(data, sizeof(data), &v, NULL), 0);
	assert_int_equal(v.vni, 101);
}

static void refusals(void **state)
{
	uint8_t data[sizeof(datagram)];

	(void)state;
	/* From the inner header on, a frame may be of any length. */
	assert_int_equal(wire_check_truncations(datagram, sizeof(datagram), decode, sizeof(struct vxlan)),
			 sizeof(datagram) - VXLAN_HEADER - ETHER_HEADER);
	memcpy(data, datagram, sizeof(data));
	data[0] = 0xf7;
	wire_check_refused(data, sizeof(data), decode, sizeof(struct vxlan), 0,
			   "VXLAN header without a valid VNI");
	wire_check_refused(datagram, VXLAN_HEADER + ETHER_HEADER - 1, decode, sizeof(struct vxlan),
			   VXLAN_HEADER + ETHER_HEADER - 1, "inner frame is shorter than its header");
}

static void a_keepalive(void **state)
{
	uint8_t data[TRUNK_KEEPALIVE];
	struct trunk_keepalive k;
	struct vxlan v;

	(void)state;
	assert_int_equal(trunk_keepalive_decode(keepalive, sizeof(keepalive), &k, NULL), 0);
	assert_int_equal(k.vni, 101);
	assert_true(k.up);
	assert_true(k.session == UINT64_C(0x0102030405060708));
	assert_int_equal(k.sequence, 256);
	assert_true(k.echo_session == UINT64_C(0x1112131415161718));
	assert_int_equal(k.echo_sequence, 9);
	assert_ptr_equal(k.hmac, keepalive + TRUNK_KEEPALIVE - TRUNK_KEEPALIVE_HMAC);
	wire_check_bytes(data, trunk_keepalive_encode(&k, data, sizeof(data)), keepalive, sizeof(keepalive));
	assert_int_equal(trunk_keepalive_encode(&k, data, sizeof(data) - 1), -ENOSPC);
	assert_int_equal(vxlan_decode(keepalive, sizeof(keepalive), &v, NULL), 0);
	assert_true(trunk_keepalive_is(v.frame));
}

static void bad_keepalives(void **state)
{
	const size_t size = sizeof(struct trunk_keepalive);
	uint8_t data[TRUNK_KEEPALIVE + 1];

	(void)state;
	assert_int_equal(wire_check_truncations(keepalive, sizeof(keepalive), decode_keepalive, size), 0);
	assert_true(wire_check_corruptions(keepalive, sizeof(keepalive), decode_keepalive, size) > 0);
	memcpy(data, keepalive, sizeof(keepalive));
	data[TRUNK_KEEPALIVE] = 0;
	wire_check_refused(data, sizeof(data), decode_keepalive, size, TRUNK_KEEPALIVE,
			   "octets behind the keepalive");
	data[VXLAN_HEADER + ETHER_HEADER] = 2;
	wire_check_refused(data, TRUNK_KEEPALIVE, decode_keepalive, size, VXLAN_HEADER + ETHER_HEADER,
			   "unknown version of the keepalive");
	data[VXLAN_HEADER + ETHER_HEADER] = 1;
	memset(data + 30, 0, 8);
	wire_check_refused(data, TRUNK_KEEPALIVE, decode_keepalive, size, 30, "session is 0");
	data[13] = 0x0f;
	wire_check_refused(data, TRUNK_KEEPALIVE, decode_keepalive, size, VXLAN_HEADER,
			   "frame is no keepalive of a trunk");
}

/* HOST[:PORT] of a peer. */
static void peers(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
		const char *again;
	} good[] = {
	    {"core", "core", 4789, "core:4789"},
	    {"tasks.core-switch:5000", "tasks.core-switch", 5000, "tasks.core-switch:5000"},
	    {"10.0.0.1", "10.0.0.1", 4789, "10.0.0.1:4789"},
	    {"[2001:db8::1]", "2001:db8::1", 4789, "[2001:db8::1]:4789"},
	    {"[2001:db8::1]:65535", "2001:db8::1", 65535, "[2001:db8::1]:65535"},
	};
	static const char *const bad[] = {"",	     ":1",     "core:",	     "core:0",	    "core:65536",
					  "core:1x", "10.0.0", "10.0.0.256", "2001:db8::1", "[core]:1",
					  "[::1",    "[::1]x", "a b",	     "-core",	    ".core",
					  "co/re",   "core:-1"};
	char text[PEER_TEXT], longest[400];
	struct fail fail = {0};
	struct peer peer;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(peer_parse(&peer, good[i].text, 4789, &fail), 0);
		assert_string_equal(peer.host, good[i].host);
		assert_int_equal(peer.port, good[i].port);
		assert_string_equal(peer_format(&peer, text), good[i].again);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(peer_parse(&peer, bad[i], 4789, &fail), -EINVAL);
		assert_string_equal(peer.host, "2001:db8::1");
	}
	memset(longest, 'a', sizeof(longest));
	longest[PEER_HOST - 1] = 0;
	assert_int_equal(peer_parse(&peer, longest, 4789, &fail), 0);
	longest[PEER_HOST - 1] = 'a';
	longest[PEER_HOST] = 0;
	assert_int_equal(peer_parse(&peer, longest, 4789, &fail), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_datagram),     cmocka_unit_test(reserved_bits_are_ignored),
	    cmocka_unit_test(refusals),	      cmocka_unit_test(a_keepalive),
	    cmocka_unit_test(bad_keepalives), cmocka_unit_test(peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
