/* The spellings of the same object have one normal form, and different objects have different ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phonelab/document/spelling.h"

static struct spelling *spelling;

static int begin(void **state)
{
	(void)state;
	spelling = spelling_new();
	/* Phones of a lab. */
	spelling_add(spelling, "SEP001122AABB05", "2005");
	spelling_add(spelling, "SEP001122AABB05", "001122AABB05");
	spelling_add(spelling, "Gi1/0/5", "1/0/5");
	return 0;
}

static int end(void **state)
{
	(void)state;
	spelling_free(spelling);
	return 0;
}

static void expect_all(const char *expected, const char *const texts[])
{
	for (size_t i = 0; texts[i]; i++) {
		char *got = spelling_normalise(spelling, texts[i]);

		if (!got || strcmp(got, expected))
			fail_msg("\"%s\": found \"%s\", expected \"%s\"", texts[i], got, expected);
		free(got);
	}
}
#define ALL(expected, ...) expect_all(expected, (const char *const[]){__VA_ARGS__, NULL})

static void test_ports(void **state)
{
	(void)state;
	ALL("gi1/0/5", "GigabitEthernet1/0/5", "Gig 1/0/5", "gi1/0/5", "Gi1/0/5", "GigabitEthernet 1/0/5",
	    "g1/0/5", "GE1/0/5", "gigabit  1/0/5", "port Gi1/0/5", "interface GigabitEthernet1/0/5",
	    " Gi1/0/5. ", "'Gi1/0/05'", "1/0/5", "port 1/0/5", "Gi01/00/5");
	ALL("te1/1/1", "TenGigabitEthernet1/1/1", "Te 1/1/1", "ten1/1/1");
	ALL("gi1/0/5.110", "GigabitEthernet1/0/5.110");
	ALL("sw1 gi1/0/5", "sw1 Gig1/0/5", "SW1 gi 1/0/5");
	ALL("sw1:gi1/0/5", "sw1:GigabitEthernet1/0/5");
	ALL("gi1/0/5, gi1/0/7", "Gig1/0/5, port GigabitEthernet 1/0/7");
	/* Neither is a port. */
	ALL("gi5", "Gi5");
	ALL("big1/0/5", "big1/0/5");
	ALL("gi1/0/5x", "gi1/0/5x");
}

static void test_phones_and_macs(void **state)
{
	(void)state;
	ALL("sep001122aabb05", "SEP001122AABB05", "sep001122aabb05", "00:11:22:AA:BB:05", "00-11-22-aa-bb-05",
	    "0011.22aa.bb05", "001122aabb05", "2005", "phone 2005", "extension 2005", "DN 2005",
	    "SEP00:11:22:aa:bb:05", "MAC 0011.22AA.BB05", "phone SEP001122AABB05");
	ALL("aabbccddeeff", "AA:BB:CC:DD:EE:FF", "aabb.ccdd.eeff", "mac aa-bb-cc-dd-ee-ff");
	/* Too long, mixed, or part of a word or of an address. */
	ALL("00:11:22:aa:bb:05:06", "00:11:22:aa:bb:05:06");
	ALL("00:11-22:aa:bb:05", "00:11-22:aa:bb:05");
	ALL("22005", "22005");
	ALL("10.2005", "10.2005");
	ALL("2005-b", "2005-b");
}

static void test_vlans_and_addresses(void **state)
{
	(void)state;
	ALL("vlan 110", "VLAN 110", "vlan110", "Vlan110", "VLAN0110", "vlan-110", "vlan id 110", "vlan: 110");
	ALL("wrong voice vlan 999", "wrong voice vlan 999", "wrong voice-vlan 999", "wrong vvlan 999");
	ALL("vlans", "vlans");
	ALL("10.20.0.3", "10.20.0.3", "010.020.000.003", "IP 10.20.0.3", "ip address 10.20.0.3");
	ALL("10.20.0.0/24", "10.20.0.0/24");
	ALL("10.20.0.300", "10.20.0.300");
	ALL("1.2.3.4.5", "1.2.3.4.5");
}

static void test_files(void **state)
{
	(void)state;
	ALL("sep001122aabb05.cnf.xml", "SEP001122AABB05.cnf.xml",
	    "/run/phonelab/tftp/root/SEP001122AABB05.cnf.xml", "tftp/root/SEP001122AABB05.cnf.xml",
	    "/tftp/root/SEP001122AABB05.cnf.xml", "file SEP001122AABB05.cnf.xml",
	    "`SEP001122AABB05.cnf.xml`");
	ALL("dhcp/dnsmasq.conf", "/run/phonelab/dhcp/dnsmasq.conf", "dhcp/dnsmasq.conf");
	ALL("french_france/mk-sip.jar", "tftp/root/French_France/mk-sip.jar");
}

static void test_synonyms(void **state)
{
	(void)state;
	ALL("shutdown", "shut down", "administratively down", "admin down", "Shut-Down", "SHUTDOWN");
	ALL("it is shutdown on gi1/0/5", "it is admin  down on GigabitEthernet1/0/5");
	ALL("gateway", "default router", "Default Gateway", "option 3");
	ALL("option 150", "option150", "DHCP option 150");
	/* "option 3" is not the beginning of "option 33". */
	ALL("option 33", "option 33");
	assert_true(spelling_same(spelling, "Everything is fine.", "nothing is wrong"));
	assert_false(spelling_same(spelling, "Gi1/0/5", "Gi1/0/50"));
	assert_false(spelling_same(spelling, "Gi1/0/5", "Te1/0/5"));
	assert_false(spelling_same(spelling, "vlan 11", "vlan 110"));
}

/* No text stops it or makes it write behind its end, and a normal form is its own normal form. */
static void test_a_normal_form_is_final(void **state)
{
	static const char *const texts[] = {"",
					    " ",
					    "Gig 1/0/",
					    "sep",
					    "vlan",
					    "vlan id",
					    "1.2.3",
					    "gi1/0/5/",
					    "::::",
					    "0011.22aa.bb0",
					    "/run/phonelab/",
					    "port",
					    "port ",
					    "\xc3\xa9 Gi1/0/1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *once = spelling_normalise(spelling, texts[i]),
		     *twice = spelling_normalise(spelling, once);

		assert_string_equal(once, twice);
		free(once);
		free(twice);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_phones_and_macs),
	    cmocka_unit_test(test_vlans_and_addresses),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_synonyms),
	    cmocka_unit_test(test_a_normal_form_is_final),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
