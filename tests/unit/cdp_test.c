/* CDP: what phones and switches say, byte by byte; the checksum with its odd rule; every TLV. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/cdp.h"
#include "wire/cdp_tlv.h"

/* A 7841 that has no address yet and asks for its voice VLAN. */
static const uint8_t phone[] = {
    0x02, 0xb4, 0x4e, 0x06, /* version 2, 180 s, checksum */
    0x00, 0x01, 0x00, 0x13, /* device id */
    'S',  'E',	'P',  '0',  '0',  '1',	'1',  '2',  '2',  '3',	'3', '4', '4',	'5',  '5',  0x00, 0x02,
    0x00, 0x11,							/* addresses */
    0x00, 0x00, 0x00, 0x01,					/* one: */
    0x01, 0x01, 0xcc, 0x00, 0x04,				/* NLPID, 1 byte CC (IP), 4 bytes */
    0x00, 0x00, 0x00, 0x00,					/* 0.0.0.0 */
    0x00, 0x03, 0x00, 0x0a,					/* port id */
    'P',  'o',	'r',  't',  ' ',  '1',	0x00, 0x04, 0x00, 0x08, /* capabilities */
    0x00, 0x00, 0x04, 0x90,					/* host, phone, two-port MAC relay */
    0x00, 0x05, 0x00, 0x21,					/* software version */
    's',  'i',	'p',  '7',  '8',  'x',	'x',  '.',  '1',  '2',	'-', '8', '-',	'1',  '-',  '0',  '0',
    '0',  '1',	'-',  '4',  '5',  '5',	'.',  'l',  'o',  'a',	'd', 's', 0x00, 0x06, 0x00, 0x17, /* platform
												   */
    'C',  'i',	's',  'c',  'o',  ' ',	'I',  'P',  ' ',  'P',	'h', 'o', 'n',	'e',  ' ',  '7',  '8',
    '4',  '1',	0x00, 0x0b, 0x00, 0x05, 0x01,	    /* full duplex */
    0x00, 0x0f, 0x00, 0x08, 0x20, 0x02, 0x00, 0x01, /* VoIP VLAN query */
    0x00, 0x10, 0x00, 0x06, 0x0e, 0x10,		    /* power consumption 3600 mW */
    0x00, 0x19, 0x00, 0x0c,			    /* power requested */
    0x12, 0x34, 0x00, 0x00,			    /* request 0x1234, management 0 */
    0x00, 0x00, 0x0e, 0x10,			    /* 3600 mW */
};

/* What a switch answers: voice VLAN 100, native VLAN 10, power for request 0x1234. */
static const uint8_t answer[] = {
    0x02, 0xb4, 0x00, 0x00,		     /* version 2, 180 s, checksum (set by the test) */
    0x00, 0x01, 0x00, 0x07, 's',  'w',	'1', /* device id */
    0x00, 0x03, 0x00, 0x0b, 'G',  'i',	'1',  '/',  '0',  '/', '1', /* port id */
    0x00, 0x04, 0x00, 0x08, 0x00, 0x00, 0x00, 0x28,		    /* switch, IGMP */
    0x00, 0x09, 0x00, 0x04,					    /* VTP domain, empty */
    0x00, 0x0a, 0x00, 0x06, 0x00, 0x0a,				    /* native VLAN 10 */
    0x00, 0x0b, 0x00, 0x05, 0x01,				    /* full duplex */
    0x00, 0x0e, 0x00, 0x07, 0x01, 0x00, 0x64,		  /* VoIP VLAN reply: appliance 1, VLAN 100 */
    0x00, 0x12, 0x00, 0x05, 0x00,			  /* trust: none */
    0x00, 0x13, 0x00, 0x05, 0x00,			  /* CoS 0 */
    0x00, 0x16, 0x00, 0x11, 0x00, 0x00, 0x00, 0x01,	  /* management addresses: one */
    0x01, 0x01, 0xcc, 0x00, 0x04, 0x0a, 0x0a, 0x00, 0x02, /* 10.10.0.2 */
    0x00, 0x1a, 0x00, 0x10, 0x12, 0x34, 0x00, 0x01,	  /* power available: request 0x1234, management 1 */
    0x00, 0x00, 0x0f, 0xa0, 0xff, 0xff, 0xff, 0xff,	  /* 4000 mW, management level: no preference */
};

