/* One run of the bench. */
#include "phonelab/command/exercise_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/exercise/bench.h"
#include "phonelab/exercise/lab.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define FINISH_S      10
#define FINISH_MORE_S 60
#define END_MS	      20000

/* --- the agent --- */

static int write_ticket(const struct bench_run *run, const json_t *state, char path[200], struct fail *fail)
{
	json_t *ticket = exercise_ticket(state);
	struct text text = {0};
	char *json = json_dumps(ticket, JSON_INDENT(2));

	json_decref(ticket);
	snprintf(path, 200, "%s/%s.json", run->folder, run->lab);
	text_add(&text, "%s\n", json ? json : "");
	free(json);
	return file_write_text(path, &text, fail);
}

/* Run the agent with the ticket as its standard input. How it ended; NULL with the reason. */
static const char *run_agent(const struct bench_run *run, const char *ticket, struct bench_shared *shared,
			     struct fail *fail)
{
	char bin[560], lab[80], mcp[700], file[240];
	const char *const environment[] = {lab, mcp, file, NULL};
	struct spawn_options options = {.name = "agent", .group = true, .environment = environment};
	int status = 0;
	pid_t pid;

	self_folder(bin, sizeof(bin));
	snprintf(lab, sizeof(lab), "PHONELAB_LAB=%s", run->lab);
	snprintf(mcp, sizeof(mcp), "PHONELAB_MCP=%s/phonelab --lab %s mcp", bin, run->lab);
	snprintf(file, sizeof(file), "PHONELAB_TICKET=%s", ticket);
	options.error = options.output = STDERR_FILENO;
	options.input = open(ticket, O_RDONLY | O_CLOEXEC);
	pid = options.input < 0
		  ? -errno
		  : spawn_program(&options, (char *const[]){"sh", "-c", (char *)run->agent, NULL}, fail);
	if (options.input > 0)
		close(options.input);
	if (pid < 0) {
		fail_set(fail, (int)pid, "the agent cannot be started: %s", strerror(-(int)pid));
		return NULL;
	}
	shared->agent = pid;
	if (!spawn_wait(pid, (int)run->limit_s * 1000, &status)) {
		spawn_end(pid, true, SIGKILL, -1);
		shared->agent = 0;
		return "timeout";
	}
	kill(-pid, SIGKILL); /* what it has started */
	shared->agent = 0;
	return spawn_exit_status(status) ? "failed" : "finished";
}

/* --- the exercise --- */

/* Finish the exercise, if it is still the one that `begun` describes. Its state, or NULL with the reason. */
static json_t *finish(const struct lab *lab, const json_t *begun, struct fail *fail)
{
	const json_t *before = json_object_get(begun, "exercise"), *after;
	json_t *state =
	    exercise_call(lab, json_pack("{s:s,s:i}", "action", "finish", "timeout", FINISH_S), fail);

	/* A check that the agent has left is ended first. */
	if (!state && fail->err == -EBUSY) {
		json_decref(exercise_wait(lab, "checking", FINISH_S + FINISH_MORE_S, fail));
		state =
		    exercise_call(lab, json_pack("{s:s,s:i}", "action", "finish", "timeout", FINISH_S), fail);
	}
	json_decref(state);
	state = state ? exercise_wait(lab, "checking", FINISH_S + FINISH_MORE_S, fail) : NULL;
	after = json_object_get(state, "exercise");
	if (!state || (json_equal(json_object_get(before, "id"), json_object_get(after, "id")) &&
		       json_equal(json_object_get(before, "started"), json_object_get(after, "started"))))
		return state;
	json_decref(state);
	fail_set(fail, -EPERM, "the agent has replaced the exercise");
	return NULL;
}

static json_t *mark(const struct bench_run *run, const struct lab *lab, const json_t *begun,
		    const char *ended, double seconds)
{
	struct fail fail = {0};
	json_t *state = finish(lab, begun, &fail);
	json_t *report = exercise_bench_mark(exercise_bench_healthy(run->beginning.exercise),
					     json_object_get(state, "result"));

	json_object_set_new(report, "agent", json_string(ended));
	json_object_set_new(report, "seconds", json_real(seconds));
	json_object_set_new(report, "calls",
			    json_integer(json_int(json_object_get(state, "exercise"), "calls")));
	if (!state)
		json_object_set_new(report, "lost", json_string(fail.text));
	json_decref(state);
	return report;
}

/* The report of the run in a lab that is up; NULL with the reason. */
static json_t *run_in(const struct bench_run *run, const struct lab *lab, struct bench_shared *shared,
		      struct fail *fail)
{
	json_t *begun = exercise_begin_in(lab, &run->beginning, fail), *report = NULL;
	uint64_t start = clock_now_us();
	const char *ended = NULL;
	char ticket[200] = "";

	if (begun && !write_ticket(run, begun, ticket, fail))
		ended = run_agent(run, ticket, shared, fail);
	if (ended)
		report = mark(run, lab, begun, ended, (double)(clock_now_us() - start) / 1e6);
	if (*ticket)
		unlink(ticket);
	json_decref(begun);
	return report;
}

/* The parent of process 1 of the lab; 0 if it cannot be read. */
static pid_t outer_of(const struct lab *lab)
{
	char path[40], *text = NULL, *end;
	struct fail ignored = {0};
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)lab->pid);
	if (!file_read(path, 4096, &text, NULL, &ignored)) {
		end = strrchr(text, ')'); /* of the name */
		if (!end || sscanf(end + 1, " %*c %d", &pid) != 1)
			pid = 0;
	}
	free(text);
	return pid;
}

static void end_lab(const char *name, pid_t outer)
{
	struct fail fail = {0};
	int err = client_down(name, END_MS, &fail);

	/* The agent may have paused it; the whole lab ends with it. */
	if (err && err != -ENOENT && outer > 1)
		kill(outer, SIGKILL);
}

void bench_end(const struct bench_run *run, struct bench_shared *shared)
{
	if (shared->agent > 1)
		kill(-shared->agent, SIGKILL);
	end_lab(run->lab, shared->outer);
}

void bench_run(const struct bench_run *run, struct bench_shared *shared)
{
	struct fail fail = {0};
	struct lab lab = {0};
	json_t *report = NULL;
	char *text;

	if (exercise_lab_up(run->beginning.exercise, run->lab) || client_find(run->lab, &lab, &fail))
		fail_set(&fail, -EIO, "the lab did not start");
	else {
		shared->outer = outer_of(&lab);
		report = run_in(run, &lab, shared, &fail);
	}
	bench_end(run, shared);
	if (!report)
		report = json_pack("{s:s}", "error", fail.text);
	text = json_dumps(report, JSON_COMPACT);
	if (text && strlen(text) < BENCH_REPORT)
		strcpy(shared->report, text);
	free(text);
	json_decref(report);
}
