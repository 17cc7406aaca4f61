#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cable/address.h"
#include "cable/cable_options.h"
#include "cable/link.h"
#include "cable/node_mac.h"

#define WORDS 32

/* Parse a line of words separated by spaces; they live until the next call. */
static int parse(struct cable_options *options, const char *line, struct fail *fail)
{
	static char copy[1024];
	static char *words[WORDS];
	int count = 0;
	char *rest = copy;

	snprintf(copy, sizeof(copy), "cable %s", line);
	for (char *word; (word = strsep(&rest, " ")) && count < WORDS - 1;)
		if (*word)
			words[count++] = word;
	words[count] = NULL;
	fail->text[0] = 0;
	return cable_options_parse(options, count, words, fail);
}

static void test_one_cable(void **state)
{
	struct cable_options options;
	const struct cable_plug_options *plug = &options.plugs[0];
	struct fail fail = {0};

	(void)state;
	assert_int_equal(
	    parse(&options,
		  "--panel /p --node dhcp --port Gi1/0/48 --mac 02:00:00:00:00:07 --address 10.110.0.2/24 "
		  "--address 10.1.0.2/16 --gateway 10.110.0.1 --route 10.20.0.0/24=10.110.0.3 --power pd:3 "
		  "--vlan 110 --vlan-backend user --timeout 5 --no-replug --forward -- dnsmasq --port 0",
		  &fail),
	    0);
	assert_int_equal(options.plug_count, 1);
	assert_string_equal(plug->panel, "/p");
	assert_string_equal(plug->port, "Gi1/0/48");
	assert_string_equal(plug->interface, "eth0");
	assert_true(plug->has_mac);
	assert_int_equal(plug->address_count, 2);
	assert_int_equal(plug->addresses[1].prefix, 16);
	assert_int_equal(plug->route_count, 2);
	assert_int_equal(plug->routes[0].network.prefix, 0);
	assert_int_equal(plug->routes[1].network.prefix, 24);
	assert_int_equal(plug->power, PANEL_POWER_PD);
	assert_int_equal(plug->power_class, 3);
	assert_int_equal(plug->vlan, 110);
	assert_int_equal(plug->backend, VLAN_USER);
	assert_int_equal(options.timeout_s, 5);
	assert_true(options.no_replug);
	assert_true(options.forward);
	assert_string_equal(options.command[0], "dnsmasq");
	assert_string_equal(options.command[1], "--port"); /* the command's own options stay its own */
}

static void test_many_cables(void **state)
{
	struct cable_options options;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(
	    parse(&options,
		  "--panel /p --plug interface=eth0,port=Gi1/0/45,address=10.110.0.1/24 "
		  "--plug interface=eth1,panel=/q,address=10.20.0.1/24,route=10.9.0.0/16=10.20.0.9 -- sh",
		  &fail),
	    0);
	assert_int_equal(options.plug_count, 2);
	assert_string_equal(options.plugs[0].panel, "/p");
	assert_string_equal(options.plugs[0].port, "Gi1/0/45");
	assert_string_equal(options.plugs[1].panel, "/q");
	assert_null(options.plugs[1].port);
	assert_int_equal(options.plugs[1].route_count, 1);
	/* The first cable by options, another by --plug. */
	assert_int_equal(parse(&options, "--panel /p --port a --plug interface=eth1", &fail), 0);
	assert_int_equal(options.plug_count, 2);
	assert_string_equal(options.plugs[1].panel, "/p");
	assert_null(options.command);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
	    {"", "--panel PATH is missing"},
	    {"-- sh", "--panel PATH is missing"},
	    {"--panel", "expected a value"},
	    {"--panle /p", "--panle: unknown option"},
	    {"--panel /p --vlan 0", "--vlan: '0': expected a number from 1 to 4094"},
	    {"--panel /p --vlan 4095", "expected a number from 1 to 4094"},
	    {"--panel /p --vlan -1", "expected a number"},
	    {"--panel /p --vlan 1x", "expected a number"},
	    {"--panel /p --vlan-backend magic", "expected auto, kernel or user"},
	    {"--panel /p --mac 01:00:0c:cc:cc:cc", "expected a unicast MAC"},
	    {"--panel /p --address 10.0.0.1", "the length of its prefix"},
	    {"--panel /p --address 10.0.0.1/33", "the length of its prefix"},
	    {"--panel /p --address 10.0.0/24", "the length of its prefix"},
	    {"--panel /p --address 10.0.0.1/+4", "the length of its prefix"},
	    {"--panel /p --gateway 10.0.0.300", "--gateway: '10.0.0.300': expected an IPv4 address"},
	    {"--panel /p --route 10.0.0.0/8", "expected NET/LEN=GATEWAY"},
	    {"--panel /p --power pd", "expected none, ac, or pd:CLASS"},
	    {"--panel /p --power pd:5", "expected none, ac, or pd:CLASS"},
	    {"--panel /p --interface averyverylongname", "1 to 15 characters"},
	    {"--panel /p --interface a/b", "1 to 15 characters"},
	    {"--panel /p --timeout x", "expected a number from 0 to 86400"},
	    {"--panel /p --plug port", "--plug: 'port': expected KEY=VALUE"},
	    {"--panel /p --plug prot=1", "'prot': expected KEY=VALUE with a key of panel, port"},
	    {"--panel /p --plug interface=eth1,vlan=9999", "--plug: vlan: '9999'"},
	    {"--panel /p --port a --plug port=b", "two cables with the interface eth0"},
	    {"--panel /p --quiet=yes", "unknown option"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cable_options options;
		struct fail fail = {0};
		int err = parse(&options, cases[i].line, &fail);

		if (err != -EINVAL || !strstr(fail.text, cases[i].reason))
			fail_msg("cable %s: gave %d, '%s'; expected '%s'", cases[i].line, err, fail.text,
				 cases[i].reason);
	}
}

