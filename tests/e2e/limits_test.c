/*
 * Memory, descriptors and the disk are exhausted for a moment, or for some time: call N of a program fails, for each N of a boot. No
 * process crashes, no command hangs. Either the phone registers, or `up` reports what was short; then nothing runs any more. A lost
 * event is counted, and the lines after it are whole.
 *
 * LIMITS_STRIDE: each how many calls; ci/test sets 1 in the tiers check and nightly. By default one call of each kind fails.
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

#define PHONE "SEP001122AABB01"

static const char topology[] = "vlans:\n"
			       "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n"
			       "  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n"
			       "  - {name: dhcp, kind: dhcp}\n"
			       "  - {name: tftp, kind: tftp}\n"
			       "cluster:\n"
			       "  nodes: [{name: cucm}]\n"
			       "phones:\n"
			       "  - {model: 8851, line: 2001, mac: \"00:11:22:aa:bb:01\"}\n";

/* A program, what it lacks, and a call in the midst of a boot. */
struct row {
	const char *program;
	enum limits_kind kind;
	unsigned some;
};

static const struct row rows[] = {
    {"phone-sim", LIMITS_DESCRIPTORS, 60},    {"phone-sim", LIMITS_SPACE, 12},
    {"phone-sim", LIMITS_MEMORY, 53},	      {"switch-sim", LIMITS_DESCRIPTORS, 62},
    {"switch-sim", LIMITS_SPACE, 11},	      {"switch-sim", LIMITS_MEMORY, 18},
    {"cucm-service", LIMITS_DESCRIPTORS, 12}, {"cucm-service", LIMITS_SPACE, 4},
    {"cucm-service", LIMITS_MEMORY, 6},	      {"phonelab", LIMITS_DESCRIPTORS, 118},
    {"phonelab", LIMITS_SPACE, 173},	      {"phonelab", LIMITS_MEMORY, 153},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct lab lab;
static struct limits *limits;
static char control[300], kept[300];

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "limits");
	snprintf(control, sizeof(control), "%s/limits", lab.dir);
	snprintf(kept, sizeof(kept), "%s/kept", lab.dir);
	limits = limits_open(control);
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

static const char *where(const struct row *row, unsigned at)
{
	static char text[400];

	snprintf(text, sizeof(text), "%s, %s, call %u (%s, caller %#llx)", row->program,
		 limits_kind_name(row->kind), at, limits->call, (unsigned long long)limits->caller);
	return text;
}

static struct command_result up(void)
{
	char bin[512], path[512];
	struct command_result result;

	limits_on(control);
	result = command_run(60, (const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name,
						  "--keep", kept, "--timeout", "120",
						  lab_write(&lab, "limits.yaml", topology, path), NULL});
	limits_off();
	return result;
}

/* Do the texts name what was short? */
static bool names_shortage(const struct command_result *result)
{
	static const char *const words[] = {"Too many open files",
					    "no file descriptor left",
					    "No space left",
					    "emory",
					    "disk is full", /* SQLite's words */
					    "unable to open database file",
					    "disk I/O error"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(result->out, words[i]) || strstr(result->err, words[i]))
			return true;
	return false;
}

static bool registered(json_t *status, void *arg)
{
	json_t *phone = status_phone(status, PHONE);

	(void)arg;
	return phone && !strcmp(member(phone, "state"), "registered");
}

/* The events: each line is whole, except for the one that was torn. Returns how many lines say that lines before them are lost. */
static int check_events(const struct row *row, unsigned at)
{
	struct command_result broken = command_sh(
	    20, "jq -R 'select(length > 0) | try (fromjson | empty) catch 1' <%s/events.jsonl", kept);
	struct command_result reports = command_sh(20, "grep -c not_reported %s/events.jsonl", kept);
	int torn = LINES_WITH(broken.out, "1"), lost = atoi(reports.out);

	if (torn > 1)
		fail_msg("%s: %d lines of events.jsonl are broken", where(row, at), torn);
	command_free(&broken);
	command_free(&reports);
	return lost;
}

/* A lab runs: the phone registers, as the failure was a single one, and a lost event is counted. */
static void check_running(const struct row *row, unsigned at)
{
	json_t *status = lab_status_when(&lab, 60, registered, NULL);
	char bin[512];
	struct command_result down;

	if (!status)
		fail_msg("%s: the phone is not registered", where(row, at));
	if (limits->failed && strstr(limits->call, "write ") && strstr(limits->call, "/events.jsonl") &&
	    strcmp(row->program, "phonelab") && member_int(status, "events_lost") < 1)
		fail_msg("%s: an event is lost, and not counted", where(row, at));
	json_decref(status);
	down = command_run(30, (const char *[]){lab_bin("phonelab", bin), "down", lab.name, NULL});
	if (down.status)
		fail_msg("%s: down: exit status %d: %s", where(row, at), down.status, down.err);
	command_free(&down);
	check_events(row, at);
}

