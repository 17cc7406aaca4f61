/*
 * `phonelab fault` on the office as a person uses it: on a phone, a port, a service, the whole lab; several at once;
 * for a time; for a number of frames; from a user's file; cleared one by one; and the messages about mistakes.
 * faults_test checks the contract of each fault of the catalogue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"

static struct lab lab;

static int start(void **state)
{
	(void)state;
	lab_begin(&lab, "fault");
	return lab_up(&lab, "topologies/office.yaml", false, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* After each test no fault is active, whatever its result. */
static int clear(void **state)
{
	struct command_result result = lab_command(&lab, "fault clear");
	int status = result.status;

	(void)state;
	command_free(&result);
	return status;
}

static void does(int status, const char *output, const char *words)
{
	struct command_result result = lab_command(&lab, "%s", words);
	char *all = NULL;

	if (asprintf(&all, "%s%s", result.out, result.err) < 0)
		fail_msg("out of memory");
	if (result.status != status || !strstr(all, output))
		fail_msg("%s: status %d, expected %d; expected \"%s\" in:\n%s", words, result.status, status,
			 output, all);
	free(all);
	command_free(&result);
}

/* Does `show WORDS` of sw1 contain the text? */
static bool shows(const char *words, const char *text)
{
	struct command_result result = lab_command(&lab, "show sw1 %s", words);
	bool found = strstr(result.out, text) != NULL;

	assert_int_equal(result.status, 0);
	command_free(&result);
	return found;
}

static size_t active_faults(void)
{
	struct command_result result = lab_command(&lab, "fault ls --active --json");
	json_t *all = json_loads(result.out, 0, NULL);
	size_t n = json_array_size(json_object_get(all, "faults"));

	assert_int_equal(result.status, 0);
	assert_true(json_is_array(json_object_get(all, "faults")));
	json_decref(all);
	command_free(&result);
	return n;
}

/* `fault ls --json`: checks outside this repository read it. */
static void test_the_catalogue_as_json(void **state)
{
	struct command_result result = lab_command(&lab, "fault ls --json");
	json_t *all = json_loads(result.out, 0, NULL), *fault;
	size_t i;

	(void)state;
	assert_true(json_array_size(json_object_get(all, "faults")) >= 60);
	json_array_foreach (json_object_get(all, "faults"), i, fault) {
		assert_true(json_is_string(json_object_get(fault, "id")));
		assert_true(json_is_string(json_object_get(fault, "title")));
		assert_true(json_is_string(json_object_get(fault, "layer")));
		assert_in_range(member_int(fault, "step"), 1, 14);
	}
	json_decref(all);
	command_free(&result);
}

static void test_on_a_phone_and_on_a_port(void **state)
{
	(void)state;
	does(0, "applied\n", "fault add no-voice-vlan --phone 2002");
	assert_false(shows("running-config interface Gi1/0/2", "voice vlan"));
	assert_true(shows("running-config interface Gi1/0/3", "voice vlan"));
	does(0, "applied\n", "fault add port-shutdown --port sw1:Gi1/0/9");
	assert_true(shows("running-config interface Gi1/0/9", " shutdown"));
	does(0, "Gi1/0/9", "fault ls --active");
	does(0, "cleared", "fault clear no-voice-vlan");
	assert_true(shows("running-config interface Gi1/0/2", "voice vlan"));
	assert_true(shows("running-config interface Gi1/0/9", " shutdown"));
	assert_int_equal(active_faults(), 1);
}

static void test_on_a_service_and_on_all(void **state)
{
	(void)state;
	does(0, "applied to all phones that use the server", "fault add dhcp-stopped --service dhcp");
	does(0, "dhcp: stopped", "service dhcp status");
	does(0, "applied to all phones of the lab", "fault add discovery-off-everywhere");
	assert_true(shows("running-config", "no cdp run"));
	/* A fault for each phone. */
	does(0, "applied\n", "fault add cdp-voice-vlan-forged --all");
	assert_int_equal(active_faults(), 2 + 8);
	does(0, "cleared", "fault clear all");
	assert_int_equal(active_faults(), 0);
	does(0, "dhcp: running", "service dhcp status");
	assert_false(shows("running-config", "no cdp run"));
}

