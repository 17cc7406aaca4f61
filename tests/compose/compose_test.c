/*
 * The lab in containers, as a person has it: through docker compose, docker and the phonelab command. Run by
 * ci/compose-test, which builds the images first. One lab, A, carries all tests in their order; what is there
 * before it and after it is compared at the end. Witnesses besides `status --json` are docker inspect,
 * dnsmasq's lease file and kamcmd in the call manager.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define PHONES 8
#define EXTRA  24
#define UP_S   180
#define FAILOVER_S                                                                                           \
	200 /* a phone finds out by a keep-alive that is not answered, and back by the next probe */

static struct {
	char compose[64]; /* "docker compose" or "docker-compose" */
	char a[40], b[40];
	char before[3][300]; /* files of the snapshot */
	const char *missing; /* why nothing can be run here, or NULL */
} now;

/* --- asking --------------------------------------------------------------------------------------------- */

/* A line through sh; what it printed (free it). Its exit status must be want (-1: any). */
static char *sh(int want, const char *format, ...) __attribute__((format(printf, 2, 3)));

static char *sh(int want, const char *format, ...)
{
	char line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	struct command_result result = command_sh(300, "%s", line);
	if (want >= 0 && result.status != want) {
		print_error("%s\nstatus %d, not %d:\n%s%s\n", line, result.status, want, result.out,
			    result.err);
		command_free(&result);
		fail();
	}
	char *out = strdup(result.out);
	command_free(&result);
	assert_non_null(out);
	return out;
}

/* The same when nobody wants to know what it printed. */
#define run(...) free(sh(0, __VA_ARGS__))

/* `docker compose -p PROJECT LINE`, with its own talk kept apart. */
static char *compose(const char *project, const char *format, ...) __attribute__((format(printf, 2, 3)));

static char *compose(const char *project, const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return sh(0, "%s -f compose/compose.yaml -p %s %s", now.compose, project, line);
}

static json_t *status_of(const char *project)
{
	json_error_t error;
	char *text = compose(project, "run --rm -T phonelab status --json");
	json_t *status = json_loads(text, 0, &error);

	if (!status)
		fail_msg("status --json is not JSON: %s\n%s", error.text, text);
	free(text);
	return status;
}

static bool in_table(json_t *status, const char *node, const char *device)
{
	size_t i, j;
	json_t *at, *name;

	json_array_foreach(json_object_get(status, "cluster"), i, at)
	{
		if (node && strcmp(member(at, "name"), node))
			continue;
		json_array_foreach(json_object_get(at, "registered"), j,
				   name) if (!strcmp(json_string_value(name), device)) return true;
	}
	return false;
}

/* How many phones are registered with node (NULL: any), by their own word and by that node's table. */
static size_t registered_with(json_t *status, const char *node)
{
	size_t i, n = 0;
	json_t *phone;

	json_array_foreach(json_object_get(status, "phones"), i, phone) n +=
	    !strcmp(member(phone, "state"), "registered") &&
	    (!node || !strcmp(member(phone, "registered_with"), node)) &&
	    in_table(status, node, member(phone, "name"));
	return n;
}

/* Ask until want phones are registered with node (NULL: any), by the word of the phones and of that node's
 * table; within timeout_s. */
static json_t *when_registered(const char *project, size_t want, const char *node, int timeout_s)
{
	time_t end = time(NULL) + timeout_s;

	for (;;) {
		json_t *status = status_of(project);
		size_t n = registered_with(status, node);

		if (n == want && json_array_size(json_object_get(status, "phones")) == want)
			return status;
		if (time(NULL) >= end) {
			json_dumpf(status, stderr, JSON_COMPACT);
			json_decref(status);
			fail_msg("%zu phones are registered%s%s, not %zu", n, node ? " with " : "",
				 node ? node : "", want);
		}
		json_decref(status);
		/* The next question is a container of its own: that is pause enough. */
	}
}

/* All containers of the project that run are healthy, within UP_S. */
static void when_healthy(const char *project)
{
	run("end=$(($(date +%%s) + %d)); while docker ps --filter label=com.docker.compose.project=%s "
	    "--format "
	    "'{{.Names}} {{.Status}}' | grep -v '(healthy)' | grep -v _run_ >/tmp/%s.sick; do "
	    "[ $(date +%%s) -lt $end ] || { cat /tmp/%s.sick; rm -f /tmp/%s.sick; exit 1; }; sleep 1; done; "
	    "rm -f "
	    "/tmp/%s.sick",
	    UP_S, project, project, project, project, project);
}

