#include "phonelab/client/inside.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"

/* The signals that are waited for while a child runs. */
static void wait_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGQUIT);
}

/* Wait for the child. What is sent to us alone is passed on; what the terminal sends it has got itself. */
static int wait_for(pid_t child)
{
	sigset_t set;
	siginfo_t info;
	int status;

	wait_set(&set);
	for (;;) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (sigwaitinfo(&set, &info) < 0 && errno != EINTR)
			return EXIT_DEFECT;
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child, info.si_signo);
	}
}

/* Fork with the signals of the set blocked in the parent. 0 in the child, where they are as before. */
static pid_t fork_blocked(void)
{
	sigset_t set, before;
	pid_t pid;

	wait_set(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	return pid;
}

int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg)
{
	pid_t parent = getpid(), pid = fork_blocked();
	struct fail fail = {0};

	if (pid < 0)
		return exit_complain(EXIT_DEFECT, "cannot fork: %s", strerror(errno));
	if (!pid) {
		int status;

		if (getppid() != parent)
			_exit(EXIT_DEFECT);
		status =
		    client_enter(lab, netns, &fail) ? exit_complain(EXIT_DEFECT, "%s", fail.text) : run(arg);
		fflush(NULL);
		_exit(status);
	}
	return wait_for(pid);
}

int inside_exec(char *const *argv)
{
	pid_t pid = fork_blocked();
	sigset_t none;

	if (pid < 0)
		return exit_complain(EXIT_DEFECT, "cannot fork: %s", strerror(errno));
	if (pid)
		return wait_for(pid);
	/* In the new PID namespace the parent's number is 0 whether it lives or not: the pdeathsig watches
	 * it. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fprintf(stderr, "phonelab: exec: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}
