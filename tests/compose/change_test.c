/*
 * Containers that are restarted, paused, killed and added while the lab is up, and what is wrong. One lab, A,
 * carries all tests in their order. Other witnesses than `status --json` are dnsmasq's lease file and the event
 * stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PHONES 8
#define EXTRA  24
#define FAILOVER_S                                                                                           \
	200 /* a phone finds out by a keep-alive that is not answered, and back by the next probe */

static json_t *port_of(json_t *status, const char *name)
{
	json_t *ports = json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
	       *port;
	size_t i;

	json_array_foreach (ports, i, port)
		if (!strcmp(member(port, "name"), name))
			return port;
	return NULL;
}

static int lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void up(void **state)
{
	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

static void leases_survive_a_restart_of_dhcp(void **state)
{
	char *before, *after, address[40];
	json_t *status;

	(void)state;
	compose_need();
	before = compose(now.a, "exec -T dhcp sh -c 'cut -d\" \" -f2,3 /run/phonelab/dhcp/leases | sort'");
	assert_int_equal(lines(before), PHONES);
	free(compose(now.a, "restart -t 5 dhcp"));
	compose_healthy(now.a);
	status = compose_status(now.a);
	snprintf(address, sizeof(address), "%s", member(status_phone(status, "SEP001122AABB03"), "ipv4"));
	json_decref(status);
	free(compose(now.a, "run --rm -T phonelab reset SEP001122AABB03"));
	json_decref(compose_registered(now.a, PHONES, NULL, 60));
	status = compose_status(now.a);
	assert_string_equal(member(status_phone(status, "SEP001122AABB03"), "ipv4"), address);
	json_decref(status);
	after = compose(now.a, "exec -T dhcp sh -c 'cut -d\" \" -f2,3 /run/phonelab/dhcp/leases | sort'");
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* How often each phone registered so far, as "N SEP..." lines. */
static char *registrations(const char *project)
{
	return compose(project,
		       "exec -T phones sh -c 'grep -h phone.registered /run/phonelab/events.jsonl | grep -o "
		       "\"\\\"node\\\":\\\"SEP[0-9A-F]*\" | sort | uniq -c'");
}

/* Every phone has registered once more than before said, at least. */
static bool all_more(const char *before, const char *after)
{
	char *at = NULL, *copy = strdup(before);
	size_t phones = 0;

	for (char *line = strtok_r(copy, "\n", &at); line; line = strtok_r(NULL, "\n", &at)) {
		int was, is = -1;
		char name[64];

		assert_int_equal(sscanf(line, " %d %63s", &was, name), 2);
		const char *found = strstr(after, name);
		while (found && found > after && found[-1] != '\n')
			found--;
		if (!found || sscanf(found, " %d", &is) != 1 || is <= was) {
			free(copy);
			return false;
		}
		phones++;
	}
	free(copy);
	return phones == PHONES;
}

static void every_cable_comes_back_after_a_restart_of_the_switch(void **state)
{
	time_t limit = time(NULL) + PATIENCE * 120;
	char *before, *after = NULL;
	json_t *status;
	bool all = false;

	(void)state;
	compose_need();
	before = registrations(now.a);
	free(compose(now.a, "restart -t 5 switch"));
	while (!all && time(NULL) < limit) {
		free(after);
		after = registrations(now.a);
		all = all_more(before, after);
	}
	if (!all)
		fail_msg("not every phone registered again: before\n%safter\n%s", before, after);
	free(before);
	free(after);
	status = compose_registered(now.a, PHONES, "cucm-pub", 60);
	for (int n = 43; n <= 48; n++) {
		char name[16];

		snprintf(name, sizeof(name), "Gi1/0/%d", n);
		assert_string_equal(member(port_of(status, name), "link"), "up");
	}
	json_decref(status);
}

static void a_pause_of_tftp_is_a_timeout_and_heals(void **state)
{
	time_t limit = time(NULL) + PATIENCE * 60;
	char *text = NULL;
	bool timeout = false;

	(void)state;
	compose_need();
	free(compose(now.a, "pause tftp"));
	free(compose(now.a, "run --rm -T phonelab reset SEP001122AABB04"));
	while (!timeout && time(NULL) < limit) {
		free(text);
		text = compose(now.a, "run --rm -T phonelab messages SEP001122AABB04");
		timeout = strstr(text, "TFTP Timeout");
	}
	free(compose(now.a, "unpause tftp"));
	compose_healthy(now.a); /* the engine calls a container unhealthy until it has asked again */
	if (!timeout)
		fail_msg("no timeout among its messages:\n%s", text);
	free(text);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 120));
}

