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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

/* The bundle made with Docker only and the bundle made from the host have the same files; the second one has captures too. */
static void a_bundle_is_collected_inside_and_from_the_host(void **state)
{
	char bin[512], folder[] = "/tmp/phonelab-bundle-XXXXXX", *text;

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	assert_non_null(mkdtemp(folder));
	text = compose_sh(0,
			  COMPOSE
			  " run --rm -T phonelab collect -o - 2>%s/err >%s/inside.tgz && "
			  "tar tzf %s/inside.tgz | cut -d/ -f2- | grep -v '/prt/\\|/$' | sort >%s/inside && "
			  "grep -c . %s/inside",
			  now.a, now.command, folder, folder, folder, folder, folder);
	assert_true(atoi(text) > 100);
	free(text);
	text = compose_sh(
	    0,
	    "%s --lab %s collect -o %s/host.tgz --capture 2 >/dev/null 2>%s/err && "
	    "tar tzf %s/host.tgz | cut -d/ -f2- | grep -v '/prt/\\|/$' | sort >%s/host && cd %s && "
	    "{ diff inside host; tar xzf host.tgz && tshark -r */switches/sw1/span.pcapng >/dev/null; } && "
	    "echo read",
	    bin, now.a, folder, folder, folder, folder, folder);
	assert_non_null(strstr(text, "> switches/sw1/span.pcapng\n"));
	assert_null(strstr(text, "\n< "));
	assert_non_null(strstr(text, "read\n"));
	free(text);
	text = compose_sh(0, "cat %s/inside", folder);
	assert_non_null(strstr(text, "cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt\n"));
	assert_non_null(strstr(text, "cucm-pub/syslog/CiscoSyslog\n"));
	assert_non_null(strstr(text, "tftp/cm/trace/tftp/SDL003_600_000001.txt\n"));
	assert_non_null(strstr(text, "phones/SEP001122AABB02/web/DeviceInformation.html\n"));
	assert_non_null(strstr(text, "switches/sw1/show-tech-support.txt\n"));
	free(text);
	compose_run("rm -rf %s", folder);
}

/* Have a phone boot, and wait until one of its steps has failed. */
static void boot_until_failed(const char *phone)
{
	char bin[512];

	lab_bin("phonelab", bin);
	compose_run("%s --lab %s unplug %s && %s --lab %s plug %s", bin, now.a, phone, bin, now.a, phone);
	compose_run(
	    "for i in $(seq 120); do %s status %s --json | jq -e '.phones[] | select(.name == \"%s\") | "
	    "any(.steps[]; .state == \"failed\")' >/dev/null && exit 0; sleep 0.5; done; exit 1",
	    bin, now.a, phone);
}

/* `why` from the host and in the container of the rack names the object. */
static void expect_object(const char *phone, const char *object)
{
	char bin[512], *text;

	lab_bin("phonelab", bin);
	text = compose_sh(0, "%s --lab %s why %s --json | jq -r .object", bin, now.a, phone);
	assert_string_equal(strtok(text, "\n"), object);
	free(text);
	text = compose_sh(0,
			  "COMPOSE_PROJECT_NAME=%s %s -f compose/compose.yaml exec -T phones phonelab why %s "
			  "--json 2>/dev/null | jq -r .object",
			  now.a, now.command, phone);
	assert_string_equal(strtok(text, "\n"), object);
	free(text);
}

