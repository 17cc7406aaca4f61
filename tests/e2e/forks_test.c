/*
 * The forks of the registration path, each end to end against the real servers: what happens when HTTP is
 * refused, a server is dead, an option is missing, a list is forged, a call manager falls. Every test starts
 * a lab of two phones with one thing changed, and asks the phones and somebody outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

/* The one thing (or two) that a test changes; NULL: as it should be. Each is text of the topology's YAML. */
struct change {
	const char *sw;	     /* members of the switch */
	const char *dhcp;    /* the DHCP server as a whole */
	const char *tftp;    /* members of the TFTP server */
	const char *cluster; /* members of the cluster */
	const char *primary; /* members of the first call manager */
	const char *phones;  /* members of the phones' row */
};

static const char dhcp_as_it_should_be[] = "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: "
					   "10.110.0.2, pool: 10.110.0.50-10.110.0.99}\n";

static void start(struct lab *its, const char *label, const struct change *change, int timeout_s, int want)
{
	char yaml[4096], path[512];

	lab_begin(its, label);
	snprintf(
	    yaml, sizeof(yaml),
	    "vlans:\n"
	    "  - {id: 10, name: DATA}\n"
	    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
	    "switches:\n"
	    "  - {name: sw1, access_vlan: 10, voice_vlan: 110%s}\n"
	    "servers:\n%s"
	    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 110, address: 10.110.0.3%s}\n"
	    "cluster:\n"
	    "  nodes:\n"
	    "    - {name: cucm-pub, port: Gi1/0/45, vlan: 110, address: 10.110.0.11%s}\n"
	    "    - {name: cucm-sub, port: Gi1/0/46, vlan: 110, address: 10.110.0.12}\n%s"
	    "phones:\n"
	    "  - {model: 7841, count: 2, mac: \"00:11:22:aa:bb:01\", port: Gi1/0/1, lines: from 2001%s}\n",
	    change->sw ? change->sw : "", change->dhcp ? change->dhcp : dhcp_as_it_should_be,
	    change->tftp ? change->tftp : "", change->primary ? change->primary : "",
	    change->cluster ? change->cluster : "", change->phones ? change->phones : "");
	if (lab_up(its, lab_write(its, "fork.yaml", yaml, path), false, timeout_s, NULL, want) != want)
		fail_msg("the lab did not come up as it should");
}

/* The lab of the test of the moment; end() ends it, also after a test that failed. */
static struct lab lab;

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static const char *const names[2] = {"SEP001122AABB01", "SEP001122AABB02"};

/* Both phones are registered with that node, by their own word and by Kamailio's. */
static void registered_with(const struct lab *its, const char *node)
{
	char *dump = witness_kamcmd(its, node, "ul.dump");
	json_t *status = lab_status(its);

	assert_non_null(status);
	for (int i = 0; i < 2; i++) {
		json_t *phone = status_phone(status, names[i]);
		assert_non_null(phone);
		assert_string_equal(member(phone, "state"), "registered");
		assert_string_equal(member(phone, "registered_with"), node);
		assert_int_equal(witness_bindings(dump, names[i]), 1);
	}
	json_decref(status);
	free(dump);
}

/* A step of both phones, as its state and (part of) its detail. */
static void step_is(const struct lab *its, int step, const char *state, const char *detail)
{
	json_t *status = lab_status(its);

	assert_non_null(status);
	for (int i = 0; i < 2; i++) {
		json_t *phone = status_phone(status, names[i]);
		assert_non_null(phone);
		if (strcmp(phone_step_state(phone, step), state))
			fail_msg("%s: step %d is %s (%s), not %s", names[i], step,
				 phone_step_state(phone, step), member(phone_step(phone, step), "detail"),
				 state);
		if (detail && !strstr(member(phone_step(phone, step), "detail"), detail))
			fail_msg("%s: step %d says '%s', not '%s'", names[i], step,
				 member(phone_step(phone, step), "detail"), detail);
	}
	json_decref(status);
}

/* A phone shows that status message, now or within timeout_s seconds. */
static void one_said_within(const struct lab *its, const char *name, int timeout_s, const char *what)
{
	struct command_result messages = lab_command(its, "messages %s", name);

	for (int waited = 0; !strstr(messages.out, what) && waited < timeout_s * 10; waited++) {
		command_free(&messages);
		poll(NULL, 0, 100);
		messages = lab_command(its, "messages %s", name);
	}
	if (!strstr(messages.out, what))
		fail_msg("%s: no status message '%s' among:\n%s", name, what, messages.out);
	command_free(&messages);
}

