/*
 * The registration path, end to end: one named test per step and topology. A step passes when the phones say
 * so *and* a witness that we did not write has seen it: dnsmasq's lease file, the access log of lighttpd,
 * Kamailio's location table, tshark on a capture of the whole boot.
 *
 * PHONELAB_TEST_TOPOLOGIES ("office minimal") limits the topologies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

struct path {
	const char *topology;
	size_t phones;
	int voice_vlan;	    /* 0: untagged */
	bool cdp;	    /* CDP is spoken */
	const char *lookup; /* switch that the phones are on */
};

static const struct path paths[] = {
    {"office", 8, 110, true, "sw1"},	      {"minimal", 2, 110, true, "sw1"},
    {"two-switches", 4, 110, true, "access"}, {"no-voice-vlan", 2, 0, true, "sw1"},
    {"lldp-only", 2, 110, false, "sw1"},
};

/* The lab that the tests of the moment look at. */
static struct {
	const struct path *path;
	struct lab lab;
	struct witness witness;
	json_t *status;
} now;

typedef void phone_check_fn(json_t *phone, const char *name);

/* Every phone has left step n as done (or skipped, where it may be), and check holds for it. */
static void each_phone(int step, const char *allowed, phone_check_fn *check)
{
	size_t i;
	json_t *phone;

	assert_int_equal(json_array_size(json_object_get(now.status, "phones")), now.path->phones);
	json_array_foreach (json_object_get(now.status, "phones"), i, phone) {
		const char *state = phone_step_state(phone, step);
		if (!strstr(allowed, state))
			fail_msg("%s: step %d is %s, not %s: %s", member(phone, "name"), step, state, allowed,
				 member(phone_step(phone, step), "detail"));
		check(phone, member(phone, "name"));
	}
}

#define assert_seen(text, what, ...)                                                                         \
	do {                                                                                                 \
		if (LINES_WITH(text, __VA_ARGS__) < 1)                                                       \
			fail_msg("%s: nobody saw %s\n%s", name, what, text);                                 \
	} while (0)

/* HTTP 6970 answered the phone's request for that file with that status. */
static void fetched(json_t *phone, const char *name, const char *file, const char *status)
{
	char got[200], code[16];

	snprintf(got, sizeof(got), "GET /%s", file);
	snprintf(code, sizeof(code), "\" %s ", status);
	if (LINES_WITH(now.witness.http, member(phone, "ipv4"), got, code) < 1)
		fail_msg("%s: the access log has no '%s' with status %s from %s:\n%s", name, got, status,
			 member(phone, "ipv4"), now.witness.http);
}

static void check_power(json_t *phone, const char *name)
{
	(void)phone;
	struct command_result show = lab_command(&now.lab, "show %s power inline", now.path->lookup);
	struct command_result neighbours =
	    lab_command(&now.lab, "show %s %s neighbors", now.path->lookup, now.path->cdp ? "cdp" : "lldp");
	assert_int_equal(show.status, 0);
	assert_int_equal(LINES_WITH(show.out, " on "), now.path->phones);
	assert_seen(neighbours.out, "it among the neighbours of the switch", name);
	command_free(&show);
	command_free(&neighbours);
}

static void check_boot(json_t *phone, const char *name)
{
	/* The load that the phone claims is the one that its flash on disk holds. */
	struct command_result flash =
	    lab_exec(&now.lab, "dhcp", "grep -rl '%s' /run/phonelab/phones/flash/%s/",
		     member(phone, "active_load"), name);
	if (flash.status != 0)
		fail_msg("%s: no bank of its flash holds %s: %s", name, member(phone, "active_load"),
			 flash.err);
	command_free(&flash);
}

