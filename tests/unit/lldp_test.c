/* LLDP and LLDP-MED: what phones and switches say, byte by byte; every TLV; what a phone insists on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/lldp.h"
#include "wire/lldp_tlv.h"

/* A phone before DHCP: chassis is the network address 0.0.0.0, the voice policy not known yet. */
static const uint8_t phone[] = {
    0x02, 0x06, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00,	  /* chassis: network address, IPv4 0.0.0.0 */
    0x04, 0x07, 0x03, 0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* port: MAC */
    0x06, 0x02, 0x00, 0xb4,				  /* TTL 180 s */
    0x08, 0x06, 'P',  'o',  'r',  't',	' ',  '1',	  /* port description */
    0x0a, 0x0f, 'S',  'E',  'P',  '0',	'0',  '1',  '1',  '2',	'2',
    'A',  'A',	'B',  'B',  '0',  '1',	/* system name */
    0x0e, 0x04, 0x00, 0x24, 0x00, 0x24, /* capabilities: bridge, telephone; both enabled */
    0xfe, 0x09, 0x00, 0x12, 0x0f, 0x01, 0x03, 0x6c, 0x01, 0x00, 0x1e, /* MAC/PHY: negotiated, 1000BASE-T FD */
    0xfe, 0x07, 0x00, 0x12, 0xbb, 0x01, 0x00, 0x33, 0x03, /* MED: capabilities, policy, PD, inventory; class
							     III */
    0xfe, 0x08, 0x00, 0x12, 0xbb, 0x02, 0x01, 0x80, 0x00, 0x00, /* policy: voice, unknown */
    0xfe, 0x07, 0x00, 0x12, 0xbb, 0x04, 0x70, 0x00, 0x81, /* power: PD, PSE and local, unknown, 12.9 W */
    0xfe, 0x07, 0x00, 0x12, 0xbb, 0x06, '1',  '2',  '.',  /* firmware */
    0x00, 0x00,						  /* end */
};

/* A switch with voice VLAN 100 and power by 802.3at. */
static const uint8_t neighbor[] = {
    0x02, 0x07, 0x04, 0x00, 0x11, 0x22, 0x00, 0x00, 0x01, /* chassis: MAC */
    0x04, 0x08, 0x05, 'G',  'i',  '1',	'/',  '0',  '/',
    '1',					    /* port: interface name */
    0x06, 0x02, 0x00, 0x78,			    /* TTL 120 s */
    0x0c, 0x02, 'O',  'S',			    /* system description */
    0x10, 0x0c,					    /* management address */
    0x05, 0x01, 0x0a, 0x0a, 0x00, 0x02,		    /* 5 bytes: IPv4 10.10.0.2 */
    0x02, 0x00, 0x00, 0x00, 0x07, 0x00,		    /* ifIndex 7, no OID */
    0xfe, 0x06, 0x00, 0x80, 0xc2, 0x01, 0x00, 0x0a, /* port VLAN 10 */
    0xfe, 0x0c, 0x00, 0x12, 0x0f, 0x02,		    /* power via MDI */
    0x07, 0x01, 0x05,				    /* PSE, supported, enabled; signal pair; class 4 */
    0x12, 0x00, 0x81, 0x00, 0x82,		    /* type 2 PSE, primary, high; asks 12.9, gives 13 W */
    0xfe, 0x06, 0x00, 0x12, 0x0f, 0x04, 0x05, 0xf2, /* largest frame 1522 */
    0xfe, 0x07, 0x00, 0x12, 0xbb, 0x01, 0x00, 0x0b, 0x04, /* MED: network connectivity */
    0xfe, 0x08, 0x00, 0x12, 0xbb, 0x02, 0x01, 0x40, 0xc9,
    0x6e, /* voice, tagged, VLAN 100, priority 5, DSCP 46 */
    0xfe, 0x08, 0x00, 0x12, 0xbb, 0x02, 0x02, 0x40, 0xc8,
    0xd8,	/* signalling, tagged, VLAN 100, 3, DSCP 24 */
    0x00, 0x00, /* end */
};

