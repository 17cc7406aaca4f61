/* DHCP: what phones and servers say, byte by byte; overload, split options, and options that lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/dhcp.h"
#include "wire/dhcp_option.h"

#define FIXED 240 /* the fixed part and the magic cookie */

/* The options of a phone's DISCOVER; fixed_part() makes what is in front. */
static const uint8_t discover[] = {
    0x35, 0x01, 0x01, /* 53: discover */
    0x0c, 0x0f, 'S',  'E',  'P',  '0',	'0',  '1',  '1',  '2', '2', 'A', 'A', 'B', 'B', '0', '1', /* 12: host
												     name */
    0x37, 0x07, 1,    66,   6,	  3,	15,   150,  35, /* 55: asks for these */
    0x39, 0x02, 0x05, 0xdc,				/* 57: up to 1500 bytes */
    0x3c, 0x24,						/* 60: 36 bytes */
    'C',  'i',	's',  'c',  'o',  ' ',	'S',  'y',  's',  't', 'e', 'm', 's', ',', ' ', 'I', 'n', 'c',
    '.',  ' ',	'I',  'P',  ' ',  'P',	'h',  'o',  'n',  'e', ' ', 'C', 'P', '-', '7', '8', '4', '1',
    0x3d, 0x07, 0x01, 0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* 61: type 1, the MAC */
    0xff,						  /* end */
};

/* The options of a server's ACK. */
static const uint8_t ack[] = {
    0x35, 0x01, 0x05,						 /* 53: ack */
    0x01, 0x04, 255,  255,  255,  0,				 /* 1: mask */
    0x03, 0x04, 10,   110,  0,	  1,				 /* 3: router */
    0x06, 0x08, 10,   20,   0,	  2,	10,  20,  0,   3,	 /* 6: two name servers */
    0x0f, 0x03, 'l',  'a',  'b',				 /* 15: domain */
    0x33, 0x04, 0x00, 0x00, 0x0e, 0x10,				 /* 51: 3600 s */
    0x36, 0x04, 10,   110,  0,	  2,				 /* 54: server */
    0x3a, 0x04, 0x00, 0x00, 0x07, 0x08,				 /* 58: T1 1800 s */
    0x3b, 0x04, 0x00, 0x00, 0x0c, 0x4e,				 /* 59: T2 3150 s */
    0x42, 0x09, '1',  '0',  '.',  '2',	'0', '.', '0', '.', '3', /* 66: TFTP server name */
    0x96, 0x08, 10,   20,   0,	  3,	10,  20,  0,   4,	 /* 150: two TFTP servers */
    0xff,							 /* end */
};

WIRE_CHECK_STRICT(decode, struct dhcp_message, dhcp_decode)

/* The fixed part, options behind it; zeros up to DHCP_MIN. The length. */
static size_t compose(uint8_t *data, uint8_t operation, const uint8_t *options, size_t length)
{
	static const uint8_t head[] = {
	    0x00, 0x01, 0x06, 0x00,		/* operation (set below), Ethernet, 6 bytes, no hops */
	    0xde, 0xad, 0xbe, 0xef,		/* xid */
	    0x00, 0x02, 0x80, 0x00,		/* 2 seconds, broadcast */
	    0x00, 0x00, 0x00, 0x00,		/* ciaddr */
	    10,	  110,	0,    57,		/* yiaddr */
	    10,	  20,	0,    3,		/* siaddr */
	    0x00, 0x00, 0x00, 0x00,		/* giaddr */
	    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* chaddr */
	};
	size_t total = FIXED + length;

	memset(data, 0, DHCP_MIN);
	memcpy(data, head, sizeof(head));
	data[0] = operation;
	memcpy(data + 236, "\x63\x82\x53\x63", 4);
	memcpy(data + FIXED, options, length);
	return total < DHCP_MIN ? DHCP_MIN : total;
}

