#include "tests/support/compose.h"

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

#define UP_S (180 * PATIENCE)

struct compose_now now;

char *compose_sh(int want, const char *format, ...)
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

char *compose(const char *project, const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return compose_sh(0, COMPOSE " %s", project, now.command, line);
}

json_t *compose_status(const char *project)
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

	json_array_foreach (json_object_get(status, "cluster"), i, at) {
		if (node && strcmp(member(at, "name"), node))
			continue;
		json_array_foreach (json_object_get(at, "registered"), j, name)
			if (!strcmp(json_string_value(name), device))
				return true;
	}
	return false;
}

/* How many phones are registered with node (NULL: any), by their own word and by that node's table. */
static size_t registered_with(json_t *status, const char *node)
{
	size_t i, n = 0;
	json_t *phone;

	json_array_foreach (json_object_get(status, "phones"), i, phone)
		n += !strcmp(member(phone, "state"), "registered") &&
		     (!node || !strcmp(member(phone, "registered_with"), node)) &&
		     in_table(status, node, member(phone, "name"));
	return n;
}

json_t *compose_registered(const char *project, size_t want, const char *node, int timeout_s)
{
	time_t end = time(NULL) + PATIENCE * timeout_s;

	for (;;) {
		json_t *status = compose_status(project);
		size_t n = registered_with(status, node);

		if (n == want && json_array_size(json_object_get(status, "phones")) == want)
			return status;
		if (time(NULL) >= end) {
			json_dumpf(json_object_get(status, "cluster"), stderr, JSON_COMPACT);
			json_decref(status);
			fail_msg("%zu phones are registered%s%s, not %zu", n, node ? " with " : "",
				 node ? node : "", want);
		}
		json_decref(status);
		/* The next question is a container of its own: that is pause enough. */
	}
}

/*
 * The marks of the project: everything by which a remainder of it could be recognised. The numbers of its containers
 * and volumes, the engine's handles of their network namespaces, the namespaces themselves, and the MAC addresses of
 * all links in them. Appended to the marks noted before.
 */
static void note_marks(const char *project)
{
	compose_run(
	    "l=label=com.docker.compose.project=%s; { docker ps -aq --no-trunc --filter $l; docker volume ls "
	    "-q --filter $l; for c in $(docker ps -q --filter $l); do docker inspect -f "
	    "'{{.NetworkSettings.SandboxKey}} {{.State.Pid}}' $c | { read key pid; echo $key; readlink "
	    "/proc/$pid/ns/net; nsenter -t $pid -n ip -o link 2>/dev/null | "
	    "sed -n 's/.*link.ether \\([0-9a-f:]*\\).*/\\1/p'; }; done; true; } | grep . >>%s",
	    project, now.marks);
}

void compose_healthy(const char *project)
{
	compose_run(
	    "end=$(($(date +%%s) + %d)); while docker ps --filter label=com.docker.compose.project=%s "
	    "--format "
	    "'{{.Names}} {{.Status}}' | grep -v '(healthy)' | grep -v _run_ >/tmp/%s.sick; do "
	    "[ $(date +%%s) -lt $end ] || { cat /tmp/%s.sick; rm -f /tmp/%s.sick; exit 1; }; sleep 0.3; "
	    "done; "
	    "rm -f "
	    "/tmp/%s.sick",
	    UP_S, project, project, project, project, project);
	note_marks(project);
}

/* --- setup and teardown --- */

static void take_down(const char *project)
{
	struct command_result down = command_sh(
	    120, COMPOSE " --profile phone --profile tools down -v -t 3 --remove-orphans; ci/tag -d %s",
	    project, now.command, project);

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

int compose_begin(void **state)
{
	(void)state;
	snprintf(now.a, sizeof(now.a), "phonelab-t%d-a", (int)getpid());
	snprintf(now.b, sizeof(now.b), "phonelab-t%d-b", (int)getpid());
	setenv("WEB_PORT", "0", 1); /* a free one per project */
	struct command_result engine = command_sh(20, "docker info --format '{{.ServerVersion}}'");
	struct command_result plugin = command_sh(20, "docker compose version");
	struct command_result old = command_sh(20, "docker-compose version");
	struct command_result images = command_sh(20, "ci/tag %s && ci/tag %s", now.a, now.b);

	snprintf(now.command, sizeof(now.command), "%s", plugin.status ? "docker-compose" : "docker compose");
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
	snprintf(now.marks, sizeof(now.marks), "/tmp/%s.marks", now.a);
	return 0;
}

int compose_end(void **state)
{
	(void)state;
	if (now.missing)
		return 0;
	take_down(now.a);
	take_down(now.b);
	unlink(now.marks);
	return 0;
}

void compose_need(void)
{
	if (!now.missing)
		return;
	print_message("skipped: %s\n", now.missing);
	skip();
}

void compose_nothing_is_left(void **state)
{
	char *text;

	(void)state;
	compose_need();
	note_marks(now.a);
	free(compose(now.a, "--profile phone --profile tools down -v -t 5"));
	/* There were containers, namespaces and links, and each was noted. */
	text = compose_sh(0, "sort -u %s | grep -c '^net:'", now.marks);
	assert_true(atoi(text) > 5);
	free(text);
	text = compose_sh(0, "sort -u %s | grep -cE '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'", now.marks);
	assert_true(atoi(text) > 5);
	free(text);
	text = compose_sh(
	    -1,
	    "{ docker ps -aq --no-trunc; docker volume ls -q; cat /proc/self/mountinfo; readlink "
	    "/proc/[0-9]*/ns/net 2>/dev/null; ip -o link; ip netns list; for t in iptables ip6tables; do "
	    "$t-save 2>/dev/null; done; } | grep -F -e %s -f %s; docker network ls -q --filter "
	    "label=com.docker.compose.project=%s",
	    now.a, now.marks, now.a);
	assert_string_equal(text, "");
	free(text);
}
