/* The output of show as the network community's parsers read it: grammars in the manner of TextFSM (values, states, one
 * regular expression per line, "Record"), written for this test. A line that no rule of its state matches is an error. */
#include "tests/support/switch_test.h"

#include <regex.h>

#define VALUES	24
#define RECORDS 8

/* A rule: in this state, a line that matches gives its group to value (NULL: none), then the state is next (NULL: the
 * same). record: the record ends in front of this line. List values are joined by commas. */
struct rule {
	const char *state, *line, *value, *next;
	bool record;
};

static struct record {
	const char *name[VALUES];
	char text[VALUES][128];
	unsigned values;
} records[RECORDS];
static unsigned recorded;

static void set_value(struct record *record, const char *name, const char *text, size_t length)
{
	for (unsigned i = 0; i < record->values; i++)
		if (!strcmp(record->name[i], name)) {
			size_t used = strlen(record->text[i]);

			snprintf(record->text[i] + used, sizeof(record->text[i]) - used, ",%.*s", (int)length,
				 text);
			return;
		}
	assert_true(record->values < VALUES);
	record->name[record->values] = name;
	snprintf(record->text[record->values++], sizeof(record->text[0]), "%.*s", (int)length, text);
}

static bool apply(const struct rule *rule, const char *line, const char **state)
{
	regmatch_t match[2];
	regex_t regex;
	bool matches;

	if (strcmp(rule->state, *state))
		return false;
	assert_int_equal(regcomp(&regex, rule->line, REG_EXTENDED), 0);
	matches = !regexec(&regex, line, 2, match, 0);
	regfree(&regex);
	if (!matches)
		return false;
	if (rule->record && records[recorded].values)
		assert_true(++recorded < RECORDS);
	if (rule->value)
		set_value(&records[recorded], rule->value, line + match[1].rm_so,
			  (size_t)(match[1].rm_eo - match[1].rm_so));
	if (rule->next)
		*state = rule->next;
	return true;
}

static void parse(const char *command, const struct rule *rules)
{
	char *out = bench_show(&bench, command), *rest = out;
	const char *state = "Start";

	memset(records, 0, sizeof(records));
	recorded = 0;
	for (char *line; (line = strsep(&rest, "\n"));) {
		const struct rule *rule = rules;

		while (rule->state && !apply(rule, line, &state))
			rule++;
		if (!rule->state)
			fail_msg("%s: state %s does not know the line '%s'", command, state, line);
	}
	recorded += records[recorded].values > 0;
	free(out);
}

static void is(unsigned record, const char *name, const char *want)
{
	for (unsigned i = 0; i < records[record].values; i++)
		if (!strcmp(records[record].name[i], name)) {
			assert_string_equal(records[record].text[i], want);
			return;
		}
	fail_msg("record %u has no %s", record, name);
}