static void said_within(const struct lab *its, int timeout_s, const char *what)
{
	for (int i = 0; i < 2; i++)
		one_said_within(its, names[i], timeout_s, what);
}

static void said(const struct lab *its, const char *what)
{
	said_within(its, 0, what);
}

static void holds(const struct lab *its, const char *file, bool want, const char *const words[])
{
	char *text = lab_read(its, file);

	assert_non_null(text);
	int lines = lines_with(text, words);
	if ((lines > 0) != want)
		fail_msg("%s: %d lines with '%s', wanted %s:\n%s", file, lines, words[0],
			 want ? "some" : "none", text);
	free(text);
}
#define assert_holds(lab, file, ...) holds(lab, file, true, (const char *const[]){__VA_ARGS__, NULL})
#define assert_lacks(lab, file, ...) holds(lab, file, false, (const char *const[]){__VA_ARGS__, NULL})

static void http_refused_so_tftp(void **state)
{
	(void)state;
	start(&lab, "http", &(struct change){.tftp = ", http: false"}, 60, 0);
	registered_with(&lab, "cucm-pub");
	for (int i = 0; i < 2; i++)
		assert_holds(&lab, "log/tftp.log", "sent", names[i]);
}

static void first_server_dead(void **state)
{
	(void)state;
	start(&lab, "dead",
	      &(struct change){
		  .dhcp = "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, "
			  "options: {150: [10.110.0.33, 10.110.0.3]}}\n"},
	      90, 0);
	registered_with(&lab, "cucm-pub");
	assert_holds(&lab, "log/dhcp.log", "tftp-server-address", "10.110.0.33");
}

static void option_66_address(void **state)
{
	(void)state;
	start(&lab, "opt66",
	      &(struct change){
		  .dhcp = "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, "
			  "options: {66: 10.110.0.3}}\n"},
	      60, 0);
	registered_with(&lab, "cucm-pub");
	/* dnsmasq logs what it sends: 66, and no 150. */
	assert_holds(&lab, "log/dhcp.log", "sent size:", " 66 tftp-server");
	assert_lacks(&lab, "log/dhcp.log", "sent size:", "150");
}

static void option_66_name(void **state)
{
	(void)state;
	start(&lab, "opt66name",
	      &(struct change){
		  .dhcp = "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, "
			  "options: {66: tftp.lab}}\n"},
	      60, 0);
	registered_with(&lab, "cucm-pub");
	assert_holds(&lab, "log/dhcp.log", "query", "tftp.lab");
}

static bool all_registered(json_t *status, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++)
		if (strcmp(member(status_phone(status, names[i]), "state"), "registered"))
			return false;
	return true;
}

static void no_dhcp_server_then_one(void **state)
{
	(void)state;
	start(&lab, "nodhcp",
	      &(struct change){.dhcp = "",
			       .sw = ", ports: [{port: Gi1/0/48, access_vlan: 110, trusted: true}]"},
	      12, 1);
	step_is(&lab, 4, "failed", NULL);
	said_within(&lab, 60, "DHCP timeout");
	/* Somebody carries a server in and plugs it into the switch. */
	char bin[512];
	pid_t server = command_start((const char *[]){lab_bin("phonelab", bin),
						      "--lab",
						      lab.name,
						      "exec",
						      "sw1",
						      "--",
						      "cable",
						      "--netns",
						      "--panel",
						      "/run/phonelab/switches/sw1.panel",
						      "--node",
						      "dhcp2",
						      "--port",
						      "Gi1/0/48",
						      "--address",
						      "10.110.0.2/24",
						      "--",
						      "dnsmasq",
						      "--keep-in-foreground",
						      "--conf-file=/dev/null",
						      "--user=root",
						      "--group=",
						      "--port=0",
						      "--no-ping",
						      "--dhcp-authoritative",
						      "--dhcp-range=10.110.0.50,10.110.0.99,1h",
						      "--dhcp-option=150,10.110.0.3",
						      "--dhcp-leasefile=/run/phonelab/leases2",
						      "--pid-file=",
						      NULL},
				     NULL);
	json_t *status = lab_status_when(&lab, 90, all_registered, NULL);
	if (!status)
		fail_msg("not registered within 90 s of the server's coming");
	json_decref(status);
	registered_with(&lab, "cucm-pub");
	struct command_result leases = lab_exec(&lab, "sw1", "cat /run/phonelab/leases2");
	assert_int_equal(LINES_WITH(leases.out, "00:11:22:aa:bb:0"), 2);
	command_free(&leases);
	command_kill(server);
}

