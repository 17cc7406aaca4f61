#include "phonelab/supervise/outer_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"

struct outer_start {
	struct outer_options *options;
	int unused[2]; /* the reading end of the report, the signals */
};

static int run_outer(void *arg)
{
	const struct outer_start *start = arg;

	close(start->unused[0]);
	close(start->unused[1]);
	if (start->options->background && chdir("/"))
		return EXIT_DEFECT;
	return outer_run(start->options);
}

int outer_link_signals(struct outer_link *link, struct fail *fail)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	link->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (link->signals >= 0)
		return 0;
	fail_set(fail, -errno, "signalfd: %s", strerror(errno));
	return EXIT_DEFECT;
}

int outer_link_start(struct outer_link *link, struct outer_options *options, struct fail *fail)
{
	const struct spawn_options spawn = {.name = "the outer process",
					    .error = options->background ? 0 : STDERR_FILENO,
					    .session = true,
					    .outlive = options->background};
	struct outer_start start;
	pid_t pid;
	int pipes[2], status;

	*link = (struct outer_link){.report = -1, .signals = -1};
	if (pipe2(pipes, O_CLOEXEC)) {
		fail_set(fail, -errno, "pipe: %s", strerror(errno));
		return EXIT_DEFECT;
	}
	options->report = pipes[1];
	/* First: when the lab runs, nothing may fail here any more. */
	status = outer_link_signals(link, fail);
	start = (struct outer_start){.options = options, .unused = {pipes[0], link->signals}};
	pid = status ? -1 : spawn_function(&spawn, run_outer, &start, fail);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return status ? status : EXIT_UNFIT;
	}
	link->pid = pid;
	link->report = pipes[0];
	fcntl(link->report, F_SETFL, O_NONBLOCK);
	return 0;
}

void outer_link_wait(struct outer_link *link, int wait_ms, report_line_fn *take, void *arg)
{
	struct pollfd fds[3] = {{.fd = link->report, .events = POLLIN},
				{.fd = link->signals, .events = POLLIN},
				{.fd = link->also > 0 ? link->also : -1, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (poll(fds, 3, wait_ms) < 0 && errno != EINTR)
		return;
	if (fds[0].revents && !report_read(&link->reader, link->report, take, arg))
		link->ended = true;
	while (read(link->signals, &info, sizeof(info)) == sizeof(info))
		link->interrupted = true;
}

void outer_link_reap(struct outer_link *link)
{
	if (link->pid)
		spawn_wait(link->pid, -1, &link->status);
	link->pid = 0;
}