static void check_voice_vlan(json_t *phone, const char *name)
{
	char mac[18], tag[64];

	witness_mac(name, mac);
	if (now.path->voice_vlan)
		assert_int_equal(member_int(phone, "voice_vlan"), now.path->voice_vlan);
	else
		assert_true(json_is_null(json_object_get(phone, "voice_vlan")));
	snprintf(tag, sizeof(tag), "|%s|ff:ff:ff:ff:ff:ff|%d|", mac, now.path->voice_vlan);
	if (now.path->voice_vlan) {
		assert_seen(now.witness.rows, "its DHCP tagged with the voice VLAN", tag, "dhcp");
	} else {
		assert_seen(now.witness.rows, "its DHCP untagged", mac, "|ff:ff:ff:ff:ff:ff||", "dhcp");
		char any[40];
		snprintf(any, sizeof(any), "|%s|", mac);
		assert_int_equal(LINES_WITH(now.witness.rows, any, "eth:ethertype:vlan"), 0);
	}
	if (now.path->voice_vlan && getenv("PHONELAB_UML")) {
		/* Under the kernel that has 8021q it is the kernel's own VLAN link that carries the tag. */
		struct command_result link = lab_exec(&now.lab, name, "ip -d -o link show type vlan");
		if (link.status)
			fail_msg("%s: ip link: status %d: %s", name, link.status, link.err);
		assert_seen(link.out, "a vlan link of the kernel", "802.1Q");
		command_free(&link);
	}
	if (!now.path->cdp) {
		/* The switch says nothing by CDP; its LLDP-MED policy names the VLAN. */
		assert_int_equal(LINES_WITH(now.witness.rows, ":cdp|", "|sw1|"), 0);
		assert_seen(now.witness.rows, "LLDP-MED's network policy", ":lldp|", "|110|");
	}
}

static void check_dhcp(json_t *phone, const char *name)
{
	char mac[18], address[32];

	snprintf(address, sizeof(address), " %s ", member(phone, "ipv4"));
	assert_seen(now.witness.leases, "its lease", witness_mac(name, mac), address);
	/* The address answers from the server's side of the wire. */
	struct command_result arp =
	    lab_exec(&now.lab, name, "ip -4 -o address show to %s", member(phone, "ipv4"));
	assert_seen(arp.out, "its address on its own interface", member(phone, "ipv4"));
	command_free(&arp);
}

static void check_ctl(json_t *phone, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "CTL%s.tlv", name);
	fetched(phone, name, file, "404");
	struct command_result console = lab_command(&now.lab, "console %s", name);
	assert_seen(console.out, "the expected 404 in its console log",
		    "GHTTP-http get [HTTP/1.1 404 Not Found");
	command_free(&console);
}

static void check_itl(json_t *phone, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "ITL%s.tlv", name);
	fetched(phone, name, file, "200");
}

static void check_config(json_t *phone, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.cnf.xml.sgn", name);
	fetched(phone, name, file, "200");
}

static void check_firmware(json_t *phone, const char *name)
{
	struct command_result load =
	    lab_exec(&now.lab, "dhcp",
		     "sed -n 's/.*<loadInformation>\\(.*\\)<.loadInformation>.*/\\1/p' "
		     "/run/phonelab/tftp/root/%s.cnf.xml",
		     name);
	load.out[strcspn(load.out, "\n")] = 0;
	assert_string_equal(load.out, member(phone, "active_load"));
	command_free(&load);
}

static void check_dial_rules(json_t *phone, const char *name)
{
	fetched(phone, name, "AppDialRules.xml", "200");
	fetched(phone, name, "DR", "200");
}

static void check_cm_connect(json_t *phone, const char *name)
{
	/* The handshake on the wire, then the connection in the phone's own stack. */
	assert_seen(now.witness.rows, "its SYN to a call manager", "··········S·", member(phone, "ipv4"),
		    "|5060|");
	struct command_result tcp = lab_exec(&now.lab, name, "ss -Htn state established dport = :5060");
	assert_seen(tcp.out, "an established TCP connection to a call manager", ":5060");
	command_free(&tcp);
}

static void check_register(json_t *phone, const char *name)
{
	assert_string_equal(member(phone, "state"), "registered");
	/* One binding for each line: the first REGISTER asks for all of them. */
	json_t *lines = json_object_get(phone, "lines"), *line;
	assert_int_equal(witness_bindings(now.witness.publisher, name), json_array_size(lines));
	assert_true(json_equal(json_object_get(phone, "registered_lines"), lines));
	assert_string_equal(member(phone, "registered_with"),
			    member(json_array_get(json_object_get(now.status, "cluster"), 0), "name"));
	size_t i;
	json_array_foreach (lines, i, line) {
		char aor[64];
		snprintf(aor, sizeof(aor), "AoR: %s", json_string_value(line));
		assert_seen(now.witness.publisher, "its directory number in Kamailio's table", aor);
	}
}

