/*
 * Auto-registration: phones that are not in the device table are added with the next number of the range, are reset, and
 * register with that number. No number is given a second time. Kamailio's table and log are the witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define PUB_LOG "log/cucm-pub.log"

static struct lab lab;

static const char topology[] = "vlans:\n"
			       "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n"
			       "  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n"
			       "  - {name: dhcp, kind: dhcp, address: 10.110.0.2}\n"
			       "  - {name: tftp, kind: tftp, address: 10.110.0.3}\n"
			       "cluster:\n"
			       "  auto_registration: 0300-0302\n"
			       "  expires: 25s\n" /* phones come back soon */
			       "  nodes:\n"
			       "    - {name: cucm-pub, address: 10.110.0.11}\n"
			       "phones:\n"
			       "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: \"0301\"}\n"
			       "  - {model: 8851, count: 3, mac: \"00:11:22:aa:bb:02\", provisioned: no}\n";

static int lines(const char *file, const char *word, const char *other)
{
	char *text = lab_read(&lab, file);
	int n = text ? LINES_WITH(text, word, other) : 0;

	free(text);
	return n;
}

static void logged(const char *word, const char *other, int times)
{
	for (int waited = 0; lines(PUB_LOG, word, other) < times && waited < 2400; waited++)
		poll(NULL, 0, 50);
	if (lines(PUB_LOG, word, other) < times)
		fail_msg("%s %s: not logged %d times", word, other, times);
}

/* How many phones are registered with a number of the range, by the phones and by Kamailio. */
struct numbers {
	int of[3], registered;
};

static struct numbers numbers_of(json_t *status)
{
	struct numbers numbers = {0};
	json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *number = member(phone, "directory_number");

		if (strcmp(member(phone, "state"), "registered") || strncmp(number, "030", 3) ||
		    number[3] > '2')
			continue;
		numbers.of[number[3] - '0']++;
		numbers.registered++;
	}
	return numbers;
}

static bool three_registered(json_t *status, void *arg)
{
	(void)arg;
	return numbers_of(status).registered == 3;
}

static void ok(const char *words)
{
	struct command_result result = lab_command(&lab, "%s", words);

	if (result.status)
		fail_msg("%s: %s%s", words, result.out, result.err);
	command_free(&result);
}

static bool one_is_left_out(json_t *status, void *arg)
{
	char *phone = arg;
	json_t *one;
	size_t i;

	*phone = 0;
	json_array_foreach (json_object_get(status, "phones"), i, one)
		if (!strcmp(phone_step_state(one, 11), "failed"))
			snprintf(phone, 40, "%.39s", member(one, "name"));
	return *phone;
}

/* why names the range for the phone that got no number; while the phone boots again, it names nothing. */
static void the_cause_is_the_range(void)
{
	char phone[40], last[4000] = "";
	bool found = false;

	for (int tries = 0; tries < 60 && !found; tries++) {
		json_t *status = lab_status_when(&lab, 60, one_is_left_out, phone), *report;
		struct command_result result;

		assert_non_null(status);
		json_decref(status);
		result = lab_command(&lab, "why %s --json", phone);
		report = json_loads(result.out, 0, NULL);
		found = !strcmp(member(report, "id"), "auto-registration-exhausted");
		snprintf(last, sizeof(last), "%s%s", result.out, result.err);
		json_decref(report);
		command_free(&result);
	}
	if (!found)
		fail_msg("why %s: %s", phone, last);
}

static void numbers_are_given_once(void **state)
{
	char path[512], *dump, *table;
	struct numbers numbers;
	json_t *status;

	(void)state;
	lab_begin(&lab, "auto");
	/* Not every phone registers: two numbers are free for three phones. */
	lab_up(&lab, lab_write(&lab, "lab.yaml", topology, path), false, 10, NULL, 1);
	status = lab_status_when(&lab, 60, three_registered, NULL);
	assert_non_null(status);
	numbers = numbers_of(status);
	json_decref(status);
	assert_int_equal(numbers.of[0], 1);
	assert_int_equal(numbers.of[1], 1); /* of the provisioned phone */
	assert_int_equal(numbers.of[2], 1);
	dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump");
	for (int i = 0; i < 3; i++) {
		char aor[40];

		snprintf(aor, sizeof(aor), "AoR: 030%d", i);
		assert_int_equal(LINES_WITH(dump, aor), 1);
	}
	free(dump);
	/* They were reset by the call manager, and the last one is refused because the range is used up. */
	logged("EndPointUnregistered", "[Reason=9]", 2);
	logged("OutOfDnForAutoRegistration", "SEP001122AABB0", 1);
	table = lab_exec(&lab, "tftp",
			 "sqlite3 /run/phonelab/cucm/cucm-pub/cucm.sqlite \"select count(*), "
			 "sum(product = 'Cisco 8851') from device\"")
		    .out;
	assert_string_equal(table, "3|2\n");
	free(table);

	the_cause_is_the_range();
	lab_end(&lab);
}

