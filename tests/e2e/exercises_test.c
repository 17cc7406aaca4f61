/* Every exercise, solved as a person would: by looking, by the switch's commands, by editing a server's file
 * and restarting it, by cabling. Full marks for that, and none for going round it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/lab.h"

struct solution {
	const char *id;
	const char *script; /* of sh: sets where and what. $BAD is the port of a phone that has power and is
			       not registered, $DARK of one without power; $BADPHONE its name */
};

#define BACK                                                                                                 \
	"on dhcp 'cat /run/phonelab/backup/dhcp/dnsmasq.conf > /run/phonelab/dhcp/dnsmasq.conf'; p service " \
	"dhcp restart; "

static const struct solution solutions[] = {
    {"dark-desk",
     "if p show sw1 interfaces status | grep -q \"^$DARK .*disabled\"; then what='port is shut down'; "
     "p configure sw1 \"interface $DARK\" 'no shutdown'; else what='power inline never'; "
     "p configure sw1 \"interface $DARK\" 'power inline auto'; fi; where=\"sw1 $DARK\""},
    {"moved-desk", "p plug $DARKPHONE; where=$DARK; what='cable unplugged'"},
    {"power-cut", "p configure sw1 'power inline budget 370000'; where=sw1; what='PoE budget too small'"},
    {"new-port",
     "p configure sw1 \"interface $BAD\" 'switchport voice vlan 110'; where=$BAD; what='voice vlan'"},
    {"typing-mistake",
     "p configure sw1 \"interface $BAD\" 'switchport voice vlan 110' exit 'no vlan 999'; where=$BAD; "
     "what='wrong voice vlan 999'"},
    {"quiet-port",
     "p configure sw1 \"interface $BAD\" 'cdp enable' 'lldp transmit'; where=$BAD; what='CDP is off'"},
    {"hardening", "p configure sw1 'cdp run' 'lldp run'; where=sw1; what='CDP and LLDP are off'"},
    {"clean-up", "p configure sw1 'vlan 110' 'name VOICE'; where=sw1; what='voice VLAN 110 was deleted'"},
    {"no-address",
     "case $(p service dhcp status) in *paused) what='the process hangs';; *) what='service stopped';; esac; "
     "p service dhcp restart; where=dhcp"},
    {"black-list",
     "on dhcp 'sed -i s/^dhcp-host=.*,ignore$/dhcp-authoritative/ /run/phonelab/dhcp/dnsmasq.conf'; "
     "p service dhcp restart; where=dhcp; what='dhcp-host entry ignores the phone'"},
    {"new-scope", BACK "where=dhcp; what='option 150'"},
    {"dead-end", BACK "where=dhcp; what='wrong default gateway'"},
    {"other-subnet",
     "on dhcp 'sed -i s/10.99.0/10.110.0/g /run/phonelab/dhcp/dnsmasq.conf'; p service dhcp restart; "
     "where=dhcp; what='pool of another subnet'"},
    {"not-trusted",
     "p configure sw1 'interface Gi1/0/48' 'ip dhcp snooping trust'; where=Gi1/0/48; what='not trusted'"},
    {"server-gone", "if p show sw1 interfaces status | grep -q '^Gi1/0/48 .*disabled'; then what=shutdown; "
		    "p configure sw1 'interface Gi1/0/48' 'no shutdown'; else what='wrong vlan'; "
		    "p configure sw1 'interface Gi1/0/48' 'switchport access vlan 110'; fi; where=Gi1/0/48"},
    {"no-files",
     "if p show sw1 interfaces status | grep -q '^Gi1/0/47 .*disabled'; then what=shutdown; where=Gi1/0/47; "
     "p configure sw1 'interface Gi1/0/47' 'no shutdown'; else what='service stopped'; where=tftp; "
     "p service tftp start; p service tftp-http start; fi"},
    {"odd-one-out",
     "if on tftp \"grep -q devise /run/phonelab/tftp/root/$BADPHONE.cnf.xml\"; then what='malformed XML'; "
     "else "
     "what='wrong SIP port'; fi; on tftp \"cp /run/phonelab/backup/tftp/root/$BADPHONE.cnf.xml* "
     "/run/phonelab/tftp/root/\"; where=$BADPHONE"},
    {"no-registration",
     "p service cucm-pub start; p service cucm-sub start; where='call managers'; what='services stopped'"},
    {"in-english",
     "on tftp 'cp /run/phonelab/backup/tftp/root/French_France/* /run/phonelab/tftp/root/French_France/'; "
     "where=tftp; what='locale not installed'"},
    {"two-tickets",
     "p configure sw1 \"interface $DARK\" 'no shutdown' \"interface $BAD\" 'switchport voice vlan 110'; "
     "where=\"$DARK, $BAD\"; what='shutdown, no voice vlan'"},
    {"maintenance", BACK "p configure sw1 \"interface $DARK\" 'power inline auto'; where=\"dhcp, $DARK\"; "
			 "what='option 150, power inline never'"},
    {"quiet-day", "where=none; what='nothing is wrong'"},
    {"after-upgrade", "where=nothing; what=nothing"},
};

