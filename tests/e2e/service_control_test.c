/*
 * Service control: the call manager resets and restarts a phone, as its administration page does. Kamailio's
 * log, dnsmasq's and lighttpd's are the witnesses of what the phone does then.
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
#include <sys/stat.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define ONE "SEP001122AABB01"
#define TWO "SEP001122AABB02"

static struct lab lab;

static const char topology[] =
    "vlans:\n"
    "  - {id: 10, name: DATA}\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: sw1, access_vlan: 10, voice_vlan: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, pool: "
    "10.110.0.50-10.110.0.99}\n"
    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 110, address: 10.110.0.3}\n"
    "cluster:\n"
    "  problem_report_url: http://10.110.0.3:8081/prt/upload\n"
    "  nodes:\n"
    "    - {name: cucm-pub, port: Gi1/0/45, vlan: 110, address: 10.110.0.11%s}\n"
    "phones:\n"
    "  - {model: 7841, count: 2, mac: \"00:11:22:aa:bb:01\", port: Gi1/0/1, lines: from 2001}\n";

static void start(const char *primary, int timeout_s, int want)
{
	char yaml[2048], path[512];

	lab_begin(&lab, "service-control");
	snprintf(yaml, sizeof(yaml), topology, primary);
	if (lab_up(&lab, lab_write(&lab, "lab.yaml", yaml, path), false, timeout_s, NULL, want) != want)
		fail_msg("the lab did not come up as it should");
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Lines of a file of the run directory that hold both words. */
static int lines(const char *file, const char *word, const char *other)
{
	char *text = lab_read(&lab, file);
	int n = text ? LINES_WITH(text, word, other) : 0;

	free(text);
	return n;
}

static int registrations(const char *device)
{
	return lines("log/cucm-pub.log", "EndPointRegistered", device);
}

static void registered_again(const char *device, int times, int timeout_s)
{
	for (int waited = 0; registrations(device) < times && waited < timeout_s * 20; waited++)
		poll(NULL, 0, 50);
	assert_int_equal(registrations(device), times);
}

static void say(const char *verb, const char *expected)
{
	struct command_result told = lab_command(&lab, "%s " ONE, verb);

	assert_int_equal(told.status, 0);
	if (!strstr(told.out, expected))
		fail_msg("%s said \"%s\", not \"%s\"", verb, told.out, expected);
	command_free(&told);
}

static void the_call_manager_resets_a_phone(void **state)
{
	struct command_result messages;
	json_t *status;

	(void)state;
	start("", 60, 0);
	assert_int_equal(registrations(ONE), 1);
	assert_int_equal(lines("log/dhcp.log", "DHCPDISCOVER", "00:11:22:aa:bb:01"), 1);

	/* Reset: it goes off in order (Reason 9, CallManagerReset), boots, asks for its address and is back. */
	say("reset", ONE ": reset, by cucm-pub");
	registered_again(ONE, 2, 30);
	assert_int_equal(lines("log/cucm-pub.log", "EndPointUnregistered", ONE), 1);
	assert_int_equal(lines("log/cucm-pub.log", "EndPointUnregistered", "[Reason=9]"), 1);
	assert_int_equal(lines("log/dhcp.log", "DHCPDISCOVER", "00:11:22:aa:bb:01"), 2);
	assert_int_equal(lines("log/tftp-http.access", "GET /" ONE ".cnf.xml.sgn", "\" 200 "), 2);

	/* Restart: it keeps its address and reads its files again. */
	say("restart", ONE ": restart, by cucm-pub");
	registered_again(ONE, 3, 30);
	assert_int_equal(lines("log/dhcp.log", "DHCPDISCOVER", "00:11:22:aa:bb:01"), 2);
	assert_int_equal(lines("log/tftp-http.access", "GET /" ONE ".cnf.xml.sgn", "\" 200 "), 3);

	messages = lab_command(&lab, "messages " ONE);
	assert_int_equal(LINES_WITH(messages.out, "Reset requested by Cisco Unified Communications Manager"),
			 1);
	assert_int_equal(
	    LINES_WITH(messages.out, "Restart requested by Cisco Unified Communications Manager"), 1);
	command_free(&messages);
	assert_int_equal(lines("events.jsonl", "phone.service-control", ONE), 2);

	/* The other phone has noticed nothing. */
	assert_int_equal(registrations(TWO), 1);
	status = lab_status(&lab);
	assert_string_equal(member(status_phone(status, ONE), "state"), "registered");
	assert_string_equal(member(status_phone(status, TWO), "state"), "registered");
	json_decref(status);
}

/* With --wait the command returns when the phone is registered again, or its time limit has passed. */
static void a_command_waits_for_the_registration(void **state)
{
	struct command_result got;
	json_t *object;

	(void)state;
	start("", 60, 0);
	got = lab_command(&lab, "restart 2001 --wait --timeout 60 --json");
	assert_int_equal(got.status, 0);
	object = json_loads(got.out, 0, NULL);
	assert_true(json_is_true(json_object_get(object, "registered")));
	assert_true(json_real_value(json_object_get(object, "seconds")) > 0);
	json_decref(object);
	command_free(&got);
	registered_again(ONE, 2, 10); /* Kamailio's alarms are the witness */
	say("reset --wait", ONE ": registered again after ");
	registered_again(ONE, 3, 10);

	got = lab_command(&lab, "service cucm-pub stop");
	assert_int_equal(got.status, 0);
	command_free(&got);
	got = lab_command(&lab, "reset 2001 --wait --timeout 1");
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.err, ONE " is not registered again within 1 s"));
	command_free(&got);
	got = lab_command(&lab, "reset 2001 --timeout 1");
	assert_int_equal(got.status, 2);
	command_free(&got);
}