WIRE_CHECK_STRICT(decode, struct cdp_message, cdp_decode)

/* The same with the checksum put right first, so that what lies behind it is reached. The copy is exactly as
 * long. */
static int decode_fixed(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	uint8_t *copy;
	uint16_t sum;
	int err;

	if (length < 4)
		return cdp_decode(data, length, message, error);
	copy = malloc(length);
	assert_non_null(copy);
	memcpy(copy, data, length);
	sum = cdp_checksum(copy, length, false);
	copy[2] = (uint8_t)(sum >> 8);
	copy[3] = (uint8_t)sum;
	err = decode(copy, length, message, error);
	free(copy);
	return err;
}

static void checksum_vectors(void **state)
{
	static const struct {
		uint8_t data[12];
		size_t length;
	} vectors[] = {
	    {{0x02, 0xb4, 0x79, 0xba, 0x00, 0x01, 0x00, 0x08, 'S', 'W', '0', '1'}, 12},
	    {{0x02, 0xb4, 0xa9, 0xbb, 0x00, 0x01, 0x00, 0x07, 'S', 'W', '1'}, 11},
	    {{0x02, 0xb4, 0xaa, 0x03, 0x00, 0x01, 0x00, 0x07, 'S', 'W', 0xe9}, 11},
	    {{0x02, 0xb4, 0xaa, 0x6c, 0x00, 0x01, 0x00, 0x07, 'S', 'W', 0x80}, 11},
	};
	struct cdp_message m;
	uint8_t data[16];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		assert_int_equal(cdp_decode(vectors[i].data, vectors[i].length, &m, NULL), 0);
		assert_int_equal(m.device_id.length, vectors[i].length - 8);
		wire_check_bytes(data, cdp_encode(&m, data, sizeof(data)), vectors[i].data,
				 vectors[i].length);
		assert_int_equal(
		    wire_check_truncations(vectors[i].data, vectors[i].length, decode, sizeof(m)), 0);
		/* No single byte can change unseen. */
		for (size_t at = 0; at < vectors[i].length; at++) {
			memcpy(data, vectors[i].data, vectors[i].length);
			data[at] ^= 0x04;
			assert_int_equal(cdp_decode(data, vectors[i].length, &m, NULL), -EBADMSG);
		}
	}
}

static void a_last_byte_of_0x80_is_taken_both_ways(void **state)
{
	uint8_t data[] = {0x02, 0xb4, 0, 0, 0x00, 0x01, 0x00, 0x07, 'S', 'W', 0x80};
	const uint16_t usual = cdp_checksum(data, sizeof(data), false),
		       plain = cdp_checksum(data, sizeof(data), true);
	struct cdp_message m;

	(void)state;
	assert_int_equal(usual, 0xaa6c);
	assert_int_not_equal(usual, plain);
	data[2] = (uint8_t)(plain >> 8);
	data[3] = (uint8_t)plain;
	assert_int_equal(cdp_decode(data, sizeof(data), &m, NULL), 0);
	data[3]++;
	wire_check_refused(data, sizeof(data), decode, sizeof(m), 2, "CDP checksum is wrong");
	/* For other odd bytes there is one rule only. */
	data[10] = 0x81;
	assert_int_equal(cdp_checksum(data, sizeof(data), false), cdp_checksum(data, sizeof(data), true));
}

