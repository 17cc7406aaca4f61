#include "phonelab/lab/spawn.h"

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
#include "base/log.h"

#define WAIT_US 1000 /* between two checks whether a process has exited */

/* --- the new process --- */

static void set_up_process(const struct spawn_options *options, pid_t parent)
{
	pid_t now;

	if (options->session)
		setsid();
	else if (options->group)
		setpgid(0, 0);
	if (options->outlive)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have died before. A parent in another PID namespace has the number 0. */
	now = getppid();
	if (now && now != parent)
		_exit(127);
}

/* Handlers would write to the pipe of the parent's event loop. All signals are blocked meanwhile. */
static void set_up_signals(const struct spawn_options *options, bool program)
{
	struct sigaction action;
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		if (!sigaction(number, NULL, &action) && action.sa_handler != SIG_IGN)
			signal(number, SIG_DFL);
	if (program)
		signal(SIGPIPE, SIG_DFL);
	if (program && !options->foreground)
		signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What the parent opens, so that it knows the reason of a failure. */
struct files {
	int null, log; /* log: -1 without one */
};

static int open_files(const struct spawn_options *options, const char *name, struct files *files,
		      struct fail *fail)
{
	files->log = -1;
	files->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (files->null < 0)
		return fail_set(fail, -errno, "%s cannot be started: /dev/null: %s", name, strerror(errno));
	if (options->log)
		files->log = open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (options->log && files->log < 0) {
		int err = fail_set(fail, -errno, "%s cannot be started: %s: %s", name, options->log,
				   strerror(errno));

		close(files->null);
		return err;
	}
	return 0;
}

static void close_files(const struct files *files)
{
	close(files->null);
	if (files->log >= 0)
		close(files->log);
}

static void set_up_output(const struct spawn_options *options, const struct files *files)
{
	int log = files->log, null = files->null;
	int output = log >= 0 ? log : options->output ? options->output : null;
	int error = log >= 0 ? log : options->error ? options->error : null;

	/* Standard error first: output may be the present standard error. */
	if (error != STDERR_FILENO)
		dup2(error, STDERR_FILENO);
	if (output != STDOUT_FILENO)
		dup2(output, STDOUT_FILENO);
	if (options->input)
		dup2(options->input, STDIN_FILENO);
	else if (!options->foreground)
		dup2(null, STDIN_FILENO);
}

/* The working directory and the environment. */
static int set_up_place(const struct spawn_options *options, const char *name)
{
	for (size_t i = 0; options->environment && options->environment[i]; i++)
		putenv((char *)options->environment[i]);
	if (!options->directory || !chdir(options->directory))
		return 0;
	fprintf(stderr, "phonelab: %s: its directory %s cannot be entered: %s\n", name, options->directory,
		strerror(errno));
	return -errno;
}

/* A descriptor has the same number in the program. */
static void set_up_descriptors(const struct spawn_options *options)
{
	for (size_t i = 0; i < options->inherit_count; i++)
		fcntl(options->inherit[i], F_SETFD, 0);
}

static int set_up_rights(const struct spawn_options *options)
{
	if (options->netns > 0 && setns(options->netns, CLONE_NEWNET))
		return -errno;
	if (options->drop_file_rights) {
		prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
		prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
	}
	if (options->drop_ambient)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return 0;
}

static int run_program(const char *name, char *const *argv)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	fprintf(stderr, "phonelab: %s: %s cannot be run: %s\n", name, argv[0], strerror(err));
	return err == ENOENT ? SPAWN_MISSING : 126;
}

static pid_t start(const struct spawn_options *options, char *const *argv, spawn_fn *run, void *arg,
		   struct fail *fail)
{
	const char *name = options->name ? options->name : argv ? argv[0] : "a process";
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	struct files files;
	int err = open_files(options, name, &files, fail);

	if (err)
		return err;
	fflush(NULL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid) {
		set_up_process(options, parent);
		set_up_signals(options, argv != NULL);
		set_up_output(options, &files);
		set_up_descriptors(options);
		if (set_up_place(options, name))
			_exit(126);
		err = set_up_rights(options);
		if (err) {
			fprintf(stderr, "phonelab: %s: its network namespace cannot be entered: %s\n", name,
				strerror(-err));
			_exit(127);
		}
		err = argv ? run_program(name, argv) : run(arg);
		fflush(NULL);
		_exit(err);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_files(&files);
	if (err)
		return fail_set(fail, err, "%s cannot be started: %s", name, strerror(-err));
	if (options->group)
		setpgid(pid, pid); /* here too, so that the group exists when this returns */
	log_debug(LOG_PROCESS, "%s: started, pid %d%s%s", name, (int)pid, argv ? ": " : "",
		  argv ? argv[0] : "");
	return pid;
}

pid_t spawn_program(const struct spawn_options *options, char *const *argv, struct fail *fail)
{
	return start(options, argv, NULL, NULL, fail);
}

pid_t spawn_function(const struct spawn_options *options, spawn_fn *run, void *arg, struct fail *fail)
{
	return start(options, NULL, run, arg, fail);
}

/* --- its end --- */

bool spawn_wait(pid_t pid, int timeout_ms, int *status)
{
	uint64_t until = clock_now_us() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000;
	char text[80];
	pid_t got;
	int how = 0;

	for (;;) {
		got = waitpid(pid, &how, timeout_ms < 0 ? 0 : WNOHANG);
		if (got == pid || (got < 0 && errno != EINTR))
			break;
		if (timeout_ms >= 0 && clock_now_us() >= until)
			return false;
		if (!got)
			usleep(WAIT_US);
	}
	if (got == pid)
		log_debug(LOG_PROCESS, "pid %d %s", (int)pid, spawn_describe(how, text, sizeof(text)));
	if (status)
		*status = got == pid ? how : 0;
	return true;
}

void spawn_signal(pid_t pid, bool group, int number)
{
	kill(group && number == SIGKILL ? -pid : pid, number);
	if (group && number == SIGTERM)
		kill(-pid, SIGCONT);
}

int spawn_end(pid_t pid, bool group, int number, int timeout_ms)
{
	int status;

	spawn_signal(pid, group, number);
	if (!spawn_wait(pid, timeout_ms, &status)) {
		spawn_signal(pid, group, SIGKILL);
		spawn_wait(pid, -1, &status);
	}
	if (group)
		kill(-pid, SIGKILL);
	return status;
}

int spawn_exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *spawn_describe(int status, char *text, size_t size)
{
	if (WIFEXITED(status))
		snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return text;
}