static void check_locale(json_t *phone, const char *name)
{
	if (!strcmp(phone_step_state(phone, 12), "done"))
		fetched(phone, name, "", "200");
}

static void check_softkeys(json_t *phone, const char *name)
{
	fetched(phone, name, "SK", "200");
}

static void check_ringtones(json_t *phone, const char *name)
{
	fetched(phone, name, "Ringlist-wb.xml", "200");
}

static const struct {
	const char *name;
	const char *allowed;
	phone_check_fn *check;
} steps[14] = {
    {"power", "done", check_power},
    {"boot", "done", check_boot},
    {"voice-vlan", "done", check_voice_vlan},
    {"dhcp", "done", check_dhcp},
    {"ctl", "done", check_ctl},
    {"itl", "done", check_itl},
    {"config", "done", check_config},
    {"firmware", "done", check_firmware},
    {"dial-rules", "done", check_dial_rules},
    {"cm-connect", "done", check_cm_connect},
    {"register", "done", check_register},
    {"locale", "done skipped", check_locale},
    {"softkeys", "done", check_softkeys},
    {"ringtones", "done skipped", check_ringtones},
};

static void test_step(void **state)
{
	int step = *(int *)*state;

	if (!now.status)
		fail_msg("the lab did not come up");
	each_phone(step, steps[step - 1].allowed, steps[step - 1].check);
	size_t i;
	json_t *phone;
	json_array_foreach (json_object_get(now.status, "phones"), i, phone) {
		assert_string_equal(member(phone_step(phone, step), "name"), steps[step - 1].name);
		assert_true(member_int(phone_step(phone, step), "ms") >= 0);
	}
}

/* On a machine that is too busy a phone may register with a subscriber first; then it moves back to the publisher. */
static bool all_with_publisher(json_t *status, void *arg)
{
	const char *publisher = member(json_array_get(json_object_get(status, "cluster"), 0), "name");
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		json_t *with = json_object_get(phone, "registered_with");

		if (!json_is_string(with) || strcmp(json_string_value(with), publisher) ||
		    !strstr(steps[14 - 1].allowed, phone_step_state(phone, 14)))
			return false;
	}
	return true;
}

static void start(const struct path *path)
{
	char file[64];

	now.path = path;
	lab_begin(&now.lab, path->topology);
	snprintf(file, sizeof(file), "topologies/%s.yaml", path->topology);
	if (lab_up(&now.lab, file, true, 120, NULL, 0) == 0)
		now.status = lab_status_when(&now.lab, 60, all_with_publisher, NULL);
	if (now.status) {
		witness_ask(&now.witness, &now.lab, now.status);
		witness_capture(&now.witness, &now.lab);
	}
}

static void end(void)
{
	json_decref(now.status);
	now.status = NULL;
	witness_free(&now.witness);
	lab_end(&now.lab);
}

static int run(const struct path *path)
{
	static const char numbers[14] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
	static int step_number[14];
	static char names[14][64];
	struct CMUnitTest tests[14];

	for (int i = 0; i < 14; i++) {
		step_number[i] = numbers[i];
		snprintf(names[i], sizeof(names[i]), "%s: step %d, %s", path->topology, i + 1, steps[i].name);
		tests[i] = (struct CMUnitTest){
		    .name = names[i], .test_func = test_step, .initial_state = &step_number[i]};
	}
	start(path);
	int failed = _cmocka_run_group_tests(path->topology, tests, 14, NULL, NULL);
	end();
	return failed;
}

int main(void)
{
	const char *only = getenv("PHONELAB_TEST_TOPOLOGIES");
	int failed = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!only || strstr(only, paths[i].topology))
			failed += run(&paths[i]);
	return failed ? 1 : 0;
}