static json_t *port_of(json_t *status, const char *name)
{
	json_t *ports = json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
	       *port;
	size_t i;

	json_array_foreach(ports, i, port) if (!strcmp(member(port, "name"), name)) return port;
	return NULL;
}

static int lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* --- before and after ------------------------------------------------------------------------------------
 */

/* Links, mounts, firewall rules, volumes, networks, containers; and the namespaces of processes that are in a
 * container's control group. */
static void snapshot(const char *path)
{
	run("{ ip -o link | cut -d: -f1,2; awk '{print $5, $9}' /proc/self/mountinfo | grep -E "
	    "'docker|phonelab|netns' | sort; "
	    "for t in iptables ip6tables; do $t-save 2>/dev/null | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'; "
	    "done; "
	    "docker volume ls -q | sort; docker network ls -q | sort; docker ps -aq | sort; ip netns list; "
	    "for p in /proc/[0-9]*; do grep -qE 'docker|containerd/' $p/cgroup 2>/dev/null && readlink "
	    "$p/ns/net; done "
	    "| sort -u; true; } >%s",
	    path);
}

static void take_down(const char *project)
{
	struct command_result down =
	    command_sh(120, "%s -f compose/compose.yaml --profile phone --profile tools -p %s down -v -t 3",
		       now.compose, project);

	command_free(&down);
}

/* A process that takes the labs down when this one has ended, however it did: it hears the end of a pipe. */
static int guard(void)
{
	int pipes[2];
	char none;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid) {
		close(pipes[0]);
		return 0;
	}
	setsid();
	close(pipes[1]);
	/* Nobody waits for us, or for what we would keep open. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	while (read(pipes[0], &none, 1) < 0 && errno == EINTR)
		;
	take_down(now.a);
	take_down(now.b);
	_exit(0);
}

static int begin(void **state)
{
	(void)state;
	snprintf(now.a, sizeof(now.a), "phonelab-t%d-a", (int)getpid());
	snprintf(now.b, sizeof(now.b), "phonelab-t%d-b", (int)getpid());
	struct command_result engine = command_sh(20, "docker info --format '{{.ServerVersion}}'");
	struct command_result plugin = command_sh(20, "docker compose version");
	struct command_result old = command_sh(20, "docker-compose version");
	struct command_result images =
	    command_sh(20, "for i in simulators dhcp tftp cucm; do docker image inspect "
			   "phonelab/$i >/dev/null || exit 1; done");

	snprintf(now.compose, sizeof(now.compose), "%s", plugin.status ? "docker-compose" : "docker compose");
	now.missing = engine.status		    ? "no Docker engine answers"
		      : plugin.status && old.status ? "neither docker compose nor docker-compose is here"
		      : images.status		    ? "the images are not built: ci/compose-test does that"
						    : NULL;
	command_free(&engine);
	command_free(&plugin);
	command_free(&old);
	command_free(&images);
	if (now.missing)
		return 0;
	if (guard())
		return -1;
	snprintf(now.before[0], sizeof(now.before[0]), "/tmp/%s.before", now.a);
	snapshot(now.before[0]);
	return 0;
}

/* Whatever happened: nothing is left. */
static int end(void **state)
{
	(void)state;
	if (now.missing)
		return 0;
	take_down(now.a);
	take_down(now.b);
	unlink(now.before[0]);
	return 0;
}

static void need_docker(void)
{
	if (!now.missing)
		return;
	print_message("skipped: %s\n", now.missing);
	skip();
}

/* --- the tests -------------------------------------------------------------------------------------------
 */

static void up_registers_all_phones_with_all_steps(void **state)
{
	json_t *status, *phone, *step;
	size_t i, j;

	(void)state;
	need_docker();
	free(compose(now.a, "up -d"));
	when_healthy(now.a);
	status = when_registered(now.a, PHONES, "cucm-pub", 60);
	json_array_foreach(json_object_get(status, "phones"), i, phone)
	{
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
		json_array_foreach(json_object_get(phone, "steps"), j,
				   step) if (strcmp(member(step, "state"), "done") &&
					     strcmp(member(step, "state"), "skipped"))
		    fail_msg("%s: step %zu is %s: %s", member(phone, "name"), j + 1, member(step, "state"),
			     member(step, "detail"));
	}
	json_decref(status);
}

