#include "phonelab/client/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/spawn.h"

int read_all(int fd, char *text, size_t size, int timeout_ms)
{
	uint64_t end = clock_now_us() + (uint64_t)timeout_ms * 1000;
	size_t used = 0;
	bool dropped = false;
	char rest[1024];
	ssize_t n = -1;

	*text = 0;
	do {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		uint64_t now = clock_now_us();
		bool full = used == size - 1;

		if (now >= end)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)((end - now) / 1000) + 1) < 0 && errno != EINTR)
			return -errno;
		if (!pfd.revents)
			continue;
		n = read(fd, full ? rest : text + used, full ? sizeof(rest) : size - 1 - used);
		if (n < 0 && errno == ECONNRESET)
			n = 0; /* closed before it had read our request */
		if (n < 0 && errno != EINTR)
			return -errno;
		dropped = dropped || (full && n > 0);
		used += n > 0 && !full ? (size_t)n : 0;
		text[used] = 0;
	} while (n);
	return dropped ? -E2BIG : 0;
}

int run_program(const char *const *argv, bool errors, int timeout_ms, char *output, size_t size)
{
	uint64_t now, deadline = clock_now_us() + (uint64_t)timeout_ms * 1000;
	struct spawn_options options = {.group = true};
	int pipes[2], status, err;
	struct fail fail = {0};
	pid_t pid;

	*output = 0;
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	options.output = pipes[1];
	options.error = errors ? pipes[1] : 0;
	pid = spawn_program(&options, (char *const *)argv, &fail);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return -EAGAIN;
	}
	err = read_all(pipes[0], output, size, timeout_ms);
	close(pipes[0]);
	/* A program that has closed its output may run on until the deadline. */
	now = clock_now_us();
	if (err == -ETIMEDOUT ||
	    !spawn_wait(pid, now < deadline ? (int)((deadline - now) / 1000) : 0, &status)) {
		spawn_end(pid, true, SIGKILL, -1);
		return -ETIME;
	}
	spawn_signal(pid, true, SIGKILL);
	return spawn_exit_status(status);
}
