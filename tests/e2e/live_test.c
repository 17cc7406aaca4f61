/* What follows a running lab: watch on a terminal and into a pipe, status --watch, events and logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/pty.h"

#define PHONE "SEP001122AABB01"
#define ENTER "\033[?1049h"
#define LEAVE "\033[?1049l"
#define UTF8_ENV                                                                                             \
	(const char *const[])                                                                                \
	{                                                                                                    \
		"TERM=xterm", "LC_ALL=C.UTF-8", "NO_COLOR=", NULL                                            \
	}

static struct lab lab;
static char phonelab[512];

static int begin(void **state)
{
	(void)state;
	lab_bin("phonelab", phonelab);
	lab_begin(&lab, "live");
	return lab_up(&lab, "topologies/minimal.yaml", false, 120, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void command(const char *words)
{
	struct command_result result = lab_command(&lab, "%s", words);

	if (result.status)
		fail_msg("%s: status %d: %s", words, result.status, result.err);
	command_free(&result);
}

static bool is_registered(json_t *status, void *arg)
{
	return !strcmp(member(status_phone(status, arg), "state"), "registered");
}

static void wait_registered(void)
{
	json_t *status = lab_status_when(&lab, 60, is_registered, PHONE);

	assert_non_null(status);
	json_decref(status);
}

/* Is there an escape sequence that ends in m? */
static bool has_colour(const char *text)
{
	for (; (text = strstr(text, "\033[")); text++)
		if (text[2 + strspn(text + 2, "0123456789;")] == 'm')
			return true;
	return false;
}

/* A phone that is unplugged comes first, an applied fault is named; the screen follows the size and is restored. */
static void test_watch_on_a_terminal(void **state)
{
	const char *const argv[] = {phonelab, "watch", lab.name, NULL};
	struct pty pty;
	size_t at;

	(void)state;
	pty_start(&pty, 80, 24, UTF8_ENV, argv);
	at = pty_expect(&pty, 0, ENTER, 10);
	at = pty_expect(&pty, at, "2 of 2 registered", 10);
	at = pty_expect(&pty, at, "MODEL", 10);
	assert_false(pty_restored(&pty));
	assert_true(has_colour(pty.output));
	command("unplug " PHONE);
	at = pty_expect(&pty, at, "1 of 2 registered", 10);
	at = pty_expect(&pty, at, "unplugged", 10);
	command("plug " PHONE);
	at = pty_expect(&pty, at, "2 of 2 registered", 30);
	command("fault add no-voice-vlan --phone 1002");
	at = pty_expect(&pty, at, "1 fault: ", 10);
	command("fault clear");
	at = pty_expect(&pty, at, "fault 1 reverted", 10);
	pty_resize(&pty, 50, 15);
	at = pty_expect(&pty, at, "STEPS 1-14", 10);
	assert_null(strstr(pty.output + at, "MODEL"));
	pty_type(&pty, "q");
	assert_int_equal(pty_wait(&pty, 10), 0);
	assert_non_null(strstr(pty.output + at, LEAVE));
	assert_true(pty_restored(&pty));
	pty_end(&pty);
	wait_registered();
}

/* The terminal is restored by SIGTERM and Ctrl-C too. NO_COLOR and a locale without UTF-8 are respected. */
static void test_watch_is_interrupted(void **state)
{
	const char *const argv[] = {phonelab, "watch", lab.name, NULL};
	const char *const plain[] = {"TERM=xterm", "LC_ALL=C", "NO_COLOR=1", NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct pty pty;

		pty_start(&pty, 80, 24, plain, argv);
		pty_expect(&pty, 0, "q: quit", 10);
		assert_false(has_colour(pty.output));
		for (size_t n = 0; n < pty.length; n++)
			assert_true((unsigned char)pty.output[n] < 0x80);
		if (i)
			pty_type(&pty, "\003");
		else
			kill(pty.pid, SIGTERM);
		assert_int_equal(pty_wait(&pty, 10), 0);
		assert_non_null(strstr(pty.output, LEAVE));
		assert_true(pty_restored(&pty));
		pty_end(&pty);
	}
}

