/*
 * `status` names exactly what is dead, stopped by a signal or degraded, until it runs again: a call manager of many
 * processes, the cable of a server, the helper of a switch. The witness is a phone that boots to the end afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/lab.h"

/* Processes with a helper each. */
#define HELPER_OF(program) "pgrep -P $(pgrep " program ") netns-helper"

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "dead");
	return lab_up(&lab, "topologies/minimal.yaml", true, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* A shell command in the namespaces of the lab. */
static void inside(const char *command)
{
	struct command_result result = lab_exec(&lab, "sw1", "%s", command);

	if (result.status)
		fail_msg("%s: status %d: %s%s", command, result.status, result.out, result.err);
	command_free(&result);
}

static void succeeds(const char *command)
{
	struct command_result result = lab_command(&lab, "%s", command);

	if (result.status)
		fail_msg("%s: status %d: %s%s", command, result.status, result.out, result.err);
	command_free(&result);
}

static const char *service_state(json_t *status, const char *name)
{
	json_t *service;
	size_t i;

	json_array_foreach (json_object_get(status, "services"), i, service)
		if (!strcmp(member(service, "name"), name))
			return member(service, "state");
	return "none";
}

/* The texts of a list that begin with the name; all others are `others`. */
static size_t named(json_t *status, const char *list, const char *name, size_t *others)
{
	size_t i, n = 0, length = strlen(name);
	json_t *text;

	json_array_foreach (json_object_get(status, list), i, text) {
		const char *it = json_string_value(text);
		bool same = !strncmp(it, name, length) && (!it[length] || it[length] == ' ');

		n += same;
		*others += !same;
	}
	return n;
}

/* What `status` says of one part and of nothing else; it may take a moment. */
struct expected {
	const char *part, *service; /* the state of the service; NULL: it is none */
	size_t failures, paused;
};

static bool is_so(const struct expected *it)
{
	json_t *status = lab_status(&lab);
	size_t others = 0;
	bool so = named(status, "failures", it->part, &others) == it->failures &&
		  named(status, "paused", it->part, &others) == it->paused && !others &&
		  (!it->service || !strcmp(service_state(status, it->part), it->service));

	json_decref(status);
	return so;
}

static void expect(const struct expected it)
{
	for (int i = 0; i < 200 * PATIENCE; i++) {
		if (is_so(&it))
			return;
		poll(NULL, 0, 50);
	}
	fail_msg("status does not say that %s has %zu failures, %zu pauses, is %s", it.part, it.failures,
		 it.paused, it.service ? it.service : "no service");
}

static void boots_to_the_end(void)
{
	succeeds("reset SEP001122AABB01 --wait --timeout 60");
}

/* Its other processes would go on and hold its ports. */
static void a_call_manager_dies_as_a_whole(void **state)
{
	(void)state;
	inside("kill -KILL $(pgrep -o kamailio)");
	expect((struct expected){.part = "cucm", .service = "stopped", .failures = 1});
	inside("! pgrep kamailio");
	succeeds("service cucm start");
	expect((struct expected){.part = "cucm", .service = "running"});
	/* A second time: there is still one failure. */
	inside("kill -KILL $(pgrep -o kamailio)");
	expect((struct expected){.part = "cucm", .service = "stopped", .failures = 1});
	succeeds("service cucm start");
	expect((struct expected){.part = "cucm", .service = "running"});
	boots_to_the_end();
}

static void one_process_of_a_call_manager_is_stopped(void **state)
{
	(void)state;
	inside("kill -STOP $(pgrep -n kamailio)");
	expect((struct expected){.part = "cucm", .service = "paused"});
	succeeds("service cucm start");
	expect((struct expected){.part = "cucm", .service = "running"});
	boots_to_the_end();
}

static void the_cable_of_a_server(void **state)
{
	(void)state;
	inside("kill -STOP $(pgrep -f \"[c]able --node dhcp\")");
	expect((struct expected){.part = "dhcp-cable", .paused = 1});
	inside("kill -CONT $(pgrep -f \"[c]able --node dhcp\")");
	expect((struct expected){.part = "dhcp-cable"});
	inside("kill -KILL $(pgrep -f \"[c]able --node dhcp\")");
	expect((struct expected){.part = "dhcp-cable", .failures = 1});
	succeeds("service dhcp-cable start");
	expect((struct expected){.part = "dhcp-cable"});
	boots_to_the_end();
}

static bool has_helper(void)
{
	struct command_result result = lab_exec(&lab, "sw1", HELPER_OF("switch-sim"));
	bool found = !result.status;

	command_free(&result);
	return found;
}

static bool is_degraded(void)
{
	json_t *status = lab_status(&lab);
	bool so = json_object_get(json_array_get(json_object_get(status, "switches"), 0), "degraded") != NULL;

	json_decref(status);
	return so;
}

/* The last test: the switch stays degraded. */
static void helpers(void **state)
{
	struct command_result text;

	(void)state;
	if (!has_helper())
		skip();
	assert_false(is_degraded());
	inside("kill -STOP $(" HELPER_OF("phone-sim") ")");
	expect((struct expected){.part = "rack", .paused = 1});
	inside("kill -CONT $(" HELPER_OF("phone-sim") ")");
	expect((struct expected){.part = "rack"});
	inside("kill -STOP $(" HELPER_OF("switch-sim") ")");
	expect((struct expected){.part = "sw1", .paused = 1});
	inside("kill -KILL $(" HELPER_OF("switch-sim") ")");
	for (int i = 0; !is_degraded() && i < 200 * PATIENCE; i++)
		poll(NULL, 0, 50);
	assert_true(is_degraded());
	text = lab_command(&lab, "status");
	assert_non_null(strstr(text.out, "sw1: the helper for network namespaces has ended"));
	command_free(&text);
	boots_to_the_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_manager_dies_as_a_whole),
	    cmocka_unit_test(one_process_of_a_call_manager_is_stopped),
	    cmocka_unit_test(the_cable_of_a_server),
	    cmocka_unit_test(helpers),
	};

	return cmocka_run_group_tests_name("what is dead is reported", tests, begin, end);
}