static void commands_answer_as_in_a_native_lab(void **state)
{
	char *text, bin[512];

	(void)state;
	need_docker();
	lab_bin("phonelab", bin);
	text = compose(now.a, "exec -T switch show cdp neighbors");
	assert_non_null(strstr(text, "Total cdp entries displayed : 8"));
	free(text);
	text = compose(now.a, "exec -T phones status");
	assert_non_null(strstr(text, "8 of 8 registered"));
	free(text);
	/* From the host. */
	text = sh(0, "%s ls", bin);
	assert_non_null(strstr(text, now.a));
	free(text);
	text = sh(0, "%s status %s --json | grep -c '\"state\": \"registered\"'", bin, now.a);
	assert_int_equal(atoi(text), PHONES);
	free(text);
	text = sh(0, "%s --lab %s exec SEP001122AABB01 -- ip -4 -o address", bin, now.a);
	assert_non_null(strstr(text, "10.110.0."));
	free(text);
	text = sh(0, "%s --lab %s exec dhcp -- id -un", bin, now.a);
	assert_string_equal(text, "phonelab\n");
	free(text);
}

/* What a phone says when it is reset is in a capture at its port, which is taken from the host. */
static void a_port_is_captured_from_the_host(void **state)
{
	char bin[512], *text;

	(void)state;
	need_docker();
	lab_bin("phonelab", bin);
	text = sh(0,
		  "%s --lab %s capture sw1:Gi1/0/2 -c 60 --duration 40 >/tmp/%s.pcapng 2>/dev/null & sleep "
		  "2; %s --lab %s reset "
		  "SEP001122AABB02 >/dev/null; wait $!; tshark -r /tmp/%s.pcapng -T fields -e "
		  "_ws.col.Protocol 2>/dev/null; rm "
		  "-f /tmp/%s.pcapng",
		  bin, now.a, now.a, bin, now.a, now.a, now.a);
	assert_non_null(strstr(text, "CDP"));
	assert_non_null(strstr(text, "DHCP"));
	free(text);
	json_decref(when_registered(now.a, PHONES, "cucm-pub", 60));
}

/* The list of what no container has, as the engine sees it. */
static void containers_have_only_what_they_need(void **state)
{
	json_t *list, *container, *cap;
	json_error_t error;
	size_t i, j;
	char *text;

	(void)state;
	need_docker();
	text = sh(0, "docker inspect $(docker ps -aq --filter label=com.docker.compose.project=%s)", now.a);
	list = json_loads(text, 0, &error);
	assert_non_null(list);
	assert_int_equal(json_array_size(list), 9);
	json_array_foreach(list, i, container)
	{
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
		json_array_foreach(json_object_get(host, "CapAdd"), j,
				   cap) if (strstr(json_string_value(cap), "SYS_ADMIN") &&
					    !strstr(name, "phones")) fail_msg("%s has SYS_ADMIN", name);
		free(mounts);
	}
	json_decref(list);
	free(text);
	text = sh(0,
		  "for c in $(docker ps -q --filter label=com.docker.compose.project=%s); do docker top $c "
		  "-o user,args; "
		  "done | grep -E 'sbin/(dnsmasq|kamailio|lighttpd)|phone-sim|switch-sim' | grep -c '^root' "
		  "|| true",
		  now.a);
	assert_string_equal(text, "0\n"); /* the servers and simulators are not root's */
	free(text);
}

/* What builds is not in what runs. */
static void images_have_neither_compiler_nor_header(void **state)
{
	char *text;

	(void)state;
	need_docker();
	text = sh(0, "for i in simulators dhcp tftp cucm; do docker run --rm --network none --entrypoint sh "
		     "phonelab/$i -c "
		     "\"find / -xdev -path /proc -prune -o \\( -name '*.h' -o -path '*/bin/*cc' -o -path "
		     "'*/bin/gcc*' -o "
		     "-name '*.a' \\) "
		     "-type f -print\"; done");
	assert_string_equal(text, "");
	free(text);
}