static void a_discover(void **state)
{
	const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	uint8_t data[DHCP_MAX], again[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREQUEST, discover, sizeof(discover));
	struct dhcp_message m;

	(void)state;
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.operation, DHCP_BOOTREQUEST);
	assert_int_equal(m.xid, 0xdeadbeef);
	assert_int_equal(m.seconds, 2);
	assert_int_equal(m.flags, DHCP_FLAG_BROADCAST);
	assert_int_equal(m.yiaddr, 0x0a6e0039);
	assert_int_equal(m.siaddr, 0x0a140003);
	assert_true(mac_equal(&m.chaddr, &phone));
	assert_string_equal(m.sname, "");
	assert_string_equal(m.file, "");
	assert_int_equal(m.has, DHCP_HAS_TYPE | DHCP_HAS_HOST_NAME | DHCP_HAS_PARAMETERS | DHCP_HAS_MAX_SIZE |
				    DHCP_HAS_VENDOR_CLASS | DHCP_HAS_CLIENT_ID);
	assert_int_equal(m.type, DHCP_DISCOVER);
	assert_string_equal(m.host_name, "SEP001122AABB01");
	assert_int_equal(m.parameters.length, 7);
	assert_non_null(memchr(m.parameters.data, DHCP_OPTION_TFTP_ADDRESS, m.parameters.length));
	assert_null(memchr(m.parameters.data, DHCP_OPTION_BOOT_FILE, m.parameters.length));
	assert_int_equal(m.max_size, 1500);
	assert_string_equal(m.vendor_class, "Cisco Systems, Inc. IP Phone CP-7841");
	assert_int_equal(m.client_id.length, 7);
	assert_int_equal(m.client_id.data[0], 1);
	wire_check_bytes(again, dhcp_encode(&m, again, sizeof(again)), data, length);
	for (size_t size = 0; size < length; size++)
		assert_int_equal(dhcp_encode(&m, again, size), -ENOSPC);
	wire_check_corruptions(data, length, decode, sizeof(m));
}

static void an_ack(void **state)
{
	uint8_t data[DHCP_MAX], again[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREPLY, ack, sizeof(ack));
	struct dhcp_message m;

	(void)state;
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.type, DHCP_ACK);
	assert_int_equal(m.mask, 0xffffff00);
	assert_int_equal(m.routers.count, 1);
	assert_int_equal(m.routers.item[0], 0x0a6e0001);
	assert_int_equal(m.dns.count, 2);
	assert_int_equal(m.dns.item[1], 0x0a140003);
	assert_string_equal(m.domain, "lab");
	assert_int_equal(m.lease, 3600);
	assert_int_equal(m.server, 0x0a6e0002);
	assert_int_equal(m.t1, 1800);
	assert_int_equal(m.t2, 3150);
	assert_string_equal(m.tftp_name, "10.20.0.3");
	assert_int_equal(m.tftp_addresses.count, 2);
	assert_int_equal(m.tftp_addresses.item[0], 0x0a140003);
	assert_int_equal(m.tftp_addresses.item[1], 0x0a140004);
	wire_check_bytes(again, dhcp_encode(&m, again, sizeof(again)), data, length);
	/* Without its padding too, and then cut: only between two of its twelve options is it whole. */
	assert_int_equal(wire_check_truncations(data, FIXED + sizeof(ack), decode, sizeof(m)), 12);
	wire_check_corruptions(data, FIXED + sizeof(ack), decode, sizeof(m));
}

static void bootp_has_no_type(void **state)
{
	const uint8_t none[] = {0x01, 0x04, 255, 255, 0, 0, 0xff};
	uint8_t data[DHCP_MAX];
	struct dhcp_message m;

	(void)state;
	assert_int_equal(dhcp_decode(data, compose(data, DHCP_BOOTREPLY, none, sizeof(none)), &m, NULL), 0);
	assert_int_equal(m.has, DHCP_HAS_MASK);
}

static void names_in_the_fixed_part(void **state)
{
	const uint8_t end[] = {0xff};
	uint8_t data[DHCP_MAX], again[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREPLY, end, sizeof(end));
	struct dhcp_message m;

	(void)state;
	memset(data + 44, 's', 64); /* full, without a NUL */
	memcpy(data + 108, "boot.bin", 8);
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(strlen(m.sname), 64);
	assert_string_equal(m.file, "boot.bin");
	wire_check_bytes(again, dhcp_encode(&m, again, sizeof(again)), data, length);
}

