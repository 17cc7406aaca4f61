#include "phonelab/node_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event_log.h"
#include "phonelab/command.h"
#include "phonelab/node.h"
#include "phonelab/plan.h"

#define PROGRAMS     8
#define TICK_MS	     10 /* how often addresses are looked for; nothing ticks once the node is plugged in */
#define END_US	     5000000
#define EXIT_NO_EXEC 127

struct program {
	const char *name;
	pid_t pid; /* 0: not running */
	int out;   /* what it prints, or -1 */
	int log;   /* where that is kept, or -1 */
};

struct run {
	const struct node_job *job;
	struct program programs[PROGRAMS];
	size_t count;
	int signals;
	bool started; /* the programs, after the cable */
	bool ending;
	uint64_t kill_at;
	int status;
};

static void __attribute__((noreturn)) become(char *const *argv, bool bare, int out)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bare)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "phonelab: node: %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NO_EXEC);
}

static int start(struct run *run, const char *name, char *const *argv, bool bare)
{
	struct program *program = &run->programs[run->count];
	char path[200];
	int pipes[2];

	if (run->count == PROGRAMS || pipe2(pipes, O_CLOEXEC))
		return command_complain(EXIT_DEFECT, "node: %s cannot be started: %s", name, strerror(errno));
	fflush(NULL);
	program->pid = fork();
	if (!program->pid)
		become(argv, bare, pipes[1]);
	close(pipes[1]);
	if (program->pid < 0) {
		close(pipes[0]);
		program->pid = 0;
		return command_complain(EXIT_UNFIT, "node: %s cannot be started: %s", name, strerror(errno));
	}
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", name);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	program->name = name;
	program->out = pipes[0];
	program->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	run->count++;
	return 0;
}

/* Pass on what it printed. Nobody may be reading our output, or the disk be full: the program goes on. */
static void pass_on(struct program *program)
{
	char text[16384];
	ssize_t n;

	while ((n = read(program->out, text, sizeof(text))) > 0) {
		(void)!write(STDOUT_FILENO, text, (size_t)n);
		if (program->log >= 0)
			(void)!write(program->log, text, (size_t)n);
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(program->out);
		program->out = -1;
	}
}

static void tell(struct run *run, int number)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->programs[i].pid)
			kill(run->programs[i].pid, number);
}

static void end(struct run *run, int status)
{
	if (run->ending)
		return;
	run->ending = true;
	run->status = status;
	run->kill_at = clock_now_us() + END_US;
	tell(run, SIGTERM);
}

static void reap(struct run *run)
{
	int how;
	pid_t pid;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < run->count; i++) {
			int status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);

			if (run->programs[i].pid != pid)
				continue;
			run->programs[i].pid = 0;
			if (run->programs[i].out >= 0)
				pass_on(&run->programs[i]);
			/* With a single program its own last line has said it. */
			if (!run->ending && run->job->cable)
				fprintf(stderr, "phonelab: node: %s has ended with status %d\n",
					run->programs[i].name, status);
			end(run, status ? status : 1);
		}
}

static void on_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(run);
		else if (info.ssi_signo == SIGHUP)
			tell(run, SIGHUP);
		else
			end(run, 0);
	}
}

static void say_started(const struct run *run)
{
	struct event_log *events;
	struct fail fail;

	if (event_log_open(&events, PLAN_PREFIX "/events.jsonl", &fail))
		return;
	event_log_write(events, clock_now_us(), "lab", 0, "lab.started", run->job->name, NULL);
	event_log_close(events);
}

/* Once the node has its addresses, its programs. */
static void go_on(struct run *run)
{
	struct fail fail;

	if (run->started || run->ending || (run->job->node && node_has_addresses(run->job->node, &fail)))
		return;
	run->started = true;
	for (size_t i = 0; i < run->job->program_count && !run->ending; i++) {
		const struct node_program *program = &run->job->programs[i];
		int status = start(run, program->name, program->argv, program->bare);

		if (status)
			end(run, status);
	}
	say_started(run);
}

static bool running(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->programs[i].pid)
			return true;
	return !run->ending;
}

static void turn(struct run *run)
{
	struct pollfd fds[PROGRAMS + 1] = {{.fd = run->signals, .events = POLLIN}};

	for (size_t i = 0; i < run->count; i++)
		fds[i + 1] = (struct pollfd){.fd = run->programs[i].out, .events = POLLIN};
	poll(fds, run->count + 1, run->ending ? 200 : run->started ? -1 : TICK_MS);
	for (size_t i = 0; i < run->count; i++)
		if (run->programs[i].out >= 0)
			pass_on(&run->programs[i]);
	on_signals(run);
	go_on(run);
	if (run->ending && clock_now_us() >= run->kill_at)
		tell(run, SIGKILL);
}

int node_run(const struct node_job *job)
{
	static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	struct run run = {.job = job};
	char cable[80];
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run.signals < 0)
		return command_complain(EXIT_DEFECT, "node: signalfd: %s", strerror(errno));
	snprintf(cable, sizeof(cable), "%s-cable", job->name);
	if (job->cable) {
		int status = start(&run, cable, job->cable, false);

		if (status)
			end(&run, status);
	}
	go_on(&run);
	while (running(&run))
		turn(&run);
	for (size_t i = 0; i < run.count; i++) {
		if (run.programs[i].out >= 0)
			close(run.programs[i].out);
		if (run.programs[i].log >= 0)
			close(run.programs[i].log);
	}
	close(run.signals);
	return run.status;
}
