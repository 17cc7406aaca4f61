/* 200 phones are reset by their call manager, one after another: all are registered again, spread out over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

#define PHONES	  200
#define SPREAD_US 4000000 /* 25 ms for each phone are 5 s */

static struct lab lab;

/* The first and the last time of an event in events.jsonl after an offset, and how many there are. */
struct span {
	long long first, last;
	int count;
};

static struct span span_of(const char *text, const char *event)
{
	struct span span = {0};
	char key[80];

	snprintf(key, sizeof(key), "\"event\":\"%s\"", event);
	for (const char *at = text; (at = strstr(at, key)); at++) {
		const char *line = at;
		long long t;

		while (line > text && line[-1] != '\n')
			line--;
		t = strtoll(line + strlen("{\"t\":"), NULL, 10);
		if (!span.count++)
			span.first = t;
		span.last = t;
	}
	return span;
}

/* Every phone has registered twice, and the table of the call manager has all of them. */
static bool all_again(json_t *status, void *arg)
{
	char *text = lab_read(&lab, "events.jsonl");
	struct span registered = span_of(text, "phone.registered");
	json_t *phone;
	size_t i, up = 0;

	(void)arg;
	free(text);
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		up += !strcmp(member(phone, "state"), "registered");
	return up == PHONES && registered.count >= 2 * PHONES;
}

static void all_phones_register_again(void **state)
{
	struct command_result reset;
	struct span told;
	json_t *status;
	char *text;

	(void)state;
	lab_begin(&lab, "devices-many");
	assert_int_equal(lab_up(&lab, "topologies/office.yaml", false, 120,
				(const char *const[]){"--phones", "200", NULL}, 0),
			 0);
	reset = lab_command(&lab, "device reset --all --json");
	if (reset.status)
		fail_msg("%s%s", reset.out, reset.err);
	{
		json_t *reply = json_loads(reset.out, 0, NULL);

		assert_int_equal(json_array_size(json_object_get(reply, "notified")), PHONES);
		assert_int_equal(json_array_size(json_object_get(reply, "not_registered")), 0);
		json_decref(reply);
	}
	command_free(&reset);
	status = lab_status_when(&lab, 120, all_again, NULL);
	assert_non_null(status);
	json_decref(status);
	text = lab_read(&lab, "events.jsonl");
	told = span_of(text, "phone.service-control");
	assert_int_equal(told.count, PHONES);
	assert_true(told.last - told.first >= SPREAD_US);
	free(text);
	text = lab_read(&lab, "log/cucm-pub.log");
	assert_int_equal(LINES_WITH(text, "EndPointUnregistered", "[Reason=9]"), PHONES);
	assert_int_equal(LINES_WITH(text, "EndPointRegistered"), 2 * PHONES);
	free(text);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(all_phones_register_again, end)};

	return cmocka_run_group_tests_name("devices-many", tests, NULL, NULL);
}
