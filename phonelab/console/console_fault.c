/* Faults of a lab of closets: each is held by the keeper of the closet that it changes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/console/internal.h"
#include "phonelab/exercise/session.h"
#include "phonelab/fault/place.h"
#include "phonelab/fault/request.h"
#include "phonelab/fault/target.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/job.h"
#include "phonelab/lab/plan.h"

#define ADD_MS	 60000
#define ASK_MS	 20000
#define JOBS	 8 /* faults that are being added */
#define PHONE_AT "phones/"

/* A request that waits for replies of the lab, which this process itself passes on: it is served in a fork. */
struct task {
	struct console *console;
	uint64_t ticket;
	json_t *request;
};

static unsigned tasks;

/* --- where a fault acts --- */

/* Does the action change something in the closet of the phone and its switch, and not in core? */
static bool is_at_phone(const struct fault_action *action)
{
	switch ((enum fault_do)action->what) {
	case FAULT_DO_CONFIGURE:
	case FAULT_DO_WIRE:
	case FAULT_DO_PLUG:
	case FAULT_DO_UNPLUG: return true;
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_SIGN:
	case FAULT_DO_CERTIFY:
	case FAULT_DO_ESTRANGE:
	case FAULT_DO_CHMOD: return action->file && !strncmp(action->file, PHONE_AT, strlen(PHONE_AT));
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART:
	case FAULT_DO_REFUSE:
	case FAULT_DO_FORGET:
	case FAULT_DO_SQL:
	case FAULT_DO_SETTING: return false;
	}
	return false;
}

/* The closet whose keeper holds the fault. 0 or a negative errno with the reason. */
static int find_closet(const struct console *console, const struct fault *fault, const json_t *vars,
		       size_t *closet, struct fail *fail)
{
	size_t away = 0;

	for (size_t i = 0; i < fault->inject.n; i++)
		away += is_at_phone(&fault->inject.items[i]);
	*closet = away ? route_node(console->route, json_text(vars, "switch")) : route_core(console->route);
	if (away && away < fault->inject.n && *closet != route_core(console->route))
		return fail_set(
		    fail, -EOPNOTSUPP,
		    "%s changes the closet %s and the servers in core; a fault of a lab of closets "
		    "changes one closet",
		    fault->id, route_name(console->route, *closet));
	return 0;
}

/* --- adding, in the fork --- */

static json_t *request_for_keeper(const json_t *request, const json_t *vars)
{
	static const char *const passed[] = {"do", "id", "text", "file", "for", "count"};
	json_t *copy = json_object();

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (json_object_get(request, passed[i]))
			json_object_set(copy, passed[i], json_object_get(request, passed[i]));
	json_object_set_new(copy, "vars", json_deep_copy(vars));
	return copy;
}

/* One request to the keeper of a closet, through its socket of channels. */
static json_t *ask_keeper(const struct console *console, size_t closet, json_t *request, struct fail *fail)
{
	static const struct lab here = {.name = "this lab"};
	char socket[100];
	json_t *reply;

	snprintf(socket, sizeof(socket), "closets/%s.lab", route_name(console->route, closet));
	reply = client_call(&here, socket, request, ADD_MS, NULL, fail);
	if (!reply && fail->err != -EHOSTUNREACH)
		fail_prefix(fail, fail->err, "%s", route_name(console->route, closet));
	return reply;
}

static json_t *add(const struct console *console, const json_t *request, const struct fault *fault,
		   struct fail *fail)
{
	const struct fault_target target = fault_request_target(request);
	struct fault_place place = {.fault = fault};
	json_t *vars = NULL, *reply = NULL, *undone;
	struct fail ignored = {0};
	size_t closet;

	if (!fault_target_check(console->topology, fault, &target, fail))
		vars = fault_vars(console->topology, &target, fault, fail);
	if (vars && !find_closet(console, fault, vars, &closet, fail))
		reply = ask_keeper(console, closet, request_for_keeper(request, vars), fail);
	place.vars = vars;
	if (reply && fault_target_erases(fault, &target) && fault_erase(&place, fail)) {
		undone = ask_keeper(console, closet,
				    json_pack("{s:s,s:o}", "do", "fault-clear", "which",
					      json_sprintf("%lld", json_int(reply, "number"))),
				    &ignored);
		json_decref(undone);
		json_decref(reply);
		reply = NULL;
	}
	json_decref(vars);
	if (!reply)
		return NULL;
	json_object_set_new(
	    reply, "number",
	    json_integer(route_fault_number(console->route, closet, json_int(reply, "number"))));
	json_object_set_new(reply, "closet", json_string(route_name(console->route, closet)));
	return reply;
}

static json_t *add_work(void *arg, struct fail *fail)
{
	const struct task *task = arg;
	struct fault_set *set = NULL;
	const struct fault *fault = fault_request_fault(task->request, &set, fail);
	json_t *reply = fault ? add(task->console, task->request, fault, fail) : NULL;

	fault_set_free(set);
	return reply;
}

static json_t *vars_work(void *arg, struct fail *fail)
{
	const struct task *task = arg;
	json_t *vars = fault_request_vars(task->console->topology, task->request, fail);

	return vars ? json_pack("{s:o}", "vars", vars) : NULL;
}

static void task_done(void *arg, const json_t *result, const struct fail *fail)
{
	struct task *task = arg;

	tasks--;
	control_answer(task->console->lab, task->ticket, result ? json_deep_copy(result) : NULL, fail);
	json_decref(task->request);
	free(task);
}