static const struct rule lldp_detail[] = {
    {"Start", "^-+$", NULL, NULL, true},
    {"Start", "^Local Intf: (\\S+)$", "local", NULL, false},
    {"Start", "^Chassis id: ([^:]+)$", "chassis", NULL, false},
    {"Start", "^Port id: (.+)$", "port", NULL, false},
    {"Start", "^Port Description: (.*)$", "port_description", NULL, false},
    {"Start", "^System Name: (.+)$", "name", NULL, false},
    {"Start", "^System Description: *$", NULL, "Description", false},
    {"Start", "^Time remaining: ([0-9]+) seconds$", "seconds", NULL, false},
    {"Start", "^System Capabilities: ", NULL, NULL, false},
    {"Start", "^Enabled Capabilities: (.+)$", "capabilities", NULL, false},
    {"Start", "^Management Addresses:$", NULL, NULL, false},
    {"Start", "^    IP: (\\S+)$", "management", NULL, false},
    {"Start", "^Auto Negotiation - ", NULL, NULL, false},
    {"Start", "^Physical media capabilities:$", NULL, NULL, false},
    {"Start", "^    [0-9]+base", NULL, NULL, false},
    {"Start", "^Media Attachment Unit type: [0-9]+$", NULL, NULL, false},
    {"Start", "^Vlan ID: ([0-9]+|- not advertised)$", NULL, NULL, false},
    {"Start", "^Power via MDI:$", NULL, "Power", false},
    {"Start", "^MED Information:$", NULL, "Med", false},
    {"Start", "^Total entries displayed: [0-9]+$", NULL, NULL, false},
    {"Start", "^$", NULL, NULL, false},
    {"Description", "^(.+)$", "description", "Start", false},
    {"Power", "^    Power Pair: (\\S+)$", "pair", NULL, false},
    {"Power", "^    Power Class: ([0-9]+)$", "class", NULL, false},
    {"Power", "^    Power Device Type: (\\S+)$", "type", NULL, false},
    {"Power", "^    Power Source: (\\S+)$", "source", NULL, false},
    {"Power", "^    Power Priority: (\\S+)$", "priority", NULL, false},
    {"Power", "^    Power Requested: ([0-9]+) mW$", "requested", NULL, false},
    {"Power", "^    Power Allocated: ([0-9]+) mW$", "allocated", NULL, false},
    {"Power", "^$", NULL, "Start", false},
    {"Med", "^    Serial number: (\\S+)$", "serial", NULL, false},
    {"Med", "^    Manufacturer: (.+)$", "manufacturer", NULL, false},
    {"Med", "^    Model: (.+)$", "model", NULL, false},
    {"Med", "^    Network Policy\\(Voice\\): VLAN ([0-9]+), tagged", "voice", NULL, false},
    {"Med", "^    Network Policy\\(Voice Signal\\): VLAN ([0-9]+), tagged", "signal", NULL, false},
    {"Med", "^    +\\S", NULL, NULL, false},
    {"Med", "^-+$", NULL, "Start", true},
    {"Med", "^Total entries displayed: ", NULL, NULL, false},
    {"Med", "^$", NULL, NULL, false},
    {0}};

static const struct rule version[] = {
    {"Start", "Software \\((\\S+)\\), Version (\\S+), RELEASE SOFTWARE \\(\\S+\\)$", "image", NULL, false},
    {"Start", "^ROM: ", NULL, NULL, false},
    {"Start", "^(\\S+) uptime is [0-9]+ hours?, ", "host", NULL, false},
    {"Start", "^Last reload reason: (.+)$", "reason", NULL, false},
    {"Start", "^System (returned|image)", NULL, NULL, false},
    {"Start", "^cisco (\\S+) \\(.+\\) processor", "hardware", NULL, false},
    {"Start", "^Processor board ID (\\S+)$", "board", NULL, false},
    {"Start", "^[0-9]+ (Ten )?Gigabit Ethernet interfaces$", NULL, NULL, false},
    {"Start", "^Base Ethernet MAC Address +: (([0-9a-f]{2}:){5}[0-9a-f]{2})$", "mac", NULL, false},
    {"Start", "^Model Number +: (\\S+)$", "model", NULL, false},
    {"Start", "^System Serial Number +: ([A-Z]{3}[0-9A-Z]{8})$", "serial", NULL, false},
    {"Start", "^Switch Ports Model", NULL, "Stack", false},
    {"Start", "^$", NULL, NULL, false},
    {"Start", "^Cisco IOS Software, switch-sim$", NULL, NULL, false},
    {"Stack", "^[* ] +[0-9]+ [0-9]+ +(\\S+) +[0-9.]+ +\\S+ +INSTALL$", "member", NULL, false},
    {"Stack", "^Configuration register is (\\S+)$", "register", NULL, false},
    {"Stack", "^(-+ .*)?$", NULL, NULL, false},
    {0}};

static const struct rule switchports[] = {
    {"Start", "^Name: (\\S+)$", "name", NULL, true},
    {"Start", "^Switchport: (\\S+)$", "switchport", NULL, false},
    {"Start", "^Administrative Mode: (.+)$", "admin", NULL, false},
    {"Start", "^Operational Mode: (.+)$", "mode", NULL, false},
    {"Start", "^Negotiation of Trunking: (\\S+)$", "negotiation", NULL, false},
    {"Start", "^Access Mode VLAN: ([0-9]+) \\(\\S+\\)$", "access", NULL, false},
    {"Start", "^Trunking Native Mode VLAN: ([0-9]+) \\(\\S+\\)$", "native", NULL, false},
    {"Start", "^Voice VLAN: (none|[0-9]+ \\(\\S+\\))$", "voice", NULL, false},
    {"Start", "^Trunking VLANs Enabled: (\\S+)$", "trunking", NULL, false},
    {"Start", "^(Operational|Administrative) (Trunking|Native VLAN|private-vlan)", NULL, NULL, false},
    {"Start", "^(Pruning VLANs|Capture|Protected|Unknown (uni|multi)cast|Vepa Enabled|Appliance trust)", NULL,
     NULL, false},
    {"Start", "^$", NULL, NULL, false},
    {0}};