WIRE_CHECK_STRICT(decode, struct lldp_message, lldp_decode)

static void what_a_phone_says(void **state)
{
	const struct mac mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct lldp_id port = lldp_mac_id(LLDP_PORT_MAC, &mac);
	struct lldp_message m;
	uint8_t data[LLDP_FRAME_MAX], buffer[5];
	uint32_t ip = 1;

	(void)state;
	assert_int_equal(lldp_decode(phone, sizeof(phone), &m, NULL), 0);
	assert_true(lldp_id_ipv4(&m.chassis, LLDP_CHASSIS_NETWORK, &ip));
	assert_int_equal(ip, 0);
	assert_true(wire_slice_equal(m.chassis.id, lldp_ipv4_id(LLDP_CHASSIS_NETWORK, 0, buffer).id));
	assert_int_equal(m.port.subtype, LLDP_PORT_MAC);
	assert_true(wire_slice_equal(m.port.id, port.id));
	assert_int_equal(m.ttl, 180);
	wire_check_text(m.port_description, "Port 1");
	wire_check_text(m.system_name, "SEP001122AABB01");
	assert_int_equal(m.capabilities, LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE);
	assert_int_equal(m.enabled, LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE);
	assert_int_equal(m.mac_phy.autonegotiation, 3);
	assert_int_equal(m.mac_phy.pmd, 0x6c01);
	assert_int_equal(m.mac_phy.mau, 30);
	assert_int_equal(m.med_class, LLDP_MED_CLASS_3);
	assert_int_equal(m.policies, 1);
	assert_int_equal(m.policy[0].application, LLDP_APP_VOICE);
	assert_true(m.policy[0].unknown);
	assert_int_equal(m.med_power.type, 1);
	assert_int_equal(m.med_power.source, 3);
	assert_int_equal(m.med_power.priority, 0);
	assert_int_equal(m.med_power.value, 129);
	wire_check_text(m.firmware, "12.");
	assert_true(m.has & LLDP_HAS_END);
	assert_null(lldp_phone_missing(&m));
	wire_check_bytes(data, lldp_encode(&m, data, sizeof(data)), phone, sizeof(phone));
	for (size_t size = 0; size < sizeof(phone); size++)
		assert_int_equal(lldp_encode(&m, data, size), -ENOSPC);
	/* Cuts behind the TTL and between two TLVs, nine of them, leave a message without its end. */
	assert_int_equal(wire_check_truncations(phone, sizeof(phone), decode, sizeof(m)), 9);
	wire_check_corruptions(phone, sizeof(phone), decode, sizeof(m));
}

static void the_message_of_a_switch(void **state)
{
	const struct lldp_policy *voice;
	struct lldp_message m;
	uint8_t data[LLDP_FRAME_MAX];

	(void)state;
	assert_int_equal(lldp_decode(neighbor, sizeof(neighbor), &m, NULL), 0);
	assert_int_equal(m.chassis.subtype, LLDP_CHASSIS_MAC);
	assert_int_equal(m.port.subtype, LLDP_PORT_INTERFACE_NAME);
	wire_check_text(m.port.id, "Gi1/0/1");
	wire_check_text(m.system_description, "OS");
	assert_int_equal(m.management.family, 1);
	assert_int_equal(m.management.address.length, 4);
	assert_int_equal(m.management.interface_subtype, 2);
	assert_int_equal(m.management.interface, 7);
	assert_int_equal(m.port_vlan, 10);
	assert_int_equal(m.power.support, LLDP_POWER_PSE | LLDP_POWER_SUPPORTED | LLDP_POWER_ENABLED);
	assert_int_equal(m.power.class_code, 5);
	assert_true(m.power.has_at);
	assert_int_equal(m.power.type, 0);
	assert_int_equal(m.power.source, 1);
	assert_int_equal(m.power.priority, 2);
	assert_int_equal(m.power.requested, 129);
	assert_int_equal(m.power.allocated, 130);
	assert_int_equal(m.max_frame, 1522);
	assert_int_equal(m.med_class, LLDP_MED_NETWORK);
	voice = lldp_find_policy(&m, LLDP_APP_VOICE);
	assert_non_null(voice);
	assert_false(voice->unknown);
	assert_true(voice->tagged);
	assert_int_equal(voice->vlan, 100);
	assert_int_equal(voice->priority, 5);
	assert_int_equal(voice->dscp, 46);
	assert_int_equal(lldp_find_policy(&m, LLDP_APP_VOICE_SIGNALLING)->dscp, 24);
	assert_null(lldp_find_policy(&m, LLDP_APP_STREAMING));
	wire_check_bytes(data, lldp_encode(&m, data, sizeof(data)), neighbor, sizeof(neighbor));
	assert_int_equal(wire_check_truncations(neighbor, sizeof(neighbor), decode, sizeof(m)), 9);
	wire_check_corruptions(neighbor, sizeof(neighbor), decode, sizeof(m));
}

