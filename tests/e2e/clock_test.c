/*
 * The clock of the day jumps: by half a day while the lab starts, by a year forth and back when it runs. Timers are monotonic, so phones stay
 * registered, and certificates are judged by the clock of the phone, which does not follow the machine. If the clock of the servers
 * jumps too, Kamailio and dnsmasq forget what has expired by their clock, and the phones come back by themselves.
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
#include "tests/support/limits.h"

#define YEAR	(INT64_C(365) * 24 * 3600)
#define PLAIN	"SEP001122AABB01"
#define SECURED "SEP001122AABB02"

#define TOPOLOGY(security, phone)                                                                            \
	"vlans:\n"                                                                                           \
	"  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"                                                \
	"switches:\n"                                                                                        \
	"  - {name: sw1, voice_vlan: 110}\n"                                                                 \
	"servers:\n"                                                                                         \
	"  - {name: dhcp, kind: dhcp}\n"                                                                     \
	"  - {name: tftp, kind: tftp}\n"                                                                     \
	"cluster:\n"                                                                                         \
	"  nodes: [{name: cucm}]\n" security "phones:\n"                                                     \
	"  - {model: 8851, line: 2001, mac: \"00:11:22:aa:bb:01\"}\n" phone

static const char plain[] = TOPOLOGY("", "");
static const char secure[] = TOPOLOGY(
    "  security: mixed\n",
    "  - {model: 8865, line: 2002, security: encrypted, lsc: installed, mac: \"00:11:22:aa:bb:02\"}\n");

static struct lab lab;
static struct limits *limits;

static void jump(int64_t seconds, bool servers)
{
	limits->servers = servers;
	__atomic_store_n(&limits->clock_s, seconds, __ATOMIC_RELEASE);
}

static bool all_registered(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (strcmp(member(phone, "state"), "registered"))
			return false;
	return i > 0;
}

static void must_register(const char *when)
{
	json_t *status = lab_status_when(&lab, 60, all_registered, NULL);

	if (!status)
		fail_msg("%s: not every phone is registered", when);
	assert_int_equal(member_int(status, "events_lost"), 0);
	json_decref(status);
}

static void must(const char *line)
{
	struct command_result done = lab_command(&lab, "%s", line);

	if (done.status)
		fail_msg("%s: exit status %d: %s", line, done.status, done.err);
	command_free(&done);
}

static int registrations(void)
{
	char *text = lab_read(&lab, "log/cucm.log");
	int n = LINES_WITH(text, "EndPointRegistered");

	free(text);
	return n;
}

/* The events of a phone are in the order of their times. */
static void events_are_in_order(void)
{
	char *events = lab_read(&lab, "events.jsonl"), path[512];
	struct command_result order;

	assert_non_null(events);
	lab_write(&lab, "events", events, path);
	free(events);
	order = command_sh(20,
			   "jq -s 'map(select(.node | startswith(\"SEP\"))) | length > 20 and "
			   "(group_by(.node) | all(map(.t) | . == sort))' %s",
			   path);
	if (strcmp(order.out, "true\n"))
		fail_msg("events are not in the order of time: %s%s", order.out, order.err);
	command_free(&order);
}

static int begin(void **state)
{
	char control[300];

	(void)state;
	lab_begin(&lab, "clock");
	snprintf(control, sizeof(control), "%s/limits", lab.dir);
	limits = limits_open(control);
	limits_on(control);
	return 0;
}

static int end(void **state)
{
	(void)state;
	limits_off();
	lab_end(&lab);
	limits_close(limits);
	return 0;
}

/* The clock of the programs of phonelab jumps a hundred times, every 20 ms. By half a day only: the certificates are made meanwhile,
 * begin a day or more before, and would be refused by phones of the year before. */
static void while_the_lab_starts(void **state)
{
	static const int64_t jumps[] = {0, YEAR / 730, 0, -YEAR / 730};
	char bin[512], path[512], log[300];
	unsigned n = 0;
	pid_t pid;
	int status;

	(void)state;
	snprintf(log, sizeof(log), "%s/up.log", lab.dir);
	pid = command_start((const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name,
					     "--timeout", "120", lab_write(&lab, "clock.yaml", plain, path),
					     NULL},
			    log);
	lab.running = true;
	while ((status = command_wait(pid, 0)) < 0 && n < 50 * 180) {
		jump(n < 100 ? jumps[n % 4] : 0, false);
		n++;
		poll(NULL, 0, 20);
	}
	jump(0, false);
	if (status) {
		struct command_result text = command_sh(10, "tail -n 5 %s", log);

		fail_msg("up: exit status %d: %s", status, text.out);
	}
	if (n < 8)
		fail_msg("the lab has started before the clock jumped: %u", n);
	must_register("while the lab started");
	events_are_in_order();
	lab_down(&lab);
}

static void reset_phones(const char *when)
{
	must("reset " PLAIN);
	must("reset " SECURED);
	must_register(when);
}

/* The clock of the servers stays. */
static void when_phones_are_registered(void **state)
{
	char path[512];
	int times;

	(void)state;
	lab_down(&lab); /* if the test before has failed */
	assert_int_equal(lab_up(&lab, lab_write(&lab, "secure.yaml", secure, path), false, 60,
				(const char *const[]){NULL}, 0),
			 0);
	must_register("at first");
	times = registrations();
	assert_true(times >= 2);
	for (int i = 0; i < 4; i++) {
		jump(i % 2 ? 0 : i ? -YEAR : YEAR, false);
		must_register("a jump");
	}
	assert_int_equal(registrations(), times);
	jump(YEAR, false);
	reset_phones("a year ahead");
	jump(-YEAR, false);
	reset_phones("a year behind");
	jump(0, false);
	events_are_in_order();
}

/* The lab of the test before. */
static void when_the_servers_jump_too(void **state)
{
	(void)state;
	jump(YEAR, true);
	reset_phones("a year ahead");
	jump(0, true);
	must_register("back again");
	/* The call manager sends a time at which no certificate is valid yet. A phone that follows it refuses the call manager,
	 * until it has lost power. */
	jump(-YEAR, true);
	must("reset " PLAIN);
	must("reset " SECURED);
	jump(0, true);
	must("unplug " SECURED);
	must("plug " SECURED);
	must_register("after a year behind");
	events_are_in_order();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(while_the_lab_starts),
	    cmocka_unit_test(when_phones_are_registered),
	    cmocka_unit_test(when_the_servers_jump_too),
	};

	return cmocka_run_group_tests_name("the clock jumps", tests, begin, end);
}