static void not_provisioned(void **state)
{
	(void)state;
	start(&lab, "unknown", &(struct change){.phones = ", provisioned: false"}, 15, 1);
	step_is(&lab, 7, "done", "XMLDefault.cnf.xml");
	step_is(&lab, 11, "failed", "403");
	said(&lab, "Registration Rejected");
	char *dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(witness_bindings(dump, names[i]), 0);
		char file[64];
		snprintf(file, sizeof(file), "GET /%s.cnf.xml", names[i]);
		assert_holds(&lab, "log/tftp-http.access", file, "\" 404 ");
	}
	free(dump);
	assert_holds(&lab, "log/tftp-http.access", "GET /XMLDefault.cnf.xml", "\" 200 ");
}

/* The list is not installed, so the phones read plain files. */
static void forged_itl(void **state)
{
	(void)state;
	start(&lab, "forged", &(struct change){.cluster = "  itl: forged\n"}, 60, 0);
	step_is(&lab, 6, "failed", "signature");
	step_is(&lab, 7, "done", NULL);
	said(&lab, "Trust List update failed");
	registered_with(&lab, "cucm-pub");
	assert_holds(&lab, "log/tftp-http.access", "GET /SEP001122AABB01.cnf.xml ", "\" 200 ");
	assert_lacks(&lab, "log/tftp-http.access", ".cnf.xml.sgn");
}

static void new_load(void **state)
{
	(void)state;
	start(&lab, "load",
	      &(struct change){.phones = ", active_load: sip78xx.12-5-1SR1-4, load: sip78xx.14-2-1-0001-125"},
	      90, 0);
	registered_with(&lab, "cucm-pub");
	json_t *status = lab_status(&lab);
	for (int i = 0; i < 2; i++) {
		json_t *phone = status_phone(status, names[i]);
		assert_string_equal(member(phone, "active_load"), "sip78xx.14-2-1-0001-125");
		assert_string_equal(member(phone, "inactive_load"), "sip78xx.12-5-1SR1-4");
	}
	json_decref(status);
	assert_holds(&lab, "log/tftp-http.access", "GET /sip78xx.14-2-1-0001-125.loads", "\" 200 ");
	assert_holds(&lab, "log/tftp-http.access", ".sbn", "\" 200 ");
	/* Restarted from boot: step 2 was done twice. */
	char *events = lab_read(&lab, "events.jsonl");
	assert_int_equal(LINES_WITH(events, names[0], "\"step\":2", "\"step.done\""), 2);
	free(events);
}

static void primary_refused(void **state)
{
	(void)state;
	start(&lab, "refuse", &(struct change){.primary = ", mode: refuse"}, 60, 0);
	registered_with(&lab, "cucm-sub");
}

static void primary_black_holed(void **state)
{
	(void)state;
	start(&lab, "silent", &(struct change){.primary = ", mode: silent"}, 90, 0);
	registered_with(&lab, "cucm-sub");
}

static bool all_with_subscriber(json_t *status, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++)
		if (strcmp(member(status_phone(status, names[i]), "registered_with"), "cucm-sub"))
			return false;
	return all_registered(status, NULL);
}

static void primary_killed(void **state)
{
	(void)state;
	start(&lab, "killed", &(struct change){0}, 60, 0);
	registered_with(&lab, "cucm-pub");
	struct command_result kill =
	    lab_exec(&lab, "cucm-pub", "pkill -KILL -f '^[^ ]*kamailio .*cucm/cucm-pub/'");
	assert_int_equal(kill.status, 0);
	command_free(&kill);
	json_t *status = lab_status_when(&lab, 90, all_with_subscriber, NULL);
	if (!status)
		fail_msg("not registered with cucm-sub within 90 s of the primary's end");
	json_decref(status);
	registered_with(&lab, "cucm-sub");
}

static void power_denied(void **state)
{
	(void)state;
	/* Class 1 reserves 4 W: there is enough for one of the two. */
	start(&lab, "power", &(struct change){.sw = ", poe_budget: 5W"}, 12, 1);
	json_t *status = lab_status(&lab);
	json_t *first = status_phone(status, names[0]), *second = status_phone(status, names[1]);
	assert_string_equal(member(first, "state"), "registered");
	assert_string_equal(phone_step_state(second, 1), "failed");
	assert_string_equal(phone_step_state(second, 2), "pending");
	json_decref(status);
	struct command_result show = lab_command(&lab, "show sw1 power inline");
	assert_int_equal(LINES_WITH(show.out, "Gi1/0/1 ", " on "), 1);
	assert_int_equal(LINES_WITH(show.out, "Gi1/0/2 ", "power-deny"), 1);
	command_free(&show);
	/* The link of a phone without power is down. */
	show = lab_command(&lab, "show sw1 interfaces status");
	assert_int_equal(LINES_WITH(show.out, "Gi1/0/2 ", "notconnect"), 1);
	command_free(&show);
}

