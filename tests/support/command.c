#include "tests/support/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sink {
	int fd;
	char *text;
	size_t length;
	size_t cap;
};

static double now_s(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	abort();
}

static void sink_read(struct sink *sink)
{
	if (sink->cap - sink->length < 4096) {
		sink->cap = sink->cap ? sink->cap * 2 : 16384;
		sink->text = realloc(sink->text, sink->cap);
		if (!sink->text)
			die("realloc");
	}
	ssize_t n = read(sink->fd, sink->text + sink->length, sink->cap - sink->length - 1);
	if (n > 0) {
		sink->length += (size_t)n;
	} else if (n == 0 || errno != EINTR) {
		close(sink->fd);
		sink->fd = -1;
	}
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void child(const char *const argv[], int out, int err)
{
	setpgid(0, 0);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Read what is in the pipes, waiting up to wait_ms for the first byte. False if nothing came. */
static bool read_pipes(struct sink sinks[2], int wait_ms)
{
	struct pollfd fds[2] = {{.fd = sinks[0].fd, .events = POLLIN}, {.fd = sinks[1].fd, .events = POLLIN}};
	int ready = poll(fds, 2, wait_ms);

	for (int i = 0; ready > 0 && i < 2; i++)
		if (fds[i].revents)
			sink_read(&sinks[i]);
	return ready > 0;
}

/* Drain both pipes until the command has ended or the deadline has passed. A background process that keeps a
 * pipe open (a lab started with -d) does not hold us: the command's own end does. */
static int drain(pid_t pid, struct sink sinks[2], double deadline)
{
	int status;

	for (;;) {
		bool came = read_pipes(sinks, 20), closed = sinks[0].fd < 0 && sinks[1].fd < 0;

		if ((!came || closed) && waitpid(pid, &status, closed ? 0 : WNOHANG) == pid) {
			/* It may have written and ended since the pipes were read. */
			while (now_s() < deadline && read_pipes(sinks, 0))
				;
			return status_of(status);
		}
		if (now_s() > deadline) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
	}
}

struct command_result command_run(int timeout_s, const char *const argv[])
{
	int out[2], err[2];
	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe2");
	double start = now_s();
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		child(argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);

	struct sink sinks[2] = {{.fd = out[0]}, {.fd = err[0]}};
	struct command_result result = {.status = drain(pid, sinks, start + PATIENCE * timeout_s)};
	for (int i = 0; i < 2; i++) {
		if (sinks[i].fd >= 0)
			close(sinks[i].fd);
		if (!sinks[i].text && !(sinks[i].text = malloc(1)))
			die("malloc");
		sinks[i].text[sinks[i].length] = 0;
	}
	result.out = sinks[0].text;
	result.out_length = sinks[0].length;
	result.err = sinks[1].text;
	result.err_len = sinks[1].length;
	result.seconds = now_s() - start;
	return result;
}

struct command_result command_sh(int timeout_s, const char *format, ...)
{
	char *line;
	va_list args;
	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		die("vasprintf");
	va_end(args);
	struct command_result result = command_run(timeout_s, (const char *const[]){"sh", "-c", line, NULL});
	free(line);
	return result;
}

pid_t command_start(const char *const argv[], const char *log)
{
	int out = open(log ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (out < 0)
		die(log ? log : "/dev/null");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		child(argv, out, out);
	close(out);
	setpgid(pid, pid);
	return pid;
}

int command_wait(pid_t pid, int timeout_s)
{
	double deadline = now_s() + PATIENCE * timeout_s;
	int status;

	do {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status_of(status);
		poll(NULL, 0, 10);
	} while (now_s() < deadline);
	return -1;
}

void command_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void command_free(struct command_result *result)
{
	free(result->out);
	free(result->err);
	*result = (struct command_result){0};
}