static void what_a_phone_says(void **state)
{
	struct cdp_message m;
	uint8_t data[CDP_FRAME_MAX];
	uint32_t ip = 1;

	(void)state;
	assert_int_equal(cdp_decode(phone, sizeof(phone), &m, NULL), 0);
	assert_int_equal(m.version, 2);
	assert_int_equal(m.ttl, CDP_TTL);
	assert_int_equal(m.unknown, 0);
	assert_int_equal(m.has, CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_PORT_ID) |
				    CDP_HAS(CDP_CAPABILITIES) | CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_PLATFORM) |
				    CDP_HAS(CDP_DUPLEX) | CDP_HAS(CDP_VOIP_QUERY) |
				    CDP_HAS(CDP_POWER_CONSUMPTION) | CDP_HAS(CDP_POWER_REQUESTED));
	wire_check_text(m.device_id, "SEP001122334455");
	wire_check_text(m.port_id, "Port 1");
	wire_check_text(m.software_version, "sip78xx.12-8-1-0001-455.loads");
	wire_check_text(m.platform, "Cisco IP Phone 7841");
	assert_true(cdp_first_ipv4(&m.addresses, &ip));
	assert_int_equal(ip, 0);
	assert_int_equal(m.capabilities, CDP_CAP_HOST | CDP_CAP_PHONE | CDP_CAP_TWO_PORT_MAC_RELAY);
	assert_int_equal(m.duplex, 1);
	assert_true(wire_slice_equal(m.voip_query, cdp_voip_query_value));
	assert_int_equal(m.power_consumption, 3600);
	assert_int_equal(m.power_requested.request_id, 0x1234);
	assert_int_equal(m.power_requested.management_id, 0);
	assert_int_equal(m.power_requested.count, 1);
	assert_int_equal(m.power_requested.level[0], 3600);
	wire_check_bytes(data, cdp_encode(&m, data, sizeof(data)), phone, sizeof(phone));
	for (size_t size = 0; size < sizeof(phone); size++)
		assert_int_equal(cdp_encode(&m, data, size), -ENOSPC);
	assert_int_equal(wire_check_truncations(phone, sizeof(phone), decode, sizeof(m)), 0);
	wire_check_corruptions(phone, sizeof(phone), decode_fixed, sizeof(m));
}

static void the_answer_of_a_switch(void **state)
{
	uint8_t right[sizeof(answer)], data[CDP_FRAME_MAX];
	struct cdp_message m;
	uint32_t ip = 0;

	(void)state;
	memcpy(right, answer, sizeof(right));
	right[2] = cdp_checksum(answer, sizeof(answer), false) >> 8;
	right[3] = cdp_checksum(answer, sizeof(answer), false) & 0xff;
	assert_int_equal(cdp_decode(right, sizeof(right), &m, NULL), 0);
	wire_check_text(m.port_id, "Gi1/0/1");
	assert_true(m.has & CDP_HAS(CDP_VTP_DOMAIN));
	assert_int_equal(m.vtp_domain.length, 0);
	assert_int_equal(m.native_vlan, 10);
	assert_true(m.voip_reply.has_appliance);
	assert_int_equal(m.voip_reply.appliance, 1);
	assert_true(m.voip_reply.has_vlan);
	assert_int_equal(m.voip_reply.vlan, 100);
	assert_true(cdp_first_ipv4(&m.management_addresses, &ip));
	assert_int_equal(ip, 0x0a0a0002);
	assert_int_equal(m.power_available.request_id, 0x1234);
	assert_int_equal(m.power_available.management_id, 1);
	assert_int_equal(m.power_available.count, 2);
	assert_int_equal(m.power_available.level[0], 4000);
	assert_int_equal(m.power_available.level[1], CDP_POWER_NO_PREFERENCE);
	wire_check_bytes(data, cdp_encode(&m, data, sizeof(data)), right, sizeof(right));
	/* With the checksum put right, exactly the cuts between two TLVs, and behind the zero that each type begins
	 * with (padding), are whole messages. */
	assert_int_equal(wire_check_truncations(answer, sizeof(answer), decode_fixed, sizeof(m)), 22);
	wire_check_corruptions(answer, sizeof(answer), decode_fixed, sizeof(m));
}