/* On a dumb terminal there are lines, and nothing that moves the cursor. */
static void test_watch_on_a_dumb_terminal(void **state)
{
	const char *const argv[] = {phonelab, "watch", lab.name, NULL};
	const char *const dumb[] = {"TERM=dumb", NULL};
	struct pty pty;
	size_t at;

	(void)state;
	pty_start(&pty, 80, 24, dumb, argv);
	at = pty_expect(&pty, 0, "2 of 2 registered", 10);
	command("restart " PHONE);
	pty_expect(&pty, at, PHONE "  unregistered", 20);
	assert_null(strchr(pty.output, '\033'));
	kill(pty.pid, SIGTERM);
	assert_int_equal(pty_wait(&pty, 10), 0);
	pty_end(&pty);
	wait_registered();
}

/* A line of JSON per event, with the time of day; the filters. */
static void test_events(void **state)
{
	static const struct {
		const char *words, *filter;
	} rows[] = {
	    {"--phone 1001 --step dhcp", "length > 2 and all(.step == 4)"},
	    {"--phone 1001 --node sw1", "length > 2 and all(.evidence.device == \"" PHONE "\")"},
	    {"--node lab", "length > 2 and all(.node == \"lab\")"},
	    {"--event step.done --step 14 --node " PHONE, "length >= 1 and all(.event == \"step.done\")"},
	    {"-n 3", "length == 3"},
	    {"-n 0", "length == 0"},
	    {"--initial", "all(.initial) and (last | .event == \"lab.initial\")"},
	    {"--initial --node " PHONE " --event phone.registered", "length == 1"},
	    {"", "all(has(\"time\") and (.t > 0))"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_result result =
		    command_sh(20, "'%s' --lab '%s' events --json %s | jq -se '%s'", phonelab, lab.name,
			       rows[i].words, rows[i].filter);

		if (result.status)
			fail_msg("events %s: not %s: %s", rows[i].words, rows[i].filter, result.err);
		command_free(&result);
	}
	struct command_result wrong = lab_command(&lab, "events --step dhpc");
	assert_int_equal(wrong.status, 2);
	assert_non_null(strstr(wrong.err, "--step: found \"dhpc\""));
	command_free(&wrong);
}

static void test_logs(void **state)
{
	struct command_result result;

	(void)state;
	result = lab_command(&lab, "logs");
	assert_true(LINES_WITH(result.out, "dhcp ", " | ", "DHCPACK") >= 2);
	assert_true(LINES_WITH(result.out, "sw1", " | ", "%LINK-3-UPDOWN") >= 2);
	command_free(&result);
	result = lab_command(&lab, "logs 1001 -n 5");
	assert_int_equal(lines_with(result.out, (const char *const[]){NULL}), 5);
	assert_int_equal(LINES_WITH(result.out, " | "), 0);
	command_free(&result);
	result =
	    command_sh(20, "'%s' --lab '%s' logs sw1 --json | jq -se 'length > 2 and all(.log == \"sw1\")'",
		       phonelab, lab.name);
	assert_int_equal(result.status, 0);
	command_free(&result);
	result = lab_command(&lab, "logs nobody");
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.err, "unknown node \"nobody\""));
	command_free(&result);
}

/* Every command that prints a result has --json. Each prints what docs/formats.md lists. */
static void test_json(void **state)
{
	static const struct {
		const char *words, *filter;
	} rows[] = {
	    {"ls --json", "[.labs[].state] | index(\"up\") != null"},
	    {"show --json sw1 version", ".switch == \"sw1\" and (.text | length > 10)"},
	    {"configure --json sw1 nonsense", ".errors == 1"},
	    {"console 1001 --json", ".phone == \"" PHONE "\" and (.lines | length > 3)"},
	    {"messages 1001 --json", ".lines | type == \"array\""},
	    {"service dhcp status --json", ".state == \"running\""},
	    {"fault add no-voice-vlan --phone 1002 --json", ".number > 0 and .fault == \"no-voice-vlan\""},
	    {"fault proof no-voice-vlan --phone 1002 --json", ".holds and .check == \"proof\""},
	    {"fault healed no-voice-vlan --phone 1002 --json", "(.holds | not) and (.reason | length > 5)"},
	    {"fault ls --active --json", ".faults | length == 1"},
	    {"fault clear --json", ".cleared == \"all\""},
	    {"unplug 1002 --json", ".done == \"unplug\""},
	    {"plug 1002 --json", ".done == \"plug\""},
	    {"restart 1001 --json", ".by == \"cucm\" and .done == \"restart\""},
	    {"validate --json topologies/minimal.yaml", ".phones == 2"},
	    {"graph --json topologies/minimal.yaml", ".switches[0].plugged | length == 5"},
	    {"doctor --json", ".fit and (.checks | length > 5)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_result result = command_sh(20, "'%s' --lab '%s' %s | jq -e '%s'", phonelab,
							  lab.name, rows[i].words, rows[i].filter);

		if (result.status)
			fail_msg("%s: not %s: %s%s", rows[i].words, rows[i].filter, result.out, result.err);
		command_free(&result);
	}
	wait_registered();
}