static void two_projects_at_the_same_time(void **state)
{
	json_t *a, *b;

	(void)state;
	need_docker();
	free(compose(now.b, "up -d"));
	when_healthy(now.b);
	b = when_registered(now.b, PHONES, "cucm-pub", 60);
	a = when_registered(now.a, PHONES, "cucm-pub", 20);
	/* The same names and the same subnets, side by side. */
	assert_string_equal(member(json_array_get(json_object_get(a, "phones"), 0), "name"),
			    member(json_array_get(json_object_get(b, "phones"), 0), "name"));
	json_decref(a);
	json_decref(b);
	free(compose(now.b, "down -v -t 5"));
}

static void another_topology_by_its_name(void **state)
{
	char *text;

	(void)state;
	need_docker();
	setenv("TOPOLOGY", "two-switches", 1);
	free(compose(now.b, "up -d"));
	unsetenv("TOPOLOGY");
	when_healthy(now.b);
	json_decref(when_registered(now.b, 4, "cucm-pub", 60));
	text = compose(now.b, "exec -T switch-2 show cdp neighbors");
	if (LINES_WITH(text, "SEP") != 4 || LINES_WITH(text, "core") != 1)
		fail_msg("the second switch has not four phones and the first switch for neighbours:\n%s",
			 text);
	free(text);
	/* What this topology lacks does nothing, and says so. */
	text = sh(0, "%s -f compose/compose.yaml -p %s logs gw 2>&1", now.compose, now.b);
	assert_non_null(strstr(text, "has none; nothing to do"));
	free(text);
	free(compose(now.b, "down -v -t 5"));
}

static void leases_survive_a_restart_of_dhcp(void **state)
{
	char *before, *after, address[40];
	json_t *status;

	(void)state;
	need_docker();
	before = compose(now.a, "exec -T dhcp sh -c 'cut -d\" \" -f2,3 /run/phonelab/dhcp/leases | sort'");
	assert_int_equal(lines(before), PHONES);
	free(compose(now.a, "restart -t 5 dhcp"));
	when_healthy(now.a);
	status = status_of(now.a);
	snprintf(address, sizeof(address), "%s", member(status_phone(status, "SEP001122AABB03"), "ipv4"));
	json_decref(status);
	free(compose(now.a, "run --rm -T phonelab reset SEP001122AABB03"));
	json_decref(when_registered(now.a, PHONES, NULL, 60));
	status = status_of(now.a);
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
	time_t limit = time(NULL) + 120;
	char *before, *after = NULL;
	json_t *status;
	bool all = false;

	(void)state;
	need_docker();
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
	status = when_registered(now.a, PHONES, "cucm-pub", 60);
	for (int n = 43; n <= 48; n++) {
		char name[16];

		snprintf(name, sizeof(name), "Gi1/0/%d", n);
		assert_string_equal(member(port_of(status, name), "link"), "up");
	}
	json_decref(status);
}

static void a_pause_of_tftp_is_a_timeout_and_heals(void **state)
{
	time_t limit = time(NULL) + 60;
	char *text = NULL;
	bool timeout = false;

	(void)state;
	need_docker();
	free(compose(now.a, "pause tftp"));
	free(compose(now.a, "run --rm -T phonelab reset SEP001122AABB04"));
	while (!timeout && time(NULL) < limit) {
		free(text);
		text = compose(now.a, "run --rm -T phonelab messages SEP001122AABB04");
		timeout = strstr(text, "TFTP Timeout");
	}
	free(compose(now.a, "unpause tftp"));
	when_healthy(now.a); /* the engine calls a container unhealthy until it has asked again */
	if (!timeout)
		fail_msg("no timeout among its messages:\n%s", text);
	free(text);
	json_decref(when_registered(now.a, PHONES, "cucm-pub", 120));
}

