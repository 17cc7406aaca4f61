/* The verbs of lab.sock. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "phonelab/exercise/session.h"
#include "phonelab/fault/state.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/simulated.h"
#include "phonelab/lab/status.h"
#include "phonelab/supervise/supervisor_program.h"

static json_t *verb_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;
	const struct status_source source = {.topology = supervisor->topology,
					     .name = supervisor->options->name,
					     .switches = supervisor->phase > PHASE_SWITCHES,
					     .phones = supervisor->phase >= PHASE_RACK,
					     .failures = supervisor->failures};
	json_t *status = status_assemble(&source);

	(void)request;
	(void)fd;
	if (status)
		json_object_set_new(status, "services",
				    program_list(supervisor->nodes, supervisor->node_count,
						 supervisor->commands, supervisor->command_count,
						 supervisor_program, arg));
	else
		fail_set(fail, -ENOMEM, "out of memory");
	return status;
}

static void add_node(json_t *nodes, const char *name, const char *kind, pid_t pid)
{
	json_array_append_new(nodes,
			      json_pack("{s:s,s:s,s:I}", "name", name, "kind", kind, "pid", (json_int_t)pid));
}

static json_t *verb_nodes(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;
	json_t *nodes = json_array();
	pid_t rack = 0;

	(void)request;
	(void)fd;
	(void)fail;
	for (size_t i = 0; i < supervisor->child_count; i++) {
		const struct child *child = &supervisor->children[i];

		if (child->kind == CHILD_SWITCH)
			add_node(nodes, child->name, "switch", child->pid);
		else if (child->kind == CHILD_CABLE)
			add_node(nodes, supervisor->nodes[child->node].name,
				 supervisor->nodes[child->node].kind, child->pid);
		else if (child->kind == CHILD_RACK)
			rack = child->pid;
	}
	for (size_t i = 0; i < supervisor->topology->phone_count; i++)
		add_node(nodes, supervisor->topology->phones[i].name, "phone", rack);
	return json_pack("{s:o}", "nodes", nodes);
}

static json_t *verb_netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;
	const char *name = json_string_value(json_object_get(request, "node"));

	if (!name) {
		fail_set(fail, -EINVAL, "netns: found no node, expected its name");
		return NULL;
	}
	for (size_t i = 0; i < supervisor->node_count; i++)
		if (!strcmp(supervisor->nodes[i].name, name)) {
			*fd = fcntl(supervisor->nodes[i].netns, F_DUPFD_CLOEXEC, 3);
			return json_pack("{s:s,s:s}", "interface", "eth0", "kind", supervisor->nodes[i].kind);
		}
	return netns_of_simulated(supervisor->topology, name, fd, fail);
}

static json_t *verb_stop(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)request;
	(void)fd;
	(void)fail;
	supervisor_stop(arg);
	return json_object();
}

static json_t *verb_release(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct supervisor *supervisor = arg;

	(void)request;
	(void)fd;
	if (!supervisor->held) {
		fail_set(fail, -EPROTO, "release: found no phones that are held");
		return NULL;
	}
	supervisor->released = true;
	return json_object();
}

static json_t *verb_fault(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;

	(void)fd;
	return fault_state_answer(supervisor->faults, request, fail);
}

static json_t *verb_exercise(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct supervisor *supervisor = arg;

	(void)fd;
	return exercise_session_serve(supervisor->exercise, request, fail);
}

int supervisor_listen(struct supervisor *supervisor, struct fail *fail)
{
	static const struct control_verb verbs[] = {{"status", verb_status},	{"nodes", verb_nodes},
						    {"netns", verb_netns},	{"stop", verb_stop},
						    {"release", verb_release},	{"service", verb_service},
						    {"program", verb_program},	{"exercise", verb_exercise},
						    {"fault-add", verb_fault},	{"fault-clear", verb_fault},
						    {"fault-ls", verb_fault},	{"fault-vars", verb_fault},
						    {"fault-rows", verb_fault}, {NULL, NULL}};

	return control_server_new(&supervisor->control, supervisor->base, PLAN_PREFIX "/lab.sock", verbs,
				  supervisor, fail);
}