/* One TLV behind the header. */
static size_t single(uint8_t *data, uint16_t type, uint16_t length, const void *value, size_t value_length)
{
	const uint8_t header[] = {
	    0x02, 0xb4, 0, 0, (uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(length >> 8), (uint8_t)length};
	uint16_t sum;

	memcpy(data, header, sizeof(header));
	memcpy(data + sizeof(header), value, value_length);
	sum = cdp_checksum(data, sizeof(header) + value_length, false);
	data[2] = (uint8_t)(sum >> 8);
	data[3] = (uint8_t)sum;
	return sizeof(header) + value_length;
}

static void voip_replies_of_every_length(void **state)
{
	struct cdp_message m;
	uint8_t data[32], again[32];
	size_t length;

	(void)state;
	length = single(data, CDP_VOIP_REPLY, 6, "\x00\x64", 2); /* VLAN alone */
	assert_int_equal(cdp_decode(data, length, &m, NULL), 0);
	assert_false(m.voip_reply.has_appliance);
	assert_true(m.voip_reply.has_vlan);
	assert_int_equal(m.voip_reply.vlan, 100);
	wire_check_bytes(again, cdp_encode(&m, again, sizeof(again)), data, length);
	length = single(data, CDP_VOIP_REPLY, 5, "\x01", 1); /* appliance alone: no VLAN */
	assert_int_equal(cdp_decode(data, length, &m, NULL), 0);
	assert_true(m.voip_reply.has_appliance);
	assert_false(m.voip_reply.has_vlan);
	wire_check_bytes(again, cdp_encode(&m, again, sizeof(again)), data, length);
	m.voip_reply.has_appliance = false;
	assert_int_equal(cdp_encode(&m, again, sizeof(again)), -EINVAL);
}

static void power_consumption_of_every_length(void **state)
{
	struct cdp_message m;
	uint8_t data[32];

	(void)state;
	assert_int_equal(cdp_decode(data, single(data, CDP_POWER_CONSUMPTION, 6, "\x18\x9c", 2), &m, NULL),
			 0);
	assert_int_equal(m.power_consumption, 6300);
	assert_int_equal(
	    cdp_decode(data, single(data, CDP_POWER_CONSUMPTION, 8, "\x00\x01\x5f\x90", 4), &m, NULL), 0);
	assert_int_equal(m.power_consumption, 90000);
	assert_int_equal(cdp_encode(&m, data, sizeof(data)), 12);
	assert_int_equal(
	    cdp_decode(data, single(data, CDP_POWER_CONSUMPTION, 10, "\x18\x9c\0\0\0\0", 6), &m, NULL), 0);
	assert_int_equal(m.power_consumption, 6300);
	wire_check_refused(data, single(data, CDP_POWER_CONSUMPTION, 7, "\0\0\0", 3), decode, sizeof(m), 4,
			   "an odd number of octets");
}

static void addresses_of_every_kind(void **state)
{
	static const uint8_t value[] = {
	    0x00, 0x00, 0x00, 0x04,						    /* four */
	    0x01, 0x01, 0xcc, 0x00, 0x04, 10,	0,    0,    1,			    /* IPv4 */
	    0x02, 0x08, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd, 0x00, 0x10, /* IPv6 */
	    0xfe, 0x80, 0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0,    0,	  0, 0,
	    1,	  0x02, 0x08, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x10, /* IPv6 as 0800 */
	    0xfe, 0x80, 0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0,    0,	  0, 0,
	    2,	  0x01, 0x01, 0x81, 0x00, 0x02, 0x12, 0x34, /* CLNP */
	};
	struct cdp_message m;
	uint8_t data[128];
	uint32_t ip = 0;
	size_t length = single(data, CDP_ADDRESS, 4 + sizeof(value), value, sizeof(value));

	(void)state;
	assert_int_equal(cdp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.addresses.count, 4);
	assert_int_equal(m.addresses.item[0].kind, CDP_ADDRESS_IPV4);
	assert_int_equal(m.addresses.item[1].kind, CDP_ADDRESS_IPV6);
	assert_int_equal(m.addresses.item[1].ipv6[15], 1);
	assert_int_equal(m.addresses.item[2].kind, CDP_ADDRESS_IPV6);
	assert_int_equal(m.addresses.item[2].ipv6[15], 2);
	assert_int_equal(m.addresses.item[3].kind, CDP_ADDRESS_OTHER);
	assert_int_equal(m.addresses.item[3].protocol.data[0], 0x81);
	assert_int_equal(m.addresses.item[3].address.length, 2);
	assert_true(cdp_first_ipv4(&m.addresses, &ip));
	assert_int_equal(ip, 0x0a000001);
	wire_check_corruptions(data, length, decode_fixed, sizeof(m));
	wire_check_truncations(data, length, decode_fixed, sizeof(m));
	/* a count that is not there */
	data[11] = 5;
	wire_check_refused(data, length, decode_fixed, sizeof(m), 4, "truncated");
	data[11] = 3;
	wire_check_refused(data, length, decode_fixed, sizeof(m), 4, "octets behind its fields");
	memset(data + 8, 0xff, 4);
	wire_check_refused(data, length, decode_fixed, sizeof(m), 4, "truncated");
}

static void entries_beyond_the_maximum_are_counted(void **state)
{
	struct cdp_message m;
	uint8_t value[4 + 10 * 9] = {0, 0, 0, 10}, levels[4 + 10 * 4] = {0}, data[128];

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		memcpy(value + 4 + i * 9, "\x01\x01\xcc\x00\x04\x0a\x00\x00", 8);
		value[4 + i * 9 + 8] = (uint8_t)i;
		levels[4 + i * 4 + 3] = (uint8_t)i;
	}
	assert_int_equal(
	    cdp_decode(data, single(data, CDP_ADDRESS, 4 + sizeof(value), value, sizeof(value)), &m, NULL),
	    0);
	assert_int_equal(m.addresses.count, CDP_ADDRESSES);
	assert_int_equal(m.addresses.dropped, 2);
	assert_int_equal(m.addresses.item[7].ipv4, 0x0a000007);
	assert_int_equal(
	    cdp_decode(data, single(data, CDP_POWER_REQUESTED, 4 + sizeof(levels), levels, sizeof(levels)),
		       &m, NULL),
	    0);
	assert_int_equal(m.power_requested.count, CDP_LEVELS);
	assert_int_equal(m.power_requested.dropped, 2);
	m.power_requested.count = CDP_LEVELS + 1;
	assert_int_equal(cdp_encode(&m, data, sizeof(data)), -EINVAL);
	m.addresses.count = 0;
	for (int i = 0; i < CDP_ADDRESSES; i++)
		assert_int_equal(cdp_add_ipv4(&m.addresses, 1), 0);
	assert_int_equal(cdp_add_ipv4(&m.addresses, 1), -ENOSPC);
}