static void shutdown_is_chassis_port_ttl_0_end(void **state)
{
	static const uint8_t expected[] = {
	    0x02, 0x06, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00,	  /* chassis */
	    0x04, 0x07, 0x03, 0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* port */
	    0x06, 0x02, 0x00, 0x00,				  /* TTL 0 */
	    0x00, 0x00,						  /* end */
	};
	const struct mac source = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct lldp_message m;
	struct ether_frame f;
	uint8_t data[LLDP_FRAME_MAX];

	(void)state;
	assert_int_equal(lldp_decode(phone, sizeof(phone), &m, NULL), 0);
	assert_int_equal(lldp_frame(&m, true, &source, data, sizeof(data)), ETHER_MIN);
	assert_int_equal(ether_decode(data, ETHER_MIN, &f, NULL), 0);
	assert_true(mac_equal(&f.destination, &lldp_multicast));
	assert_int_equal(f.type, ETHER_LLDP);
	assert_true(f.payload.length >= sizeof(expected));
	wire_check_bytes(f.payload.data, sizeof(expected), expected, sizeof(expected));
	assert_int_equal(lldp_decode(f.payload.data, f.payload.length, &m, NULL), 0); /* with its padding */
	assert_int_equal(m.ttl, 0);
	assert_int_equal(m.has, LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_END);
	assert_int_equal(lldp_frame(&m, true, &source, data, ETHER_MIN - 1), -ENOSPC);
}

static void whole_frames(void **state)
{
	const struct mac source = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct lldp_message m;
	uint8_t data[LLDP_FRAME_MAX];

	(void)state;
	assert_int_equal(lldp_decode(phone, sizeof(phone), &m, NULL), 0);
	assert_int_equal(lldp_frame(&m, false, &source, data, sizeof(data)), 14 + sizeof(phone));
	assert_memory_equal(data, "\x01\x80\xc2\x00\x00\x0e\x00\x11\x22\xaa\xbb\x01\x88\xcc", 14);
	wire_check_bytes(data + 14, sizeof(phone), phone, sizeof(phone));
}

#define MANDATORY 0x02, 0x02, 0x07, 'c', 0x04, 0x02, 0x07, 'p', 0x06, 0x02, 0x00, 0x78

