#include "tests/support/switch_test.h"

#include <unistd.h>

#include "switch-sim/driver/switch_file.h"

/* --- the configure verb --- */

static void refuse(const char *const *lines, unsigned count, unsigned wrong, const char *expected)
{
	unsigned errors;
	char *text = switch_core_configure(bench.core, bench.now_us, lines, count, &errors);

	assert_string_equal(text, expected);
	assert_int_equal(errors, wrong);
	free(text);
}

/* Which line each part of the output is about. */
static void test_replies_by_line(void **state)
{
	static const char *const lines[] = {"interface Gi1/0/1", "no such", "description x", "shut down"};
	unsigned errors = 0;
	size_t ends[4] = {9, 9, 9, 9};
	char *text;

	(void)state;
	bench_start(&bench);
	text = switch_core_configure_lines(bench.core, bench.now_us, lines, 4, &errors, ends);
	assert_int_equal(errors, 2);
	assert_int_equal(ends[0], 0);
	assert_true(ends[1] > 0);
	assert_int_equal(ends[2], ends[1]);
	assert_int_equal(ends[3], strlen(text));
	assert_non_null(memmem(text, ends[1], "no such", 7));
	assert_non_null(memmem(text + ends[2], ends[3] - ends[2], "shut down", 9));
	free(text);
}

static void test_round_trip(void **state)
{
	static const char *const commands[] = {
	    "interface Gi1/0/1",
	    "description the desk at the door",
	    "switchport access vlan 20",
	    "switchport voice vlan 110",
	    "power inline auto max 15400",
	    "power inline priority critical",
	    "no cdp enable",
	    "no lldp transmit",
	    "no lldp receive",
	    "ip dhcp snooping trust",
	    "shutdown",
	    "int gi 1/0/2",
	    "sw mode trunk",
	    "sw trunk native vlan 10",
	    "sw trunk allowed vlan 10,20,110-112",
	    "sw tr allowed vlan remove 111",
	    "sw tr allowed vlan add 200",
	    NULL,
	};
	char *text;

	(void)state;
	bench_start(&bench);
	bench_configure(&bench, commands);
	text = bench_show(&bench, "run int gi1/0/1");
	assert_string_equal(
	    text, "Building configuration...\n\nCurrent configuration:\n!\n"
		  "interface GigabitEthernet1/0/1\n description the desk at the door\n"
		  " switchport access vlan 20\n switchport mode access\n switchport voice vlan 110\n"
		  " power inline auto max 15400\n power inline port priority critical\n"
		  " no cdp enable\n no lldp transmit\n no lldp receive\n ip dhcp snooping trust\n"
		  " shutdown\n!\nend\n");
	free(text);
	text = bench_show(&bench, "run int gi1/0/2");
	assert_non_null(strstr(text, " switchport trunk native vlan 10\n switchport trunk allowed vlan "
				     "10,20,110,112,200\n switchport mode trunk\n"));
	free(text);
}

/* What running-config prints is accepted, and gives the same running-config again. */
static void test_running_config_can_be_read_back(void **state)
{
	char *before, *after, *copy, *lines[512], *rest;
	unsigned count = 0, errors;

	(void)state;
	bench.ports[3].shutdown = true;
	bench.ports[4].poe_admin = SWITCH_POE_NEVER;
	bench.ports[5].poe_priority = SWITCH_POE_HIGH;
	bench_start(&bench);
	before = bench_show(&bench, "running-config");
	copy = strdup(before);
	for (char *line = strtok_r(strstr(copy, "ip dhcp snooping\n"), "\n", &rest); line && count < 512;
	     line = strtok_r(NULL, "\n", &rest))
		lines[count++] = line;
	bench_stop(&bench);
	bench_init(&bench);
	bench.config.dhcp_snooping = false;
	bench.config.vlan_count = 0;
	for (unsigned i = 0; i < BENCH_PORTS; i++)
		switch_port_config_init(&bench.ports[i], i >= BENCH_UPLINK);
	bench_start(&bench);
	after = switch_core_configure(bench.core, bench.now_us, (const char *const *)lines, count, &errors);
	assert_string_equal(after, "");
	assert_int_equal(errors, 0);
	free(after);
	after = bench_show(&bench, "running-config");
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(copy);
}

static void test_range(void **state)
{
	char *text;

	(void)state;
	bench_start(&bench);
	BENCH_CONFIGURE(&bench, "interface range Gi1/0/1 - 8", "shutdown");
	text = bench_show(&bench, "interfaces status");
	for (const char *at = text, *next; (next = strstr(at, "disabled")); at = next + 1)
		assert_true(next < strstr(text, "Gi1/0/9 "));
	assert_non_null(strstr(text, "Gi1/0/8                         disabled"));
	free(text);
	BENCH_CONFIGURE(&bench, "interface range gi1/0/1-8", "no shutdown");
	text = bench_show(&bench, "interfaces status");
	assert_null(strstr(text, "disabled"));
	free(text);
}

