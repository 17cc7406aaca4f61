/*
 * A phone moves from one cluster to another, topologies/two-clusters.yaml. It refuses the new cluster until one of the three remedies is
 * done: the rollback parameter, consolidated certificates, or a trust list that is deleted at the phone. The witnesses are Kamailio's
 * location tables, the configuration in the flash of a phone, and the trace of TVS. One lab, in this order.
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

#include "base/ladder.h"
#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define WAIT_S 30

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "move");
	if (!lab_up(&lab, "topologies/two-clusters.yaml", false, 60, NULL, 0))
		return 0;
	lab_end(&lab);
	return -1;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* A command that must end with this status; its output contains these words. NULL: anything. */
static void command(int status, const char *expected, const char *words)
{
	struct command_result result = lab_command(&lab, "%s", words);

	if (result.status != status ||
	    (expected && !strstr(result.out, expected) && !strstr(result.err, expected)))
		fail_msg("%s: status %d: %s%s", words, result.status, result.out, result.err);
	command_free(&result);
}

/* Does the location table of the node have the directory number? */
static bool in_table(const char *node, int number)
{
	char aor[20];
	char *dump = witness_kamcmd(&lab, node, "ul.dump");
	bool found;

	snprintf(aor, sizeof(aor), "AoR: %d", number);
	found = dump && strstr(dump, aor);
	free(dump);
	return found;
}

/* Wait until the table of the node has it. */
static void registers_at(const char *node, int number)
{
	for (int i = 0; i < WAIT_S * 10; i++) {
		if (in_table(node, number))
			return;
		poll(NULL, 0, 100);
	}
	fail_msg("%d is not in the location table of %s", number, node);
}

struct wanted {
	const char *device, *configuration;
};

static bool has_booted(json_t *status, void *arg)
{
	const struct wanted *wanted = arg;
	json_t *phone = status_phone(status, wanted->device);

	return !strcmp(member(phone, "state"), "registered") &&
	       !strcmp(member(phone, "configuration"), wanted->configuration);
}

/* Wait until the phone is registered with a configuration that it has fetched, or stored. Gives its status. */
static json_t *boots(const char *device, const char *configuration)
{
	struct wanted wanted = {device, configuration};
	json_t *status = lab_status_when(&lab, WAIT_S, has_booted, &wanted);

	if (!status)
		fail_msg("%s is not registered with a configuration that is %s", device, configuration);
	return status;
}

/* A registered phone still fetches its locale and ringtones. */
static void becomes_healthy(const char *phone)
{
	struct command_result why = {.status = -1};

	for (int i = 0; i < WAIT_S; i++) {
		command_free(&why);
		why = lab_command(&lab, "why %s", phone);
		if (!why.status && strstr(why.out, "is healthy"))
			break;
		poll(NULL, 0, 300);
	}
	if (why.status)
		fail_msg("why %s: %s%s", phone, why.out, why.err);
	command_free(&why);
}

static void each_cluster_has_its_phones(void **state)
{
	json_t *status = boots("SEP001122AABB04", "fetched");
	struct command_result authorities;

	(void)state;
	assert_string_equal(member(status_phone(status, "SEP001122AABB01"), "cluster"), "old");
	assert_string_equal(member(status_phone(status, "SEP001122AABB04"), "cluster"), "new");
	json_decref(status);
	registers_at("cucm-pub", 1001);
	registers_at("new-pub", 1101);
	assert_false(in_table("new-pub", 1001));
	/* Two authorities. */
	authorities = lab_exec(
	    &lab, "cucm-pub",
	    "cd /run/phonelab && cat keys/capf.crt clusters/new/keys/capf.crt | grep -c 'BEGIN' && ! "
	    "cmp -s keys/capf.crt clusters/new/keys/capf.crt && cmp keys/mic-ca.crt "
	    "clusters/new/keys/mic-ca.crt");
	assert_int_equal(authorities.status, 0);
	assert_string_equal(authorities.out, "2\n");
	command_free(&authorities);
}

static void wrong_moves(void **state)
{
	(void)state;
	command(2, "unknown cluster \"nwe\"; clusters: old, new", "move 1001 nwe");
	command(2, "SEP001122AABB01 belongs to cluster old already", "move 1001 old");
	command(2, "unknown device \"7777\"", "move 7777 new");
	command(2, "unknown cluster \"nwe\"", "cucm restart tftp --cluster nwe");
}