static void cdp_off_so_lldp(void **state)
{
	(void)state;
	start(&lab, "nocdp", &(struct change){.sw = ", cdp: false"}, 60, 0);
	registered_with(&lab, "cucm-pub");
	step_is(&lab, 3, "done", "LLDP");
	struct command_result lldp = lab_command(&lab, "show sw1 lldp neighbors");
	for (int i = 0; i < 2; i++)
		assert_int_equal(LINES_WITH(lldp.out, names[i]), 1);
	command_free(&lldp);
}

/* The call manager logs that line for that device, as often as that or more, within 30 s. */
static void logged(const char *device, const char *what, int times)
{
	int lines = 0;

	for (int waited = 0; waited < 600; waited++) {
		char *log = lab_read(&lab, "log/cucm-pub.log");

		lines = log ? LINES_WITH(log, device, what) : 0;
		free(log);
		if (lines >= times)
			return;
		poll(NULL, 0, 50);
	}
	fail_msg("%s: %d lines with '%s' in log/cucm-pub.log, wanted %d", device, lines, what, times);
}

static void do_ok(struct command_result result)
{
	if (result.status)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
}

static void set_ha1(const char *to, const char *device)
{
	do_ok(lab_exec(&lab, "cucm-pub",
		       "sqlite3 -cmd '.timeout 5000' /run/phonelab/cucm/cucm-pub/cucm.sqlite "
		       "\"update subscriber set ha1 = %s where device = '%s'\"",
		       to, device));
}

static void digest(void **state)
{
	(void)state;
	start(&lab, "digest", &(struct change){.cluster = "  digest: true\n"}, 60, 0);
	registered_with(&lab, "cucm-pub");
	/* Kamailio wants credentials also of who takes its registration away: 9 is CallManagerReset. */
	do_ok(lab_command(&lab, "reset %s", names[0]));
	logged(names[0], "EndPointUnregistered", 1);
	logged(names[0], "[Reason=9]", 1);
	logged(names[0], "EndPointRegistered", 2);
	/* It does look at them: with another password at its end a phone is refused, until that is mended. */
	set_ha1("'x' || ha1", names[1]);
	do_ok(lab_command(&lab, "reset %s", names[1]));
	logged(names[1], "digest credentials", 1);
	one_said_within(&lab, names[1], 30, "Registration Rejected");
	char *dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump");
	assert_int_equal(witness_bindings(dump, names[0]), 1);
	free(dump);
	set_ha1("substr(ha1, 2)", names[1]);
	logged(names[1], "EndPointRegistered", 2);
}

static void corrupt_flash(void **state)
{
	(void)state;
	start(&lab, "corrupt",
	      &(struct change){.phones = ", corrupt: active, inactive_load: sip78xx.12-5-1SR1-4"}, 90, 0);
	/* The active bank is damaged: the phone boots the inactive one, and then heals itself by an
	 * upgrade. */
	registered_with(&lab, "cucm-pub");
	char *events = lab_read(&lab, "events.jsonl");
	assert_true(LINES_WITH(events, names[0], "\"step\":2", "12-5-1SR1-4") > 0);
	free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(http_refused_so_tftp, end),
	    cmocka_unit_test_teardown(first_server_dead, end),
	    cmocka_unit_test_teardown(option_66_address, end),
	    cmocka_unit_test_teardown(option_66_name, end),
	    cmocka_unit_test_teardown(no_dhcp_server_then_one, end),
	    cmocka_unit_test_teardown(not_provisioned, end),
	    cmocka_unit_test_teardown(forged_itl, end),
	    cmocka_unit_test_teardown(new_load, end),
	    cmocka_unit_test_teardown(primary_refused, end),
	    cmocka_unit_test_teardown(primary_black_holed, end),
	    cmocka_unit_test_teardown(primary_killed, end),
	    cmocka_unit_test_teardown(power_denied, end),
	    cmocka_unit_test_teardown(cdp_off_so_lldp, end),
	    cmocka_unit_test_teardown(digest, end),
	    cmocka_unit_test_teardown(corrupt_flash, end),
	};
	cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("forks", tests, NULL, NULL);
}
