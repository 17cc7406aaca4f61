#include "phonelab/supervise/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "cucm/cucm.h"
#include "phonelab/lab/complain.h"
#include "phonelab/exercise/session.h"
#include "phonelab/fault/state.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/simulated.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/lab/status.h"

#define UNCLEAN PLAN_PREFIX "/unclean"

struct keeper {
	struct topology *topology;
	struct cucm_plan plan;
	struct node *nodes;
	size_t node_count;
	struct cucm_command *commands;
	size_t command_count;
	struct event_base *base;
	struct event *term, *interrupt;
	struct control_server *control;
	struct fault_host host;
	struct fault_state *faults;
	struct exercise_session *exercise;
	pid_t box; /* the one that is plugged in, into our own namespace; 0: none */
	char box_name[40];
	bool unclean; /* the one before us was killed with faults in place */
};

/* --- as the faults see us --- */

/* Told to the container of the server that the program belongs to. */
static int program(void *arg, const char *name, enum program_action action, struct fail *fail)
{
	const struct keeper *keeper = arg;
	char socket[128];

	for (size_t i = 0; i < keeper->command_count; i++)
		if (!strcmp(keeper->commands[i].name, name)) {
			int err;

			plan_node_socket(keeper->commands[i].node, socket);
			err = program_ask(socket, name, action, fail);
			return err < 0 ? fail_prefix(fail, err, "%s", keeper->commands[i].node) : err;
		}
	return fail_set(fail, -ENOENT, "found the program \"%s\", expected one of a server or call manager",
			name);
}

/* Making a namespace for it would take a right that the keeper has not: it is plugged into the keeper's own,
 * which has nothing in it, and so there is one at a time. */
static pid_t box(void *arg, const char *name, char *const *argv, struct fail *fail)
{
	char path[160];
	const struct spawn_options options = {
	    .name = name, .log = path, .group = true, .drop_file_rights = true};
	struct keeper *keeper = arg;
	pid_t pid;

	if (keeper->box)
		return fail_set(fail, -EBUSY,
				"%s is plugged in already: in a lab of containers there is one box at a "
				"time; clear its fault first",
				keeper->box_name);
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", name);
	pid = spawn_program(&options, argv, fail);
	if (pid < 0)
		return pid;
	keeper->box = pid;
	snprintf(keeper->box_name, sizeof(keeper->box_name), "%s", name);
	return pid;
}

static void box_end(void *arg, pid_t pid)
{
	struct keeper *keeper = arg;

	spawn_end(pid, true, SIGKILL, -1);
	keeper->box = 0;
}

static int ready(void *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	return 0; /* it is started last */
}

static enum fault_secrecy secrecy(void *arg)
{
	const struct keeper *keeper = arg;

	return exercise_session_secrecy(keeper->exercise);
}

static void failed(void *arg, const char *text)
{
	(void)arg;
	exit_complain(0, "keeper: %s", text);
}

/* Before the first fault is put in place, and after the last one has gone. */
static void holds(void *arg, bool any)
{
	const struct keeper *keeper = arg;
	int fd;

	if (keeper->unclean)
		return;
	if (!any) {
		unlink(UNCLEAN);
		return;
	}
	fd = open(UNCLEAN, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
}

/* --- the verbs of lab.sock --- */

static json_t *verb_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct keeper *keeper = arg;
	const struct status_source source = {
	    .topology = keeper->topology, .name = keeper->topology->name, .switches = true, .phones = true};
	json_t *status = status_assemble(&source);

	(void)request;
	(void)fd;
	if (status)
		json_object_set_new(status, "services",
				    program_list(keeper->nodes, keeper->node_count, keeper->commands,
						 keeper->command_count, program, keeper));
	else
		fail_set(fail, -ENOMEM, "out of memory");
	return status;
}

static void add_node(json_t *nodes, const char *name, const char *kind)
{
	json_array_append_new(nodes, json_pack("{s:s,s:s}", "name", name, "kind", kind));
}