static void overloaded_fields_hold_options(void **state)
{
	/* options, then file, then sname (RFC 2131 4.1) */
	const uint8_t options[] = {0x35, 0x01, 0x02, 0x34, 0x01, 0x03, 0x96, 0x04, 10, 0, 0, 1, 0xff};
	const uint8_t file[] = {0x00, 0x0f, 0x03, 'l', 'a', 'b', 0x96, 0x04, 10, 0, 0, 2, 0xff, 0x01};
	const uint8_t sname[] = {0x96, 0x04, 10, 0, 0, 3, 0x33, 0x04, 0, 0, 0, 60}; /* without an end */
	uint8_t data[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREPLY, options, sizeof(options));
	struct dhcp_message m;

	(void)state;
	memcpy(data + 108, file, sizeof(file));
	memcpy(data + 44, sname, sizeof(sname));
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.overload, 3);
	assert_string_equal(m.domain, "lab");
	assert_int_equal(m.lease, 60);
	assert_int_equal(m.tftp_addresses.count, 3); /* the three parts in order */
	assert_int_equal(m.tftp_addresses.item[0], 0x0a000001);
	assert_int_equal(m.tftp_addresses.item[1], 0x0a000002);
	assert_int_equal(m.tftp_addresses.item[2], 0x0a000003);
	assert_string_equal(m.file, "");
	assert_string_equal(m.sname, "");
	wire_check_corruptions(data, length, decode, sizeof(m));

	data[FIXED + 5] = 1; /* file only: sname is a name again */
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.tftp_addresses.count, 2);
	assert_false(m.has & DHCP_HAS_LEASE);
	data[FIXED + 5] = 2; /* sname only */
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_int_equal(m.tftp_addresses.count, 2);
	assert_int_equal(m.tftp_addresses.item[1], 0x0a000003);
	assert_false(m.has & DHCP_HAS_DOMAIN);

	data[FIXED + 5] = 4;
	wire_check_refused(data, length, decode, sizeof(m), FIXED + 3, "not 1, 2 or 3");
	data[FIXED + 5] = 3;
	data[44 + 7] = 0x80; /* an option that runs out of sname */
	wire_check_refused(data, length, decode, sizeof(m), 44 + 6, "longer than the message");
}

static void split_options_are_put_together(void **state)
{
	const uint8_t options[] = {
	    0x35, 0x01, 0x02,			   /* offer */
	    0x42, 0x03, 'c',  'u', 'c',		   /* 66, first part */
	    0x01, 0x04, 255,  255, 255,	 0,	   /* something else between */
	    0x42, 0x00,				   /* an empty part */
	    0x42, 0x02, 'm',  '1',		   /* 66, last part */
	    0x96, 0x06, 10,   0,   0,	 1, 10, 0, /* 150, split in the middle of an address */
	    0x96, 0x02, 0,    2,   0xff,
	};
	uint8_t data[DHCP_MAX], again[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREPLY, options, sizeof(options));
	struct dhcp_message m, back;
	ssize_t size;

	(void)state;
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_string_equal(m.tftp_name, "cucm1");
	assert_int_equal(m.tftp_addresses.count, 2);
	assert_int_equal(m.tftp_addresses.item[1], 0x0a000002);
	size = dhcp_encode(&m, again, sizeof(again));
	assert_int_equal(dhcp_decode(again, (size_t)size, &back, NULL), 0);
	assert_string_equal(back.tftp_name, "cucm1");
	wire_check_corruptions(data, length, decode, sizeof(m));
}

static void nuls_at_the_end_of_texts_are_dropped(void **state)
{
	const uint8_t options[] = {0x3c, 0x06, 'p', 'h', 'o', 'n',  'e',  0, 0x42,
				   0x04, 't',  'f', 0,	 0,   0x0c, 0x01, 0, 0xff};
	const uint8_t inside[] = {0x42, 0x03, 'a', 0, 'b', 0xff};
	uint8_t data[DHCP_MAX], again[DHCP_MAX];
	size_t length = compose(data, DHCP_BOOTREQUEST, options, sizeof(options));
	struct dhcp_message m;

	(void)state;
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_string_equal(m.vendor_class, "phone");
	assert_string_equal(m.tftp_name, "tf");
	assert_true(m.has & DHCP_HAS_HOST_NAME);
	assert_string_equal(m.host_name, "");
	length = (size_t)dhcp_encode(&m, again, sizeof(again));
	assert_int_equal(dhcp_decode(again, length, &m, NULL), 0);
	assert_true(m.has & DHCP_HAS_HOST_NAME);
	length = compose(data, DHCP_BOOTREQUEST, inside, sizeof(inside));
	wire_check_refused(data, length, decode, sizeof(m), FIXED, "octets behind its fields");
	assert_int_equal(dhcp_decode(data, length, &m, NULL), 0);
	assert_string_equal(m.tftp_name, "a");
}

