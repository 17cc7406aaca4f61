/* Run a program for a scenario: limited in time, and killed with it. */
#include "phonelab/scenario/act.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

/* Read what it says until it has closed its output, or the time has passed. */
static bool hear(int fd, uint64_t deadline, char *output, size_t size)
{
	size_t used = 0;
	char rest[1024];

	for (;;) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		uint64_t now = clock_now_us();
		bool room = used + 1 < size;
		ssize_t n;

		if (now >= deadline)
			return false;
		if (poll(&poller, 1, (int)((deadline - now) / 1000) + 1) <= 0)
			continue;
		n = read(fd, room ? output + used : rest, room ? size - 1 - used : sizeof(rest));
		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
		if (n > 0 && room)
			used += (size_t)n;
		if (size)
			output[used] = 0;
	}
}

int scenario_command(char *const *argv, int timeout_ms, char *output, size_t size)
{
	uint64_t deadline = clock_now_us() + (uint64_t)timeout_ms * 1000;
	struct spawn_options options = {.group = true};
	int pipes[2], status = 0, left;
	struct fail fail = {0};
	bool closed;
	pid_t pid;

	if (size)
		*output = 0;
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	options.output = options.error = pipes[1];
	pid = spawn_program(&options, argv, &fail);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return -EAGAIN;
	}
	closed = hear(pipes[0], deadline, output, size);
	close(pipes[0]);
	/* A program that has closed its output may run on until the deadline. */
	left = closed && clock_now_us() < deadline ? (int)((deadline - clock_now_us()) / 1000) : 0;
	if (!closed || !spawn_wait(pid, left, &status)) {
		spawn_end(pid, true, SIGKILL, -1);
		return -ETIME;
	}
	kill(-pid, SIGKILL);
	return spawn_exit_status(status);
}

int scenario_in_node(const struct lab *lab, const char *node, const char *line, int timeout_ms, char *output,
		     size_t size)
{
	char folder[512], self[600];
	char *argv[] = {self,	      (char *)"--lab", (char *)lab->name, (char *)"exec", (char *)node,
			(char *)"--", (char *)"sh",    (char *)"-c",	  (char *)line,	  NULL};

	self_folder(folder, sizeof(folder));
	snprintf(self, sizeof(self), "%s/phonelab", folder);
	return scenario_command(argv, timeout_ms, output, size);
}