/* Two faults require a state of the same program, two have edited the same file: each is cleared by itself. */
static void test_several_at_once(void **state)
{
	char *healthy = lab_read(&lab, "dhcp/dnsmasq.conf"), *now;

	(void)state;
	assert_non_null(healthy);
	does(0, "applied", "fault add dhcp-no-option-150");
	does(0, "applied", "fault add dhcp-hangs");
	does(0, "applied", "fault add dhcp-gateway-wrong");
	does(0, "dhcp: paused", "service dhcp status");
	does(0, "cleared", "fault clear dhcp-no-option-150");
	does(0, "dhcp: paused", "service dhcp status");
	does(0, "active", "fault proof dhcp-gateway-wrong");
	does(1, "", "fault proof dhcp-no-option-150");
	does(0, "cleared", "fault clear dhcp-hangs");
	does(0, "dhcp: running", "service dhcp status");
	does(0, "cleared", "fault clear dhcp-gateway-wrong");
	now = lab_read(&lab, "dhcp/dnsmasq.conf");
	assert_string_equal(now, healthy);
	free(now);
	free(healthy);
}

static bool none_active(json_t *status, void *arg)
{
	(void)status, (void)arg;
	return active_faults() == 0;
}

static void test_for_a_time(void **state)
{
	json_t *status;

	(void)state;
	does(0, "applied", "fault add port-shutdown --phone 2004 --for 9000s");
	does(0, " s more", "fault ls --active");
	assert_true(shows("running-config interface Gi1/0/4", " shutdown"));
	does(0, "cleared", "fault clear");
	does(0, "applied", "fault add port-shutdown --phone 2004 --for 1s");
	status = lab_status_when(&lab, 10, none_active, NULL);
	assert_non_null(status);
	json_decref(status);
	assert_false(shows("running-config interface Gi1/0/4", " shutdown"));
}

static bool has_climbed(json_t *status, void *arg)
{
	json_t *phone = status_phone(status, arg);

	return !strcmp(member(phone, "state"), "registered") && !strcmp(phone_step_state(phone, 14), "done");
}

/* Exactly two OFFERs are lost: the third DISCOVER is answered. The phone's events count them. */
static void test_for_a_number_of_frames(void **state)
{
	char phone[] = "SEP001122AABB05", *before = lab_read(&lab, "events.jsonl"), *after;
	size_t old = strlen(before);
	json_t *status;

	(void)state;
	free(before);
	does(0, "applied", "fault add offers-lost --phone 2005 --count 2");
	does(0, "", "fault boot offers-lost --phone 2005");
	/* The phone is down by then: its ladder is empty. */
	status = lab_status_when(&lab, 60, has_climbed, phone);
	assert_non_null(status);
	json_decref(status);
	for (int i = 0; i < 300; i++) {
		after = lab_read(&lab, "events.jsonl");
		if (LINES_WITH(after + old, phone, "\"dhcp.ack\"") > 0)
			break;
		free(after);
		after = NULL;
		usleep(100000);
	}
	assert_non_null(after);
	assert_int_equal(LINES_WITH(after + old, phone, "\"dhcp.discover\""), 3);
	free(after);
}

#define MINE                                                                                                 \
	"faults:\n"                                                                                          \
	"  - id: %s\n    title: Somebody has renamed the VLAN\n    layer: network\n    step: 3\n"            \
	"    scope: all\n    boot: none\n"                                                                   \
	"    inject: [{do: configure, lines: [vlan 110, name PHONES], undo: [vlan 110, name VOICE]}]\n"      \
	"    proof: [{look: show, at: vlan brief, has: PHONES}]\n"                                           \
	"    symptom: {step: 14, state: done, registered: yes, why: healthy}\n"                              \
	"    cause: It was renamed.\n    find: show vlan brief\n    repair: name VOICE\n"