static void unknown_options_are_skipped_and_counted(void **state)
{
	const uint8_t options[] = {0x35, 0x01, 0x02, 43, 2, 1,	  2,	0,    0,
				   82,	 0,    43,   1,	 3, 0xff, 0x35, 0x01, 0x05};
	uint8_t data[DHCP_MAX];
	struct dhcp_message m;

	(void)state;
	assert_int_equal(dhcp_decode(data, compose(data, DHCP_BOOTREPLY, options, sizeof(options)), &m, NULL),
			 0);
	assert_int_equal(m.unknown, 3);
	assert_int_equal(m.type, DHCP_OFFER); /* what is behind the end does not count */
}

static void bad_messages_are_refused(void **state)
{
	static const struct {
		uint8_t options[12];
		size_t length, offset;
		const char *what;
	} bad[] = {
	    {{0x35, 0x02, 1, 1}, 4, FIXED, "octets behind its fields"},
	    {{0x35, 0x00}, 2, FIXED, "no value"},
	    {{0x35, 0x01, 1, 0x35, 0x01, 2}, 6, FIXED, "octets behind its fields"},
	    {{0x01, 0x03, 255, 255, 255}, 5, FIXED, "shorter than its fields"},
	    {{0x33, 0x05, 0, 0, 0, 0, 0}, 7, FIXED, "octets behind its fields"},
	    {{0x39, 0x01, 5}, 3, FIXED, "shorter than its fields"},
	    {{0x3d, 0x01, 1}, 3, FIXED, "shorter than its fields"},
	    {{0x37, 0x00}, 2, FIXED, "no value"},
	    {{0x42, 0x00}, 2, FIXED, "no value"},
	    {{0x96, 0x06, 1, 2, 3, 4, 5, 6}, 8, FIXED, "octets behind its fields"},
	    {{0x96, 0x02, 1, 2}, 4, FIXED, "shorter than its fields"},
	    {{0x34, 0x01, 0x00}, 3, FIXED, "not 1, 2 or 3"},
	    {{0x34, 0x02, 0x01, 0x01}, 4, FIXED, "octets behind its fields"},
	};
	const uint8_t tail[] = {43, 58}; /* 58 bytes where 58 + 2 are left less one */
	uint8_t data[DHCP_MAX];
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		length = compose(data, DHCP_BOOTREPLY, bad[i].options, bad[i].length);
		wire_check_refused(data, length, decode, sizeof(struct dhcp_message), bad[i].offset,
				   bad[i].what);
	}
	length = compose(data, DHCP_BOOTREPLY, tail, sizeof(tail));
	wire_check_refused(data, length - 1, decode, sizeof(struct dhcp_message), FIXED,
			   "longer than the message");
	wire_check_refused(data, FIXED + 1, decode, sizeof(struct dhcp_message), FIXED,
			   "longer than the message");
	wire_check_refused(data, FIXED - 1, decode, sizeof(struct dhcp_message), FIXED - 4, "truncated");
	data[236] ^= 1;
	wire_check_refused(data, length, decode, sizeof(struct dhcp_message), 236, "no DHCP magic cookie");
	data[2] = 16;
	wire_check_refused(data, length, decode, sizeof(struct dhcp_message), 1,
			   "DHCP hardware address is not Ethernet's");
	data[0] = 3;
	wire_check_refused(data, length, decode, sizeof(struct dhcp_message), 0,
			   "BOOTP operation is neither request nor reply");
}

