#include "tests/support/switch_test.h"

/* Port security, err-disable, mirror sessions, and what else an administrator can do to a port. */

static int setup(void **state)
{
	(void)state;
	bench_init(&bench);
	bench_start(&bench);
	for (unsigned i = 0; i < 4; i++)
		bench_plug(&bench, i, SWITCH_POWER_AC, 0);
	bench_clear(&bench);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static void shows(const char *command, const char *needle)
{
	char *text = bench_show(&bench, command);

	if (!strstr(text, needle))
		fail_msg("show %s:\n%s\nexpected: %s", command, text, needle);
	free(text);
}

static void refuses(const char *const *lines, unsigned count, const char *reason)
{
	unsigned errors;
	char *text = switch_core_configure(bench.core, bench.now_us, lines, count, &errors);

	assert_int_equal(errors, 1);
	if (!strstr(text, reason))
		fail_msg("found: %s\nexpected: %s", text, reason);
	free(text);
}
#define REFUSES(reason, ...)                                                                                 \
	refuses((const char *const[]){__VA_ARGS__},                                                          \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), reason)

static json_t *port_status(const char *name)
{
	json_t *status = switch_core_status(bench.core, bench.now_us), *port, *found = NULL;
	size_t i;

	json_array_foreach (json_object_get(status, "ports"), i, port)
		if (!strcmp(json_string_value(json_object_get(port, "name")), name))
			found = json_incref(port);
	json_decref(status);
	return found;
}

static void test_violation_shuts_down_and_recovers(void **state)
{
	unsigned logged = 0;
	json_t *port;

	(void)state;
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security");
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	shows("port-security",
	      "    Gi1/0/1              1            1                  0         Shutdown\n");
	shows("port-security address",
	      "  10    0200.0000.0001    SecureDynamic                 Gi1/0/1      -\n");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 5, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	assert_false(bench.link[0]);
	assert_true(bench_event(&bench,
				"syslog %PM-4-ERR_DISABLE: psecure-violation error detected on Gi1/0/1, "
				"putting Gi1/0/1 in err-disable state"));
	assert_true(bench_event(&bench,
				"syslog %PORT_SECURITY-2-PSECURE_VIOLATION: Security violation occurred, "
				"caused by MAC address 0200.0000.0005 on port GigabitEthernet1/0/1."));
	assert_true(bench_event(
	    &bench, "syslog %LINK-3-UPDOWN: Interface GigabitEthernet1/0/1, changed state to down"));
	shows("interfaces Gi1/0/1 status", "Gi1/0/1                         err-disabled 10");
	shows("interfaces status err-disabled",
	      "Gi1/0/1                         err-disabled psecure-violation\n");
	shows("interfaces Gi1/0/1", "GigabitEthernet1/0/1 is down, line protocol is down (err-disabled)");
	shows("port-security interface Gi1/0/1", "Port Status                : Secure-shutdown\n");
	shows("port-security interface Gi1/0/1", "Last Source Address:Vlan   : 0200.0000.0005:10\n"
						 "Security Violation Count   : 1\n");
	port = port_status("Gi1/0/1");
	assert_string_equal(json_string_value(json_object_get(port, "err_disabled")), "psecure-violation");
	assert_string_equal(json_string_value(json_object_get(port, "admin")), "up");
	json_decref(port);
	/* `no shutdown` alone does not bring it back; the pair does. */
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no shutdown");
	assert_false(bench.link[0]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown", "no shutdown");
	assert_true(bench.link[0]);
	port = port_status("Gi1/0/1");
	assert_true(json_is_null(json_object_get(port, "err_disabled")));
	json_decref(port);
	/* What was learnt went with the link: the other may speak now, and the first is one too many. */
	bench_frame(&bench, 0, 255, 5, -1);
	assert_true(bench.link[0]);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_false(bench.link[0]);
	for (unsigned i = 0; i < bench.event_count; i++)
		logged += strstr(bench.events[i], "ERR_DISABLE") != NULL;
	assert_int_equal(logged, 2);
}

static void test_restrict_and_protect(void **state)
{
	unsigned logged = 0;

	(void)state;
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security",
			"switchport port-security violation restrict");
	bench_frame(&bench, 0, 255, 1, -1);
	bench_clear(&bench);
	for (unsigned i = 0; i < 10; i++)
		bench_frame(&bench, 0, 255, 5, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	assert_true(bench.link[0]);
	shows("port-security interface Gi1/0/1", "Security Violation Count   : 10\n");
	for (unsigned i = 0; i < bench.event_count; i++)
		logged += strstr(bench.events[i], "syslog %PORT_SECURITY-2") != NULL;
	assert_int_equal(logged, 1);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security violation protect");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 6, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	assert_false(bench_event(&bench, "PORT_SECURITY"));
	shows("port-security interface Gi1/0/1", "Security Violation Count   : 10\n");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no switchport port-security");
	bench_frame(&bench, 0, 255, 6, -1);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
}

/* A phone in the voice VLAN and a PC behind it: two addresses. The same address in two VLANs counts twice. */
static void test_maximum(void **state)
{
	(void)state;
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security maximum 2",
			"switchport port-security");
	bench_frame(&bench, 0, 255, 1, 110);
	bench_frame(&bench, 0, 255, 7, -1);
	shows("port-security", "Total Addresses in System (excluding one mac per port)     : 1\n");
	assert_true(bench.link[0]);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_false(bench.link[0]);
	REFUSES("Maximum is from 1 to 64", "interface Gi1/0/2", "switchport port-security maximum 65");
	REFUSES("TenGigabitEthernet1/1/1 is a trunk port", "interface Te1/1/1", "switchport port-security");
}