static void bad_messages_are_refused(void **state)
{
	static const struct {
		uint8_t data[32];
		size_t length, offset;
		const char *what;
	} bad[] = {
	    {{0}, 0, 0, "truncated"},
	    {{0x00, 0x00}, 2, 0, "LLDP does not begin with one chassis id, port id and TTL"},
	    {{0x04, 0x02, 0x07, 'p'}, 4, 0, "LLDP does not begin with one chassis id, port id and TTL"},
	    {{0x02, 0x02, 0x07, 'c', 0x06, 0x02, 0, 1},
	     8,
	     4,
	     "LLDP does not begin with one chassis id, port id and TTL"},
	    {{0x02, 0x02, 0x07, 'c', 0x04, 0x02, 0x07, 'p', 0, 0},
	     10,
	     8,
	     "LLDP does not begin with one chassis id, port id and TTL"},
	    {{MANDATORY, 0x06, 0x02, 0, 1},
	     16,
	     12,
	     "LLDP does not begin with one chassis id, port id and TTL"},
	    {{0x02, 0x01, 0x07}, 3, 3, "LLDP TLV length is not one that its type can have"},
	    {{MANDATORY, 0x0a}, 13, 12, "too short for an element"},
	    {{MANDATORY, 0x0a, 0x02, 'x'}, 15, 12, "longer than the message"},
	    {{MANDATORY, 0x0b, 0xff, 'x'}, 15, 12, "longer than the message"},
	    {{MANDATORY, 0x0e, 0x03, 0, 0, 0}, 17, 12, "shorter than its fields"},
	    {{MANDATORY, 0xfe, 0x03, 0, 0, 0}, 17, 12, "shorter than its fields"},
	    {{MANDATORY, 0xfe, 0x05, 0x00, 0x80, 0xc2, 0x01, 0x01}, 19, 12, "shorter than its fields"},
	    {{MANDATORY, 0xfe, 0x08, 0x00, 0x12, 0x0f, 0x02, 1, 2, 3, 4}, 22, 12, "truncated"},
	    {{MANDATORY, 0x10, 0x09, 0x01, 0x01, 0, 0, 0, 0, 0, 0, 0},
	     23,
	     12,
	     "an address length that is not 2 to 32"},
	    {{MANDATORY, 0x10, 0x0a, 0x02, 0x01, 0x0a, 2, 0, 0, 0, 7, 0, 9},
	     24,
	     12,
	     "octets behind its fields"},
	    {{MANDATORY, 0x00, 0x01, 0x00}, 15, 12, "an end that is not empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		wire_check_refused(bad[i].data, bad[i].length, decode, sizeof(struct lldp_message),
				   bad[i].offset, bad[i].what);
}

static void unknown_early_and_repeated_tlvs_are_counted(void **state)
{
	static const uint8_t data[] = {
	    MANDATORY, 0x12, 0x01, 0x00,				     /* type 9, reserved */
	    0xfe,      0x04, 0x00, 0x12, 0x0f, 0x63,			     /* 802.3 subtype 99 */
	    0xfe,      0x05, 0xaa, 0xbb, 0xcc, 0x01, 0x00,		     /* someone's */
	    0xfe,      0x08, 0x00, 0x12, 0xbb, 0x02, 0x01, 0x40, 0xc9, 0x6e, /* a policy in front of the MED
										capabilities */
	    0xfe,      0x07, 0x00, 0x12, 0xbb, 0x01, 0x00, 0x03, 0x04,	     /* MED capabilities */
	    0x10,      0x09, 0x02, 0x01, 0x0a, 0x02, 0,	   0,	 0,    7,    0, /* management address 0a */
	    0x10,      0x09, 0x02, 0x01, 0x0b, 0x02, 0,	   0,	 0,    8,    0, /* and 0b */
	    0x00,      0x00, 0xff, 0xff, 0xff, /* end, and rubbish behind it */
	};
	struct lldp_message m;
	uint8_t again[128];
	ssize_t length;

	(void)state;
	assert_int_equal(lldp_decode(data, sizeof(data), &m, NULL), 0);
	assert_int_equal(m.unknown, 3);
	assert_int_equal(m.raws, 3);
	/* The three stay raw: they are written behind the others, in front of the end. */
	length = lldp_encode(&m, again, sizeof(again));
	assert_true(length > 18);
	wire_check_bytes(again + length - 18, 16, data + sizeof((uint8_t[]){MANDATORY}), 16);
	assert_int_equal(m.med_early, 1);
	assert_int_equal(m.policies, 1); /* used all the same: what is lost is only the order */
	assert_int_equal(m.dropped, 1);
	assert_int_equal(m.management.interface, 7);
	assert_null(lldp_phone_missing(&m));
}

static void policies_beyond_the_maximum(void **state)
{
	uint8_t data[12 + 9 + 10 * 10 + 2] = {MANDATORY, 0xfe, 0x07, 0x00, 0x12,
					      0xbb,	 0x01, 0x00, 0x03, 0x04};
	struct lldp_message m;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		memcpy(data + 21 + i * 10, "\xfe\x08\x00\x12\xbb\x02\x00\x40\xc9\x6e", 10);
		data[21 + i * 10 + 6] = (uint8_t)i;
	}
	assert_int_equal(lldp_decode(data, sizeof(data), &m, NULL), 0);
	assert_int_equal(m.policies, LLDP_POLICIES);
	assert_int_equal(m.dropped, 2);
	assert_int_equal(m.policy[7].application, 7);
	m.policies++;
	assert_int_equal(lldp_encode(&m, data, sizeof(data)), -EINVAL);
	m.policies = 0;
	assert_int_equal(lldp_encode(&m, data, sizeof(data)), -EINVAL);
}