/* Nobody has prepared the move: the phone keeps its trust list and its configuration, and registers where that says. */
static void unprepared(void **state)
{
	struct command_result why;
	json_t *status;

	(void)state;
	command(0, "moved from old to new: device added, option 150 changed, phone reset", "move 1001 new");
	status = boots("SEP001122AABB01", "stored");
	assert_string_equal(phone_step_state(status_phone(status, "SEP001122AABB01"), LADDER_ITL), "failed");
	assert_string_equal(member(status_phone(status, "SEP001122AABB01"), "cluster"), "new");
	json_decref(status);
	registers_at("cucm-pub", 1001);
	assert_false(in_table("new-pub", 1001));
	why = lab_command(&lab, "why 1001");
	assert_int_equal(why.status, 1);
	assert_non_null(strstr(why.out, "is signed by another cluster, or with a renewed certificate"));
	assert_non_null(strstr(why.out, "clusters/new/tftp/root/ITLSEP001122AABB01.tlv"));
	command_free(&why);
	/* The two tables have it. */
	why = lab_command(&lab, "device ls");
	assert_int_equal(LINES_WITH(why.out, "SEP001122AABB01", "old"), 1);
	assert_int_equal(LINES_WITH(why.out, "SEP001122AABB01", "new"), 1);
	command_free(&why);
}

static void the_list_is_deleted(void **state)
{
	(void)state;
	command(0, NULL, "erase 1001");
	json_decref(boots("SEP001122AABB01", "fetched"));
	registers_at("new-pub", 1001);
	becomes_healthy("1001");
}

/* The TVS of the former cluster does not know the new one; the rollback alone is enough. */
static void the_former_cluster_was_rolled_back(void **state)
{
	(void)state;
	command(0, "rollback: set", "cucm rollback on");
	command(2, "the parameter is on already", "cucm rollback on");
	command(0, NULL, "cucm restart tftp");
	command(0, NULL, "reset --wait 1003");
	command(0, NULL, "move 1003 new");
	json_decref(boots("SEP001122AABB03", "fetched"));
	registers_at("new-pub", 1003);
	/* The new cluster has the files of its locale too, which no other phone there has. */
	becomes_healthy("1003");
	/* A phone that was off at that time has missed it. */
	command(0, NULL, "move 1002 new");
	json_decref(boots("SEP001122AABB02", "stored"));
	command(0, "no rollback: set", "cucm rollback off");
	command(0, NULL, "cucm restart tftp");
}

static void the_certificates_are_consolidated(void **state)
{
	struct command_result trace;

	(void)state;
	command(0, "each cluster trusts what the others sign", "cucm consolidate");
	command(0, NULL, "reset --wait 1002");
	json_decref(boots("SEP001122AABB02", "fetched"));
	registers_at("new-pub", 1002);
	trace = lab_exec(&lab, "cucm-pub",
			 "grep -c 'Found entry {rolecount : 2}' /run/phonelab/log/cucm-pub-tvs.log");
	assert_true(atoi(trace.out) >= 1);
	command_free(&trace);
}

/* The new cluster has the device: a change there reaches the phone. */
static void the_new_cluster_rules(void **state)
{
	(void)state;
	command(0, NULL, "device set 1002 label=Lobby");
	for (int i = 0; i < WAIT_S * 10; i++) {
		struct command_result found =
		    lab_exec(&lab, "new-pub",
			     "grep -ac Lobby /run/phonelab/phones/flash/SEP001122AABB02/files/config");
		bool has = atoi(found.out) > 0;

		command_free(&found);
		if (has)
			return;
		poll(NULL, 0, 100);
	}
	fail_msg("the phone has no configuration with the label");
}

/* It still knows its former cluster, whose certificates the new one has imported. */
static void back_again(void **state)
{
	(void)state;
	command(0, "moved from new to old: device there already", "move 1002 old");
	json_decref(boots("SEP001122AABB02", "fetched"));
	registers_at("cucm-pub", 1002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_cluster_has_its_phones),
	    cmocka_unit_test(wrong_moves),
	    cmocka_unit_test(unprepared),
	    cmocka_unit_test(the_list_is_deleted),
	    cmocka_unit_test(the_former_cluster_was_rolled_back),
	    cmocka_unit_test(the_certificates_are_consolidated),
	    cmocka_unit_test(the_new_cluster_rules),
	    cmocka_unit_test(back_again),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
