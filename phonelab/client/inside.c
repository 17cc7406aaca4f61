#include "phonelab/client/inside.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"

/* Wait for the child, with all signals of set blocked. A signal sent to this process alone is passed on; the child
 * receives those of the terminal itself. */
static int wait_for(pid_t child, const sigset_t *set)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (spawn_wait(child, 0, &status))
			return spawn_exit_status(status);
		if (sigwaitinfo(set, &info) < 0 && errno != EINTR)
			return EXIT_DEFECT;
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child, info.si_signo);
	}
}

/* Start the program or the function, and wait. The signals are blocked before, so that none is lost. */
static int run_child(char *const *argv, spawn_fn *run, void *arg)
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	static const struct spawn_options in_terminal = {
	    .name = "exec", .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	struct fail fail = {0};
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = argv ? spawn_program(&in_terminal, argv, &fail) : spawn_function(&in_terminal, run, arg, &fail);
	return pid < 0 ? exit_complain(EXIT_DEFECT, "%s", fail.text) : wait_for(pid, &set);
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

int inside_run(const struct lab *lab, int netns, inside_fn *run, void *arg)
{
	struct entry entry = {.lab = lab, .netns = netns, .run = run, .arg = arg};

	return run_child(NULL, enter_and_run, &entry);
}

int inside_exec(void *argv)
{
	return run_child(argv, NULL, NULL);
}