/* A phone with all that a phone sends at the first port, and a trunk. */
static int setup(void **state)
{
	struct lldp_message phone = bench_phone_lldp();
	static const uint8_t address[4] = {10, 110, 0, 57};

	(void)state;
	bench_init(&bench);
	bench.config.access = 2;
	bench.config.uplinks = 1;
	bench.ports[2] = bench.ports[BENCH_UPLINK];
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_plug(&bench, 2, SWITCH_POWER_NONE, 0);
	phone.has |= LLDP_HAS_MANAGEMENT | LLDP_HAS_SERIAL | LLDP_HAS_MANUFACTURER | LLDP_HAS_POWER;
	phone.management =
	    (struct lldp_management){.family = 1, .address = {address, 4}, .interface_subtype = 1};
	phone.serial = wire_slice_text("FCH2042ABCD");
	phone.manufacturer = wire_slice_text("Cisco Systems, Inc.");
	phone.power = (struct lldp_power){.pair = 1,
					  .class_code = 2,
					  .has_at = true,
					  .type = 3,
					  .source = 1,
					  .requested = 36,
					  .allocated = 39};
	phone.policies = 2;
	for (unsigned i = 0; i < 2; i++)
		phone.policy[i] = (struct lldp_policy){
		    .application = (uint8_t)(i + 1), .tagged = true, .vlan = 110, .priority = 5, .dscp = 46};
	bench_lldp(&bench, 0, &phone, 1);
	return 0;
}

static void test_lldp_neighbors_detail(void **state)
{
	(void)state;
	parse("lldp neighbors detail", lldp_detail);
	assert_int_equal(recorded, 1);
	is(0, "local", "Gi1/0/1");
	is(0, "chassis", "0.0.0.0");
	is(0, "name", "SEP001122AABB01");
	is(0, "description", "Cisco IP Phone 7841, sip78xx.14-2-1-0001-125");
	is(0, "capabilities", "B,T");
	is(0, "management", "10.110.0.57");
	is(0, "pair", "Signal");
	is(0, "class", "1");
	is(0, "type", "Type1PD");
	is(0, "source", "PSE");
	is(0, "requested", "3600");
	is(0, "allocated", "3900");
	is(0, "serial", "FCH2042ABCD");
	is(0, "manufacturer", "Cisco Systems, Inc.");
	is(0, "model", "CP-7841");
	is(0, "voice", "110");
	is(0, "signal", "110");
}

static void test_version(void **state)
{
	(void)state;
	parse("version", version);
	is(0, "image", "SWITCHSIM-M");
	is(0, "host", "sw1");
	is(0, "hardware", "C9200L-48P-4X");
	is(0, "model", "C9200L-48P-4X");
	is(0, "member", "C9200L-48P-4X");
	is(0, "mac", "00:1b:54:00:00:00");
	is(0, "serial", "FOC15080000");
	is(0, "board", "FOC15080000");
}

static void test_switchport(void **state)
{
	(void)state;
	parse("interfaces switchport", switchports);
	assert_int_equal(recorded, 3);
	is(0, "name", "Gi1/0/1");
	is(0, "mode", "static access");
	is(0, "access", "10");
	is(0, "voice", "110 (VOICE)");
	is(0, "trunking", "ALL");
	is(1, "mode", "down");
	is(2, "name", "Te1/1/1");
	is(2, "admin", "trunk");
	is(2, "mode", "trunk");
	is(2, "native", "1");
	is(2, "negotiation", "On");
	parse("interfaces te1/1/1 switchport", switchports);
	assert_int_equal(recorded, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_lldp_neighbors_detail, setup, bench_teardown),
	    cmocka_unit_test_setup_teardown(test_version, setup, bench_teardown),
	    cmocka_unit_test_setup_teardown(test_switchport, setup, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
