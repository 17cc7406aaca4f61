#include "tests/support/servers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "tests/support/command.h"

#define DIRECTORY "/run/phonelab"
#define READY_MS  (15000 * PATIENCE)

void servers_begin(struct servers *servers, size_t devices)
{
	static const char *const addresses[] = {"10.20.0.3/32", "10.20.0.11/32", "10.20.0.12/32",
						"10.20.0.99/32", "10.110.0.2/32"};

	memset(servers, 0, sizeof(*servers));
	for (size_t i = 0; i < SERVERS_MAX; i++)
		servers->child[i].pid = -1;
	servers->sample = sample_plan_new(DIRECTORY, devices);
	mkdir(DIRECTORY, 0755);
	if (netns_loopback_up(-1, &servers->fail))
		fail_msg("%s", servers->fail.text);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		const char *argv[] = {"ip", "address", "replace", addresses[i], "dev", "lo", NULL};
		char text[256];

		if (sandbox_command(-1, 5000, text, sizeof(text), argv))
			fail_msg("ip address replace %s: %s", addresses[i], text);
	}
}

void servers_begin_mixed(struct servers *servers, size_t devices)
{
	struct cucm_plan *plan;

	servers_begin(servers, devices);
	plan = &servers->sample->plan;
	plan->load_count = 0;
	plan->release = CUCM_RELEASE_14;
	plan->mixed = true;
	servers->sample->device[1].security = CUCM_SECURITY_AUTHENTICATED;
	servers->sample->device[2].security = CUCM_SECURITY_ENCRYPTED;
	servers->sample->device[3].security = CUCM_SECURITY_ENCRYPTED;
	servers->sample->device[3].lsc = true;
}

static size_t servers_index(struct servers *servers, const char *name)
{
	for (size_t i = 0; i < servers->count; i++)
		if (!strcmp(servers->commands[i].name, name))
			return i;
	fail_msg("no program is called %s", name);
	return 0;
}

struct sandbox_child *servers_child(struct servers *servers, const char *name)
{
	return &servers->child[servers_index(servers, name)];
}

/* Run a command with its output going to log/NAME.log, as the supervisor of a lab does: a pipe would fill. */
static bool server_spawn(struct sandbox_child *child, const struct cucm_command *command)
{
	const char *argv[CUCM_ARGS + 8] = {"sh", "-c", "exec \"$@\" >>\"$0\" 2>&1"};
	char log[256];
	size_t at = 3;

	snprintf(log, sizeof(log), DIRECTORY "/log/%s.log", command->name);
	argv[at++] = log;
	for (char *const *arg = command->argv; *arg; arg++)
		argv[at++] = *arg;
	argv[at] = NULL;
	return sandbox_spawn(child, -1, argv);
}

char *servers_log(const char *name)
{
	char path[256], *text = calloc(1, 1);
	size_t length = 0, room = 1;
	FILE *file;

	snprintf(path, sizeof(path), DIRECTORY "/log/%s", name);
	file = fopen(path, "re");
	while (file && text && !feof(file)) {
		text = realloc(text, room += 65536);
		assert_non_null(text);
		length += fread(text + length, 1, 65536, file);
		text[length] = '\0';
	}
	if (file)
		fclose(file);
	assert_non_null(text);
	return text;
}

static bool server_ready(void *arg)
{
	void **both = arg;
	struct servers *servers = both[0];

	return !cucm_ready(&servers->sample->plan, both[1], DIRECTORY, -1, 2000, &servers->fail);
}

double servers_start(struct servers *servers, const char *name)
{
	uint64_t begin;
	void *both[2];
	size_t i;

	if (cucm_render(&servers->sample->plan, DIRECTORY, &servers->fail))
		fail_msg("%s", servers->fail.text);
	if (!servers->commands &&
	    cucm_command_lines(&servers->sample->plan, &servers->commands, &servers->count, &servers->fail))
		fail_msg("%s", servers->fail.text);
	assert_true(servers->count <= SERVERS_MAX);
	i = servers_index(servers, name);
	begin = clock_now_us();
	assert_true(server_spawn(&servers->child[i], &servers->commands[i]));
	both[0] = servers;
	both[1] = &servers->commands[i];
	if (!sandbox_until(READY_MS, server_ready, both)) {
		char log[128], *text;

		snprintf(log, sizeof(log), "%s.log", name);
		text = servers_log(log);
		print_message("%s", text);
		free(text);
		fail_msg("%s: %s", name, servers->fail.text);
	}
	return (double)(clock_now_us() - begin) / 1000;
}

static bool log_has(void *arg)
{
	const char **both = arg;
	char *text = servers_log(both[0]);
	bool found = strstr(text, both[1]) != NULL;

	free(text);
	return found;
}

void servers_printed(const char *log, const char *text, int seconds)
{
	const char *both[] = {log, text};

	if (!sandbox_until(seconds * 1000, log_has, both)) {
		char *had = servers_log(log);

		print_message("%s", had);
		free(had);
		fail_msg("%s has not got \"%s\"", log, text);
	}
}

void servers_stop(struct servers *servers, const char *name)
{
	struct sandbox_child *child = servers_child(servers, name);

	/* Kamailio that receives SIGTERM in its first moments may wait for its own children for ever: a server that has
	 * not ended in its time is made to, children included. */
	sandbox_signal(child, SIGTERM);
	sandbox_wait(child, 1000, NULL, 0);
	sandbox_end(child);
	child->pid = -1;
}

void servers_end(struct servers *servers)
{
	for (size_t i = 0; i < servers->count; i++)
		if (servers->child[i].pid > 0)
			servers_stop(servers, servers->commands[i].name);
	cucm_commands_free(servers->commands, servers->count);
	sample_plan_free(servers->sample);
	memset(servers, 0, sizeof(*servers));
}
