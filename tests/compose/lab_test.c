/*
 * The lab in containers: it comes up, answers, is closed, and several are side by side. One lab, A, carries
 * all tests in their order. Other witnesses than `status --json` are docker inspect and kamcmd in the call
 * manager.
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

#include "base/version.h"
#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PHONES 8

static void up_registers_all_phones_with_all_steps(void **state)
{
	json_t *status, *phone, *step;
	size_t i, j;

	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	status = compose_registered(now.a, PHONES, "cucm-pub", 60);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		char *table =
		    compose(now.a,
			    "exec -T cucm-pub as-phonelab kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl "
			    "ul.lookup location s:%s",
			    member(phone, "directory_number"));

		if (!strstr(table, member(phone, "ipv4")))
			fail_msg("Kamailio's table has no %s at %s:\n%s", member(phone, "directory_number"),
				 member(phone, "ipv4"), table);
		free(table);
		assert_int_equal(json_array_size(json_object_get(phone, "steps")), 14);
		json_array_foreach (json_object_get(phone, "steps"), j, step)
			if (strcmp(member(step, "state"), "done") && strcmp(member(step, "state"), "skipped"))
				fail_msg("%s: step %zu is %s: %s", member(phone, "name"), j + 1,
					 member(step, "state"), member(step, "detail"));
	}
	json_decref(status);
}

static void commands_answer_as_in_a_native_lab(void **state)
{
	char *text, bin[512];

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	text = compose(now.a, "exec -T switch show cdp neighbors");
	assert_non_null(strstr(text, "Total cdp entries displayed : 8"));
	free(text);
	text = compose(now.a, "exec -T phones status");
	assert_non_null(strstr(text, "8 of 8 registered"));
	free(text);
	/* From the host. */
	text = compose_sh(0, "%s ls", bin);
	assert_non_null(strstr(text, now.a));
	free(text);
	text = compose_sh(0, "%s status %s --json | grep -c '\"state\": \"registered\"'", bin, now.a);
	assert_int_equal(atoi(text), PHONES);
	free(text);
	text = compose_sh(0, "%s --lab %s exec SEP001122AABB01 -- ip -4 -o address", bin, now.a);
	assert_non_null(strstr(text, "10.110.0."));
	free(text);
	text = compose_sh(0, "%s --lab %s exec dhcp -- id -un", bin, now.a);
	assert_string_equal(text, "phonelab\n");
	free(text);
}

