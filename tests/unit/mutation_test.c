/* One optional element of a well-formed message is replaced by random octets of any length: every other field
 * decodes as before. Messages that the receivers of phones and switch get in this form are in their own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/mutate.h"
#include "tests/support/switch_bench.h"
#include "tests/support/wire_check.h"
#include "wire/cdp_tlv.h"
#include "wire/dhcp.h"
#include "wire/lldp_tlv.h"
#include "wire/tftp.h"

static uint8_t bytes[MUTATE_MAX], expected[MUTATE_MAX], found[MUTATE_MAX];
static struct rng rng;

/* The two messages, without the element, are the same octets. */
static void same(unsigned long i, ssize_t expected_length, ssize_t found_length)
{
	if (expected_length < 0 || expected_length != found_length ||
	    memcmp(expected, found, (size_t)expected_length))
		fail_msg("mutation %lu: another field has changed (%zd and %zd octets)", i, expected_length,
			 found_length);
}

/* Any subset of what the message has. */
static uint32_t some(uint32_t has, uint32_t always)
{
	return (has & wire_check_random(&rng)) | always;
}

static void cdp(void **state)
{
	struct cdp_message full = bench_phone_cdp(), m, back;

	(void)state;
	rng_seed(&rng, 21, "cdp");
	for (size_t i = 0; i < CDP_ROWS; i++)
		full.has |= CDP_HAS(cdp_rows[i].type);
	full.voip_reply = (struct cdp_voip_reply){true, true, 1, 110};
	full.ip_prefix = full.protocol_hello = full.location = wire_slice_text("12345");
	full.power_available = full.power_requested;
	cdp_add_ipv4(&full.addresses, 0x0a6e0039);
	cdp_add_ipv4(&full.management_addresses, 0x0a6e0039);
	for (unsigned long i = 0, n = mutate_count(); i < n; i++) {
		size_t length;
		uint32_t bit;

		m = full;
		m.has = some(full.has, CDP_HAS(CDP_DEVICE_ID));
		length = (size_t)cdp_encode(&m, bytes, sizeof(bytes));
		bit = mutate_cdp(&rng, bytes, &length, 0);
		assert_int_equal(cdp_decode(bytes, length, &back, NULL), 0);
		assert_true(back.has & bit || back.odd.count == 1);
		m.has &= ~bit;
		back.has &= ~bit;
		same(i, cdp_encode(&m, expected, sizeof(expected)), cdp_encode(&back, found, sizeof(found)));
	}
}

static void lldp(void **state)
{
	const uint32_t mandatory = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL;
	static const uint8_t address[4] = {10, 110, 0, 57};
	struct lldp_message full = bench_phone_lldp(), m, back;

	(void)state;
	rng_seed(&rng, 22, "lldp");
	full.has = LLDP_HAS_END * 2 - 1;
	full.policies = 2;
	full.policy[1] = (struct lldp_policy){.application = LLDP_APP_VOICE_SIGNALLING, .dscp = 24};
	full.power = (struct lldp_power){.pair = 1, .class_code = 3, .has_at = true, .requested = 40};
	full.management = (struct lldp_management){.family = 1, .address = {address, 4}};
	for (unsigned long i = 0, n = mutate_count(); i < n; i++) {
		size_t length;
		uint32_t bit;

		m = full;
		m.has = some(full.has, mandatory | LLDP_HAS_END);
		length = (size_t)lldp_encode(&m, bytes, sizeof(bytes));
		bit = mutate_lldp(&rng, bytes, &length, 0);
		assert_int_equal(lldp_decode(bytes, length, &back, NULL), 0);
		m.has &= ~bit;
		back.has &= ~bit;
		back.raws = 0; /* with another OUI or subtype the element is of an unknown type */
		same(i, lldp_encode(&m, expected, sizeof(expected)),
		     lldp_encode(&back, found, sizeof(found)));
		/* The same with a frame check sequence behind the end. */
		for (int j = 0; j < 4; j++)
			bytes[length++] = (uint8_t)rng_next(&rng);
		assert_int_equal(lldp_decode(bytes, length, &back, NULL), 0);
		back.has &= ~bit;
		back.raws = 0;
		same(i, lldp_encode(&m, expected, sizeof(expected)),
		     lldp_encode(&back, found, sizeof(found)));
	}
}

static void fill_dhcp(struct dhcp_message *m)
{
	memset(m, 0, sizeof(*m));
	m->operation = DHCP_BOOTREPLY;
	m->xid = 0xdeadbeef;
	m->yiaddr = 0x0a6e0039;
	m->has = (DHCP_HAS_ARP_TIMEOUT * 2 - 1) & ~(uint32_t)DHCP_HAS_OVERLOAD;
	m->mask = 0xffffff00;
	m->routers = m->dns = m->tftp_addresses = (struct dhcp_addresses){.count = 2, .item = {1, 2}};
	strcpy(m->host_name, "host");
	strcpy(m->domain, "example.com");
	strcpy(m->message, "text");
	strcpy(m->vendor_class, "class");
	strcpy(m->tftp_name, "tftp.example.com");
	strcpy(m->boot_file, "file");
	m->lease = 3600;
	m->t1 = 1800;
	m->t2 = 3150;
	m->type = DHCP_OFFER;
	m->server = 0x0a6e0002;
	m->parameters = m->client_id = (struct dhcp_bytes){2, {1, 66}};
	m->max_size = 1500;
}

static void dhcp(void **state)
{
	struct dhcp_message full, m, back;

	(void)state;
	rng_seed(&rng, 23, "dhcp");
	fill_dhcp(&full);
	for (unsigned long i = 0, n = mutate_count(); i < n; i++) {
		size_t length;
		uint32_t bit;

		m = full;
		m.has = some(full.has, DHCP_HAS_TYPE);
		length = (size_t)dhcp_encode(&m, bytes, sizeof(bytes));
		bit = mutate_dhcp(&rng, bytes, &length, 0);
		assert_int_equal(dhcp_decode(bytes, length, &back, NULL), 0);
		assert_true(back.has & bit || back.odd.count == 1);
		m.has &= ~bit;
		back.has &= ~bit;
		same(i, dhcp_encode(&m, expected, sizeof(expected)),
		     dhcp_encode(&back, found, sizeof(found)));
	}
}

static void tftp_oack(void **state)
{
	const struct tftp_packet full = {
	    .opcode = TFTP_OACK,
	    .options = {.has = 15, .blksize = 1432, .tsize = 12345, .timeout_s = 5, .windowsize = 8}};
	struct tftp_packet m, back;

	(void)state;
	rng_seed(&rng, 24, "tftp");
	for (unsigned long i = 0, n = mutate_count(); i < n; i++) {
		size_t length;
		uint32_t bit;

		m = full;
		m.options.has = some(15, TFTP_HAS_TSIZE);
		length = (size_t)tftp_encode(&m, bytes, sizeof(bytes));
		bit = mutate_oack(&rng, bytes, &length);
		assert_int_equal(tftp_decode(bytes, length, &back, NULL), 0);
		m.options.has &= ~bit;
		back.options.has &= ~bit;
		same(i, tftp_encode(&m, expected, sizeof(expected)),
		     tftp_encode(&back, found, sizeof(found)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cdp),
	    cmocka_unit_test(lldp),
	    cmocka_unit_test(dhcp),
	    cmocka_unit_test(tftp_oack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