/* The only number of a query of the publisher's database. */
static int count_of(const char *query)
{
	char *out =
	    lab_exec(&lab, "tftp", "sqlite3 /run/phonelab/cucm/cucm-pub/cucm.sqlite \"%s\"", query).out;
	int count = atoi(out);

	free(out);
	return count;
}

static void counts(const char *query, int expected)
{
	int count = count_of(query);

	for (int waited = 0; count != expected && waited < 1200; waited++) {
		poll(NULL, 0, 50);
		count = count_of(query);
	}
	if (count != expected)
		fail_msg("%s: %d, expected %d", query, count, expected);
}

/* A number of the status, and the phone that has it; "" in phone: none. */
struct owner {
	const char *number;
	char phone[40];
};

static bool is_owned(json_t *status, void *arg)
{
	struct owner *owner = arg;
	json_t *phone;
	size_t i;

	*owner->phone = 0;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (!strcmp(member(phone, "state"), "registered") &&
		    !strcmp(member(phone, "directory_number"), owner->number))
			snprintf(owner->phone, sizeof(owner->phone), "%.39s", member(phone, "name"));
	return *owner->phone;
}

static void owner_of(struct owner *owner)
{
	json_t *status = lab_status_when(&lab, 60, is_owned, owner);

	if (!status)
		fail_msg("no phone has registered with %s", owner->number);
	json_decref(status);
}