static void unknown_tlvs_stay_raw(void **state)
{
	struct cdp_message m;
	static const uint8_t tlv[] = {0x00, 0x21, 0x00, 0x05, 'x'};
	uint8_t data[128], again[128], ten[10 * sizeof(tlv)];
	size_t length = single(data, 0x1000, 9, "hello", 5);

	(void)state;
	assert_int_equal(cdp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.unknown, 1);
	assert_int_equal(m.has, 0);
	assert_int_equal(m.raws, 1);
	wire_check_bytes(m.raw[0].data, (ssize_t)m.raw[0].length, data + 4, 9);
	wire_check_bytes(again, cdp_encode(&m, again, sizeof(again)), data, length);
	assert_int_equal(cdp_decode(data, single(data, 0x1e, 4, "", 0), &m, NULL), 0);
	assert_int_equal(m.unknown, 1);
	/* types above 31 must not alias a bit of has */
	assert_int_equal(cdp_decode(data, single(data, 0x21, 5, "x", 1), &m, NULL), 0);
	assert_int_equal(m.has, 0);
	/* ten of them: all are counted, the first eight stay */
	for (size_t i = 0; i < 10; i++)
		memcpy(ten + i * 5, tlv, sizeof(tlv));
	length = single(data, 0x21, 5, ten + 4, sizeof(ten) - 4);
	assert_int_equal(cdp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.unknown, 10);
	assert_int_equal(m.raws, CDP_RAW);
}