/* One boot in which that call fails. Was there such a call? */
static bool boot(const struct row *row, unsigned at)
{
	char bin[512];
	struct command_result result, status, remove;
	bool runs, failed;

	limits_set(limits, row->program, row->kind, at, false);
	result = up();
	failed = limits_failed(limits);
	lab.running = true;
	status = command_run(20, (const char *[]){lab_bin("phonelab", bin), "status", lab.name, NULL});
	runs = status.status != 2;
	command_free(&status);
	if (result.status < 0 || result.status >= 128 || strstr(result.out, "signal") ||
	    strstr(result.err, "signal"))
		fail_msg("%s: up: exit status %d: %s%s", where(row, at), result.status, result.out,
			 result.err);
	if (!runs && (!failed || !names_shortage(&result)))
		fail_msg("%s: no lab, and no reason; up: exit status %d: %s%s", where(row, at), result.status,
			 result.out, result.err);
	if (!runs && !result.status)
		fail_msg("%s: no lab, and exit status 0", where(row, at));
	command_free(&result);
	if (runs)
		check_running(row, at);
	lab.running = false;
	remove = command_sh(10, "rm -rf %s", kept);
	command_free(&remove);
	return failed;
}

static void each_call_of_a_boot(void **state)
{
	const struct row *row = *state;
	const char *text = getenv("LIMITS_STRIDE");
	unsigned stride = text ? (unsigned)atoi(text) : 0, some = row->some, at = 1;

	/* The number of calls of a boot depends on the kernel and on how many events fit into a write. One is always made, or the
	 * library does nothing. */
	while (!boot(row, some)) {
		some /= 2;
		if (!some)
			fail_msg("%s: there is no such call", where(row, row->some));
	}
	while (stride && boot(row, at))
		at += stride;
}

/* --- for some time --- */

/* Each call of the program fails while the first command is carried out, or cannot be. The second one succeeds afterwards. */
static const struct trouble {
	struct row row;
	const char *before, *meanwhile, *after;
} troubles[] = {
    {{"phone-sim", LIMITS_DESCRIPTORS, 0}, NULL, "reset " PHONE, "reset " PHONE},
    {{"phone-sim", LIMITS_SPACE, 0}, NULL, "reset " PHONE, "reset " PHONE},
    {{"phone-sim", LIMITS_MEMORY, 0}, NULL, "reset " PHONE, "reset " PHONE},
    {{"switch-sim", LIMITS_DESCRIPTORS, 0}, "unplug " PHONE, "plug " PHONE, NULL},
    {{"switch-sim", LIMITS_SPACE, 0}, "unplug " PHONE, "plug " PHONE, NULL},
    {{"switch-sim", LIMITS_MEMORY, 0}, "unplug " PHONE, "plug " PHONE, NULL},
    {{"phonelab", LIMITS_DESCRIPTORS, 0}, NULL, "service tftp restart", "service tftp restart"},
    {{"phonelab", LIMITS_SPACE, 0}, NULL, "service tftp restart", "service tftp restart"},
    {{"phonelab", LIMITS_MEMORY, 0}, NULL, "service tftp restart", "service tftp restart"},
};

/* Run a command that may fail, unless it must not. It neither hangs nor crashes. */
static void attempt(const struct trouble *trouble, const char *command, bool must)
{
	struct command_result done = lab_command(&lab, "%s", command);

	if (done.status < 0 || done.status >= 128 || (must && done.status))
		fail_msg("%s, %s: %s: exit status %d: %s", trouble->row.program,
			 limits_kind_name(trouble->row.kind), command, done.status, done.err);
	command_free(&done);
}

static void wait_for_failures(const struct trouble *trouble)
{
	for (int waited = 0; !limits_failed(limits); waited++) {
		if (waited > PATIENCE * 200)
			fail_msg("%s, %s: no call failed", trouble->row.program,
				 limits_kind_name(trouble->row.kind));
		poll(NULL, 0, 50);
	}
}

static void trouble_of(const struct trouble *trouble)
{
	json_t *status;

	if (trouble->before)
		attempt(trouble, trouble->before, true);
	limits_set(limits, trouble->row.program, trouble->row.kind, 1, true);
	attempt(trouble, trouble->meanwhile, false);
	wait_for_failures(trouble);
	limits_end(limits);
	if (trouble->after)
		attempt(trouble, trouble->after, true);
	status = lab_status_when(&lab, 60, registered, NULL);
	if (!status)
		fail_msg("%s, %s: the phone does not register any more", trouble->row.program,
			 limits_kind_name(trouble->row.kind));
	json_decref(status);
}

/* One lab for all, so that it is the same processes that recover. */
static void for_some_time(void **state)
{
	struct command_result result, events;

	(void)state;
	limits_set(limits, "", LIMITS_NONE, 0, false);
	result = up();
	lab.running = true;
	if (result.status)
		fail_msg("up: exit status %d: %s", result.status, result.err);
	command_free(&result);
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		trouble_of(&troubles[i]);
	lab_down(&lab);
	events = command_sh(20, "grep -h lab.child_died %s/events.jsonl", kept);
	if (events.out[0])
		fail_msg("a process has died: %s", events.out);
	command_free(&events);
}

int main(void)
{
	static struct CMUnitTest tests[ROWS + 1];
	static char names[ROWS][80];

	for (size_t i = 0; i < ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "each call of a boot: %s, %s", rows[i].program,
			 limits_kind_name(rows[i].kind));
		tests[i] = (struct CMUnitTest){
		    .name = names[i], .test_func = each_call_of_a_boot, .initial_state = (void *)&rows[i]};
	}
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(for_some_time);
	return cmocka_run_group_tests_name("memory, descriptors and the disk are exhausted", tests, begin,
					   end);
}