static void begin(struct lab *lab, const char *id, int seed)
{
	struct command_result result;
	char bin[512];

	lab_begin(lab, "exercise");
	lab->running = true;
	result = command_sh(150, "%s exercise start %s --seed %d --name %s", lab_bin("phonelab", bin), id,
			    seed, lab->name);
	if (result.status)
		print_error("%s: %s%s\n", id, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

/* $DARK, $BAD and the like, as a look at the status tells. */
static void look(const struct lab *lab, char text[400])
{
	char dark[20] = "", dark_phone[40] = "", bad[20] = "", bad_phone[40] = "";
	json_t *status = lab_status(lab), *phone;
	size_t i;

	assert_non_null(status);
	json_array_foreach(json_object_get(status, "phones"), i, phone)
	{
		const char *state = member(phone, "state");
		bool is_dark = !strcmp(state, "dark");
		bool is_bad = !is_dark && (strcmp(phone_step_state(phone, 11), "done") != 0);

		if (is_dark || is_bad) {
			snprintf(is_dark ? dark : bad, 20, "Gi1/0/%d", (int)(i + 1) & 63);
			snprintf(is_dark ? dark_phone : bad_phone, 40, "%.30s", member(phone, "name"));
		}
	}
	json_decref(status);
	snprintf(text, 400, "DARK=%s; DARKPHONE=%s; BAD=%s; BADPHONE=%s; ", dark, dark_phone, bad, bad_phone);
}

/* Run a script that sets where and what, then check: the exit status; *out is what it said. */
static int solve(const struct lab *lab, const char *script, int timeout_s, char **out)
{
	char bin[512], seen[400];
	struct command_result result;
	int status;

	lab_bin("phonelab", bin);
	look(lab, seen);
	result = command_sh(
	    timeout_s + 90,
	    "p() { %s --lab %s \"$@\"; }; on() { n=$1; shift; p exec $n -- sh -c \"$*\"; }; %s %s; "
	    "p exercise check --component \"$where\" --cause \"$what\" --csv %s/r.csv --timeout %d",
	    bin, lab->name, seen, script, lab->dir, timeout_s);
	status = result.status;
	*out = strdup(result.out);
	if (status)
		fprintf(stderr, "%s%s", result.out, result.err);
	command_free(&result);
	return status;
}

static void test_every_exercise_is_solved(void **state)
{
	char bin[512];
	struct command_result all = command_sh(20, "%s exercise ls", lab_bin("phonelab", bin));
	const size_t n = sizeof(solutions) / sizeof(solutions[0]);
	size_t lines = 0;

	(void)state;
	for (const char *c = all.out; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, n);
	command_free(&all);
	for (size_t i = 0; i < n; i++) {
		struct lab lab;
		char *out;
		int status;

		begin(&lab, solutions[i].id, 1);
		status = solve(&lab, solutions[i].script, 30, &out);
		lab_end(&lab);
		if (status || !strstr(out, "100 of 100"))
			print_error("%s: status %d\n", solutions[i].id, status);
		assert_int_equal(status, 0);
		assert_non_null(strstr(out, "passed: 100 of 100"));
		free(out);
	}
}

static void not_passed(const char *id, const char *script, const char *says)
{
	struct lab lab;
	char *out;
	int status;

	begin(&lab, id, 1);
	status = solve(&lab, script, 6, &out);
	lab_end(&lab);
	assert_int_equal(status, 1);
	assert_non_null(strstr(out, "not passed"));
	assert_non_null(strstr(out, says));
	free(out);
}

static void test_bypasses(void **state)
{
	(void)state;
	/* Clearing by brute force is refused, and repairs nothing. */
	not_passed("quiet-port", "p fault clear all; where=$BAD; what='CDP is off'", "switch sw1 differs");
	/* Snooping switched off: every phone registers, and the switch guards nobody any more. */
	not_passed("not-trusted", "p configure sw1 'no ip dhcp snooping'; where=Gi1/0/48; what='not trusted'",
		   "switch sw1 differs");
	/* A static address in the phone's stead. */
	not_passed(
	    "no-address",
	    "p exec SEP001122AABB01 -- ip address add 10.110.0.60/24 dev eth0; where=dhcp; what=stopped",
	    "phone SEP001122AABB01");
	/* A phone that is not there complains of nothing. */
	not_passed("new-port", "p unplug $BADPHONE; where=$BAD; what='voice vlan'", "ports sw1 differs");
}

static void test_a_healthy_control_answered_wrong(void **state)
{
	(void)state;
	not_passed("quiet-day", "where=dhcp; what='option 150'", "0 of 100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_healthy_control_answered_wrong),
	    cmocka_unit_test(test_bypasses),
	    cmocka_unit_test(test_every_exercise_is_solved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
