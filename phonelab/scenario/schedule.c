/* Run several scenarios at a time. */
#include "phonelab/scenario/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/scenario/run.h"

#define PHONES_MOST 240 /* that boot at a time; a single lab may have more */

struct job {
	pid_t pid;	  /* not positive: no process was made */
	int pipe;	  /* -1: none, the job ends at the next turn */
	struct text text; /* of the result, as far as it was read */
	bool done;
};

struct schedule {
	struct scenario *const *scenarios;
	struct job *jobs;
	size_t count, next, running, phones;
	unsigned most;
	const struct lab *in;
	const char *folder;
	int signals;
	bool interrupted;
};

/* Folder names contain only characters that need no quoting in a shell. */
static void folder_of(const struct schedule *schedule, size_t index, char *path, size_t size)
{
	size_t n = (size_t)snprintf(path, size, "%s/%03zu-%s", schedule->folder, index + 1,
				    schedule->scenarios[index]->name);

	for (size_t i = strlen(schedule->folder) + 1; i < n && i < size - 1; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", path[i]))
			path[i] = '-';
}

struct runner {
	const struct schedule *schedule;
	size_t index;
	int out;
};

static int run_scenario(void *arg)
{
	const struct runner *runner = arg;
	char lab[40], folder[1024];
	json_t *result;
	char *text;

	snprintf(lab, sizeof(lab), "test-%d-%zu", (int)getppid(), runner->index + 1);
	folder_of(runner->schedule, runner->index, folder, sizeof(folder));
	result = scenario_run(runner->schedule->scenarios[runner->index], runner->schedule->in, lab, folder);
	text = json_dumps(result, JSON_COMPACT);
	return text && !file_write_all(runner->out, text, strlen(text)) ? 0 : EXIT_DEFECT;
}

static size_t phones_of(const struct schedule *schedule, size_t index)
{
	return schedule->scenarios[index]->topology->phone_count;
}

static bool there_is_room(const struct schedule *schedule)
{
	return !schedule->interrupted && schedule->next < schedule->count &&
	       schedule->running < schedule->most &&
	       (!schedule->running || schedule->phones + phones_of(schedule, schedule->next) <= PHONES_MOST);
}

static void start_next(struct schedule *schedule)
{
	struct job *job = &schedule->jobs[schedule->next];
	struct spawn_options options = {.name = schedule->scenarios[schedule->next]->name,
					.foreground = true,
					.output = STDOUT_FILENO,
					.error = STDERR_FILENO,
					.group = true};
	struct runner runner = {.schedule = schedule, .index = schedule->next};
	struct fail fail = {0};
	int pipes[2];

	job->pipe = -1;
	if (!pipe2(pipes, O_CLOEXEC)) {
		runner.out = pipes[1];
		job->pid = spawn_function(&options, run_scenario, &runner, &fail);
		close(pipes[1]);
		job->pipe = pipes[0];
	}
	schedule->running++;
	schedule->phones += phones_of(schedule, schedule->next++);
}

static json_t *no_result(const struct scenario *scenario, enum scenario_outcome outcome, const char *reason)
{
	return scenario_no_result(scenario->name, scenario->file, outcome, 0, reason);
}

/* The process has exited: its result, or how it exited. */
static json_t *result_of(struct schedule *schedule, size_t index, int status)
{
	struct job *job = &schedule->jobs[index];
	json_t *result = job->text.bytes ? json_loadb(job->text.bytes, job->text.length, 0, NULL) : NULL;
	char text[160], how[80];

	if (result)
		return result;
	if (job->pid <= 0)
		return no_result(
		    schedule->scenarios[index], OUTCOME_UNFIT,
		    "the process of the scenario cannot be started: no memory, no file or no process is "
		    "available");
	snprintf(text, sizeof(text), "the process of the scenario %s and left no result",
		 spawn_describe(status, how, sizeof(how)));
	return no_result(schedule->scenarios[index], OUTCOME_DEFECT, text);
}

/* Read the available output; true at its end. */
static bool read_output(struct job *job)
{
	char bytes[16384];
	ssize_t n = read(job->pipe, bytes, sizeof(bytes));

	if (n > 0)
		text_add_bytes(&job->text, bytes, (size_t)n);
	return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

static void finish(struct schedule *schedule, size_t index, json_t *results, schedule_fn *ended, void *arg)
{
	struct job *job = &schedule->jobs[index];
	json_t *result;
	int status = 0;

	if (job->pipe >= 0)
		close(job->pipe);
	if (job->pid > 0)
		spawn_wait(job->pid, -1, &status);
	job->done = true;
	schedule->running--;
	schedule->phones -= phones_of(schedule, index);
	result = result_of(schedule, index, status);
	ended(arg, index, result);
	json_array_set_new(results, index, result);
	text_free(&job->text);
}

static void interrupt(struct schedule *schedule)
{
	struct signalfd_siginfo info;

	while (read(schedule->signals, &info, sizeof(info)) == sizeof(info))
		schedule->interrupted = true;
	for (size_t i = 0; i < schedule->next; i++)
		/* kill() takes 0 and negative numbers for groups of processes. */
		if (!schedule->jobs[i].done && schedule->jobs[i].pid > 0)
			kill(schedule->jobs[i].pid, SIGTERM);
}

/* Wait for output or a signal, and process it. */
static void turn(struct schedule *schedule, json_t *results, schedule_fn *ended, void *arg)
{
	struct pollfd *fds = calloc(schedule->running + 1, sizeof(*fds));
	int wait_ms = -1;
	size_t n = 0;

	if (!fds)
		return;
	for (size_t i = 0; i < schedule->next; i++) {
		if (schedule->jobs[i].done)
			continue;
		if (schedule->jobs[i].pipe < 0)
			wait_ms = 0;
		fds[n++] = (struct pollfd){.fd = schedule->jobs[i].pipe, .events = POLLIN};
	}
	fds[n] = (struct pollfd){.fd = schedule->signals, .events = POLLIN};
	if (poll(fds, n + 1, wait_ms) >= 0) {
		size_t at = 0;

		if (fds[n].revents)
			interrupt(schedule);
		for (size_t i = 0; i < schedule->next && at < n; i++) {
			struct job *job = &schedule->jobs[i];

			if (job->done)
				continue;
			if (job->pipe < 0 || (fds[at].revents && read_output(job)))
				finish(schedule, i, results, ended, arg);
			at++;
		}
	}
	free(fds);
}

json_t *schedule_run(struct scenario *const *scenarios, size_t count, unsigned jobs, const struct lab *in,
		     const char *folder, schedule_fn *ended, void *arg, bool *interrupted)
{
	struct schedule schedule = {
	    .scenarios = scenarios, .count = count, .most = in ? 1 : jobs, .in = in, .folder = folder};
	json_t *results = json_array();
	sigset_t signals, before;

	schedule.jobs = calloc(count + 1, sizeof(*schedule.jobs));
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	schedule.signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(results, no_result(scenarios[i], OUTCOME_INTERRUPTED, "interrupted"));
	while (schedule.jobs && (schedule.running || there_is_room(&schedule))) {
		while (there_is_room(&schedule))
			start_next(&schedule);
		turn(&schedule, results, ended, arg);
	}
	*interrupted = schedule.interrupted;
	close(schedule.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(schedule.jobs);
	return results;
}