/* --pace is in all rendered files. */
static void test_pace(void **state)
{
	static const char *const paces[] = {"real", "fast"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct command_result result = command_sh(
		    20,
		    "rm -rf '%s/run'; '%s' render topologies/minimal.yaml --out '%s/run' --pace %s && "
		    "jq -r '.pace // \"fast\"' '%s/run/lab.json' '%s/run/phones/rack.json' "
		    "'%s/run/switches/sw1.json' | sort | uniq -c",
		    lab.dir, phonelab, lab.dir, paces[i], lab.dir, lab.dir, lab.dir);

		assert_int_equal(result.status, 0);
		assert_int_equal(LINES_WITH(result.out, " 3 ", paces[i]), 1);
		command_free(&result);
	}
	struct command_result wrong = command_sh(20, "'%s' up --pace slow topologies/minimal.yaml", phonelab);
	assert_int_equal(wrong.status, 2);
	assert_string_equal(wrong.err, "phonelab: up: --pace: found \"slow\", expected fast or real\n");
	command_free(&wrong);
}

/* A follower that nobody reads any more ends by itself. */
static void test_followers_end_with_their_reader(void **state)
{
	static const char *const words[] = {"events -f", "logs -f", "watch", "status --watch"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct command_result result =
		    command_sh(20, "'%s' --lab '%s' %s | head -1", phonelab, lab.name, words[i]);

		if (result.status)
			fail_msg("%s: status %d", words[i], result.status);
		command_free(&result);
	}
}

/* A follower that runs: what it shows while the lab runs. */
static const struct {
	const char *words, *shows;
} followers[] = {{"events -f -n 0", "phone.registered"},
		 {"events -f --initial --json", "lab.initial"},
		 {"logs dhcp -f", "DHCPACK"},
		 {"status --watch --json", "\"registered\""},
		 {"watch", "of 2"}};
#define FOLLOWERS (sizeof(followers) / sizeof(followers[0]))

static bool shows(size_t i, const char *text)
{
	struct command_result found = command_sh(10, "grep -q '%s' '%s/follower%zu'", text, lab.dir, i);
	bool yes = !found.status;

	command_free(&found);
	return yes;
}

/* Each follower shows what happens, and ends with the lab and says so. The last test: it ends the lab. */
static void test_followers_end_with_the_lab(void **state)
{
	char line[700], log[320];
	pid_t pids[FOLLOWERS];

	(void)state;
	for (size_t i = 0; i < FOLLOWERS; i++) {
		snprintf(log, sizeof(log), "%s/follower%zu", lab.dir, i);
		snprintf(line, sizeof(line), "exec '%s' --lab '%s' %s 2>&1", phonelab, lab.name,
			 followers[i].words);
		pids[i] = command_start((const char *const[]){"sh", "-c", line, NULL}, log);
	}
	/* A follower of new events only shows nothing until the phone registers again. */
	for (size_t i = 0; i < FOLLOWERS; i++)
		for (int tries = 0; !shows(i, followers[i].shows); tries++) {
			if (tries == 100)
				fail_msg("%s does not show %s", followers[i].words, followers[i].shows);
			command("restart " PHONE);
			wait_registered();
		}
	command("down");
	lab.running = false;
	for (size_t i = 0; i < FOLLOWERS; i++) {
		assert_int_equal(command_wait(pids[i], 20), 0);
		if (!shows(i, "has ended"))
			fail_msg("%s does not report the end of the lab", followers[i].words);
	}
	assert_true(shows(4, "the lab is ending"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_watch_on_a_terminal),
	    cmocka_unit_test(test_watch_is_interrupted),
	    cmocka_unit_test(test_watch_on_a_dumb_terminal),
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_logs),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_pace),
	    cmocka_unit_test(test_followers_end_with_their_reader),
	    cmocka_unit_test(test_followers_end_with_the_lab),
	};

	return cmocka_run_group_tests_name("watch, status --watch, events, logs", tests, begin, end);
}