static void the_port_of_a_killed_phone_is_free(void **state)
{
	time_t limit = time(NULL) + PATIENCE * 200;
	char name[40], port[24] = "", *text;
	json_t *status, *phone, *at;
	size_t i;

	(void)state;
	compose_need();
	free(compose(now.a, "--profile phone up -d --scale phone=1"));
	status = compose_registered(now.a, PHONES + 1, "cucm-pub", 60);
	phone = json_array_get(json_object_get(status, "phones"), PHONES);
	snprintf(name, sizeof(name), "%s", member(phone, "name"));
	json_array_foreach (json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
			    i, at)
		if (!strcmp(member(at, "device"), name))
			snprintf(port, sizeof(port), "%s", member(at, "name"));
	assert_true(*port);
	assert_true(member_int(port_of(status, port), "poe_mw") > 0);
	json_decref(status);
	compose_run(
	    "docker kill -s KILL $(docker ps -q --filter label=com.docker.compose.project=%s --filter "
	    "label=org.phonelab.node=phone:1)",
	    now.a);
	status = compose_status(now.a);
	at = port_of(status, port);
	assert_string_equal(member(at, "link"), "down");
	assert_int_equal(member_int(at, "poe_mw"), 0);
	assert_true(json_is_null(json_object_get(at, "device")));
	assert_int_equal(json_array_size(json_object_get(status, "phones")), PHONES);
	json_decref(status);
	/* Its neighbour entry is gone when its hold time has passed, at the latest. */
	for (;;) {
		bool there;

		text = compose(now.a, "exec -T switch show cdp neighbors");
		there = strstr(text, name);
		free(text);
		if (!there)
			break;
		if (time(NULL) >= limit)
			fail_msg("%s is still a neighbour", name);
	}
	free(compose(now.a, "--profile phone up -d --scale phone=0"));
}

static void twenty_four_phones_more_and_back(void **state)
{
	json_t *status, *port;
	size_t i, taken = 0;

	(void)state;
	compose_need();
	free(compose(now.a, "--profile phone up -d --scale phone=%d", EXTRA));
	status = compose_registered(now.a, PHONES + EXTRA, "cucm-pub", 120);
	json_decref(status);
	free(compose(now.a, "--profile phone up -d --scale phone=0"));
	status = compose_status(now.a);
	json_array_foreach (json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
			    i, port) {
		bool device = json_is_string(json_object_get(port, "device"));

		taken += device;
		if (!device && (strcmp(member(port, "link"), "down") || member_int(port, "poe_mw") > 0))
			fail_msg("%s is not free", member(port, "name"));
	}
	assert_int_equal(taken, PHONES + 6);
	json_decref(status);
}

static void phones_move_to_the_subscriber_and_back(void **state)
{
	(void)state;
	compose_need();
	free(compose(now.a, "kill cucm-pub"));
	json_decref(compose_registered(now.a, PHONES, "cucm-sub", FAILOVER_S));
	free(compose(now.a, "start cucm-pub"));
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", FAILOVER_S));
}

/* What is wrong ends with one line of its own that says so, and a status that is not 0; the others stay
 * up. */
static void ends_with_a_line(const char *environment, const char *arguments, const char *says)
{
	struct command_result result = command_sh(90, "%s " COMPOSE " run --rm -T --no-deps %s", environment,
						  now.a, now.command, arguments);
	char *all = NULL;

	if (asprintf(&all, "%s%s", result.out, result.err) < 0)
		abort();
	if (result.status == 0 || LINES_WITH(all, says) != 1)
		fail_msg("%s: status %d, and not one line with \"%s\":\n%s", arguments, result.status, says,
			 all);
	free(all);
	command_free(&result);
}

static void an_error_is_reported_and_changes_nothing(void **state)
{
	char *before, *after;

	(void)state;
	compose_need();
	before = compose_sh(0, "docker ps -q --filter label=com.docker.compose.project=%s | sort", now.a);
	ends_with_a_line("", "phone --port Gi1/0/99", "no-such-port");
	ends_with_a_line("", "phone --port Gi1/0/1", "port-taken");
	ends_with_a_line("TOPOLOGY=../tests/golden/topology/01-unknown-key-near", "render", "No such file");
	ends_with_a_line("", "phone --wait 2 --panel /run/phonelab/switches/nowhere.panel", "nowhere.panel");
	ends_with_a_line(
	    "",
	    "-v \"$PWD/tests/golden/topology:/wrong:ro\" --entrypoint '/usr/bin/phonelab render --out "
	    "/run/phonelab' render /wrong/01-unknown-key-near.yaml",
	    "found the unknown key");
	after = compose_sh(0, "docker ps -q --filter label=com.docker.compose.project=%s | sort", now.a);
	assert_string_equal(before, after);
	free(before);
	free(after);
	json_decref(compose_registered(now.a, PHONES, NULL, 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(up),
	    cmocka_unit_test(leases_survive_a_restart_of_dhcp),
	    cmocka_unit_test(every_cable_comes_back_after_a_restart_of_the_switch),
	    cmocka_unit_test(a_pause_of_tftp_is_a_timeout_and_heals),
	    cmocka_unit_test(the_port_of_a_killed_phone_is_free),
	    cmocka_unit_test(twenty_four_phones_more_and_back),
	    cmocka_unit_test(an_error_is_reported_and_changes_nothing),
	    cmocka_unit_test(phones_move_to_the_subscriber_and_back),
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: changes", tests, compose_begin, compose_end);
}