static void test_from_a_file(void **state)
{
	char text[2400], one[1200], two[1200], path[512], words[700];

	(void)state;
	snprintf(one, sizeof(one), MINE, "renamed");
	lab_write(&lab, "mine.yaml", one, path);
	snprintf(words, sizeof(words), "fault add %s", path);
	does(0, "applied", words);
	assert_true(shows("vlan brief", "PHONES"));
	snprintf(words, sizeof(words), "fault proof %s", path);
	does(0, "active", words);
	does(0, "cleared", "fault clear renamed");
	assert_false(shows("vlan brief", "PHONES"));
	snprintf(two, sizeof(two), MINE, "renamed-too");
	snprintf(text, sizeof(text), "%s%s", one, two + strlen("faults:\n"));
	lab_write(&lab, "two.yaml", text, path);
	snprintf(words, sizeof(words), "fault add %s", path);
	does(2, "name one with FILE#ID", words);
	snprintf(words, sizeof(words), "fault add %s#renamed-too", path);
	does(0, "applied", words);
	does(0, "cleared", "fault clear renamed-too");
	lab_write(&lab, "bad.yaml", "faults:\n  - id: x\n    step: 15\n", path);
	snprintf(words, sizeof(words), "fault add %s", path);
	does(2, "bad.yaml:2:", words);
}

static void test_mistakes(void **state)
{
	(void)state;
	does(2, "unknown fault \"port-shutdwn\"; did you mean \"port-shutdown\"?", "fault add port-shutdwn");
	does(2, "unknown phone \"2999\"; phones of this lab: 2001, ", "fault add port-shutdown --phone 2999");
	does(2, "unknown port \"Gi9/0/1\"; the ports of sw1 are named like ",
	     "fault add port-shutdown --port Gi9/0/1");
	does(2, "unknown service \"nosuch\"", "fault add dhcp-stopped --service nosuch");
	does(2, "--for needs a time such as 30s", "fault add port-shutdown --for soon");
	does(2, "no active fault \"7000\"", "fault clear 7000");
	does(2, "unknown action \"put\"", "fault put");
	assert_int_equal(active_faults(), 0);
}

/* A fault of one phone or one port needs a target; the first phone is never taken silently. */
static void test_a_target_is_needed(void **state)
{
	(void)state;
	does(2,
	     "port-shutdown affects one port: name it with --port SWITCH:PORT or --phone PHONE; phones that "
	     "can have "
	     "this fault: 2001, 2002",
	     "fault add port-shutdown");
	does(2, "config-missing affects one phone: name it with --phone PHONE; phones",
	     "fault add config-missing");
	does(2, "affects one phone: name it", "fault boot config-missing");
	does(2, "no phone is plugged in at Gi1/0/20", "fault add config-missing --port Gi1/0/20");
	assert_int_equal(active_faults(), 0);
	/* For an active fault, the id is enough. */
	does(0, "applied", "fault add port-shutdown --phone 2003");
	does(0, "active", "fault proof port-shutdown");
}

/* A target that the scope of the fault does not have is refused: the fault would affect more than was asked for. */
static void test_a_target_that_does_not_apply(void **state)
{
	(void)state;
	does(2, "dhcp-no-option-150 affects every phone that uses the server, so --phone does not apply",
	     "fault add dhcp-no-option-150 --phone 2001");
	does(2, "so --port does not apply", "fault add dhcp-no-option-150 --port Gi1/0/1");
	does(2, "affects all phones of the lab, so --phone does not apply",
	     "fault add discovery-off-everywhere --phone 2001");
	does(2, "so --service does not apply", "fault add port-shutdown --service dhcp");
	does(2, "so --all does not apply", "fault add port-shutdown --all");
	assert_int_equal(active_faults(), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_catalogue_as_json),
	    TEST(test_on_a_phone_and_on_a_port),
	    TEST(test_on_a_service_and_on_all),
	    TEST(test_several_at_once),
	    TEST(test_for_a_time),
	    TEST(test_for_a_number_of_frames),
	    TEST(test_from_a_file),
	    TEST(test_mistakes),
	    TEST(test_a_target_is_needed),
	    TEST(test_a_target_that_does_not_apply),
	};

	return cmocka_run_group_tests_name("fault", tests, start, end);
}
