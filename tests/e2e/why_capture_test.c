/*
 * `why --capture` of phones of a lab that has seven faults at once, each of another phone; the eighth phone is healthy.
 * Each phone is captured three times: before a reset (the capture has a good boot first), before a boot, and from the midst
 * of a boot. `why` names the step at which the phone stands and the cause, or is undecided; it never calls a faulty phone
 * healthy, nor the eighth phone faulty. tshark reads one capture too. No assertion depends on how fast the machine is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_text.h"
#include "tests/support/lab.h"

#define PHONES	8
#define HEALTHY 8 /* number of the phone without a fault */
#define ROOT	"/run/phonelab/tftp/root/"

/* Of phone N: at which node, what is injected, and the step at which the phone stands then. */
static const struct fault {
	const char *node, *inject;
	int step, last; /* last: a capture without that step may show the same at later ones; 0: it may not */
	const char *cause; /* a part of the right one */
} faults[PHONES] = {
    /* The call managers do not know the device. */
    {"cucm-pub cucm-sub",
     "sqlite3 /run/phonelab/cucm/$NODE/cucm.sqlite \"delete from line where device='SEP001122AABB01'; "
     "delete from device where name='SEP001122AABB01'\"",
     11, 0, "not in the database"},
    /* Large frames do not reach the phone. */
    {"sw1",
     "switch-sim impair add '{\"ports\":[\"Gi1/0/2\"],\"direction\":\"out\",\"filter\":\"greater 1000\","
     "\"action\":{\"drop\":{}}}'",
     6, 0, "arge packets"},
    /* No frame of SIP leaves the phone. */
    {"sw1",
     "switch-sim impair add '{\"ports\":[\"Gi1/0/3\"],\"direction\":\"in\",\"filter\":\"tcp port 5060\","
     "\"action\":{\"drop\":{}}}'",
     10, 0, "not answer"},
    /* The DHCP server ignores the phone. */
    {"dhcp", "echo dhcp-host=00:11:22:aa:bb:04,ignore >> /run/phonelab/dhcp/dnsmasq.conf", 4, 0,
     "DHCP server"},
    /* The configuration file is compressed. */
    {"tftp",
     "cd " ROOT " && gzip -c SEP001122AABB05.cnf.xml.sgn > x && cat x > SEP001122AABB05.cnf.xml.sgn && "
     "rm x SEP001122AABB05.cnf.xml",
     7, 0, "gzip"},
    /* Option 150 has the address of the DHCP server, which serves no files. */
    {"dhcp",
     "printf 'dhcp-host=00:11:22:aa:bb:06,set:bare\\ndhcp-option=tag:bare,150,10.110.0.2\\n' >> "
     "/run/phonelab/dhcp/dnsmasq.conf",
     5, 14, "10.110.0.2"},
    /* The file server does not hear the phone. */
    {"sw1",
     "switch-sim impair add '{\"ports\":[\"Gi1/0/7\"],\"direction\":\"in\",\"filter\":\"tcp port 6970 or udp "
     "port 69\",\"action\":{\"drop\":{}}}'",
     5, 14, "TFTP server"},
    {"", "", 0, 0, ""},
};

static struct lab lab;
static pid_t capturing[PHONES];

/* --- the lab --- */

static const char *phone_name(int n)
{
	static char name[20];

	snprintf(name, sizeof(name), "SEP001122AABB%02d", n);
	return name;
}

static const char *capture_path(int n, const char *round)
{
	static char path[400];

	snprintf(path, sizeof(path), "%s/%s-%d.pcapng", lab.dir, round, n);
	return path;
}

static void run(const char *line, int n)
{
	struct command_result result = lab_command(&lab, "%s %s", line, phone_name(n));

	if (result.status)
		fail_msg("%s %s: %s", line, phone_name(n), result.err);
	command_free(&result);
}

static void begin_capture(int n, const char *round)
{
	char program[512], port[40];
	const char *path = capture_path(n, round);
	const char *argv[] = {lab_bin("phonelab", program),
			      "--lab",
			      lab.name,
			      "capture",
			      port,
			      "-w",
			      path,
			      "--duration",
			      "600",
			      NULL};
	struct stat st = {0};

	snprintf(port, sizeof(port), "sw1:Gi1/0/%d", n);
	capturing[n - 1] = command_start(argv, NULL);
	for (int tries = 0; tries < 400 && (stat(path, &st) || !st.st_size); tries++)
		poll(NULL, 0, 50);
}

static void end_captures(void)
{
	for (int n = 1; n <= PHONES; n++)
		kill(capturing[n - 1], SIGINT);
	for (int n = 1; n <= PHONES; n++)
		assert_true(command_wait(capturing[n - 1], 20) >= 0);
}

static bool all_registered(json_t *status, void *arg)
{
	(void)arg;
	for (int n = 1; n <= PHONES; n++)
		if (strcmp(member(status_phone(status, phone_name(n)), "state"), "registered"))
			return false;
	return true;
}

/* Each phone has failed at its step, and the healthy one is registered. */
static bool settled(json_t *status, void *arg)
{
	(void)arg;
	for (int n = 1; n <= PHONES; n++) {
		json_t *phone = status_phone(status, phone_name(n));

		if (faults[n - 1].step ? strcmp(phone_step_state(phone, faults[n - 1].step), "failed") != 0
				       : strcmp(member(phone, "state"), "registered") != 0)
			return false;
	}
	return true;
}

static bool has_address(json_t *status, void *arg)
{
	const int *n = arg;

	return !strcmp(phone_step_state(status_phone(status, phone_name(*n)), 4), "done");
}

