#include "phonelab/supervise/lab_server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event_log.h"
#include "base/json_text.h"
#include "phonelab/exercise/session.h"
#include "phonelab/lab/device_verb.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/program.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/supervise/log_times.h"
#include "phonelab/supervise/trace_limit.h"

int lab_server_read(struct lab_server *lab, struct fail *fail)
{
	int err = node_list(lab->topology, &lab->nodes, &lab->node_count, fail);

	return err ? err : server_programs_read(&lab->programs, lab->topology, &lab->plan, fail);
}

pid_t lab_server_box(void *arg, const char *name, char *const *argv, struct fail *fail)
{
	char path[160];
	const struct spawn_options options = {
	    .name = name, .log = path, .group = true, .drop_file_rights = true};

	(void)arg;
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", name);
	return spawn_program(&options, argv, fail);
}

void lab_server_box_end(void *arg, pid_t pid)
{
	(void)arg;
	spawn_end(pid, true, SIGKILL, -1);
}

static enum fault_secrecy secrecy(void *arg)
{
	const struct lab_server *lab = arg;

	return exercise_session_secrecy(lab->exercise);
}

static void fault_changed(void *arg, const char *event, const char *detail, json_t *evidence)
{
	const struct lab_server *lab = arg;

	if (lab->events)
		event_log_write(lab->events, clock_now_us(), "lab", 0, event, detail, evidence);
	else
		json_decref(evidence);
}

static int clear_faults(void *arg, struct fail *fail)
{
	return fault_state_clear_all(arg, fail);
}

int lab_server_begin(struct lab_server *lab, const struct control_verb *verbs, struct fail *fail)
{
	struct fault_host *host = &lab->host;
	int err;

	lab->source.topology = host->topology = lab->topology;
	lab->source.nodes = lab->nodes;
	lab->source.node_count = lab->node_count;
	host->base = lab->base;
	host->bin = lab->bin;
	host->arg = lab;
	host->secrecy = secrecy;
	host->changed = fault_changed;
	if (!host->box) {
		host->box = lab_server_box;
		host->box_end = lab_server_box_end;
	}
	lab->faults = fault_state_new(host);
	lab->exercise = lab->faults ? exercise_session_new(lab->base, clear_faults, lab->faults) : NULL;
	if (!lab->faults || !lab->exercise)
		return fail_set(fail, -ENOMEM, "out of memory");
	err = log_times_start(&lab->log_times, lab->base, PLAN_PREFIX, fail);
	if (!err)
		err = trace_limit_start(&lab->trace_limit, lab->base, PLAN_PREFIX, fail);
	if (err)
		return err;
	return control_server_new(&lab->control, lab->base, PLAN_PREFIX "/lab.sock", verbs, lab, fail);
}

void lab_server_free(struct lab_server *lab)
{
	control_server_free(lab->control);
	exercise_session_free(lab->exercise);
	fault_state_free(lab->faults);
	log_times_stop(lab->log_times);
	trace_limit_stop(lab->trace_limit);
	if (lab->base)
		event_base_free(lab->base);
	server_programs_free(&lab->programs);
	free(lab->nodes);
}

/* The simulators have counted theirs. */
static void add_lost_events(const struct lab_server *lab, json_t *status)
{
	json_int_t lost = json_integer_value(json_object_get(status, "events_lost"));

	if (lab->events)
		lost += (json_int_t)event_log_lost(lab->events);
	json_object_set_new(status, "events_lost", json_integer(lost));
}

json_t *lab_server_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	json_t *status = status_assemble(&lab->source);

	(void)request;
	(void)fd;
	if (status) {
		json_object_set_new(status, "services",
				    program_list(lab->nodes, lab->node_count, &lab->programs,
						 lab->host.program, lab->host.arg));
		add_lost_events(lab, status);
	} else {
		fail_set(fail, -ENOMEM, "out of memory");
	}
	return status;
}

static void list_node(const struct lab_server *lab, json_t *nodes, const char *name, const char *kind,
		      size_t index)
{
	pid_t pid = lab->pid ? lab->pid(lab, kind, index) : 0;
	json_t *node = pid < 0 ? NULL : json_pack("{s:s,s:s}", "name", name, "kind", kind);

	if (lab->pid)
		json_object_set_new(node, "pid", json_integer(pid));
	json_array_append_new(nodes, node);
}