static void test_help(void **state)
{
	struct cable_options options;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(parse(&options, "--help", &fail), 0);
	assert_true(options.help);
	assert_int_equal(parse(&options, "--version", &fail), 0);
	assert_true(options.version);
}

static void test_addresses(void **state)
{
	struct address address;
	struct in_addr mask;
	struct fail fail = {0};
	char text[ADDRESS_TEXT];

	(void)state;
	assert_int_equal(address_parse(&address, "255.255.255.255/32", &fail), 0);
	address_format(&address, text);
	assert_string_equal(text, "255.255.255.255/32");
	assert_int_equal(address_parse_ip(&mask, "255.255.254.0", &fail), 0);
	assert_int_equal(address_parse_ip(&mask, "255.0.255.0", &fail), 0);
}

static void test_macs(void **state)
{
	struct mac one, again, other;

	(void)state;
	node_mac(&one, "dhcp", "eth0");
	node_mac(&again, "dhcp", "eth0");
	assert_true(mac_equal(&one, &again));
	assert_int_equal(one.octet[0], 0x02); /* locally administered, unicast */
	node_mac(&other, "dhcp", "eth1");
	assert_false(mac_equal(&one, &other));
	node_mac(&other, "dhcpe", "th0");
	assert_false(mac_equal(&one, &other));
	node_mac_random(&one);
	node_mac_random(&other);
	assert_false(mac_equal(&one, &other));
	assert_int_equal(one.octet[0], 0x02);
	/* Among 4,000 names there are no two alike. */
	uint64_t seen[4000];

	for (unsigned i = 0; i < 4000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "node%u", i);
		node_mac(&one, name, "eth0");
		seen[i] = 0;
		memcpy(&seen[i], one.octet, 6);
		for (unsigned j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
}

static void test_link_names(void **state)
{
	(void)state;
	assert_true(link_name_valid("eth0.110"));
	assert_true(link_name_valid("gi1-0-48"));
	assert_true(link_name_valid("123456789012345"));
	assert_false(link_name_valid("1234567890123456"));
	assert_false(link_name_valid(""));
	assert_false(link_name_valid("."));
	assert_false(link_name_valid(".."));
	assert_false(link_name_valid("a b"));
	assert_false(link_name_valid("a/b"));
	assert_false(link_name_valid("a:b"));
	assert_false(link_name_valid("a%d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_cable),  cmocka_unit_test(test_many_cables),
	    cmocka_unit_test(test_wrong),      cmocka_unit_test(test_help),
	    cmocka_unit_test(test_addresses),  cmocka_unit_test(test_macs),
	    cmocka_unit_test(test_link_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