static void test_configured_address(void **state)
{
	(void)state;
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security mac-address 0200.0000.0009",
			"switchport port-security");
	shows("running-config interface Gi1/0/1", " switchport port-security mac-address 0200.0000.0009\n"
						  " switchport port-security\n");
	bench_frame(&bench, 0, 255, 9, -1);
	assert_true(bench.link[0]);
	/* On another secure port it is at the wrong place. */
	BENCH_CONFIGURE(&bench, "interface Gi1/0/2", "switchport port-security");
	bench_frame(&bench, 1, 255, 9, -1);
	assert_false(bench.link[1]);
	bench_frame(&bench, 0, 255, 1, -1);
	assert_false(bench.link[0]);
	/* It stays over shut and no shut. */
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown", "no shutdown");
	shows("port-security address", "0200.0000.0009    SecureConfigured");
	REFUSES("no MAC address of one device", "interface Gi1/0/3",
		"switchport port-security mac-address 0300.0000.0001");
	REFUSES("has reached maximum limit", "interface Gi1/0/1",
		"switchport port-security mac-address 0200.0000.000a");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no switchport port-security mac-address");
	shows("port-security interface Gi1/0/1", "Total MAC Addresses        : 0\n");
}

static void test_running_config_is_its_own_input(void **state)
{
	char *one, *two, *lines[512] = {NULL};
	unsigned count = 0, errors;

	(void)state;
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "switchport port-security maximum 3",
			"switchport port-security violation restrict", "switchport port-security",
			"interface Gi1/0/2", "switchport port-security violation protect", "power inline off",
			"monitor session 2 source interface Gi1/0/1 - 2",
			"monitor session 2 source interface Gi1/0/3 rx",
			"monitor session 2 destination interface Gi1/0/40 encapsulation replicate");
	one = bench_show(&bench, "running-config");
	bench_stop(&bench);
	bench_init(&bench);
	bench_start(&bench);
	two = strdup(strchr(one, '!'));
	for (char *line = strtok(two, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "hostname", 8))
			lines[count++] = line;
	free(switch_core_configure(bench.core, bench.now_us, (const char *const *)lines, count, &errors));
	assert_int_equal(errors, 0);
	free(two);
	two = bench_show(&bench, "running-config");
	assert_string_equal(one, two);
	free(one);
	free(two);
}

