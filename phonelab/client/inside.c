#include "phonelab/client/inside.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"

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

/* Wait for the child. A signal sent to this process alone is passed on; the child receives those of the terminal
 * itself. */
static int wait_for(pid_t child)
{
	sigset_t set;
	siginfo_t info;
	int status;

	wait_set(&set);
	for (;;) {
		if (spawn_wait(child, 0, &status))
			return spawn_exit_status(status);
		if (sigwaitinfo(&set, &info) < 0 && errno != EINTR)
			return EXIT_DEFECT;
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child, info.si_signo);
	}
}

/* Start with the signals that wait_for reads blocked, so that none is lost. */
static void block_signals(void)
{
	sigset_t set;

	wait_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
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

static const struct spawn_options in_terminal = {
    .name = "exec", .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};

int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg)
{
	struct entry entry = {.lab = lab, .netns = netns, .run = run, .arg = arg};
	struct fail fail = {0};
	pid_t pid;

	block_signals();
	pid = spawn_function(&in_terminal, enter_and_run, &entry, &fail);
	return pid < 0 ? exit_complain(EXIT_DEFECT, "%s", fail.text) : wait_for(pid);
}

int inside_exec(char *const *argv)
{
	struct fail fail = {0};
	pid_t pid;

	block_signals();
	pid = spawn_program(&in_terminal, argv, &fail);
	return pid < 0 ? exit_complain(EXIT_DEFECT, "%s", fail.text) : wait_for(pid);
}