static void what_a_phone_insists_on(void **state)
{
	struct lldp_message m;

	(void)state;
	assert_int_equal(lldp_decode(neighbor, sizeof(neighbor), &m, NULL), 0);
	assert_null(lldp_phone_missing(&m));
	m.has &= ~(uint32_t)LLDP_HAS_MED;
	assert_string_equal(lldp_phone_missing(&m), "MED capabilities");
	m.has &= ~(uint32_t)LLDP_HAS_TTL;
	assert_string_equal(lldp_phone_missing(&m), "TTL");
	/* the last two bytes are the end */
	assert_int_equal(lldp_decode(neighbor, sizeof(neighbor) - 2, &m, NULL), 0);
	assert_string_equal(lldp_phone_missing(&m), "end");
}

static void values_that_do_not_fit_are_refused(void **state)
{
	static const uint8_t long_text[300];
	struct lldp_message good, m;
	uint8_t data[LLDP_FRAME_MAX];

	(void)state;
	assert_int_equal(lldp_decode(neighbor, sizeof(neighbor), &good, NULL), 0);
#define REFUSED(change)                                                                                      \
	do {                                                                                                 \
		m = good;                                                                                    \
		change;                                                                                      \
		assert_int_equal(lldp_encode(&m, data, sizeof(data)), -EINVAL);                              \
	} while (0)
	REFUSED(m.has &= ~(uint32_t)LLDP_HAS_CHASSIS);
	REFUSED(m.has &= ~(uint32_t)LLDP_HAS_TTL);
	REFUSED(m.chassis.id.length = 0);
	REFUSED(m.port.id = ((struct wire_slice){long_text, 256}));
	REFUSED(m.system_description = ((struct wire_slice){long_text, 256}));
	REFUSED(m.policy[0].vlan = 4096);
	REFUSED(m.policy[0].priority = 8);
	REFUSED(m.policy[0].dscp = 64);
	REFUSED(m.power.type = 4);
	REFUSED(m.management.address.length = 0);
	REFUSED(m.management.oid = ((struct wire_slice){long_text, 129}));
	REFUSED(m.has |= LLDP_HAS_MODEL; m.model = ((struct wire_slice){long_text, 33}));
#undef REFUSED
}

