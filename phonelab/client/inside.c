#include "phonelab/client/inside.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

/* Wait for the child; signals: a signalfd of the blocked signals. A signal sent to this process alone is passed on; the
 * child receives those of the terminal itself. When the descriptor until becomes readable, the child receives SIGTERM. */
static int wait_for(pid_t child, int signals, int until)
{
	struct pollfd fds[2] = {{.fd = signals, .events = POLLIN}, {.fd = until, .events = POLLIN}};
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		if (spawn_wait(child, 0, &status))
			return spawn_exit_status(status);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return EXIT_DEFECT;
		if (fds[1].revents) {
			kill(child, SIGTERM);
			fds[1].fd = -1;
		}
		if (fds[0].revents && read(signals, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
			kill(child, (int)info.ssi_signo);
	}
}

/* Start the program or the function, and wait. The signals are blocked before, so that none is lost. */
static int run_child(char *const *argv, spawn_fn *run, void *arg, int until)
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	static const struct spawn_options in_terminal = {
	    .name = "exec", .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	struct fail fail = {0};
	int signals, status;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return exit_complain(EXIT_DEFECT, "signalfd: %s", strerror(errno));
	pid = argv ? spawn_program(&in_terminal, argv, &fail) : spawn_function(&in_terminal, run, arg, &fail);
	status = pid < 0 ? exit_complain(EXIT_DEFECT, "%s", fail.text) : wait_for(pid, signals, until);
	close(signals);
	return status;
}

struct entry {
	const struct lab *lab;
	int netns;
	inside_fn *run;
	void *arg;
};

static int enter_and_run(void *arg)
{
	const struct entry *entry = arg;
	struct fail fail = {0};

	if (client_enter(entry->lab, entry->netns, &fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	return entry->run(entry->arg);
}

int inside_run_until(const struct lab *lab, int netns, inside_fn *run, void *arg, int until)
{
	struct entry entry = {.lab = lab, .netns = netns, .run = run, .arg = arg};

	return run_child(NULL, enter_and_run, &entry, until);
}

int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg)
{
	return inside_run_until(lab, netns, run, arg, -1);
}

int inside_exec(void *argv)
{
	return run_child(argv, NULL, NULL, -1);
}

/* Process 1 of the new PID namespace. It runs the program in another process: the kernel does not end process 1 by a
 * SIGTERM that it does not handle. */
static int run_as_first(void *argv)
{
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return exit_complain(EXIT_DEFECT, "/proc: %s", strerror(errno));
	return run_child(argv, NULL, NULL, -1);
}

/* In the PID namespace of the lab, where the new one must be made. */
static int unshare_and_run(void *argv)
{
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return exit_complain(EXIT_DEFECT, "a PID namespace cannot be made: %s", strerror(errno));
	return run_child(NULL, run_as_first, argv, -1);
}

int inside_exec_alone(void *argv)
{
	return run_child(NULL, unshare_and_run, argv, -1);
}

void inside_set_path(void)
{
	const char *old = getenv("PATH");
	char folder[512], path[4096];

	self_folder(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s:%s:/usr/sbin:/sbin", folder, old && *old ? old : "/usr/bin:/bin");
	setenv("PATH", path, 1);
}