static void test_shutdown_takes_the_link(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	assert_true(bench.link[0]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown");
	assert_false(bench.link[0]);
	assert_true(bench_event(&bench,
				"syslog %LINK-5-CHANGED: Interface GigabitEthernet1/0/1, changed state to "
				"administratively down"));
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no shut");
	assert_true(bench.link[0]);
}

static void test_vlan_is_made_where_it_is_wanted(void **state)
{
	static const char *const lines[] = {"interface Gi1/0/1", "switchport access vlan 77"};
	char *text;

	(void)state;
	bench_start(&bench);
	refuse(lines, 2, 0, "% Access VLAN does not exist. Creating vlan 77\n");
	text = bench_show(&bench, "vlan brief");
	assert_non_null(strstr(text, "77   VLAN0077                         active    Gi1/0/1\n"));
	free(text);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *lines[3], *text;
	} cases[] = {
	    {{"interface Gi1/0/49"},
	     "sw1(config)#interface Gi1/0/49\n                      ^\n% Invalid input detected at '^' "
	     "marker.\n\n"},
	    {{"shutdown"},
	     "sw1(config)#shutdown\n            ^\n% Invalid input detected at '^' marker.\n\n"},
	    {{"interface Gi1/0/1", "switchport acess vlan 10"},
	     "sw1(config-if)#switchport acess vlan 10\n                          ^\n"
	     "% Invalid input detected at '^' marker.\n\n"},
	    {{"interface Gi1/0/1", "switchport access vlan 0"},
	     "sw1(config-if)#switchport access vlan 0\n                                      ^\n"
	     "% Invalid input detected at '^' marker.\n\n"},
	    {{"interface Gi1/0/1", "switchport access vlan 4095"},
	     "sw1(config-if)#switchport access vlan 4095\n                                      ^\n"
	     "% Invalid input detected at '^' marker.\n\n"},
	    {{"interface Gi1/0/1", "switchport access"}, "% Incomplete command.\n\n"},
	    {{"interface Gi1/0/1", "s"}, "% Ambiguous command:  \"s\"\n"},
	    {{"interface Gi1/0/1", "power inline auto max 3999"},
	     "% Power limit is from 4000 to 30000 milliwatts\n"},
	    {{"interface Te1/1/1", "power inline never"}, "% Te1/1/1 has no inline power\n"},
	    {{"no vlan 1"}, "% Default VLAN 1 may not be deleted.\n"},
	    {{"vlan 30", "name a-name-that-is-longer-than-32-characters"},
	     "% A VLAN name has at most 32 characters\n"},
	};

	(void)state;
	bench_start(&bench);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned count = cases[i].lines[1] ? 2 : 1;

		refuse(cases[i].lines, count, 1, cases[i].text);
	}
}

static void test_blank_lines_and_modes(void **state)
{
	(void)state;
	bench_start(&bench);
	/* A command of the global mode leaves the interface, as it does in IOS. */
	BENCH_CONFIGURE(&bench, "configure terminal", "!", "", "interface Gi1/0/1", " shutdown", "vlan 30",
			" name GUEST", "no cdp run", "cdp run", "interface Gi1/0/2", "exit", "end");
}

/* --- switch.json --- */

#define FILE_HEAD                                                                                            \
	"{\"name\":\"sw1\",\"mac\":\"00:1b:54:00:00:00\",\"ports_per_member\":48,\"panel\":\"/"              \
	"p\",\"control\":\"/c\""

static int read_text(const char *text, struct switch_file *file, struct fail *fail)
{
	char path[] = "/tmp/switch_config_test.XXXXXX", *at;
	int fd = mkstemp(path), err;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = switch_file_read(file, path, fail);
	unlink(path);
	if (err && (at = strstr(fail->text, path)))
		memmove(at, at + strlen(path), strlen(at + strlen(path)) + 1);
	return err;
}

