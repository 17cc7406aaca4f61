#include "phonelab/supervise/outer_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"

/* In the new process: a session of its own, so that the terminal's Ctrl-C is that of who started it. */
static void __attribute__((noreturn)) be_outer(const struct outer_options *options, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (!options->background) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_DEFECT);
	}
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (options->background)
			dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (options->background && chdir("/"))
		_exit(EXIT_DEFECT);
	_exit(outer_run(options));
}

int outer_link_start(struct outer_link *link, struct outer_options *options, struct fail *fail)
{
	sigset_t signals;
	pid_t parent = getpid(), pid;
	int pipes[2];

	*link = (struct outer_link){.report = -1, .signals = -1};
	if (pipe2(pipes, O_CLOEXEC)) {
		fail_set(fail, -errno, "pipe: %s", strerror(errno));
		return EXIT_DEFECT;
	}
	options->report = pipes[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		fail_set(fail, -errno, "cannot fork: %s", strerror(errno));
		return EXIT_UNFIT;
	}
	if (!pid) {
		close(pipes[0]);
		be_outer(options, parent);
	}
	close(pipes[1]);
	link->pid = pid;
	link->report = pipes[0];
	fcntl(link->report, F_SETFL, O_NONBLOCK);
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

void outer_link_read(struct outer_link *link, report_line_fn *take, void *arg)
{
	if (!report_read(&link->reader, link->report, take, arg))
		link->ended = true;
}

void outer_link_wait(struct outer_link *link, int wait_ms, report_line_fn *take, void *arg)
{
	struct pollfd fds[2] = {{.fd = link->report, .events = POLLIN},
				{.fd = link->signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
		return;
	if (fds[0].revents)
		outer_link_read(link, take, arg);
	while (read(link->signals, &info, sizeof(info)) == sizeof(info))
		link->interrupted = true;
}

void outer_link_reap(struct outer_link *link)
{
	while (link->pid && waitpid(link->pid, NULL, 0) < 0 && errno == EINTR)
		;
	link->pid = 0;
}