/* Kamailio's table has names in lower case. */
static void bound(const char *user, int expected)
{
	char aor[40], *dump = NULL;
	int found = -1;

	snprintf(aor, sizeof(aor), "AoR: %s", user);
	for (char *at = aor + 5; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	for (int waited = 0; found != expected && waited < 600; waited++) {
		free(dump);
		poll(NULL, 0, 50);
		dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump");
		found = LINES_WITH(dump, aor);
	}
	free(dump);
	if (found != expected)
		fail_msg("%s: %d bindings, expected %d", user, found, expected);
}

/* Three numbers are given: 0300, 0302 and 0303. */
static void begin_with_room(void)
{
	static const char *const numbers[] = {"0300", "0302", "0303"};
	char yaml[1500], path[512];

	snprintf(yaml, sizeof(yaml), "%s", topology);
	memcpy(strstr(yaml, "0300-0302"), "0300-0309", 9);
	lab_begin(&lab, "auto-room");
	lab_up(&lab, lab_write(&lab, "lab.yaml", yaml, path), false, 60, NULL, 0);
	for (size_t i = 0; i < 3; i++)
		owner_of(&(struct owner){.number = numbers[i]});
	counts("select count(*) from arrival", 0);
}

/* Neither a restart of the publisher nor a removed device makes a number free again, while other numbers are left. */
static void a_new_number_after_a_removal(void **state)
{
	struct owner first = {.number = "0300"}, last = {.number = "0304"};

	(void)state;
	begin_with_room();
	owner_of(&first);
	ok("service cucm-pub-service stop");
	ok("device remove 0300");
	bound(first.phone, 1);
	ok("service cucm-pub restart");
	bound(first.phone, 1);
	ok("service cucm-pub-service start");
	owner_of(&last);
	assert_string_equal(last.phone, first.phone);
	bound("0304", 1);
	bound("0300", 0);
	bound(first.phone, 0);
	assert_int_equal(count_of("select count(*) from line where number = '0300'"), 0);
	lab_end(&lab);
}

/* A phone that has left is not asked for again and again, and a phone that has its number is not reset. */
static void an_arrival_ends(void **state)
{
	struct owner owner = {.number = "0302"};
	int resets;

	(void)state;
	begin_with_room();
	owner_of(&owner);
	resets = lines(PUB_LOG, "EndPointUnregistered", owner.phone);
	free(lab_exec(
		 &lab, "tftp",
		 "sqlite3 /run/phonelab/cucm/cucm-pub/cucm.sqlite \"pragma busy_timeout = 5000; insert into "
		 "arrival (name, model) values ('SEP0000000000FE', 622), ('%s', 684)\"",
		 owner.phone)
		 .out);
	counts("select count(*) from arrival", 0);
	counts("select count(*) from line where number = '0304' and device = 'SEP0000000000FE'", 1);
	assert_int_equal(lines("log/cucm-pub-service.log", owner.phone, "is registered with its number"), 1);
	assert_int_equal(lines(PUB_LOG, "EndPointUnregistered", owner.phone), resets);
	lab_end(&lab);
}

static void without_a_range_unknown_phones_are_rejected(void **state)
{
	char yaml[1500], path[512], *key;

	(void)state;
	snprintf(yaml, sizeof(yaml), "%s", topology);
	key = strstr(yaml, "  auto_registration");
	memmove(key, strchr(key, '\n') + 1, strlen(strchr(key, '\n')));
	lab_begin(&lab, "auto-off");
	lab_up(&lab, lab_write(&lab, "lab.yaml", yaml, path), false, 10, NULL, 1);
	logged("EndPointTransientConnection", "[Reason=2]", 3);
	assert_int_equal(lines(PUB_LOG, "EndPointRegistered", "SEP001122AABB02"), 0);
	lab_end(&lab);
}

static void setting_is(const char *expected)
{
	char *value = lab_exec(&lab, "tftp",
			       "sqlite3 /run/phonelab/cucm/cucm-pub/cucm.sqlite \"select value from setting "
			       "where name = 'auto_registration'\"")
			  .out;

	assert_string_equal(value, expected);
	free(value);
}

#define SETTING(id, name, value)                                                                             \
	"  - id: " id "\n    title: A setting\n    layer: sip\n    step: 11\n    scope: all\n"               \
	"    inject: [{do: setting, name: " name ", text: \"" value "\"}]\n"                                 \
	"    proof: [{look: setting, at: " name ", has: '^cucm-pub=" value "$'}]\n"                          \
	"    symptom: {step: 11, state: failed, why: x}\n    cause: x\n    find: x\n    repair: x\n"

/* Two faults hold one setting: whichever is cleared first, the other stays; after both, it is as before. */
static void faults_restore_the_setting(void **state)
{
	static const char yaml[] = "faults:\n" SETTING("used-up", "auto_registration", "exhausted")
	    SETTING("switched-off", "auto_registration", "off") SETTING("unknown", "auto", "off");
	char file[512], words[600];
	struct command_result result;

	(void)state;
	begin_with_room(); /* a phone without a number would use up the range again */
	lab_write(&lab, "faults.yaml", yaml, file);
	for (int first = 0; first < 2; first++) {
		static const char *const ids[] = {"used-up", "switched-off"}, *const values[] = {
										  "exhausted\n", "off\n"};

		for (int i = 0; i < 2; i++) {
			snprintf(words, sizeof(words), "fault add %s#%s", file, ids[i]);
			ok(words);
			setting_is(values[i]);
			snprintf(words, sizeof(words), "fault proof %s#%s", file, ids[i]);
			ok(words);
		}
		for (int i = 0; i < 2; i++) {
			snprintf(words, sizeof(words), "fault clear %s", ids[first ^ i]);
			ok(words);
			setting_is(i ? "on\n" : first ? "exhausted\n" : "off\n");
		}
	}
	result = lab_command(&lab, "fault add %s#unknown", file);
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.err, "has no setting \"auto\""));
	command_free(&result);
	lab_end(&lab);
}

static int end(void **state)
{
	(void)state;
	if (lab.running)
		lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(numbers_are_given_once, end),
	    cmocka_unit_test_teardown(a_new_number_after_a_removal, end),
	    cmocka_unit_test_teardown(an_arrival_ends, end),
	    cmocka_unit_test_teardown(faults_restore_the_setting, end),
	    cmocka_unit_test_teardown(without_a_range_unknown_phones_are_rejected, end),
	};

	return cmocka_run_group_tests_name("auto-registration", tests, NULL, NULL);
}