/* Slices of inventory and basic texts, for filling and comparing alike. */
static const struct {
	enum lldp_has has;
	size_t member, most;
} texts[] = {
    {LLDP_HAS_PORT_DESCRIPTION, offsetof(struct lldp_message, port_description), 255},
    {LLDP_HAS_SYSTEM_NAME, offsetof(struct lldp_message, system_name), 255},
    {LLDP_HAS_SYSTEM_DESCRIPTION, offsetof(struct lldp_message, system_description), 255},
    {LLDP_HAS_HARDWARE, offsetof(struct lldp_message, hardware), 32},
    {LLDP_HAS_FIRMWARE, offsetof(struct lldp_message, firmware), 32},
    {LLDP_HAS_SOFTWARE, offsetof(struct lldp_message, software), 32},
    {LLDP_HAS_SERIAL, offsetof(struct lldp_message, serial), 32},
    {LLDP_HAS_MANUFACTURER, offsetof(struct lldp_message, manufacturer), 32},
    {LLDP_HAS_MODEL, offsetof(struct lldp_message, model), 32},
    {LLDP_HAS_ASSET, offsetof(struct lldp_message, asset), 32},
};
#define TEXTS (sizeof(texts) / sizeof(*texts))

static struct wire_slice *text_of(struct lldp_message *m, size_t i)
{
	return (struct wire_slice *)((uint8_t *)m + texts[i].member);
}

static void random_message(struct rng *rng, struct lldp_message *m, char buffer[TEXTS + 4][256])
{
	memset(m, 0, sizeof(*m));
	m->has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_END;
	m->has |= wire_check_random(rng) & ((uint32_t)LLDP_HAS_END - 1);
	/* MED TLVs live only behind MED capabilities */
	if (!(m->has & LLDP_HAS_MED))
		m->has &= ~(uint32_t)(LLDP_HAS_END - LLDP_HAS_POLICY);
	m->has |= LLDP_HAS_END;
	for (size_t i = 0; i < TEXTS; i++)
		*text_of(m, i) = wire_check_random_slice(rng, buffer[i], 0, texts[i].most);
	m->chassis = (struct lldp_id){7, wire_check_random_slice(rng, buffer[TEXTS], 1, 255)};
	m->port = (struct lldp_id){5, wire_check_random_slice(rng, buffer[TEXTS + 1], 1, 255)};
	m->ttl = (uint16_t)rng_next(rng);
	m->capabilities = (uint16_t)rng_next(rng);
	m->enabled = (uint16_t)rng_next(rng);
	m->management = (struct lldp_management){2, wire_check_random_slice(rng, buffer[TEXTS + 2], 1, 31), 3,
						 wire_check_random(rng),
						 wire_check_random_slice(rng, buffer[TEXTS + 3], 0, 128)};
	m->port_vlan = (uint16_t)rng_next(rng);
	m->mac_phy =
	    (struct lldp_mac_phy){(uint8_t)rng_next(rng), (uint16_t)rng_next(rng), (uint16_t)rng_next(rng)};
	m->power =
	    (struct lldp_power){.support = 15, .pair = 1, .class_code = 3, .has_at = wire_check_coin(rng)};
	if (m->power.has_at) {
		m->power.type = rng_next(rng) & 3;
		m->power.source = rng_next(rng) & 3;
		m->power.priority = rng_next(rng) & 3;
		m->power.requested = (uint16_t)rng_next(rng);
		m->power.allocated = (uint16_t)rng_next(rng);
	}
	m->max_frame = (uint16_t)rng_next(rng);
	m->med_capabilities = (uint16_t)rng_next(rng);
	m->med_class = (uint8_t)rng_next(rng);
	m->policies = m->has & LLDP_HAS_POLICY ? (unsigned)rng_range(rng, 1, LLDP_POLICIES) : 0;
	for (unsigned i = 0; i < m->policies; i++)
		m->policy[i] =
		    (struct lldp_policy){(uint8_t)rng_next(rng), wire_check_coin(rng), wire_check_coin(rng),
					 rng_next(rng) & 0xfff,	 rng_next(rng) & 7,    rng_next(rng) & 63};
	m->med_power = (struct lldp_med_power){rng_next(rng) & 3, rng_next(rng) & 3, rng_next(rng) & 15,
					       (uint16_t)rng_next(rng)};
}

