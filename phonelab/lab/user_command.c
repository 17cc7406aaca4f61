#include "phonelab/lab/user_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipv4.h"
#include "cable/netns.h"
#include "phonelab/document/yaml_tree.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/spawn.h"

char *const *user_command_arguments(struct arena *arena, const char *const *items, size_t n)
{
	char **argv = arena_alloc(arena, (n + 1) * sizeof(*argv));

	for (size_t i = 0; i < n; i++)
		argv[i] = (char *)items[i];
	return argv;
}

const char *const *user_command_variables(struct arena *arena, const char *node, uint32_t address,
					  const struct yaml_node *environment)
{
	size_t own = environment ? environment->n : 0, n = 0;
	const char **list = arena_alloc(arena, (own + 4) * sizeof(*list));
	char text[16];

	list[n++] = arena_format(arena, "PHONELAB_NODE=%s", node);
	list[n++] = arena_format(arena, "PHONELAB_ADDRESS=%s", ipv4_format(address, text));
	list[n++] = arena_format(arena, "PHONELAB_DATA=" PLAN_PREFIX "/%s", node);
	for (size_t i = 0; i < own; i++)
		list[n++] = arena_format(arena, "%s=%s", environment->entries[i].key->text,
					 environment->entries[i].value->text);
	return list;
}

bool user_port_bound(const char *kind, unsigned port)
{
	char kind6[8];

	snprintf(kind6, sizeof(kind6), "%s6", kind);
	return netns_port_bound(kind, port) || netns_port_bound(kind6, port);
}

/* What the command prints: two pipes, read until both are closed. */
struct streams {
	int fd[2];
	struct text text[2];
};

/* Read what is there. True as long as a stream is open. */
static bool read_streams(struct streams *streams, int wait_ms)
{
	struct pollfd polls[2];
	bool open = false;

	for (int i = 0; i < 2; i++)
		polls[i] = (struct pollfd){.fd = streams->fd[i], .events = POLLIN};
	poll(polls, 2, wait_ms);
	for (int i = 0; i < 2; i++) {
		char part[4096];
		ssize_t n = polls[i].revents ? read(streams->fd[i], part, sizeof(part)) : -1;

		if (n > 0 && streams->text[i].length <= USER_COMMAND_OUTPUT)
			text_add_bytes(&streams->text[i], part, (size_t)n);
		if (!n) {
			close(streams->fd[i]);
			streams->fd[i] = -1;
		}
		open = open || streams->fd[i] >= 0;
	}
	return open;
}

static int left_ms(uint64_t deadline)
{
	uint64_t now = clock_now_us();

	return now >= deadline ? 0 : (int)((deadline - now) / 1000) + 1;
}

/* Wait until the process has exited and its output is read. */
static int wait_for(const struct user_command *command, pid_t pid, struct streams *streams, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)command->timeout_ms * 1000;
	const char *said;
	char how[80];
	int status;

	while (left_ms(deadline) && read_streams(streams, left_ms(deadline)))
		;
	if (!spawn_wait(pid, left_ms(deadline), &status)) {
		spawn_end(pid, true, SIGKILL, -1);
		return fail_set(fail, -ETIMEDOUT, "%s has not exited within %d ms", command->name,
				command->timeout_ms);
	}
	kill(-pid, SIGKILL); /* what it left behind */
	if (!status)
		return streams->text[0].length > USER_COMMAND_OUTPUT
			   ? fail_set(fail, -EFBIG, "%s printed more than %d octets", command->name,
				      USER_COMMAND_OUTPUT)
			   : 0;
	said = streams->text[1].length ? streams->text[1].bytes : "";
	return fail_set(fail, -ECHILD, "%s %s%s%.*s", command->name, spawn_describe(status, how, sizeof(how)),
			*said ? ": " : "", (int)strcspn(said, "\n"), said);
}

int user_command_run(const struct user_command *command, struct text *output, struct fail *fail)
{
	struct streams streams = {.fd = {-1, -1}};
	struct spawn_options options = {.name = command->name,
					.group = true,
					.netns = command->netns,
					.directory = command->directory,
					.environment = command->environment};
	int out[2], err_pipe[2], err;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	if (pipe2(err_pipe, O_CLOEXEC)) {
		err = fail_set(fail, -errno, "pipe: %s", strerror(errno));
		close(out[0]);
		close(out[1]);
		return err;
	}
	options.output = out[1];
	options.error = err_pipe[1];
	streams.fd[0] = out[0];
	streams.fd[1] = err_pipe[0];
	pid = spawn_program(&options, command->argv, fail);
	close(out[1]);
	close(err_pipe[1]);
	err = pid < 0 ? pid : wait_for(command, pid, &streams, fail);
	for (int i = 0; i < 2; i++)
		if (streams.fd[i] >= 0)
			close(streams.fd[i]);
	if (!err && output)
		text_add_bytes(output, streams.text[0].bytes, streams.text[0].length);
	text_free(&streams.text[0]);
	text_free(&streams.text[1]);
	return err;
}