/* A copy of everything that passes Gi1/0/1, untagged, at Gi1/0/4; nothing else there. */
static void test_mirror(void **state)
{
	struct cdp_message phone = bench_phone_cdp();
	uint16_t tci;

	(void)state;
	bench_frame(&bench, 1, 255, 2, -1);
	BENCH_CONFIGURE(&bench, "monitor session 1 source interface Gi1/0/1",
			"monitor session 1 destination interface Gi1/0/4");
	shows("monitor session 1", "Session 1\n---------\nType                     : Local Session\n"
				   "Source Ports             :\n    Both                 : Gi1/0/1\n"
				   "Destination Ports        : Gi1/0/4\n    Encapsulation        : Native\n"
				   "          Ingress        : Disabled\n");
	shows("interfaces Gi1/0/4 status", "Gi1/0/4                         monitoring   10");
	bench_clear(&bench);
	bench_frame(&bench, 0, 2, 1, -1); /* in */
	assert_int_equal(bench_sent_to(&bench, 3), 1);
	bench_frame(&bench, 1, 1, 2, -1); /* out */
	assert_int_equal(bench_sent_to(&bench, 3), 2);
	bench_frame(&bench, 2, 2, 3, -1); /* not of the source */
	assert_int_equal(bench_sent_to(&bench, 3), 2);
	bench_frame(&bench, 0, 255, 1, 110); /* tagged: the copy is not; the flood does not come here */
	assert_int_equal(bench_sent_to(&bench, 3), 3);
	assert_false(bench_last_tag(&bench, 3, &tci));
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_count_cdp(&bench, 3), 0);
	/* Frames of the destination are not received. */
	bench_clear(&bench);
	bench_frame(&bench, 3, 255, 4, -1);
	assert_int_equal(bench.sent_count, 0);
	/* With the encapsulation kept: tags, CDP and LLDP too. */
	BENCH_CONFIGURE(&bench, "monitor session 1 destination interface Gi1/0/4 encapsulation replicate");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, 110);
	assert_true(bench_last_tag(&bench, 3, &tci));
	bench_cdp(&bench, 0, &phone, 1);
	assert_true(bench_count_cdp(&bench, 3) >= 1);
	BENCH_CONFIGURE(&bench, "no monitor session 1");
	shows("monitor", "No SPAN configuration is present in the system.\n");
	bench_clear(&bench);
	bench_frame(&bench, 0, 2, 1, -1);
	assert_int_equal(bench_sent_to(&bench, 3), 0);
	bench_frame(&bench, 3, 255, 4, -1);
	assert_int_equal(bench_sent_to(&bench, 0), 1);
	REFUSES("Session numbers are from 1 to 4", "monitor session 9 source interface Gi1/0/1");
	BENCH_CONFIGURE(&bench, "monitor session 1 source interface Gi1/0/1 tx");
	REFUSES("is the source of a session", "monitor session 1 destination interface Gi1/0/1");
}

/* The other ways to break a port. */
static void test_ways_to_break_a_port(void **state)
{
	bool tagged_copy;

	(void)state;
	/* The voice VLAN deleted: tagged frames go nowhere. */
	bench_frame(&bench, 0, 255, 1, 110);
	tagged_copy = bench_sent_to(&bench, 1) == 1;
	assert_true(tagged_copy);
	BENCH_CONFIGURE(&bench, "no vlan 110");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench_sent_to(&bench, 1), 0);
	BENCH_CONFIGURE(&bench, "vlan 110", "name VOICE");
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench_sent_to(&bench, 1), 1);
	/* Missing on the trunk. */
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	BENCH_CONFIGURE(&bench, "interface Te1/1/1", "switchport trunk allowed vlan 1-100");
	bench_clear(&bench);
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench_sent_to(&bench, BENCH_UPLINK), 0);
	BENCH_CONFIGURE(&bench, "interface Te1/1/1", "switchport trunk allowed vlan add 110");
	bench_frame(&bench, 0, 255, 1, 110);
	assert_int_equal(bench_sent_to(&bench, BENCH_UPLINK), 1);
	/* Power off takes a powered device down, and back. */
	bench_plug(&bench, 5, SWITCH_POWER_PD, 1);
	assert_true(bench.link[5]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/6", "power inline off");
	assert_false(bench.link[5]);
	shows("power inline Gi1/0/6", "Gi1/0/6   off");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/6", "power inline auto");
	assert_true(bench.link[5]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_violation_shuts_down_and_recovers),
	    TEST(test_restrict_and_protect),
	    TEST(test_maximum),
	    TEST(test_configured_address),
	    TEST(test_running_config_is_its_own_input),
	    TEST(test_mirror),
	    TEST(test_ways_to_break_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