static void when(bool (*condition)(json_t *status, void *arg), void *arg)
{
	json_t *status = lab_status_when(&lab, 60, condition, arg);

	if (!status) {
		struct command_result result = lab_command(&lab, "status");

		fail_msg("the phones do not get there:\n%s", result.out);
	}
	json_decref(status);
}

static void inject(void)
{
	for (int n = 1; n <= PHONES; n++) {
		char nodes[60], *rest = NULL;

		snprintf(nodes, sizeof(nodes), "%s", faults[n - 1].node);
		for (char *node = strtok_r(nodes, " ", &rest); node; node = strtok_r(NULL, " ", &rest)) {
			struct command_result result =
			    lab_exec(&lab, node, "NODE=%s; %s", node, faults[n - 1].inject);

			if (result.status)
				fail_msg("%s: %s%s", faults[n - 1].inject, result.out, result.err);
			command_free(&result);
		}
	}
	struct command_result result = lab_command(&lab, "service dhcp restart");

	assert_int_equal(result.status, 0);
	command_free(&result);
}

/* --- what why says --- */

static json_t *why(int n, const char *round)
{
	char program[512];
	struct command_result result =
	    command_sh(20, "'%s' why --json --capture '%s' %s", lab_bin("phonelab", program),
		       capture_path(n, round), phone_name(n));
	json_t *report = json_loads(result.out, 0, NULL);

	if (!report)
		fail_msg("why of %s: status %d: %s%s", capture_path(n, round), result.status, result.out,
			 result.err);
	assert_int_equal(result.status, json_is_true(json_object_get(report, "healthy")) ? 0 : 1);
	command_free(&result);
	return report;
}

static void expect(int n, const char *round, bool whole)
{
	json_t *report = why(n, round);
	long long step = json_int(json_object_get(report, "step"), "n");
	bool undecided = !strcmp(json_text(report, "verdict"), "undecided");
	bool healthy = json_is_true(json_object_get(report, "healthy"));
	int right = faults[n - 1].step, last = faults[n - 1].last ? faults[n - 1].last : right;
	/* From the phone's side, some reasons are known in general only. */
	bool named =
	    strstr(json_text_or(report, "hint", json_text(report, "cause")), faults[n - 1].cause) != NULL;

	/* A whole attempt shows how far the phone got; a part of it shows that, or decides nothing. */
	if ((right && healthy) || (whole && !named) || (!right && whole && !healthy) ||
	    (whole && step != right) || (!undecided && !healthy && (step < right || step > last)))
		fail_msg("%s of phone %d: expected step %d\n%s", round, n, right,
			 json_dumps(report, JSON_INDENT(1)));
	print_message("%s, phone %d: step %lld, %s %s\n", round, n, step, json_text(report, "verdict"),
		      json_text(report, "cause"));
	json_decref(report);
}

static void before_a_reset(void **state)
{
	(void)state;
	for (int n = 1; n <= PHONES; n++)
		begin_capture(n, "reset");
	for (int n = 1; n <= PHONES; n++)
		run("reset", n);
	when(all_registered, NULL);
	inject();
	for (int n = 1; n <= PHONES; n++)
		run("reset", n);
	when(settled, NULL);
	end_captures();
	for (int n = 1; n <= PHONES; n++)
		expect(n, "reset", true);
}

static void before_a_boot(void **state)
{
	(void)state;
	for (int n = 1; n <= PHONES; n++) {
		begin_capture(n, "boot");
		run("unplug", n);
	}
	for (int n = 1; n <= PHONES; n++)
		run("plug", n);
	when(settled, NULL);
	end_captures();
	for (int n = 1; n <= PHONES; n++)
		expect(n, "boot", true);
}

/* The phones without a fault of DHCP have their addresses when the captures begin. */
static void in_the_midst_of_a_boot(void **state)
{
	(void)state;
	for (int n = 1; n <= PHONES; n++)
		run("unplug", n);
	for (int n = 1; n <= PHONES; n++)
		run("plug", n);
	for (int n = 1; n <= PHONES; n++) {
		if (faults[n - 1].step != 4)
			when(has_address, &n);
		begin_capture(n, "midst");
	}
	when(settled, NULL);
	end_captures();
	for (int n = 1; n <= PHONES; n++)
		expect(n, "midst", false);
}

/* The DISCOVERs that why counts are those that tshark sees after the last ACK. */
static void tshark_counts_the_same(void **state)
{
	struct command_result result;
	json_t *report = why(4, "reset");
	const char *detail = json_text(json_object_get(report, "step"), "detail");
	unsigned counted = 0;

	(void)state;
	assert_int_equal(sscanf(detail, "no answer to %u DISCOVERs", &counted), 1);
	result = command_sh(60,
			    "tshark -n -r '%s' -Y 'dhcp.option.dhcp == 1 or dhcp.option.dhcp == 5' -T fields "
			    "-e dhcp.option.dhcp "
			    "2>/dev/null | awk '$1 == 5 {n = 0} $1 == 1 {n++} END {print n}'",
			    capture_path(4, "reset"));
	assert_int_equal(atoi(result.out), counted);
	command_free(&result);
	json_decref(report);
}

static int up(void **state)
{
	(void)state;
	lab_begin(&lab, "whycap");
	return lab_up(&lab, "topologies/office.yaml", false, 60, NULL, 0);
}

static int down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(before_a_reset),
	    cmocka_unit_test(before_a_boot),
	    cmocka_unit_test(in_the_midst_of_a_boot),
	    cmocka_unit_test(tshark_counts_the_same),
	};

	lab_apart();
	return cmocka_run_group_tests_name("why_capture", tests, up, down);
}