json_t *lab_server_alive(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg;
	(void)request;
	(void)fd;
	(void)fail;
	return json_object();
}

json_t *lab_server_nodes(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	const struct topology *topology = lab->topology;
	json_t *nodes = json_array();

	(void)request;
	(void)fd;
	(void)fail;
	for (size_t i = 0; i < topology->switches.n; i++)
		list_node(lab, nodes, topology->switches.items[i].name, "switch", i);
	for (size_t i = 0; i < lab->node_count; i++)
		list_node(lab, nodes, lab->nodes[i].name, lab->nodes[i].kind, i);
	for (size_t i = 0; i < topology->phone_count; i++)
		list_node(lab, nodes, topology->phones[i].name, "phone", i);
	return json_pack("{s:o}", "nodes", nodes);
}

json_t *lab_server_fault(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	json_t *reply = fault_state_answer(lab->faults, request, fail);

	(void)fd;
	if (reply && lab->unclean)
		json_object_set_new(reply, "unclean", json_true());
	return reply;
}

json_t *lab_server_exercise(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;

	(void)fd;
	return exercise_session_serve(lab->exercise, request, fail);
}

json_t *lab_server_program(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;

	(void)fd;
	return program_answer(request, lab->host.program, lab->host.arg, fail);
}

json_t *lab_server_device(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	const char *action = json_text(request, "action");
	json_t *reply = device_verb(lab->topology, &lab->plan, request, fail);
	bool reads = !strcmp(action, "ls") || !strcmp(action, "show");

	(void)fd;
	if (reply && !reads && lab->events)
		event_log_write(lab->events, clock_now_us(), json_text_or(reply, "phone", "lab"), 0,
				"device.action", action, NULL);
	return reply;
}

/* --- the verb `service`, for scenarios --- */

/* The words of a scenario, and the actions that they stand for. */
static const struct {
	const char *word;
	enum program_action action;
} actions[] = {
    {"stop", PROGRAM_STOP},    {"kill", PROGRAM_KILL}, {"pause", PROGRAM_PAUSE},
    {"continue", PROGRAM_RUN}, {"start", PROGRAM_RUN}, {"restart", PROGRAM_RESTART},
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int act(const struct lab_server *lab, const char *program, size_t action, struct fail *fail)
{
	bool begins = !strcmp(actions[action].word, "start");
	int state = lab->host.program(lab->host.arg, program, PROGRAM_STATE, fail);

	if (state >= 0 && state != PROGRAM_STOPPED && begins)
		return fail_set(fail, -EEXIST, "service: %s is running already", program);
	if (state == PROGRAM_STOPPED && !begins && strcmp(actions[action].word, "restart") != 0)
		return fail_set(fail, -ESRCH, "service: %s does not run", program);
	if (state >= 0)
		state = lab->host.program(lab->host.arg, program, actions[action].action, fail);
	return state < 0 ? state : 0;
}

json_t *lab_server_service(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_server *lab = arg;
	const char *name = json_text(request, "name"), *word = json_text(request, "action");
	json_t *programs = json_array();
	size_t action = 0;
	int err = 0;

	(void)fd;
	while (action < ACTIONS && strcmp(actions[action].word, word) != 0)
		action++;
	if (!*name || action == ACTIONS)
		err = fail_set(
		    fail, -EINVAL,
		    "service: unknown action \"%s\" for the program \"%s\"; the actions are stop, kill, "
		    "pause, continue, start and restart",
		    word, name);
	for (size_t i = 0; i < lab->programs.n && !err; i++) {
		const struct server_program *program = &lab->programs.items[i];

		if (strcmp(program->name, name) && strcmp(program->node, name))
			continue;
		json_array_append_new(programs, json_string(program->name));
		err = act(lab, program->name, action, fail);
	}
	if (!err && !json_array_size(programs))
		err = node_reject_external(lab->nodes, lab->node_count, name, fail);
	if (!err && !json_array_size(programs))
		err = fail_set(fail, -ENOENT, "service: unknown program or server \"%s\"", name);
	if (err) {
		json_decref(programs);
		return NULL;
	}
	if (lab->events)
		event_log_write(lab->events, clock_now_us(), name, 0, "service.action", word, NULL);
	return json_pack("{s:o}", "programs", programs);
}