/* The phone uploads its problem report; busybox's nc is the server that accepts it, tar reads it. */
static void a_phone_uploads_its_problem_report(void **state)
{
	char serve[512], bin[512], text[600], line[300];
	struct command_result got;
	json_t *status;

	(void)state;
	start("", 60, 0);
	lab_bin("phonelab", bin);
	snprintf(text, sizeof(text),
		 "#!/bin/sh\n"
		 "sed '/^--.*--.$/q' >'%s/post'\n"
		 "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'\n",
		 lab.dir);
	lab_write(&lab, "serve", text, serve);
	assert_int_equal(chmod(serve, 0755), 0);
	got = command_sh(
	    60,
	    "'%s' --lab '%s' exec tftp -- busybox nc -l -p 8081 -e '%s' & "
	    "until '%s' --lab '%s' exec tftp -- grep -q ':1F91 ' /proc/net/tcp /proc/net/tcp6; do sleep "
	    "0.1; done; '%s' --lab '%s' prt " ONE "; wait",
	    bin, lab.name, serve, bin, lab.name, bin, lab.name);
	if (got.status || !strstr(got.out, ONE ": prt, by cucm-pub"))
		fail_msg("%d: %s%s", got.status, got.out, got.err);
	command_free(&got);
	for (int waited = 0; !lines("events.jsonl", "prt.uploaded", ONE) && waited < 400; waited++)
		poll(NULL, 0, 50);
	assert_int_equal(lines("events.jsonl", "prt.uploaded", "HTTP 200"), 1);
	got = command_sh(20, "grep -a -c '" ONE "\\|filename=\"probrep-[0-9]*-[0-9]*.tar.gz\"' '%s/post'",
			 lab.dir);
	assert_int_equal(atoi(got.out), 2);
	command_free(&got);
	/* The same file is on the page of console logs. */
	status = lab_status(&lab);
	snprintf(line, sizeof(line), "http://%s", member(status_phone(status, ONE), "ipv4"));
	got = lab_exec(
	    &lab, "tftp",
	    "file=$(curl -s -m 10 %s/ConsoleLog | sed -n 's/.*href=\"\\(.*probrep[^\"]*\\)\".*/\\1/p') && "
	    "curl -s -m 10 %s$file >'%s/page.tar.gz' && cd '%s' && tar -tzf page.tar.gz && "
	    "tar -xzOf page.tar.gz network.txt description.txt",
	    line, line, lab.dir, lab.dir);
	if (got.status || !strstr(got.out, "show-status.txt\n") || !strstr(got.out, "eth0.110") ||
	    !strstr(got.out, "Remote PRT Trigger"))
		fail_msg("%d: %s%s", got.status, got.out, got.err);
	command_free(&got);
	json_decref(status);
}

/* A call manager that refuses everybody has nobody to tell. */
static void a_phone_that_is_not_registered_is_reset_by_hand(void **state)
{
	(void)state;
	start(", mode: refuse", 3, 1);
	assert_int_equal(registrations(ONE), 0);
	say("reset", ONE ": reset, by hand: it is not registered");
	for (int waited = 0; lines("log/dhcp.log", "DHCPDISCOVER", "00:11:22:aa:bb:01") < 2 && waited < 400;
	     waited++)
		poll(NULL, 0, 50);
	assert_int_equal(lines("log/dhcp.log", "DHCPDISCOVER", "00:11:22:aa:bb:01"), 2);
}

/* The lab does not wait for it; the phones register with the other call manager. */
static void a_program_is_stopped_while_the_lab_starts(void **state)
{
	char yaml[2048], path[512], bin[512];
	struct command_result got;

	(void)state;
	lab_begin(&lab, "service-control");
	snprintf(yaml, sizeof(yaml), topology,
		 "}\n    - {name: cucm-sub, port: Gi1/0/44, vlan: 110, address: 10.110.0.12");
	lab_write(&lab, "lab.yaml", yaml, path);
	lab_bin("phonelab", bin);
	lab.running = true;
	got = command_sh(180,
			 "'%s' up -d --name '%s' --timeout 120 '%s' & up=$!\n"
			 "until '%s' --lab '%s' service cucm-pub stop || ! kill -0 $up; do :; done; wait $up",
			 bin, lab.name, path, bin, lab.name);
	if (got.status || !strstr(got.out, "cucm-pub: stopped"))
		fail_msg("%d: %s%s", got.status, got.out, got.err);
	command_free(&got);
	assert_int_equal(lines("log/cucm-sub.log", "EndPointRegistered", ONE), 1);
	assert_int_equal(lines("log/cucm-sub.log", "EndPointRegistered", TWO), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_program_is_stopped_while_the_lab_starts, end),
	    cmocka_unit_test_teardown(the_call_manager_resets_a_phone, end),
	    cmocka_unit_test_teardown(a_command_waits_for_the_registration, end),
	    cmocka_unit_test_teardown(a_phone_uploads_its_problem_report, end),
	    cmocka_unit_test_teardown(a_phone_that_is_not_registered_is_reset_by_hand, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