static void test_file(void **state)
{
	struct switch_file file;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(
	    read_text(
		FILE_HEAD
		",\"platform\":\"cisco C9300\",\"version\":\"17.9\",\"management_address\":\"10.20.0.254\","
		"\"members\":2,\"uplinks_per_member\":2,\"poe\":{\"budget_mw\":740000},"
		"\"vlans\":[{\"id\":10,\"name\":\"DATA\"},{\"id\":110,\"name\":\"VOICE\"}],\"dhcp_snooping\":"
		"true,"
		"\"port_default\":{\"mode\":\"access\",\"access_vlan\":10,\"voice_vlan\":110,"
		"\"poe\":{\"admin\":\"auto\",\"max_mw\":15400,\"priority\":\"high\"}},"
		"\"ports\":[{\"port\":\"Gi2/0/48\",\"access_vlan\":20,\"voice_vlan\":null,\"trusted\":true,"
		"\"cdp\":false,\"lldp\":false,\"poe\":{\"admin\":\"never\"},\"shutdown\":true,"
		"\"description\":\"server\"},{\"port\":\"Te1/1/1\",\"mode\":\"trunk\",\"native_vlan\":99,"
		"\"allowed_vlans\":[10,110]},{\"port\":\"Te2/1/1\",\"allowed_vlans\":null}],"
		"\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/core.panel\",\"remote_port\":\"Te1/1/2\"},"
		"{\"port\":\"Te1/1/2\",\"over\":\"udp\",\"to\":\"closet1\",\"vni\":101},"
		"{\"port\":\"Te2/1/1\",\"over\":\"udp\",\"peer\":\"[2001:db8::1]:5000\",\"vni\":102,"
		"\"keepalive\":false}],\"udp_port\":4790,"
		"\"events\":null,\"seed\":42,\"arp_suppression\":true,\"pace\":\"real\"}",
		&file, &fail),
	    0);
	assert_int_equal(switch_config_ports(&file.config), 100);
	assert_int_equal(file.config.address, 0x0a1400fe);
	assert_int_equal(file.config.poe_budget_mw, 740000);
	assert_true(file.config.real_pace && file.config.arp_suppression && file.config.dhcp_snooping);
	assert_int_equal(file.ports[0].voice_vlan, 110);
	assert_int_equal(file.ports[0].poe_max_mw, 15400);
	assert_int_equal(file.ports[0].poe_priority, SWITCH_POE_HIGH);
	assert_int_equal(file.ports[97].access_vlan, 20);
	assert_int_equal(file.ports[97].voice_vlan, 0);
	assert_int_equal(file.ports[97].poe_admin, SWITCH_POE_NEVER);
	assert_int_equal(file.ports[97].poe_max_mw, 15400);
	assert_true(file.ports[97].trusted && file.ports[97].shutdown);
	assert_false(file.ports[97].cdp || file.ports[97].lldp_transmit || file.ports[97].lldp_receive);
	assert_string_equal(file.ports[97].description, "server");
	/* An uplink that is listed starts from what uplinks are, not from port_default. */
	assert_int_equal(file.ports[48].native_vlan, 99);
	assert_int_equal(file.ports[48].allowed[1], 1 << 2);
	assert_int_equal(file.ports[48].allowed[0], 0);
	assert_int_equal(file.ports[98].mode, SWITCH_TRUNK);
	assert_int_equal(file.ports[98].allowed[0], 0xff);
	assert_int_equal(file.uplink_count, 3);
	assert_int_equal(file.uplinks[0].port, 48);
	assert_false(file.uplinks[0].udp);
	assert_true(file.uplinks[1].udp && file.uplinks[1].keepalive && !file.uplinks[1].has_peer);
	assert_string_equal(file.uplinks[1].to, "closet1");
	assert_int_equal(file.uplinks[1].vni, 101);
	assert_true(file.uplinks[2].udp && !file.uplinks[2].keepalive && file.uplinks[2].has_peer);
	assert_string_equal(file.uplinks[2].peer.host, "2001:db8::1");
	assert_int_equal(file.uplinks[2].peer.port, 5000);
	assert_int_equal(file.udp_port, 4790);
	assert_string_equal(file.uplinks[0].panel, "/core.panel");
	assert_null(file.events);
	switch_file_free(&file);
}