static json_t *begin_task(struct console *console, const json_t *request, job_work_fn *work,
			  struct fail *fail)
{
	struct task *task = tasks < JOBS ? calloc(1, sizeof(*task)) : NULL;
	struct job *job;

	if (!task) {
		fail_set(fail, -EBUSY, "%d faults are being added; try again", JOBS);
		return NULL;
	}
	*task = (struct task){.console = console, .request = json_deep_copy(request)};
	if (job_start(&job, console->base, work, task_done, task, fail)) {
		json_decref(task->request);
		free(task);
		return NULL;
	}
	tasks++;
	task->ticket = control_defer(console->lab);
	return NULL;
}

static bool is_secret(const struct console *console, enum fault_secrecy until, struct fail *fail)
{
	if (exercise_session_secrecy(console->exercise) <= until)
		return false;
	fail_set(fail, -EPERM, "this lab is an exercise: its faults are to be found and repaired by hand");
	return true;
}

json_t *console_fault_add(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return is_secret(arg, FAULT_BEGINNING, fail) ? NULL : begin_task(arg, request, add_work, fail);
}

json_t *console_fault_vars(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return is_secret(arg, FAULT_BEGINNING, fail) ? NULL : begin_task(arg, request, vars_work, fail);
}

/* --- listing --- */

static void add_faults(struct console_round *round, size_t closet, const json_t *reply,
		       const struct fail *fail)
{
	const char *name = route_name(round->console->route, closet);

	if (reply)
		merge_faults(round->console->route, closet, reply, json_object_get(round->result, "faults"));
	else
		json_array_append_new(
		    json_object_get(round->result, "not_reached"),
		    json_pack("{s:s,s:o}", "name", name, "reason", json_text_new(fail->text)));
	if (json_is_true(json_object_get(reply, "unclean")))
		json_object_set_new(round->result, "unclean", json_true());
}

static void answer_faults(struct console_round *round)
{
	if (!json_array_size(json_object_get(round->result, "not_reached")))
		json_object_del(round->result, "not_reached");
	control_answer(round->console->lab, round->ticket, json_incref(round->result), &round->fail);
}

json_t *console_fault_ls(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct console *console = arg;

	(void)fd;
	if (!is_secret(console, FAULT_OPEN, fail))
		console_ask_all(console, control_defer(console->lab), request, ASK_MS, add_faults,
				answer_faults, json_pack("{s:[],s:[]}", "faults", "not_reached"));
	return NULL;
}

/* --- clearing --- */

/* A closet without such a fault is no failure; the first other reason is. */
static void add_cleared(struct console_round *round, size_t closet, const json_t *reply,
			const struct fail *fail)
{
	long long cleared = json_int(round->result, "cleared") + json_int(reply, "cleared");

	json_object_set_new(round->result, "cleared", json_integer(cleared));
	if (!reply && fail->err != -ENOENT && !round->fail.err) {
		round->fail = *fail;
		fail_prefix(&round->fail, fail->err, "the faults of %s are not cleared",
			    route_name(round->console->route, closet));
	}
}

static void answer_cleared(struct console_round *round)
{
	const char *which = json_text(round->result, "which");
	bool none = !json_int(round->result, "cleared") && *which && strcmp(which, "all");

	if (none && !round->fail.err)
		fail_set(&round->fail, -ENOENT,
			 "no active fault \"%s\"; phonelab fault ls --active lists the active faults", which);
	if (round->ticket)
		control_answer(round->console->lab, round->ticket,
			       round->fail.err ? NULL
					       : json_pack("{s:I}", "cleared",
							   (json_int_t)json_int(round->result, "cleared")),
			       &round->fail);
}

json_t *console_fault_clear(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *which = json_text(request, "which");
	struct console *console = arg;
	json_t *one;
	long long number;
	size_t closet;

	(void)fd;
	if (is_secret(console, FAULT_OPEN, fail))
		return NULL;
	if (*which && !which[strspn(which, "0123456789")] &&
	    route_fault_split(console->route, atoll(which), &closet, &number)) {
		if (console_status_check(&console->closets[closet], fail))
			return NULL;
		one = json_pack("{s:s,s:o}", "do", "fault-clear", "which", json_sprintf("%lld", number));
		console_forward(console, console->lab, control_defer(console->lab), closet, "lab.sock", one,
				ASK_MS);
		json_decref(one);
		return NULL;
	}
	console_ask_all(console, control_defer(console->lab), request, ASK_MS, add_cleared, answer_cleared,
			json_pack("{s:i,s:s}", "cleared", 0, "which", which));
	return NULL;
}

/* --- exercises: the console holds the session, because a fault may be in any closet --- */

json_t *console_exercise(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct console *console = arg;

	(void)fd;
	return exercise_session_serve(console->exercise, request, fail);
}

/* The exercise waits until the lab is healthy, so this does not wait for the replies. */
static int clear_all(void *arg, struct fail *fail)
{
	struct console *console = arg;
	json_t *request = json_pack("{s:s,s:s}", "do", "fault-clear", "which", "all");

	(void)fail;
	console_ask_all(console, 0, request, ASK_MS, add_cleared, answer_cleared,
			json_pack("{s:i,s:s}", "cleared", 0, "which", "all"));
	json_decref(request);
	return 0;
}

int console_fault_begin(struct console *console, struct fail *fail)
{
	console->exercise = exercise_session_new(console->base, clear_all, console);
	return console->exercise ? 0 : fail_set(fail, -ENOMEM, "out of memory");
}

void console_fault_free(struct console *console)
{
	exercise_session_free(console->exercise);
}