static json_t *verb_nodes(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct keeper *keeper = arg;
	const struct topology *topology = keeper->topology;
	json_t *nodes = json_array();

	(void)request;
	(void)fd;
	(void)fail;
	for (size_t i = 0; i < topology->switches.n; i++)
		add_node(nodes, topology->switches.items[i].name, "switch");
	for (size_t i = 0; i < keeper->node_count; i++)
		add_node(nodes, keeper->nodes[i].name, keeper->nodes[i].kind);
	for (size_t i = 0; i < topology->phone_count; i++)
		add_node(nodes, topology->phones[i].name, "phone");
	return json_pack("{s:o}", "nodes", nodes);
}

static json_t *verb_program(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return program_answer(request, program, arg, fail);
}

static json_t *verb_fault(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct keeper *keeper = arg;
	json_t *reply = fault_state_answer(keeper->faults, request, fail);

	(void)fd;
	if (reply && keeper->unclean)
		json_object_set_new(reply, "unclean", json_true());
	return reply;
}

static json_t *verb_exercise(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct keeper *keeper = arg;

	(void)fd;
	return exercise_session_serve(keeper->exercise, request, fail);
}

/* --- the keeper --- */

static void on_end(evutil_socket_t number, short what, void *arg)
{
	const struct keeper *keeper = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(keeper->base);
}

static int prepare(struct keeper *keeper, const char *bin, struct fail *fail)
{
	static const struct control_verb verbs[] = {{"status", verb_status},	 {"nodes", verb_nodes},
						    {"program", verb_program},	 {"fault-add", verb_fault},
						    {"fault-clear", verb_fault}, {"fault-ls", verb_fault},
						    {"fault-vars", verb_fault},	 {"fault-rows", verb_fault},
						    {"exercise", verb_exercise}, {NULL, NULL}};
	int err = node_list(keeper->topology, &keeper->nodes, &keeper->node_count, fail);

	if (!err)
		err = cucm_command_lines(&keeper->plan, &keeper->commands, &keeper->command_count, fail);
	if (err)
		return err;
	keeper->base = event_base_new();
	keeper->term = keeper->base ? evsignal_new(keeper->base, SIGTERM, on_end, keeper) : NULL;
	keeper->interrupt = keeper->base ? evsignal_new(keeper->base, SIGINT, on_end, keeper) : NULL;
	if (!keeper->term || !keeper->interrupt || event_add(keeper->term, NULL) ||
	    event_add(keeper->interrupt, NULL))
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	keeper->unclean = !access(UNCLEAN, F_OK);
	keeper->host = (struct fault_host){.topology = keeper->topology,
					   .base = keeper->base,
					   .bin = bin,
					   .makes_netns = false,
					   .arg = keeper,
					   .program = program,
					   .box = box,
					   .box_end = box_end,
					   .ready = ready,
					   .secrecy = secrecy,
					   .holds = holds,
					   .failed = failed};
	keeper->faults = fault_state_new(&keeper->host);
	keeper->exercise = exercise_session_new(keeper->base);
	if (!keeper->faults || !keeper->exercise)
		return fail_set(fail, -ENOMEM, "out of memory");
	return control_server_new(&keeper->control, keeper->base, PLAN_PREFIX "/lab.sock", verbs, keeper,
				  fail);
}

static void finish(struct keeper *keeper)
{
	control_server_free(keeper->control);
	exercise_session_free(keeper->exercise);
	fault_state_free(keeper->faults);
	if (keeper->term)
		event_free(keeper->term);
	if (keeper->interrupt)
		event_free(keeper->interrupt);
	if (keeper->base)
		event_base_free(keeper->base);
	cucm_commands_free(keeper->commands, keeper->command_count);
	free(keeper->nodes);
}

int keeper_run(struct topology *topology, const char *bin)
{
	struct keeper keeper = {.topology = topology, .plan = plan_cucm(topology)};
	struct fail fail = {0};
	int status = EXIT_AS_ASKED;

	if (prepare(&keeper, bin, &fail)) {
		status = exit_complain(EXIT_DEFECT, "keeper: %s", fail.text);
	} else {
		if (keeper.unclean)
			exit_complain(0, "keeper: %s", fault_unclean);
		event_base_dispatch(keeper.base);
		if (fault_state_clear_all(keeper.faults, &fail))
			status = exit_complain(EXIT_DEFECT, "keeper: %s", fail.text);
	}
	finish(&keeper);
	return status;
}
