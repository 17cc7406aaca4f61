#include "phonelab/supervise/node_child.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/plan.h"

#define EXIT_NO_EXEC 127
#define STOP_US	     3000000
#define LOOK_US	     2000

static void __attribute__((noreturn)) become(const struct node_child *child, int out)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (child->server)
		setpgid(0, 0);
	if (child->bare)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(child->argv[0], child->argv);
	fprintf(stderr, "phonelab: node: %s: %s\n", child->argv[0], strerror(errno));
	_exit(EXIT_NO_EXEC);
}

static void on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	node_child_pass_on(arg);
}

int node_child_start(struct node_child *child, struct event_base *base, struct fail *fail)
{
	char path[200];
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "%s cannot be started: %s", child->name, strerror(errno));
	fflush(NULL);
	child->pid = fork();
	if (!child->pid)
		become(child, pipes[1]);
	close(pipes[1]);
	if (child->pid < 0) {
		close(pipes[0]);
		child->pid = 0;
		return fail_set(fail, -EAGAIN, "%s cannot be started: %s", child->name, strerror(errno));
	}
	if (child->server)
		setpgid(child->pid, child->pid); /* whoever of both is first */
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", child->name);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	child->out = pipes[0];
	child->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	child->readable = event_new(base, child->out, EV_READ | EV_PERSIST, on_output, child);
	if (child->readable)
		event_add(child->readable, NULL);
	return 0;
}

void node_child_tell(const struct node_child *child, int number)
{
	if (!child->pid)
		return;
	kill(child->server && number == SIGKILL ? -child->pid : child->pid, number);
	if (child->server && number == SIGTERM)
		kill(-child->pid, SIGCONT);
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

/* Nobody may be reading our output, or the disk be full: the program goes on. */
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
	node_child_tell(child, number);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_now_us() > until)
			node_child_tell(child, SIGKILL);
		node_child_pass_on(child);
		usleep(LOOK_US);
	}
	if (child->server)
		kill(-pid, SIGKILL); /* what it forked */
	node_child_ended(child);
}