static void long_and_many(void **state)
{
	uint8_t options[2000], data[DHCP_MAX + 2000];
	struct dhcp_message m;
	size_t at = 0;

	(void)state;
	/* 20 addresses in two parts: 16 kept */
	for (int part = 0; part < 2; part++) {
		options[at++] = DHCP_OPTION_TFTP_ADDRESS;
		options[at++] = 40;
		for (int i = 0; i < 40; i++)
			options[at++] = (uint8_t)(i % 4 == 3 ? i / 4 + part * 10 : 1);
	}
	assert_int_equal(dhcp_decode(data, compose(data, DHCP_BOOTREPLY, options, at), &m, NULL), 0);
	assert_int_equal(m.tftp_addresses.count, DHCP_ADDRESSES);
	assert_int_equal(m.tftp_addresses.dropped, 4);
	assert_int_equal(m.tftp_addresses.item[15], 0x0101010f);
	/* a text of 255 bytes fits, of 256 does not */
	at = 0;
	options[at++] = DHCP_OPTION_BOOT_FILE;
	options[at++] = 255;
	memset(options + at, 'b', 255);
	at += 255;
	assert_int_equal(dhcp_decode(data, compose(data, DHCP_BOOTREPLY, options, at), &m, NULL), 0);
	assert_int_equal(strlen(m.boot_file), 255);
	memcpy(options + at,
	       "\x43\x01"
	       "b",
	       3);
	wire_check_refused(data, compose(data, DHCP_BOOTREPLY, options, at + 3), decode, sizeof(m), FIXED,
			   "longer than 255 octets");
	/* of 1275 bytes of addresses 1020 are put together, and 16 addresses kept */
	for (at = 0; at < 5 * 257; at += 257) {
		options[at] = DHCP_OPTION_DNS;
		options[at + 1] = 255;
		memset(options + at + 2, 1, 255);
	}
	assert_int_equal(dhcp_decode(data, compose(data, DHCP_BOOTREPLY, options, at), &m, NULL), 0);
	assert_int_equal(m.dns.count, DHCP_ADDRESSES);
	assert_int_equal(m.dns.dropped, 239);
}

static void refuses_to_encode_invalid_messages(void **state)
{
	struct dhcp_message m = {.operation = DHCP_BOOTREQUEST};
	uint8_t data[DHCP_MAX];

	(void)state;
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), DHCP_MIN);
	m.has = DHCP_HAS_PARAMETERS;
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
	m.has = DHCP_HAS_TFTP_ADDRESS;
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
	m.tftp_addresses.count = DHCP_ADDRESSES + 1;
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
	m.has = DHCP_HAS_MESSAGE;
	memset(m.message, 'x', sizeof(m.message));
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
	m.has = 0;
	memset(m.sname, 'x', sizeof(m.sname));
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
	m.sname[0] = 0;
	m.operation = 0;
	assert_int_equal(dhcp_encode(&m, data, sizeof(data)), -EINVAL);
}

static struct dhcp_addresses random_list(struct rng *rng)
{
	struct dhcp_addresses list = {.count = (unsigned)rng_range(rng, 1, DHCP_ADDRESSES)};

	for (unsigned i = 0; i < list.count; i++)
		list.item[i] = wire_check_random(rng);
	return list;
}

static void random_bytes(struct rng *rng, struct dhcp_bytes *bytes)
{
	memset(bytes, 0, sizeof(*bytes));
	bytes->length = (uint8_t)rng_range(rng, 2, 255);
	for (unsigned i = 0; i < bytes->length; i++)
		bytes->data[i] = (uint8_t)rng_next(rng);
}

/* Every member, in an order of its own; what has says is compared. */
#define EACH_TEXT(do)                                                                                        \
	do                                                                                                   \
	(HOST_NAME, host_name) do(DOMAIN, domain) do(MESSAGE, message) do(VENDOR_CLASS, vendor_class) do(    \
	    TFTP_NAME, tftp_name) do(BOOT_FILE, boot_file)
#define EACH_NUMBER(do)                                                                                      \
	do                                                                                                   \
	(MASK, mask) do(ADDRESS, address) do(LEASE, lease) do(TYPE, type) do(SERVER, server) do(             \
	    MAX_SIZE, max_size) do(T1, t1) do(T2, t2) do(ARP_TIMEOUT, arp_timeout)
#define EACH_BLOCK(do)                                                                                       \
	do                                                                                                   \
	(ROUTER, routers) do(DNS, dns) do(TFTP_ADDRESS, tftp_addresses) do(PARAMETERS, parameters) do(       \
	    CLIENT_ID, client_id)

