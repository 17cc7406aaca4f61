#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/plan.h"

#define READY_WITHIN_US 30000000

static void log_path(const struct child *child, char *path, size_t size)
{
	snprintf(path, size, PLAN_PREFIX "/log/%s.log", child->name);
}

/* In the new process: signals as they were, output into the log, and an end with the supervisor. */
static void settle_down(const struct child *child)
{
	char path[160];
	sigset_t none;
	int in, out;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (child->kind == CHILD_PROGRAM) {
		/* A server and what it forks are stopped, paused and killed together. */
		setpgid(0, 0);
		/* Permissions of files count for it, as they do for a server of an account of its own. */
		prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
		prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Those of the event loop write to the supervisor's own pipe: it would take a child's SIGTERM for one
	 * of its own. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	log_path(child, path, sizeof(path));
	in = open("/dev/null", O_RDONLY);
	out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (out >= 0) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
	if (in > STDERR_FILENO)
		close(in);
	if (out > STDERR_FILENO)
		close(out);
}

pid_t child_fork(struct child *child, struct fail *fail)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail_set(fail, -errno, "%s: cannot fork: %s", child->name, strerror(errno));
	if (!pid) {
		settle_down(child);
		return 0;
	}
	if (child->kind == CHILD_PROGRAM)
		setpgid(pid, pid); /* whoever of both is first */
	child->pid = pid;
	child->state = CHILD_STARTING;
	child->deadline = clock_now_us() + READY_WITHIN_US;
	return pid;
}

int child_start(struct supervisor *supervisor, struct child *child, char *const *argv, int netns,
		struct fail *fail)
{
	pid_t pid = child_fork(child, fail);

	if (pid < 0)
		return (int)pid;
	if (!pid) {
		if (netns >= 0 && setns(netns, CLONE_NEWNET))
			fprintf(stderr, "%s: cannot enter its network namespace: %s\n", child->name,
				strerror(errno));
		else
			execvp(argv[0], argv);
		fprintf(stderr, "%s: %s: cannot be run: %s\n", child->name, argv[0], strerror(errno));
		_exit(127);
	}
	supervisor_report(supervisor, "starting", child->name);
	return 0;
}

void child_last_lines(const struct child *child, char *text, size_t size)
{
	char path[160], tail[1600];
	size_t n = 0, used = 0;
	char *line, *save = NULL;
	long length;
	FILE *in;

	log_path(child, path, sizeof(path));
	in = fopen(path, "re");
	if (in && !fseek(in, 0, SEEK_END)) {
		length = ftell(in);
		fseek(in, length > 1500 ? length - 1500 : 0, SEEK_SET);
		n = fread(tail, 1, sizeof(tail) - 1, in);
	}
	if (in)
		fclose(in);
	tail[n] = 0;
	snprintf(text, size, "    (it printed nothing)");
	for (line = strtok_r(tail, "\n", &save); line && used + 1 < size;
	     line = strtok_r(NULL, "\n", &save)) {
		int wrote = snprintf(text + used, size - used, "%s    %s", used ? "\n" : "", line);

		used += wrote > 0 ? (size_t)wrote : 0;
	}
}

static const char *how_it_ended(int status, char *text, size_t size)
{
	if (WIFEXITED(status))
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return text;
}

/* Simulators, and whatever dies before the lab is up, take the lab with them; a server that dies later is
 * what labs are about: it is said, and the phones cope. */
static void child_died(struct supervisor *supervisor, struct child *child, int status)
{
	bool fatal = supervisor->phase < PHASE_UP || child->kind == CHILD_SWITCH || child->kind == CHILD_RACK;
	char how[80], lines[1700], text[2048];

	child->state = CHILD_DEAD;
	child->pid = 0;
	if (supervisor->phase == PHASE_STOPPING) {
		bool left = false;

		for (size_t i = 0; i < supervisor->child_count; i++)
			left = left || supervisor->children[i].pid;
		if (!left && supervisor->ending)
			supervisor_stopped(supervisor);
		else if (child->kind == CHILD_RACK)
			supervisor_end(supervisor);
		return;
	}
	child_last_lines(child, lines, sizeof(lines));
	snprintf(text, sizeof(text), "%s %s; the last lines of log/%s.log:\n%s", child->name,
		 how_it_ended(status, how, sizeof(how)), child->name, lines);
	supervisor_event(supervisor, "lab.child_died", text);
	if (fatal) {
		supervisor_fail(supervisor, text);
		return;
	}
	json_array_append_new(supervisor->failures, json_stringn_nocheck(text, strcspn(text, ";")));
	supervisor_report(supervisor, "died", text);
}

void children_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < supervisor->child_count; i++)
			if (supervisor->children[i].pid == pid)
				child_died(supervisor, &supervisor->children[i], status);
}