static void test_smallest_file(void **state)
{
	struct switch_file file;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(read_text(FILE_HEAD "}", &file, &fail), 0);
	assert_int_equal(file.config.members, 1);
	assert_int_equal(file.ports[0].access_vlan, 1);
	assert_true(file.ports[0].cdp);
	switch_file_free(&file);
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	    {"{}", ": the key \"name\" is missing"},
	    {FILE_HEAD ",\"membres\":2}", ": membres: unknown key; did you mean \"members\"?"},
	    {FILE_HEAD ",\"members\":65}", ": members: found 65, expected an integer from 1 to 64"},
	    {FILE_HEAD ",\"poe\":{\"budget_mw\":-1}}",
	     ": poe.budget_mw: found -1, expected an integer from 0 to 4000000"},
	    {FILE_HEAD ",\"vlans\":[{\"id\":0}]}",
	     ": vlans[0].id: found 0, expected an integer from 1 to 4094"},
	    {FILE_HEAD ",\"vlans\":[{\"id\":4095}]}",
	     ": vlans[0].id: found 4095, expected an integer from 1 to 4094"},
	    {FILE_HEAD ",\"vlans\":[{\"id\":10},{\"id\":10}]}",
	     ": vlans[1].id: found 10 a second time, expected each VLAN once"},
	    {FILE_HEAD ",\"ports\":[{\"port\":\"Gi1/0/49\"}]}",
	     ": ports[0].port: found port \"Gi1/0/49\", expected Gi1/0/1 to Gi1/0/48"},
	    {FILE_HEAD ",\"ports\":[{\"port\":\"Gi1/0/1\"},{\"port\":\"gi1/0/1\"}]}",
	     ": ports[1].port: found gi1/0/1 a second time, expected each port once"},
	    {FILE_HEAD ",\"ports\":[{\"port\":\"Gi1/0/1\",\"mode\":\"acess\"}]}",
	     ": ports[0]: mode: found \"acess\", expected one of \"access\", \"trunk\""},
	    {FILE_HEAD ",\"ports\":[{\"port\":\"Gi1/0/1\",\"voice_vlan\":4095}]}",
	     ": ports[0]: voice_vlan: found 4095, expected an integer from 1 to 4094"},
	    {FILE_HEAD ",\"ports\":[7]}", ": ports[0]: found 7, expected an object"},
	    {FILE_HEAD ",\"port_default\":{\"port\":\"Gi1/0/1\"}}",
	     ": port_default: port: unknown key; did you mean \"poe\"?"},
	    {FILE_HEAD ",\"port_default\":{\"poe\":{\"max_mw\":1}}}",
	     ": port_default: poe.max_mw: found 1, expected an integer from 4000 to 30000"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/1\"}]}",
	     ": uplinks[0].panel: missing key, required by an uplink over cable"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/p\"}]}",
	     ": uplinks[0].remote_port: missing key, required by an uplink over cable"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/"
		       "p\",\"remote_port\":\"Te1/1/1\",\"vni\":7}]}",
	     ": uplinks[0].vni: unexpected key of an uplink over cable"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/1\",\"over\":\"udp\"}]}",
	     ": uplinks[0].vni: missing key, required by an uplink over udp"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/"
		       "1\",\"over\":\"udp\",\"vni\":7,\"panel\":\"/p\"}]}",
	     ": uplinks[0].panel: unexpected key of an uplink over udp"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/"
		       "1\",\"over\":\"udp\",\"vni\":7,\"keepalive\":false}]}",
	     ": uplinks[0].peer: missing key, required because only a keepalive tells the address of the "
	     "peer"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/"
		       "1\",\"over\":\"udp\",\"vni\":7},{\"port\":\"Te1/1/2\",\"over\":\"udp\",\"vni\":7}]}",
	     ": uplinks[1].vni: found 7 a second time, expected a VNI of its own for each uplink"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/"
		       "1\",\"over\":\"udp\",\"vni\":7,\"peer\":\"a b\"}]}",
	     ": uplinks[0].peer: found \"a b\", expected HOST[:PORT] such as core.example:4789, 10.0.0.1 or "
	     "[2001:db8::1]:4789"},
	    {FILE_HEAD ",\"uplinks_per_member\":2,\"uplinks\":[{\"port\":\"Te1/1/"
		       "1\",\"over\":\"udp\",\"vni\":16777216}]}",
	     ": uplinks[0].vni: found 16777216, expected an integer from 1 to 16777215"},
	    {FILE_HEAD ",\"uplinks\":[{\"port\":\"Te1/1/1\",\"panel\":\"/x\",\"remote_port\":\"Te1/1/1\"}]}",
	     ": uplinks[0].port: found port \"Te1/1/1\", expected Gi1/0/1 to Gi1/0/48"},
	    {"{\"name\":\"sw1\",\"mac\":\"01:1b:54:00:00:00\",\"ports_per_member\":48,\"panel\":\"/"
	     "p\",\"control\":\"/"
	     "c\"}",
	     ": mac: found a group address, expected the address of one device"},
	    {"{\"name\":\"sw1\",\"mac\":\"00:1b:54:00:00:00\",\"ports_per_member\":999,\"members\":64,"
	     "\"panel\":\"/"
	     "p\",\"control\":\"/c\"}",
	     ": members, ports_per_member: found 63936 ports, expected at most 4096"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct switch_file file;
		struct fail fail = {0};

		assert_true(read_text(cases[i].text, &file, &fail) < 0);
		/* json_config joins where and key by ": ". */
		assert_string_equal(fail.text, cases[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_replies_by_line),
	    BENCH_TEST(test_round_trip),
	    BENCH_TEST(test_running_config_can_be_read_back),
	    BENCH_TEST(test_range),
	    BENCH_TEST(test_shutdown_takes_the_link),
	    BENCH_TEST(test_vlan_is_made_where_it_is_wanted),
	    BENCH_TEST(test_refusals),
	    BENCH_TEST(test_blank_lines_and_modes),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_smallest_file),
	    cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