static void fill(struct rng *rng, struct dhcp_message *m)
{
	memset(m, 0, sizeof(*m));
	m->operation = (uint8_t)rng_range(rng, 1, 2);
	m->hops = (uint8_t)rng_next(rng);
	m->xid = wire_check_random(rng);
	m->seconds = (uint16_t)rng_next(rng);
	m->flags = (uint16_t)rng_next(rng);
	m->ciaddr = wire_check_random(rng);
	m->yiaddr = wire_check_random(rng);
	m->siaddr = wire_check_random(rng);
	m->giaddr = wire_check_random(rng);
	for (int i = 0; i < 6; i++)
		m->chaddr.octet[i] = (uint8_t)rng_next(rng);
	wire_check_random_text(rng, m->sname, 0, sizeof(m->sname) - 1);
	wire_check_random_text(rng, m->file, 0, sizeof(m->file) - 1);
	m->has = wire_check_random(rng) & ((DHCP_HAS_ARP_TIMEOUT << 1) - 1) & ~(uint32_t)DHCP_HAS_OVERLOAD;
#define TEXT(has, member)   wire_check_random_text(rng, m->member, 1, DHCP_TEXT - 1);
#define NUMBER(has, member) m->member = (__typeof__(m->member))rng_next(rng);
	EACH_TEXT(TEXT)
	EACH_NUMBER(NUMBER)
#undef TEXT
#undef NUMBER
	m->routers = random_list(rng);
	m->dns = random_list(rng);
	m->tftp_addresses = random_list(rng);
	random_bytes(rng, &m->parameters);
	random_bytes(rng, &m->client_id);
}

static void random_messages_round_trip(void **state)
{
	uint8_t data[4096], again[4096];
	struct dhcp_message m, back;
	struct rng rng;
	ssize_t length;

	(void)state;
	rng_seed(&rng, 6, "dhcp");
	for (int round = 0; round < 2000; round++) {
		fill(&rng, &m);
		length = dhcp_encode(&m, data, sizeof(data));
		assert_true(length >= DHCP_MIN);
		assert_int_equal(dhcp_decode(data, (size_t)length, &back, NULL), 0);
		wire_check_bytes(again, dhcp_encode(&back, again, sizeof(again)), data, (size_t)length);
		assert_int_equal(back.has, m.has);
		assert_int_equal(back.xid, m.xid);
		assert_int_equal(back.flags, m.flags);
		assert_int_equal(back.ciaddr, m.ciaddr);
		assert_int_equal(back.giaddr, m.giaddr);
		assert_true(mac_equal(&back.chaddr, &m.chaddr));
		assert_string_equal(back.sname, m.sname);
		assert_string_equal(back.file, m.file);
#define TEXT(bit, member)                                                                                    \
	if (m.has & DHCP_HAS_##bit)                                                                          \
		assert_string_equal(back.member, m.member);
#define NUMBER(bit, member)                                                                                  \
	if (m.has & DHCP_HAS_##bit)                                                                          \
		assert_int_equal(back.member, m.member);
#define BLOCK(bit, member)                                                                                   \
	if (m.has & DHCP_HAS_##bit)                                                                          \
		assert_memory_equal(&back.member, &m.member, sizeof(m.member));
		EACH_TEXT(TEXT)
		EACH_NUMBER(NUMBER)
		EACH_BLOCK(BLOCK)
	}
}

static void names(void **state)
{
	const char *const types[] = {"discover", "offer", "request", "decline",
				     "ack",	 "nak",	  "release", "inform"};

	(void)state;
	for (uint8_t i = 0; i < 8; i++)
		assert_string_equal(dhcp_type_name(i + 1), types[i]);
	assert_null(dhcp_type_name(0));
	assert_null(dhcp_type_name(9));
	assert_string_equal(dhcp_find_row(150)->name, "TFTP server address");
	assert_null(dhcp_find_row(43));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_discover),
	    cmocka_unit_test(an_ack),
	    cmocka_unit_test(bootp_has_no_type),
	    cmocka_unit_test(names_in_the_fixed_part),
	    cmocka_unit_test(overloaded_fields_hold_options),
	    cmocka_unit_test(split_options_are_put_together),
	    cmocka_unit_test(nuls_at_the_end_of_texts_are_dropped),
	    cmocka_unit_test(unknown_options_are_skipped_and_counted),
	    cmocka_unit_test(bad_messages_are_refused),
	    cmocka_unit_test(long_and_many),
	    cmocka_unit_test(refuses_to_encode_invalid_messages),
	    cmocka_unit_test(random_messages_round_trip),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