static void the_port_of_a_killed_phone_is_free(void **state)
{
	time_t limit = time(NULL) + 200;
	char name[40], port[24] = "", *text;
	json_t *status, *phone, *at;
	size_t i;

	(void)state;
	need_docker();
	free(compose(now.a, "--profile phone up -d --scale phone=1"));
	status = when_registered(now.a, PHONES + 1, "cucm-pub", 60);
	phone = json_array_get(json_object_get(status, "phones"), PHONES);
	snprintf(name, sizeof(name), "%s", member(phone, "name"));
	json_array_foreach(json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
			   i, at) if (!strcmp(member(at, "device"), name))
	    snprintf(port, sizeof(port), "%s", member(at, "name"));
	assert_true(*port);
	assert_true(member_int(port_of(status, port), "poe_mw") > 0);
	json_decref(status);
	run("docker kill -s KILL $(docker ps -q --filter label=com.docker.compose.project=%s --filter "
	    "label=org.phonelab.node=phone:1)",
	    now.a);
	status = status_of(now.a);
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
	need_docker();
	free(compose(now.a, "--profile phone up -d --scale phone=%d", EXTRA));
	status = when_registered(now.a, PHONES + EXTRA, "cucm-pub", 120);
	json_decref(status);
	free(compose(now.a, "--profile phone up -d --scale phone=0"));
	status = status_of(now.a);
	json_array_foreach(json_object_get(json_array_get(json_object_get(status, "switches"), 0), "ports"),
			   i, port)
	{
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
	need_docker();
	free(compose(now.a, "kill cucm-pub"));
	json_decref(when_registered(now.a, PHONES, "cucm-sub", FAILOVER_S));
	free(compose(now.a, "start cucm-pub"));
	json_decref(when_registered(now.a, PHONES, "cucm-pub", FAILOVER_S));
}

/* What is wrong ends with one line of its own that says so, and a status that is not 0; the others stay up.
 */
static void ends_with_a_line(const char *environment, const char *arguments, const char *says)
{
	struct command_result result =
	    command_sh(90, "%s %s -f compose/compose.yaml -p %s run --rm -T --no-deps %s", environment,
		       now.compose, now.a, arguments);
	char *all = NULL;

	if (asprintf(&all, "%s%s", result.out, result.err) < 0)
		abort();
	if (result.status == 0 || LINES_WITH(all, says) != 1)
		fail_msg("%s: status %d, and not one line with \"%s\":\n%s", arguments, result.status, says,
			 all);
	free(all);
	command_free(&result);
}

static void what_is_wrong_is_said_and_harms_nobody(void **state)
{
	char *before, *after;

	(void)state;
	need_docker();
	before = sh(0, "docker ps -q --filter label=com.docker.compose.project=%s | sort", now.a);
	ends_with_a_line("", "phone --port Gi1/0/99", "no-such-port");
	ends_with_a_line("", "phone --port Gi1/0/1", "port-taken");
	ends_with_a_line("TOPOLOGY=../tests/golden/topology/01-unknown-key-near", "render", "No such file");
	ends_with_a_line("", "phone --wait 2 --panel /run/phonelab/switches/nowhere.panel", "nowhere.panel");
	ends_with_a_line(
	    "",
	    "-v \"$PWD/tests/golden/topology:/wrong:ro\" --entrypoint '/usr/bin/phonelab render --out "
	    "/run/phonelab' render /wrong/01-unknown-key-near.yaml",
	    "found the unknown key");
	after = sh(0, "docker ps -q --filter label=com.docker.compose.project=%s | sort", now.a);
	assert_string_equal(before, after);
	free(before);
	free(after);
	json_decref(when_registered(now.a, PHONES, NULL, 20));
}

static void nothing_is_left(void **state)
{
	char after[300], *difference;

	(void)state;
	need_docker();
	free(compose(now.a, "--profile phone --profile tools down -v -t 5"));
	snprintf(after, sizeof(after), "/tmp/%s.after", now.a);
	snapshot(after);
	difference = sh(-1, "diff %s %s; rm -f %s", now.before[0], after, after);
	assert_string_equal(difference, "");
	free(difference);
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
	    cmocka_unit_test(leases_survive_a_restart_of_dhcp),
	    cmocka_unit_test(every_cable_comes_back_after_a_restart_of_the_switch),
	    cmocka_unit_test(a_pause_of_tftp_is_a_timeout_and_heals),
	    cmocka_unit_test(the_port_of_a_killed_phone_is_free),
	    cmocka_unit_test(twenty_four_phones_more_and_back),
	    cmocka_unit_test(what_is_wrong_is_said_and_harms_nobody),
	    cmocka_unit_test(phones_move_to_the_subscriber_and_back),
	    cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose", tests, begin, end);
}
