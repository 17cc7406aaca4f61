#include "phonelab/supervise/lab_server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdint.h>
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
#include "phonelab/supervise/tls_alarms.h"
#include "phonelab/supervise/trace_limit.h"

int lab_server_read(struct lab_server *lab, struct fail *fail)
{
	int err = clusters_open(&lab->clusters, lab->topology, &lab->plan, fail);

	if (!err)
		err = node_list(lab->topology, &lab->nodes, &lab->node_count, fail);
	if (!err)
		err = server_programs_read(&lab->programs, lab->topology, &lab->plan, fail);
	for (size_t i = 1; i < lab->clusters.n && !err; i++)
		err = server_programs_add(&lab->programs, &lab->clusters.items[i].plan, fail);
	return err;
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

static json_t *ask_device(const struct lab_server *lab, size_t cluster, const json_t *request,
			  struct fail *fail);

/* The services of a cluster ask for its own device table: each other cluster has a lab.sock with the verb `device`. `why` reads the run
 * directory of a cluster and asks there whether an exercise runs. */
struct lab_cluster {
	const struct lab_server *lab;
	size_t number;
	struct control_server *control;
};

static json_t *device_of_cluster(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_cluster *door = arg;

	(void)fd;
	return ask_device(door->lab, door->number, request, fail);
}

static json_t *exercise_of_cluster(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct lab_cluster *door = arg;

	return lab_server_exercise((void *)(uintptr_t)door->lab, request, fd, fail);
}

static int open_doors(struct lab_server *lab, struct fail *fail)
{
	static const struct control_verb verbs[] = {
	    {"device", device_of_cluster}, {"exercise", exercise_of_cluster}, {NULL, NULL}};
	int err = 0;

	if (lab->clusters.n < 2)
		return 0;
	lab->doors = calloc(lab->clusters.n, sizeof(*lab->doors));
	if (!lab->doors)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 1; i < lab->clusters.n && !err; i++) {
		struct lab_cluster *door = &lab->doors[i];
		char path[160];

		*door = (struct lab_cluster){.lab = lab, .number = i};
		snprintf(path, sizeof(path), "%s/lab.sock", lab->clusters.items[i].plan.prefix);
		err = control_server_new(&door->control, lab->base, path, verbs, door, fail);
	}
	return err;
}

static int start_tls_alarms(struct lab_server *lab, struct fail *fail)
{
	int err = 0;

	lab->tls_alarms = calloc(lab->clusters.n, sizeof(struct tls_alarms *));
	if (!lab->tls_alarms)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < lab->clusters.n && !err; i++) {
		struct clusters_item *cluster = &lab->clusters.items[i];

		err = tls_alarms_start(&lab->tls_alarms[i], lab->base, cluster->plan.prefix,
				       cluster->topology, &cluster->plan, fail);
	}
	return err;
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
	if (!err)
		err = start_tls_alarms(lab, fail);
	if (err)
		return err;
	err = control_server_new(&lab->control, lab->base, PLAN_PREFIX "/lab.sock", verbs, lab, fail);
	return err ? err : open_doors(lab, fail);
}

void lab_server_free(struct lab_server *lab)
{
	for (size_t i = 1; lab->doors && i < lab->clusters.n; i++)
		control_server_free(lab->doors[i].control);
	free(lab->doors);
	control_server_free(lab->control);
	exercise_session_free(lab->exercise);
	fault_state_free(lab->faults);
	log_times_stop(lab->log_times);
	trace_limit_stop(lab->trace_limit);
	for (size_t i = 0; lab->tls_alarms && i < lab->clusters.n; i++)
		tls_alarms_stop(lab->tls_alarms[i]);
	free(lab->tls_alarms);
	if (lab->base)
		event_base_free(lab->base);
	server_programs_free(&lab->programs);
	clusters_close(&lab->clusters);
	free(lab->nodes);
}

static void add_paused(const struct lab_server *lab, json_t *list, const char *name, const char *suffix,
		       const char *kind, size_t index)
{
	pid_t pid = lab->pid(lab, kind, index);

	if (pid > 0 && program_stands_still_in_part(pid))
		json_array_append_new(list, json_sprintf("%s%s", name, suffix));
}

/* The processes of the lab, other than services, that a signal has stopped: `status --json` paused[]. NULL: none. */
static json_t *paused_of(const struct lab_server *lab)
{
	json_t *list = json_array();

	for (size_t i = 0; lab->pid && i < lab->topology->switches.n; i++)
		add_paused(lab, list, lab->topology->switches.items[i].name, "", "switch", i);
	for (size_t i = 0; lab->pid && i < lab->node_count; i++)
		if (!lab->nodes[i].router)
			add_paused(lab, list, lab->nodes[i].name, "-cable", lab->nodes[i].kind, i);
	if (lab->pid && lab->topology->phone_count)
		add_paused(lab, list, "rack", "", "phone", 0);
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
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
	json_t *status = status_assemble(&lab->source), *paused = paused_of(lab);

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
	if (paused && status)
		json_object_set(status, "paused", paused);
	json_decref(paused);
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

/* cluster: as in device_verb. */
static json_t *ask_device(const struct lab_server *lab, size_t cluster, const json_t *request,
			  struct fail *fail)
{
	const char *action = json_text(request, "action");
	json_t *reply = device_verb(&lab->clusters, cluster, request, fail);
	bool reads = !strcmp(action, "ls") || !strcmp(action, "show");

	if (reply && !reads && lab->events)
		event_log_write(lab->events, clock_now_us(), json_text_or(reply, "phone", "lab"), 0,
				"device.action", action, NULL);
	return reply;
}

json_t *lab_server_device(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return ask_device(arg, DEVICE_ANY_CLUSTER, request, fail);
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