/* A cable that loses large frames, a damaged file, and a route that is missing in the container of a server. */
static void why_names_what_is_broken(void **state)
{
	static const char file[] = "/run/phonelab/tftp/root/SEP001122AABB06.cnf.xml.sgn";

	(void)state;
	compose_need();
	free(compose(
	    now.a,
	    "exec -T switch as-phonelab switch-sim --control /run/phonelab/switches/sw1.sock impair add "
	    "'{\"ports\":[\"Gi1/0/5\"],\"direction\":\"out\",\"filter\":\"greater "
	    "600\",\"action\":{\"drop\":{}}}'"));
	boot_until_failed("SEP001122AABB05");
	expect_object("SEP001122AABB05", "cable sw1 Gi1/0/5");
	free(compose(now.a, "exec -T switch as-phonelab switch-sim --control "
			    "/run/phonelab/switches/sw1.sock impair clear all"));

	free(compose(now.a, "exec -T tftp as-phonelab sh -c 'cp %s /tmp/whole && head -c 900 /tmp/whole >%s'",
		     file, file));
	boot_until_failed("SEP001122AABB06");
	expect_object("SEP001122AABB06", "file SEP001122AABB06.cnf.xml");
	free(compose(now.a, "exec -T tftp as-phonelab sh -c 'cat /tmp/whole >%s'", file));

	free(compose(now.a, "exec -T tftp as-phonelab ip route del default"));
	boot_until_failed("SEP001122AABB03");
	expect_object("SEP001122AABB03", "route tftp");
	free(compose(now.a, "exec -T tftp as-phonelab ip route add default via 10.20.0.1 proto static"));

	for (int n = 3; n < 7; n += n == 3 ? 2 : 1) {
		char bin[512];

		lab_bin("phonelab", bin);
		compose_run("%s --lab %s unplug SEP001122AABB0%d && %s --lab %s plug SEP001122AABB0%d", bin,
			    now.a, n, bin, now.a, n);
	}
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* A scenario on the topology of lab a. */
static void write_scenario(const char *name, const char *text)
{
	char path[200], cwd[400];
	FILE *out;

	snprintf(path, sizeof(path), "/tmp/%s-%s.yaml", now.a, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	fprintf(out, "topology: %s/topologies/office.yaml\n%s", cwd, text);
	assert_int_equal(fclose(out), 0);
}

/* The configuration of the switch, the active faults, the states of the programs, the file of a device. */
static char *lab_state(void)
{
	char bin[512];

	lab_bin("phonelab", bin);
	return compose_sh(
	    0,
	    "p='%s --lab %s'; $p show sw1 running-config; $p fault ls --active; for s in dhcp tftp "
	    "tftp-http cucm-pub; do $p service $s status; done; $p exec tftp -- sha256sum "
	    "/run/phonelab/tftp/root/SEP001122AABB04.cnf.xml",
	    bin, now.a);
}

/* Scenarios run in the lab: one passes, one fails, with the phones and the cause. The lab is as before. */
/* A directory number is changed from the host, and back from inside a container: the databases of both call managers, the file and
 * Kamailio's table have it, and the device page and AXL's program agree. */
static void a_device_is_changed(void **state)
{
	static const char *const numbers[] = {"2042", "2008"};
	char *text, bin[512];

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	for (int i = 0; i < 2; i++) {
		const char *number = numbers[i];

		free(i ? compose(now.a, "exec -T phones phonelab device set SEP001122AABB08 line=%s", number)
		       : compose_sh(0, "%s --lab %s device set 2008 line=%s", bin, now.a, number));
		free(compose_sh(
		    0,
		    "for i in $(seq 300); do %s --lab %s status --json | jq -e '.phones[] | select(.name == "
		    "\"SEP001122AABB08\") | .state == \"registered\" and .directory_number == \"%s\"' "
		    ">/dev/null && exit 0; sleep 0.2; done; exit 1",
		    bin, now.a, number));
		text = compose_sh(0, "%s --lab %s device show %s --json | jq -r .registration", bin, now.a,
				  number);
		assert_string_equal(text, "registered\n");
		free(text);
		text = compose_sh(
		    0,
		    "%s --lab %s exec cucm-pub -- kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl ul.dump "
		    "| grep -c 'AoR: %s$'",
		    bin, now.a, number);
		assert_int_equal(atoi(text), 1);
		free(text);
		free(compose_sh(0,
				"%s --lab %s exec tftp -- grep -q '<name>%s<' "
				"/run/phonelab/tftp/root/SEP001122AABB08.cnf.xml",
				bin, now.a, number));
	}
	text = compose_sh(0, "%s --lab %s service cucm-pub-service status", bin, now.a);
	assert_non_null(strstr(text, "running"));
	free(text);
}

static void scenarios_run_in_the_lab(void **state)
{
	char bin[512], *before, *after, *text;

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	write_scenario(
	    "good", "timeline:\n"
		    "  - when: {registered: yes}\n    name: begin\n    do:\n"
		    "      - {unplug: 2002}\n"
		    "      - {configure: {lines: [vlan 77, interface Gi1/0/1, description by the test]}}\n"
		    "      - {stop: tftp}\n"
		    "      - {set_device: {phone: 2004, label: Changed}}\n"
		    "      - {exec: {node: tftp, command: \"true\"}}\n"
		    "      - {exec: {node: 2001, background: true, command: exec sleep 1000}}\n"
		    "expect:\n"
		    "  - eventually: {port: Gi1/0/2, link: down}\n    after: begin\n"
		    "  - eventually: {phones: 2001-2008, except: 2002, registered: claimed}\n"
		    "    after: begin\n"
		    "  - eventually: {node: 2001, exec: \"cat /proc/[0-9]*/comm\", output: sleep}\n"
		    "    after: begin\n"
		    "  - eventually: {node: tftp, exec: grep Changed "
		    "/run/phonelab/tftp/root/SEP001122AABB04.cnf.xml, output: Changed}\n    after: begin\n");
	write_scenario("bad", "timeline:\n  - at: 0s\n    do:\n"
			      "      - {add_fault: {id: port-shutdown, phone: 2003}}\n"
			      "expect:\n  - always: {phones: 2001-2004, registered: yes}\n    for: 20s\n");
	before = lab_state();
	text = compose_sh(
	    1, "cd /tmp && %s test --in %s --junit %s.xml --keep %s.evidence %s-good.yaml %s-bad.yaml 2>&1",
	    bin, now.a, now.a, now.a, now.a, now.a);
	if (LINES_WITH(text, "passed", "-good", "4 of 4 expectations") != 1 ||
	    LINES_WITH(text, "FAILED", "-bad") != 1 ||
	    LINES_WITH(text, "likely cause: ", "The port of the phone is shut down") != 1 ||
	    LINES_WITH(text, "1 passed, 1 failed, 0 skipped") != 1)
		fail_msg("%s", text);
	free(text);
	after = lab_state();
	assert_string_equal(after, before);
	free(before);
	free(after);
	text = compose_sh(0,
			  "cd /tmp/%s.evidence/002-* && ls index.html events.jsonl status.json log/dhcp.log "
			  "dhcp/dnsmasq.conf && tshark -r capture.pcapng -T fields -e frame.number | wc -l",
			  now.a);
	free(text);
	/* The background command and the captures have ended. */
	text = compose(now.a, "exec -T phones sh -c 'cat /proc/[0-9]*/comm; true'");
	assert_null(strstr(text, "sleep"));
	free(text);
	text = compose(now.a, "exec -T switch sh -c 'cat /proc/[0-9]*/cmdline; true'");
	assert_null(strstr(text, "capture"));
	free(text);
	compose_run("rm -rf /tmp/%s-good.yaml /tmp/%s-bad.yaml /tmp/%s.xml /tmp/%s.evidence", now.a, now.a,
		    now.a, now.a);
}

/* Scenarios that cannot run in a lab that is up are rejected before anything runs; the message names the key. */
static void scenarios_of_another_lab_are_rejected(void **state)
{
	char bin[512], *text;

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	write_scenario("other", "overrides: {cluster: {digest: on}}\nseed: 3\nphones: 4\n"
				"expect:\n  - eventually: {exec: cat $SCENARIO/x, node: dhcp}\n");
	text = compose_sh(2, "%s test --in %s /tmp/%s-other.yaml scenarios/port-shutdown.yaml 2>&1", bin,
			  now.a, now.a);
	if (LINES_WITH(text, "-other.yaml:2:12: overrides: found with --in") != 1 ||
	    LINES_WITH(text, "-other.yaml:3:7: seed: found with --in") != 1 ||
	    LINES_WITH(text, "-other.yaml:4:9: phones: found 4, expected the number of the lab: 0") != 1 ||
	    LINES_WITH(text, "-other.yaml:6:17: expect: found $SCENARIO with --in") != 1 ||
	    LINES_WITH(
		text, "port-shutdown.yaml:3:11: topology: found ../topologies/minimal.yaml, which is not the "
		      "topology of lab ") != 1 ||
	    LINES_WITH(text, "0 passed, 2 failed, 0 skipped") != 1)
		fail_msg("%s", text);
	free(text);
	text = compose_sh(2, "%s test --in no-such-project scenarios/port-shutdown.yaml 2>&1", bin);
	assert_int_equal(LINES_WITH(text, "no lab of containers named no-such-project is running"), 1);
	free(text);
	compose_run("rm -f /tmp/%s-other.yaml", now.a);
}

/* The list of what no container has, as the engine sees it. */
static void containers_have_only_what_they_need(void **state)
{
	json_t *list, *container, *cap;
	int programs, roots;
	json_error_t error;
	size_t i, j;
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(0, "docker inspect $(docker ps -aq --filter label=com.docker.compose.project=%s)",
			  now.a);
	list = json_loads(text, 0, &error);
	assert_non_null(list);
	assert_int_equal(json_array_size(list), 11);
	json_array_foreach (list, i, container) {
		json_t *host = json_object_get(container, "HostConfig");
		const char *name = member(container, "Name");
		bool page = strstr(name, "web"); /* web_test.c */
		char *mounts = json_dumps(json_object_get(container, "Mounts"), 0);

		if (!json_is_false(json_object_get(host, "Privileged")) ||
		    !page == !!strcmp(member(host, "NetworkMode"), "none") || *member(host, "PidMode") ||
		    !json_is_true(json_object_get(host, "ReadonlyRootfs")) ||
		    !json_is_true(json_object_get(host, "Init")) || member_int(host, "Memory") <= 0 ||
		    member_int(host, "PidsLimit") <= 0 ||
		    json_object_size(json_object_get(host, "PortBindings")) != page ||
		    strstr(mounts, "docker.sock"))
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
	    "-o pid,user,args; done | "
	    "awk '/sbin\\/(dnsmasq|kamailio|lighttpd)|phone-sim|switch-sim/ { n++; root += $2 == \"root\" } "
	    "END { print n + 0, root + 0 }'",
	    now.a);
	assert_int_equal(sscanf(text, "%d %d", &programs, &roots), 2);
	assert_true(programs >= 6); /* dnsmasq twice, lighttpd, Kamailio, the switch, the phones */
	assert_int_equal(roots, 0); /* the servers and simulators are not root's */
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

/* No program of an image gives its user more rights, and the list of what is in an image is complete (ci/sbom). */
static void images_have_no_setuid_file_and_a_complete_list(void **state)
{
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(0,
			  "v=%s; for i in phonelab/simulators:$v-%s phonelab/dhcp:$v-%s phonelab/tftp:$v-%s "
			  "phonelab/cucm:$v-%s phonelab:$(ci/tag); do "
			  "docker run --rm --network none --entrypoint find $i / -xdev -perm /6000 && "
			  "ci/sbom --check $i || exit; done 2>&1",
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

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "we");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
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

/* The four lines of docs/compose.md: a service of the user's shares the namespace of an external node's container, which
 * only holds the cable. It is another lighttpd, with a configuration of its own. */
static void a_service_of_the_user_is_the_file_server(void **state)
{
	static const char topology[] = "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
				       "switches: [{name: sw1, voice_vlan: 110}]\n"
				       "servers:\n"
				       "  - {name: dhcp, kind: dhcp}\n"
				       "  - {name: files, kind: tftp, external: true}\n"
				       "cluster: {nodes: [{name: cucm-pub}]}\n"
				       "phones: [{model: 7841, count: 2}]\n";
	static const char server[] = "server.document-root = \"/run/phonelab/tftp/root\"\n"
				     "server.port = 6970\n"
				     "server.modules = (\"mod_accesslog\")\n"
				     "accesslog.filename = \"/dev/fd/2\"\n";
	static const char override[] = "services:\n"
				       "  prov:\n"
				       "    image: ${PROV_IMAGE}\n"
				       "    network_mode: \"service:tftp\"\n"
				       "    entrypoint: [lighttpd, -D, -f, /mine/server.conf]\n"
				       "    volumes: [\"run:/run/phonelab:ro\", \"${MINE}:/mine:ro\"]\n"
				       "  render: {volumes: [\"${MINE}:/topologies:ro\"]}\n";
	char dir[] = "/tmp/phonelab-mine-XXXXXX", line[512], *image, *text;

	(void)state;
	compose_need();
	assert_non_null(mkdtemp(dir));
	chmod(dir, 0755);
	write_file(dir, "office.yaml", topology);
	write_file(dir, "server.conf", server);
	write_file(dir, "mine.yaml", override);
	image = compose_sh(0,
			   "docker inspect -f '{{.Config.Image}}' $(docker ps -aq --filter "
			   "label=com.docker.compose.project=%s --filter label=org.phonelab.node=tftp:1)",
			   now.a);
	image[strcspn(image, "\n")] = 0;
	snprintf(line, sizeof(line),
		 "COMPOSE_PROJECT_NAME=%s PROV_IMAGE=%s MINE=%s %s -f compose/compose.yaml -f %s/mine.yaml",
		 now.b, image, dir, now.command, dir);
	compose_run("%s up -d 2>&1", line);
	json_decref(compose_registered(now.b, 2, "cucm-pub", 60));
	/* lighttpd writes its log some seconds later. */
	compose_run("for i in $(seq %d); do %s logs prov 2>&1 | grep -q SEP001122AABB01.cnf.xml && exit 0; "
		    "sleep 0.5; "
		    "done; exit 1",
		    PATIENCE * 20, line);
	text = compose_sh(0, "docker top $(%s ps -q tftp) -o pid,args", line);
	assert_non_null(strstr(text, "cable --node files"));
	assert_null(strstr(text, "lighttpd"));
	free(text);
	text = compose_sh(1, "%s run --rm -T phonelab service files stop 2>&1 && exit 9; exit 1", line);
	assert_non_null(strstr(text, "files is external: the lab does not run it"));
	free(text);
	compose_run("%s down -v -t 5 2>&1", line);
	compose_run("rm -r %s", dir);
	free(image);
}

/* The same without compose: a container of nobody's lab is plugged into a native lab of root. */
static void a_container_is_plugged_into_a_native_lab(void **state)
{
	static const char topology[] = "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
				       "switches: [{name: sw1, voice_vlan: 110}]\n"
				       "servers:\n"
				       "  - {name: dhcp, kind: dhcp}\n"
				       "  - {name: files, kind: tftp, external: true, address: 10.110.0.3}\n"
				       "cluster: {nodes: [{name: cucm}]}\n"
				       "phones: [{model: 7841}]\n";
	char dir[] = "/tmp/phonelab-native-XXXXXX", bin[512], line[900], *image, *text;

	(void)state;
	compose_need();
	if (geteuid())
		skip();
	lab_bin("phonelab", bin);
	assert_non_null(mkdtemp(dir));
	write_file(dir, "lab.yaml", topology);
	image = compose_sh(0,
			   "docker inspect -f '{{.Config.Image}}' $(docker ps -aq --filter "
			   "label=com.docker.compose.project=%s --filter label=org.phonelab.node=tftp:1)",
			   now.a);
	image[strcspn(image, "\n")] = 0;
	snprintf(line, sizeof(line), "%s --lab %s-native", bin, now.a);
	compose_run("docker run -d --name %s-c --network none --entrypoint sleep %s 3600", now.a, image);
	compose_run(
	    "cd %s; (%s up -d --dark --name %s-native --wait-external 600 lab.yaml >up.log 2>&1; echo up $? "
	    ">>up.log) & until grep -q 'waiting until files' %s/up.log; do sleep 0.1; done",
	    dir, bin, now.a, dir);
	compose_run("%s attach files --container %s-none 2>&1 | grep 'no container \"%s-none\"'", line, now.a,
		    now.a);
	compose_run(
	    "%s attach files --container %s-c --interface lo 2>&1 | grep 'has an interface lo already'", line,
	    now.a);
	compose_run(
	    "cd %s; (%s attach files --container %s-c >attach.log 2>&1; echo attach $? >>attach.log) & until "
	    "grep -q '^up 0' %s/up.log; do sleep 0.1; done",
	    dir, line, now.a, dir);
	/* The container has the interface, and the lab calls its namespace that of the node. */
	text = compose_sh(
	    0, "docker exec %s-c ip -4 -o address show eth0; %s exec files -- ip -4 -o address show eth0",
	    now.a, line);
	assert_int_equal(LINES_WITH(text, "10.110.0.3/24"), 2);
	free(text);
	compose_run("%s attach files --container %s-c 2>&1 | grep 'files is attached already'", line, now.a);
	/* It ends with the container. */
	compose_run("docker kill %s-c; until grep -q '^attach 0' %s/attach.log; do sleep 0.1; done", now.a,
		    dir);
	compose_run("grep 'the container %s-c has ended' %s/attach.log", now.a, dir);
	compose_run("%s attach files --container %s-c 2>&1 | grep 'does not run'", line, now.a);
	compose_run("docker rm %s-c; %s down %s-native; rm -r %s", now.a, bin, now.a, dir);
	free(image);
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
	    cmocka_unit_test(a_bundle_is_collected_inside_and_from_the_host),
	    cmocka_unit_test(why_names_what_is_broken),
	    cmocka_unit_test(a_device_is_changed),
	    cmocka_unit_test(scenarios_run_in_the_lab),
	    cmocka_unit_test(scenarios_of_another_lab_are_rejected),
	    cmocka_unit_test(containers_have_only_what_they_need),
	    cmocka_unit_test(images_have_neither_compiler_nor_header),
	    cmocka_unit_test(images_have_no_setuid_file_and_a_complete_list),
	    cmocka_unit_test(two_projects_at_the_same_time),
	    cmocka_unit_test(another_topology_by_its_name),
	    cmocka_unit_test(a_service_of_the_user_is_the_file_server),
	    cmocka_unit_test(a_container_is_plugged_into_a_native_lab),
	    cmocka_unit_test(stop_ends_all_in_order),
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: the lab", tests, compose_begin, compose_end);
}