static void lengths_that_no_type_has(void **state)
{
	static const struct {
		uint16_t type, length;
		size_t offset;
		const char *what;
	} bad[] = {
	    {CDP_DEVICE_ID, 3, 4, "too short for an element"},
	    {CDP_DEVICE_ID, 0, 4, "too short for an element"},
	    {CDP_DEVICE_ID, 13, 4, "longer than the message"},
	    {CDP_DEVICE_ID, 0xffff, 4, "longer than the message"},
	    {CDP_CAPABILITIES, 12, 4, "octets behind its fields"},
	    {CDP_NATIVE_VLAN, 12, 4, "octets behind its fields"},
	    {CDP_DUPLEX, 12, 4, "octets behind its fields"},
	    {CDP_VOIP_REPLY, 12, 4, "octets behind its fields"},
	    {CDP_MTU, 12, 4, "octets behind its fields"},
	    {CDP_TRUST, 12, 4, "octets behind its fields"},
	    {CDP_SPARE_PAIR_POE, 12, 4, "octets behind its fields"},
	    {CDP_IP_PREFIX, 12, 4, "neither a gateway nor a list of 5 byte prefixes"},
	    {CDP_NATIVE_VLAN, 5, 4, "shorter than its fields"},
	};
	uint8_t data[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		wire_check_refused(data, single(data, bad[i].type, bad[i].length, "\0\0\0\0\0\0\0\0", 8),
				   decode, sizeof(struct cdp_message), bad[i].offset, bad[i].what);
	wire_check_refused(data, single(data, CDP_POWER_REQUESTED, 10, "\0\0\0\0\0\0", 6), decode,
			   sizeof(struct cdp_message), 4, "truncated");
	single(data, CDP_DUPLEX, 5, "\1", 1);
	data[0] = 3;
	wire_check_refused(data, 9, decode, sizeof(struct cdp_message), 0, "CDP version is neither 1 nor 2");
}

static void frames_carry_their_length(void **state)
{
	const struct mac source = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55}};
	uint8_t data[CDP_FRAME_MAX];
	struct cdp_message m;
	struct ether_frame f;

	(void)state;
	assert_int_equal(cdp_decode(phone, sizeof(phone), &m, NULL), 0);
	assert_int_equal(cdp_frame(&m, &source, data, sizeof(data)), 22 + sizeof(phone));
	assert_memory_equal(
	    data, "\x01\x00\x0c\xcc\xcc\xcc\x00\x11\x22\x33\x44\x55\x00\x99\xaa\xaa\x03\x00\x00\x0c\x20", 21);
	assert_int_equal(ether_decode(data, 22 + sizeof(phone), &f, NULL), 0);
	assert_true(cdp_is_frame(&f));
	wire_check_bytes(f.payload.data, (ssize_t)f.payload.length, phone, sizeof(phone));
	f.oui = 0;
	assert_false(cdp_is_frame(&f));
	/* a short message: padded, and the padding is not read */
	m.has = CDP_HAS(CDP_DUPLEX);
	assert_int_equal(cdp_frame(&m, &source, data, sizeof(data)), ETHER_MIN);
	assert_int_equal(ether_decode(data, ETHER_MIN, &f, NULL), 0);
	assert_int_equal(f.pad, ETHER_MIN - 31);
	assert_int_equal(cdp_decode(f.payload.data, f.payload.length, &m, NULL), 0);
	assert_int_equal(m.has, CDP_HAS(CDP_DUPLEX));
	assert_int_equal(cdp_frame(&m, &source, data, ETHER_MIN - 1), -ENOSPC);
}

static struct cdp_addresses random_addresses(struct rng *rng, char text[2][41])
{
	struct cdp_addresses a = {.count = (unsigned)rng_range(rng, 0, CDP_ADDRESSES)};

