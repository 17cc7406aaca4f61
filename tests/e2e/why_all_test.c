/*
 * `phonelab why --all`: phones with a common fault are one group. `phonelab status`: a phone that went on although something
 * was missing is marked.
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

#define PHONES 3

static struct lab lab;

static int begin(void **state)
{
	static const char *const extra[] = {"--phones", "3", NULL};

	(void)state;
	lab_begin(&lab, "why-all");
	return lab_up(&lab, "topologies/minimal.yaml", false, 60, extra, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void must(const char *line)
{
	struct command_result result = lab_command(&lab, "%s", line);

	if (result.status)
		fail_msg("%s: %s", line, result.err);
	command_free(&result);
}

static json_t *explain_all(int status)
{
	struct command_result result = lab_command(&lab, "why --all --json");
	json_t *all = json_loads(result.out, 0, NULL);

	if (result.status != status)
		fail_msg("why --all: exit status %d, expected %d: %s%s", result.status, status, result.out,
			 result.err);
	assert_non_null(all);
	command_free(&result);
	return all;
}

static bool have_failed(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (strcmp(phone_step_state(phone, 4), "failed") != 0)
			return false;
	return i > 0;
}

static bool is_registered(json_t *phone)
{
	return !strcmp(member(phone, "state"), "registered");
}

static bool all_registered(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (!is_registered(phone))
			return false;
	return i > 0;
}

static void reset_all(json_t *status)
{
	json_t *phone;
	char line[80];
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		snprintf(line, sizeof(line), "reset %s", member(phone, "name"));
		must(line);
	}
}

static void all_healthy(void **state)
{
	json_t *all = explain_all(0);
	struct command_result text = lab_command(&lab, "why --all");

	(void)state;
	assert_int_equal(member_int(all, "total"), PHONES);
	assert_int_equal(member_int(all, "healthy"), PHONES);
	assert_int_equal(json_array_size(json_object_get(all, "groups")), 0);
	assert_string_equal(text.out, "3 phones are healthy.\n");
	assert_int_equal(text.status, 0);
	command_free(&text);
	json_decref(all);
}

static void a_common_fault_is_one_group(void **state)
{
	json_t *status = lab_status(&lab), *all, *group;

	(void)state;
	must("service dhcp stop");
	reset_all(status);
	json_decref(status);
	status = lab_status_when(&lab, 60, have_failed, NULL);
	assert_non_null(status);
	json_decref(status);
	all = explain_all(1);
	assert_int_equal(json_array_size(json_object_get(all, "groups")), 1);
	group = json_array_get(json_object_get(all, "groups"), 0);
	assert_int_equal(member_int(group, "n"), PHONES);
	assert_int_equal(member_int(group, "step"), 4);
	assert_true(*member(group, "cause"));
	json_decref(all);
	must("service dhcp start");
	status = lab_status_when(&lab, 60, all_registered, NULL);
	assert_non_null(status);
	json_decref(status);
}

static json_t *groups_of(const char *options)
{
	struct command_result result = lab_command(&lab, "why --all --json %s", options);
	json_t *all = json_loads(result.out, 0, NULL), *groups = json_incref(json_object_get(all, "groups"));

	assert_non_null(groups);
	command_free(&result);
	json_decref(all);
	return groups;
}

static void impair(const char *words)
{
	struct command_result result = lab_exec(&lab, "sw1", "switch-sim impair %s", words);

	if (result.status)
		fail_msg("%s: %s", words, result.err);
	command_free(&result);
}

/* The port where a node is plugged in, "" if there is none. */
static void find_port(json_t *status, const char *node, char port[24])
{
	json_t *entry;
	size_t i;

	*port = 0;
	json_array_foreach (json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
			    i, entry)
		if (!strcmp(member(entry, "device"), node))
			snprintf(port, 24, "%s", member(entry, "name"));
	assert_true(*port);
}

/* No configuration and no log shows that the cable of the DHCP server loses frames: one phone is probed, and its answer is that
 * of the group. */
static void one_phone_is_probed_for_all(void **state)
{
	json_t *status = lab_status(&lab), *groups, *group;
	char rule[200], port[24], cable[40];

	(void)state;
	find_port(status, "dhcp", port);
	snprintf(cable, sizeof(cable), "cable sw1 %s", port);
	snprintf(
	    rule, sizeof(rule),
	    "add '{\"ports\":[\"%s\"],\"direction\":\"out\",\"filter\":\"udp\",\"action\":{\"drop\":{}}}'",
	    port);
	impair(rule);
	reset_all(status);
	json_decref(status);
	status = lab_status_when(&lab, 60, have_failed, NULL);
	assert_non_null(status);
	json_decref(status);
	groups = groups_of("--passive");
	group = json_array_get(groups, 0);
	assert_int_equal(member_int(group, "n"), PHONES);
	assert_string_not_equal(member(group, "object"), cable);
	json_decref(groups);
	groups = groups_of("");
	assert_int_equal(json_array_size(groups), 1);
	group = json_array_get(groups, 0);
	assert_int_equal(member_int(group, "n"), PHONES);
	assert_string_equal(member(group, "object"), cable);
	assert_string_equal(member(group, "measured_from"),
			    json_string_value(json_array_get(json_object_get(group, "phones"), 0)));
	json_decref(groups);
	impair("clear all");
	status = lab_status_when(&lab, 60, all_registered, NULL);
	assert_non_null(status);
	json_decref(status);
}

/* arg: the name of a phone. */
static bool is_marked(json_t *status, void *arg)
{
	json_t *phone = status_phone(status, arg);

	return is_registered(phone) && json_array_size(json_object_get(phone, "continued_without"));
}

static void a_phone_that_went_on_is_marked(void **state)
{
	json_t *status = lab_status(&lab), *phone, *entry;
	struct command_result text;
	char name[32], line[80];
	size_t i, marked = 0;

	(void)state;
	snprintf(name, sizeof(name), "%s",
		 member(json_array_get(json_object_get(status, "phones"), 0), "name"));
	json_decref(status);
	must("service tftp-http stop");
	snprintf(line, sizeof(line), "reset %s", name);
	must(line);
	status = lab_status_when(&lab, 60, is_marked, name);
	assert_non_null(status);
	entry = json_array_get(json_object_get(status_phone(status, name), "continued_without"), 0);
	assert_string_equal(member(entry, "code"), "http");
	assert_int_equal(member_int(entry, "step"), 6);
	assert_true(*member(entry, "what"));
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		marked += json_object_get(phone, "continued_without") != NULL;
	assert_int_equal(marked, 1);
	json_decref(status);
	text = lab_command(&lab, "status");
	assert_int_equal(LINES_WITH(text.out, name, "registered", "went on at step 6 without: HTTP of"), 1);
	command_free(&text);
	must("service tftp-http start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_healthy),
	    cmocka_unit_test(a_common_fault_is_one_group),
	    cmocka_unit_test(one_phone_is_probed_for_all),
	    cmocka_unit_test(a_phone_that_went_on_is_marked),
	};

	return _cmocka_run_group_tests("why-all", tests, sizeof(tests) / sizeof(tests[0]), begin, end);
}
