#include "phonelab/supervise/node_child.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/spawn.h"

#define STOP_US 3000000
#define LOOK_MS 2

static void on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	node_child_pass_on(arg);
}

int node_child_start(struct node_child *child, struct event_base *base, struct fail *fail)
{
	struct spawn_options options = {
	    .name = child->name, .group = child->server, .drop_ambient = child->bare};
	char path[200];
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "%s cannot be started: %s", child->name, strerror(errno));
	options.output = options.error = pipes[1];
	pid = spawn_program(&options, child->argv, fail);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return pid;
	}
	child->pid = pid;
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", child->name);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	child->out = pipes[0];
	child->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	child->readable = event_new(base, child->out, EV_READ | EV_PERSIST, on_output, child);
	if (child->readable)
		event_add(child->readable, NULL);
	return 0;
}

void node_child_signal(const struct node_child *child, int number)
{
	if (child->pid)
		spawn_signal(child->pid, child->server, number);
}

static void close_output(struct node_child *child)
{
	if (child->readable)
		event_free(child->readable);
	child->readable = NULL;
	if (child->out >= 0)
		close(child->out);
	child->out = -1;
}

/* If nothing reads our output, or the disk is full, the program still goes on. */
void node_child_pass_on(struct node_child *child)
{
	char text[16384];
	ssize_t n = -1;

	errno = EAGAIN;
	while (child->out >= 0 && (n = read(child->out, text, sizeof(text))) > 0) {
		(void)!write(STDOUT_FILENO, text, (size_t)n);
		if (child->log >= 0)
			(void)!write(child->log, text, (size_t)n);
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_output(child);
}

void node_child_ended(struct node_child *child)
{
	child->pid = 0;
	node_child_pass_on(child);
	close_output(child);
	if (child->log >= 0)
		close(child->log);
	child->log = -1;
}

void node_child_end(struct node_child *child, int number)
{
	uint64_t until = clock_now_us() + STOP_US;
	pid_t pid = child->pid;

	if (!pid)
		return;
	node_child_signal(child, number);
	while (!spawn_wait(pid, LOOK_MS, NULL)) {
		if (clock_now_us() > until)
			node_child_signal(child, SIGKILL);
		node_child_pass_on(child);
	}
	if (child->server)
		kill(-pid, SIGKILL); /* what it forked */
	node_child_ended(child);
}