	for (unsigned i = 0; i < a.count; i++) {
		struct cdp_address *item = &a.item[i];

		item->kind = (enum cdp_address_kind)rng_range(rng, CDP_ADDRESS_IPV4, CDP_ADDRESS_OTHER);
		item->ipv4 = item->kind == CDP_ADDRESS_IPV4 ? wire_check_random(rng) : 0;
		for (int b = 0; item->kind == CDP_ADDRESS_IPV6 && b < 16; b++)
			item->ipv6[b] = (uint8_t)rng_next(rng);
		if (item->kind == CDP_ADDRESS_OTHER) {
			item->protocol_type = 7;
			item->protocol = wire_check_random_slice(rng, text[0], 0, 40);
			item->address = wire_check_random_slice(rng, text[1], 0, 40);
		}
	}
	return a;
}

static struct cdp_power random_power(struct rng *rng)
{
	struct cdp_power p = {.request_id = (uint16_t)rng_next(rng),
			      .management_id = (uint16_t)rng_next(rng)};

	p.count = (unsigned)rng_range(rng, 0, CDP_LEVELS);
	for (unsigned i = 0; i < p.count; i++)
		p.level[i] = wire_check_random(rng);
	return p;
}

/* Every slice of a message, for filling and comparing alike; protocol hello and query have a least length. */
static const struct {
	enum cdp_tlv type;
	size_t member, least, most;
} slices[] = {
    {CDP_DEVICE_ID, offsetof(struct cdp_message, device_id), 0, 40},
    {CDP_PORT_ID, offsetof(struct cdp_message, port_id), 0, 40},
    {CDP_VERSION, offsetof(struct cdp_message, software_version), 0, 250},
    {CDP_PLATFORM, offsetof(struct cdp_message, platform), 0, 40},
    {CDP_IP_PREFIX, offsetof(struct cdp_message, ip_prefix), 5, 5},
    {CDP_PROTOCOL_HELLO, offsetof(struct cdp_message, protocol_hello), 32, 32},
    {CDP_VTP_DOMAIN, offsetof(struct cdp_message, vtp_domain), 0, 32},
    {CDP_VOIP_QUERY, offsetof(struct cdp_message, voip_query), 1, 8},
    {CDP_SYSTEM_NAME, offsetof(struct cdp_message, system_name), 0, 40},
    {CDP_SYSTEM_OID, offsetof(struct cdp_message, system_oid), 0, 20},
    {CDP_LOCATION, offsetof(struct cdp_message, location), 1, 40},
    {CDP_EXTERNAL_PORT, offsetof(struct cdp_message, external_port), 0, 20},
    {CDP_ENERGYWISE, offsetof(struct cdp_message, energywise), 0, 40},
};
#define SLICES (sizeof(slices) / sizeof(*slices))

static struct wire_slice *slice_of(struct cdp_message *m, size_t i)
{
	return (struct wire_slice *)((uint8_t *)m + slices[i].member);
}

