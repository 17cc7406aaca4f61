/* Run a program for a scenario: limited in time, and killed with it. */
#include "phonelab/scenario/act.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/self.h"

static void __attribute__((noreturn)) be_program(char *const *argv, int out, pid_t parent)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

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
	pid_t parent = getpid(), pid;
	int pipes[2], status = 0;
	bool ended;

	if (size)
		*output = 0;
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid)
		be_program(argv, pipes[1], parent);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return -EAGAIN;
	}
	ended = hear(pipes[0], deadline, output, size);
	close(pipes[0]);
	/* What has closed its output may run on: not for longer than its time. */
	while (ended && !waitpid(pid, &status, WNOHANG)) {
		ended = clock_now_us() < deadline;
		if (ended)
			poll(NULL, 0, 2);
	}
	if (!ended) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return -ETIME;
	}
	kill(-pid, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