static void random_messages_round_trip(void **state)
{
	static char buffer[TEXTS + 4][256];
	uint8_t data[4096], again[4096];
	struct lldp_message m, back;
	struct rng rng;
	ssize_t length;

	(void)state;
	rng_seed(&rng, 5, "lldp");
	for (int round = 0; round < 2000; round++) {
		random_message(&rng, &m, buffer);
		length = lldp_encode(&m, data, sizeof(data));
		assert_true(length > 0);
		assert_int_equal(lldp_decode(data, (size_t)length, &back, NULL), 0);
		wire_check_bytes(again, lldp_encode(&back, again, sizeof(again)), data, (size_t)length);
		assert_int_equal(back.has, m.has);
		assert_int_equal(back.unknown + back.med_early + back.dropped, 0);
		assert_true(wire_slice_equal(back.chassis.id, m.chassis.id));
		assert_true(wire_slice_equal(back.port.id, m.port.id));
		assert_int_equal(back.ttl, m.ttl);
		for (size_t i = 0; i < TEXTS; i++)
			if (m.has & texts[i].has)
				assert_true(wire_slice_equal(*text_of(&back, i), *text_of(&m, i)));
		assert_int_equal(back.policies, m.policies);
		for (unsigned i = 0; i < m.policies; i++) {
			assert_int_equal(back.policy[i].application, m.policy[i].application);
			assert_int_equal(back.policy[i].unknown, m.policy[i].unknown);
			assert_int_equal(back.policy[i].tagged, m.policy[i].tagged);
			assert_int_equal(back.policy[i].vlan, m.policy[i].vlan);
			assert_int_equal(back.policy[i].priority, m.policy[i].priority);
			assert_int_equal(back.policy[i].dscp, m.policy[i].dscp);
		}
		if (m.has & LLDP_HAS_MANAGEMENT) {
			assert_true(wire_slice_equal(back.management.address, m.management.address));
			assert_true(wire_slice_equal(back.management.oid, m.management.oid));
			assert_int_equal(back.management.interface, m.management.interface);
		}
		if (m.has & LLDP_HAS_POWER) {
			assert_int_equal(back.power.has_at, m.power.has_at);
			assert_int_equal(back.power.type, m.power.type);
			assert_int_equal(back.power.requested, m.power.requested);
			assert_int_equal(back.power.allocated, m.power.allocated);
		}
		if (m.has & LLDP_HAS_MED_POWER) {
			assert_int_equal(back.med_power.priority, m.med_power.priority);
			assert_int_equal(back.med_power.value, m.med_power.value);
		}
		if (m.has & LLDP_HAS_PORT_VLAN)
			assert_int_equal(back.port_vlan, m.port_vlan);
		if (m.has & LLDP_HAS_CAPABILITIES)
			assert_int_equal(back.enabled, m.enabled);
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(lldp_find_row(1, 0, 0)->name, "chassis id");
	assert_null(lldp_find_row(9, 0, 0));
	assert_null(lldp_find_row(127, 0, 0));
	assert_string_equal(lldp_find_row(127, 0x0012bb, 2)->name, "MED network policy");
	assert_null(lldp_find_row(127, 0x0012bb, 99));
	assert_string_equal(lldp_application_name(1), "voice");
	assert_null(lldp_application_name(0));
	assert_null(lldp_application_name(9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_phone_says),
	    cmocka_unit_test(the_message_of_a_switch),
	    cmocka_unit_test(shutdown_is_chassis_port_ttl_0_end),
	    cmocka_unit_test(whole_frames),
	    cmocka_unit_test(bad_messages_are_refused),
	    cmocka_unit_test(unknown_early_and_repeated_tlvs_are_counted),
	    cmocka_unit_test(policies_beyond_the_maximum),
	    cmocka_unit_test(what_a_phone_insists_on),
	    cmocka_unit_test(values_that_do_not_fit_are_refused),
	    cmocka_unit_test(random_messages_round_trip),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