static void random_messages_round_trip(void **state)
{
	static char text[SLICES][256], other[2][41];
	uint8_t data[CDP_FRAME_MAX], again[CDP_FRAME_MAX];
	struct cdp_message m, back;
	struct rng rng;
	ssize_t length;

	(void)state;
	rng_seed(&rng, 4, "cdp");
	for (int round = 0; round < 2000; round++) {
		memset(&m, 0, sizeof(m));
		m.version = 2;
		m.ttl = (uint8_t)rng_next(&rng);
		for (uint16_t type = 1; type < 32; type++)
			if (cdp_find_row(type) && wire_check_coin(&rng))
				m.has |= CDP_HAS(type);
		for (size_t i = 0; i < SLICES; i++)
			*slice_of(&m, i) =
			    wire_check_random_slice(&rng, text[i], slices[i].least, slices[i].most);
		m.addresses = random_addresses(&rng, other);
		m.management_addresses = random_addresses(&rng, other);
		m.capabilities = wire_check_random(&rng);
		m.native_vlan = (uint16_t)rng_next(&rng);
		m.duplex = wire_check_coin(&rng);
		m.voip_reply = (struct cdp_voip_reply){true, true, 1, (uint16_t)rng_next(&rng)};
		m.power_consumption = wire_check_random(&rng) >> rng_range(&rng, 0, 20);
		m.mtu = wire_check_random(&rng);
		m.trust = m.cos = m.unidirectional = m.spare_pair = (uint8_t)round;
		m.second_port = (struct cdp_second_port){2, (uint8_t)round};
		m.power_requested = random_power(&rng);
		m.power_available = random_power(&rng);
		length = cdp_encode(&m, data, sizeof(data));
		assert_true(length >= 4);
		assert_int_equal(cdp_decode(data, (size_t)length, &back, NULL), 0);
		wire_check_bytes(again, cdp_encode(&back, again, sizeof(again)), data, (size_t)length);
		assert_int_equal(back.has, m.has);
		assert_int_equal(back.ttl, m.ttl);
		for (size_t i = 0; i < SLICES; i++)
			if (m.has & CDP_HAS(slices[i].type))
				assert_true(wire_slice_equal(*slice_of(&back, i), *slice_of(&m, i)));
		if (m.has & CDP_HAS(CDP_POWER_REQUESTED))
			assert_memory_equal(&back.power_requested, &m.power_requested,
					    sizeof(m.power_requested));
		if (m.has & CDP_HAS(CDP_POWER_AVAILABLE))
			assert_memory_equal(&back.power_available, &m.power_available,
					    sizeof(m.power_available));
		if (m.has & CDP_HAS(CDP_POWER_CONSUMPTION))
			assert_int_equal(back.power_consumption, m.power_consumption);
		if (m.has & CDP_HAS(CDP_VOIP_REPLY))
			assert_int_equal(back.voip_reply.vlan, m.voip_reply.vlan);
		if (m.has & CDP_HAS(CDP_NATIVE_VLAN))
			assert_int_equal(back.native_vlan, m.native_vlan);
		if (m.has & CDP_HAS(CDP_CAPABILITIES))
			assert_int_equal(back.capabilities, m.capabilities);
		if (m.has & CDP_HAS(CDP_MTU))
			assert_int_equal(back.mtu, m.mtu);
		if (m.has & CDP_HAS(CDP_SECOND_PORT_STATUS))
			assert_int_equal(back.second_port.status, m.second_port.status);
		for (unsigned i = 0; m.has & CDP_HAS(CDP_ADDRESS) && i < m.addresses.count; i++) {
			assert_int_equal(back.addresses.item[i].kind, m.addresses.item[i].kind);
			assert_int_equal(back.addresses.item[i].ipv4, m.addresses.item[i].ipv4);
			assert_memory_equal(back.addresses.item[i].ipv6, m.addresses.item[i].ipv6, 16);
		}
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(cdp_find_row(CDP_VOIP_QUERY)->name, "VoIP VLAN query");
	assert_null(cdp_find_row(0x1e));
	assert_string_equal(cdp_capability_name(7), "Phone");
	assert_string_equal(cdp_capability_letter(7), "P");
	assert_string_equal(cdp_capability_name(10), "Two-port Mac Relay");
	assert_string_equal(cdp_capability_letter(10), "M");
	assert_null(cdp_capability_name(11));
	assert_null(cdp_capability_letter(11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checksum_vectors),
	    cmocka_unit_test(a_last_byte_of_0x80_is_taken_both_ways),
	    cmocka_unit_test(what_a_phone_says),
	    cmocka_unit_test(the_answer_of_a_switch),
	    cmocka_unit_test(voip_replies_of_every_length),
	    cmocka_unit_test(power_consumption_of_every_length),
	    cmocka_unit_test(addresses_of_every_kind),
	    cmocka_unit_test(entries_beyond_the_maximum_are_counted),
	    cmocka_unit_test(unknown_tlvs_stay_raw),
	    cmocka_unit_test(lengths_that_no_type_has),
	    cmocka_unit_test(frames_carry_their_length),
	    cmocka_unit_test(random_messages_round_trip),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