/* A capture at the port of a phone, taken from the host, has the messages of its reset. */
static void a_port_is_captured_from_the_host(void **state)
{
	char bin[512], *text;

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	text = compose_sh(
	    0,
	    "%s --lab %s capture sw1:Gi1/0/2 -c 60 --duration 40 >/tmp/%s.pcapng 2>/dev/null & sleep "
	    "2; %s --lab %s reset "
	    "SEP001122AABB02 >/dev/null; wait $!; tshark -r /tmp/%s.pcapng -T fields -e "
	    "_ws.col.Protocol 2>/dev/null; rm "
	    "-f /tmp/%s.pcapng",
	    bin, now.a, now.a, bin, now.a, now.a, now.a);
	assert_non_null(strstr(text, "CDP"));
	assert_non_null(strstr(text, "DHCP"));
	free(text);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* The list of what no container has, as the engine sees it. */
static void containers_have_only_what_they_need(void **state)
{
	json_t *list, *container, *cap;
	json_error_t error;
	size_t i, j;
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(0, "docker inspect $(docker ps -aq --filter label=com.docker.compose.project=%s)",
			  now.a);
	list = json_loads(text, 0, &error);
	assert_non_null(list);
	assert_int_equal(json_array_size(list), 10);
	json_array_foreach (list, i, container) {
		json_t *host = json_object_get(container, "HostConfig");
		const char *name = member(container, "Name");
		char *mounts = json_dumps(json_object_get(container, "Mounts"), 0);

		if (!json_is_false(json_object_get(host, "Privileged")) ||
		    strcmp(member(host, "NetworkMode"), "none") || *member(host, "PidMode") ||
		    !json_is_true(json_object_get(host, "ReadonlyRootfs")) ||
		    !json_is_true(json_object_get(host, "Init")) || member_int(host, "Memory") <= 0 ||
		    member_int(host, "PidsLimit") <= 0 ||
		    json_object_size(json_object_get(host, "PortBindings")) || strstr(mounts, "docker.sock"))
			fail_msg("%s is not as closed as it should be", name);
		assert_string_equal(json_string_value(json_array_get(json_object_get(host, "CapDrop"), 0)),
				    "ALL");
		assert_non_null(
		    strstr(json_string_value(json_array_get(json_object_get(host, "SecurityOpt"), 0)),
			   "no-new-priv"));
		json_array_foreach (json_object_get(host, "CapAdd"), j, cap)
			if (strstr(json_string_value(cap), "SYS_ADMIN") && !strstr(name, "phones"))
				fail_msg("%s has SYS_ADMIN", name);
		free(mounts);
	}
	json_decref(list);
	free(text);
	text = compose_sh(
	    0,
	    "for c in $(docker ps -q --filter label=com.docker.compose.project=%s); do docker top $c "
	    "-o user,args; "
	    "done | grep -E 'sbin/(dnsmasq|kamailio|lighttpd)|phone-sim|switch-sim' | grep -c '^root' "
	    "|| true",
	    now.a);
	assert_string_equal(text, "0\n"); /* the servers and simulators are not root's */
	free(text);
}

/* The images that run contain no build tools. */
static void images_have_neither_compiler_nor_header(void **state)
{
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(0,
			  "v=%s; for i in phonelab/simulators:$v-%s phonelab/dhcp:$v-%s phonelab/tftp:$v-%s "
			  "phonelab/cucm:$v-%s "
			  "phonelab:$(ci/tag); do docker run --rm --network none --entrypoint sh $i -c "
			  "\"find / -xdev -path /proc -prune -o \\( -name '*.h' -o -path '*/bin/*cc' -o "
			  "-path '*/bin/gcc*' -o "
			  "-name '*.a' \\) -type f -print\"; done",
			  PHONELAB_VERSION, now.a, now.a, now.a, now.a);
	assert_string_equal(text, "");
	free(text);
}

static void two_projects_at_the_same_time(void **state)
{
	json_t *a, *b;

	(void)state;
	compose_need();
	free(compose(now.b, "up -d"));
	compose_healthy(now.b);
	b = compose_registered(now.b, PHONES, "cucm-pub", 60);
	a = compose_registered(now.a, PHONES, "cucm-pub", 20);
	/* The same names and the same subnets, side by side. */
	assert_string_equal(member(json_array_get(json_object_get(a, "phones"), 0), "name"),
			    member(json_array_get(json_object_get(b, "phones"), 0), "name"));
	json_decref(a);
	json_decref(b);
	/* No container of one project runs an image of the other. */
	for (int i = 0; i < 2; i++) {
		const char *project = i ? now.b : now.a;
		char *other = compose_sh(
		    -1,
		    "docker inspect -f '{{.Config.Image}}' $(docker ps -q --filter "
		    "label=com.docker.compose.project=%s) | grep -v '^phonelab/[a-z]*:[0-9.]*-%s$'; echo end",
		    project, project);

		assert_string_equal(other, "end\n");
		free(other);
	}
	free(compose(now.b, "down -v -t 5"));
}

static void another_topology_by_its_name(void **state)
{
	char *text;

	(void)state;
	compose_need();
	setenv("TOPOLOGY", "two-switches", 1);
	free(compose(now.b, "up -d"));
	unsetenv("TOPOLOGY");
	compose_healthy(now.b);
	json_decref(compose_registered(now.b, 4, "cucm-pub", 60));
	text = compose(now.b, "exec -T switch-2 show cdp neighbors");
	if (LINES_WITH(text, "SEP") != 4 || LINES_WITH(text, "core") != 1)
		fail_msg("the second switch has not four phones and the first switch for neighbours:\n%s",
			 text);
	free(text);
	/* An exercise of the office is none of it. */
	text =
	    compose_sh(-1, COMPOSE " run --rm -T phonelab exercise start dark-desk 2>&1", now.b, now.command);
	assert_non_null(strstr(text, "this lab does not have the topology office"));
	free(text);
	/* A node that the topology does not define logs that and exits. */
	text = compose_sh(0, COMPOSE " logs gw 2>&1", now.b, now.command);
	assert_non_null(strstr(text, "does not define this node; nothing to do"));
	free(text);
	free(compose(now.b, "down -v -t 5"));
}

/* Each hears the signal and ends by itself, which takes no grace; phones unregister. */
static void stop_ends_all_in_order(void **state)
{
	char *text;

	(void)state;
	compose_need();
	free(compose(now.a, "stop -t 10"));
	text = compose_sh(0,
			  "docker ps -a --filter label=com.docker.compose.project=%s --format '{{.Names}} "
			  "{{.Status}}' | grep -v 'Exited (0)' || true",
			  now.a);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(up_registers_all_phones_with_all_steps),
	    cmocka_unit_test(commands_answer_as_in_a_native_lab),
	    cmocka_unit_test(a_port_is_captured_from_the_host),
	    cmocka_unit_test(containers_have_only_what_they_need),
	    cmocka_unit_test(images_have_neither_compiler_nor_header),
	    cmocka_unit_test(two_projects_at_the_same_time),
	    cmocka_unit_test(another_topology_by_its_name),
	    cmocka_unit_test(stop_ends_all_in_order),
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: the lab", tests, compose_begin, compose_end);
}
