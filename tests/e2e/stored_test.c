/*
 * A phone that has booted once registers without its files: with the stored configuration while the TFTP service is
 * stopped, and with the configuration of the TFTP service while a trust list is unusable. An erased phone does not.
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

static struct lab lab;

static int begin(void **state)
{
	char path[512];

	(void)state;
	lab_begin(&lab, "stored");
	return lab_up(&lab, lab_write(&lab, "stored.yaml", topology, path), false, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* A command of the lab that must succeed. */
static void must(const char *line)
{
	struct command_result done = lab_command(&lab, "%s", line);

	if (done.status)
		fail_msg("%s: exit status %d: %s", line, done.status, done.err);
	command_free(&done);
}

static void services(const char *action)
{
	char line[64];

	snprintf(line, sizeof(line), "service tftp %s", action);
	must(line);
	snprintf(line, sizeof(line), "service tftp-http %s", action);
	must(line);
}

/* A state of the phone to wait for. */
struct wanted {
	const char *configuration; /* NULL: null */
	bool registered;
	const char *step[3]; /* 5, 6, 7 */
};

static bool holds(json_t *status, void *arg)
{
	const struct wanted *wanted = arg;
	json_t *phone = status_phone(status, PHONE);
	const char *configuration = json_string_value(json_object_get(phone, "configuration"));

	for (int n = 0; n < 3; n++)
		if (strcmp(phone_step_state(phone, 5 + n), wanted->step[n]))
			return false;
	return !strcmp(configuration ? configuration : "",
		       wanted->configuration ? wanted->configuration : "") &&
	       !strcmp(member(phone, "state"), "registered") == wanted->registered;
}

static void wait_for(struct wanted wanted)
{
	json_t *status = lab_status_when(&lab, 120, holds, &wanted);

	if (!status)
		fail_msg("the phone is not: %s, configuration %s, steps 5 to 7 %s %s %s",
			 wanted.registered ? "registered" : "unregistered",
			 wanted.configuration ? wanted.configuration : "none", wanted.step[0], wanted.step[1],
			 wanted.step[2]);
	json_decref(status);
}

static const struct wanted healthy = {"fetched", true, {"done", "done", "done"}};

static int registrations(void)
{
	char *text = lab_read(&lab, "log/cucm.log");
	int n = text ? LINES_WITH(text, "EndPointRegistered", PHONE) : 0;

	free(text);
	return n;
}

static void bound(int bindings)
{
	char *dump = witness_kamcmd(&lab, "cucm", "ul.dump");

	assert_int_equal(witness_bindings(dump, PHONE), bindings);
	free(dump);
}

static void the_tftp_service_is_stopped(void **state)
{
	struct command_result why, table;
	int times;

	(void)state;
	wait_for(healthy);
	services("stop");
	must("reset " PHONE);
	wait_for((struct wanted){"stored", true, {"failed", "failed", "failed"}});
	bound(1);
	why = lab_command(&lab, "why 2001");
	assert_int_equal(why.status, 1);
	assert_int_equal(strncmp(why.out, PHONE ": step 5, ctl, failed: CTL" PHONE ".tlv", 40), 0);
	assert_non_null(
	    strstr(why.out, "The phone is registered with cucm as 2001, with its stored configuration."));
	assert_non_null(strstr(why.out, "The TFTP service is not running"));
	assert_null(strstr(why.out, "healthy"));
	command_free(&why);
	table = lab_command(&lab, "status");
	assert_int_equal(LINES_WITH(table.out, PHONE, "registered", "stored configuration; ctl: "), 1);
	command_free(&table);

	/* The files come back: the phone heals and stays registered. */
	times = registrations();
	services("start");
	wait_for(healthy);
	bound(1);
	assert_int_equal(registrations(), times);
}

/* Step 7 is done with the stamp of the file that the TFTP service has: how often. */
static int config_done(void)
{
	struct command_result stamp = lab_exec(&lab, "tftp",
					       "sed -n 's:.*<versionStamp>\\(.*\\)</versionStamp>.*:\\1:p' "
					       "/run/phonelab/tftp/root/" PHONE ".cnf.xml | tr -d '\\n'");
	char *events = lab_read(&lab, "events.jsonl"), word[160];
	int n;

	assert_true(strlen(stamp.out) > 8);
	snprintf(word, sizeof(word), "\"version_stamp\":\"%.120s\"", stamp.out);
	n = LINES_WITH(events, PHONE, "\"step\":7", "\"step.done\"", word);
	free(events);
	command_free(&stamp);
	return n;
}

/* Empty files, the start page of an HTTP server, a file that the TFTP service must not read. */
static void trust_lists_that_are_not_usable(void **state)
{
	static const struct {
		const char *command;
		const char *ctl_message, *itl_message;
	} odd[] = {
	    {": >$f", "CTL update failed", "Trust List update failed"},
	    {"echo '<html><body>It works!</body></html>' >$f", "CTL update failed",
	     "Trust List update failed"},
	    {"mkdir $f", "TFTP Error : CTL" PHONE ".tlv", "TFTP Error : ITL" PHONE ".tlv"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct command_result done, messages;
		int times = config_done();

		done = lab_exec(&lab, "tftp",
				"cd /run/phonelab/tftp/root && cp ITL" PHONE
				".tlv /tmp/itl && for f in CTL" PHONE ".tlv ITL" PHONE
				".tlv; do rm -f $f; %s; done",
				odd[i].command);
		assert_int_equal(done.status, 0);
		command_free(&done);
		must("reset " PHONE);
		wait_for((struct wanted){"fetched", true, {"failed", "failed", "done"}});
		assert_int_equal(config_done(), times + 1);
		bound(1);
		messages = lab_command(&lab, "messages " PHONE);
		assert_true(LINES_WITH(messages.out, odd[i].ctl_message) > 0);
		assert_true(LINES_WITH(messages.out, odd[i].itl_message) > 0);
		command_free(&messages);
		done = lab_exec(&lab, "tftp",
				"cd /run/phonelab/tftp/root && rm -rf CTL" PHONE ".tlv ITL" PHONE
				".tlv && cp /tmp/itl ITL" PHONE ".tlv");
		assert_int_equal(done.status, 0);
		command_free(&done);
		wait_for(healthy);
	}
}

static void an_erased_phone(void **state)
{
	struct command_result done;

	(void)state;
	services("stop");
	done = lab_command(&lab, "erase " PHONE);
	assert_int_equal(done.status, 0);
	command_free(&done);
	wait_for((struct wanted){NULL, false, {"failed", "failed", "failed"}});
	bound(0);
	services("start");
	wait_for(healthy);
	bound(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_tftp_service_is_stopped),
	    cmocka_unit_test(trust_lists_that_are_not_usable),
	    cmocka_unit_test(an_erased_phone),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
