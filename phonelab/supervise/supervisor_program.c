/* Stop, kill, pause and start the programs of a running lab. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"

#define STOP_MS	 3000
#define READY_US 8000000

/* A router has no program: its cable takes its place. */
static bool has_name(const struct supervisor *supervisor, const struct child *child, const char *name)
{
	const struct node *node = &supervisor->lab.nodes[child->node];

	if (child->kind == CHILD_CABLE)
		return node->router && !strcmp(node->name, name);
	return child->kind == CHILD_PROGRAM && !strcmp(child->name, name);
}

static struct child *find(const struct supervisor *supervisor, const char *name, struct fail *fail)
{
	for (size_t i = 0; i < supervisor->child_count; i++)
		if (has_name(supervisor, &supervisor->children[i], name))
			return &supervisor->children[i];
	if (node_reject_external(supervisor->lab.nodes, supervisor->lab.node_count, name, fail))
		return NULL;
	fail_set(fail, -ENOENT,
		 "unknown program \"%s\"; expected a program of a server or call manager, or a router", name);
	return NULL;
}

static void end(struct child *child, int number)
{
	if (child->pid)
		spawn_end(child->pid, true, number, STOP_MS);
	child_set_state(child, CHILD_DEAD); /* a lab that starts does not start it any more */
}

static int start(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	uint64_t until = clock_now_us() + READY_US;
	int err = supervisor_start_child(supervisor, child, fail);

	if (err)
		return err;
	for (;;) {
		if (supervisor_child_ready(supervisor, child, fail)) {
			child_set_state(child, CHILD_READY);
			return 0;
		}
		if (spawn_wait(child->pid, 1, NULL)) {
			char lines[600];

			child_set_state(child, CHILD_DEAD);
			child_last_lines(child, lines, sizeof(lines));
			return fail_set(fail, -ESRCH, "%s exited at once:\n%s", child->name, lines);
		}
		if (clock_now_us() > until)
			return fail_prefix(fail, -ETIMEDOUT, "%s is not ready", child->name);
	}
}

static int run_program(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	if (!child->pid)
		return start(supervisor, child, fail);
	kill(-child->pid, SIGCONT);
	return 0;
}

int supervisor_program(void *arg, const char *name, enum program_action action, struct fail *fail)
{
	struct supervisor *supervisor = arg;
	struct child *child = find(supervisor, name, fail);
	int err = 0;

	if (!child)
		return fail->err;
	switch (action) {
	case PROGRAM_STATE: break;
	case PROGRAM_STOP: end(child, SIGTERM); break;
	case PROGRAM_KILL: end(child, SIGKILL); break;
	case PROGRAM_PAUSE: err = program_pause(child->pid, child->name, fail); break;
	case PROGRAM_RUN: err = run_program(supervisor, child, fail); break;
	case PROGRAM_RESTART:
		end(child, SIGTERM);
		err = start(supervisor, child, fail);
		break;
	}
	return err ? err : (int)program_state_of(child->pid);
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

static int act(struct supervisor *supervisor, const struct child *child, size_t action, struct fail *fail)
{
	bool begins = !strcmp(actions[action].word, "start");
	bool runs = child->pid > 0;
	int state;

	if (runs && begins)
		return fail_set(fail, -EEXIST, "service: %s is running already", child->name);
	if (!runs && !begins && strcmp(actions[action].word, "restart") != 0)
		return fail_set(fail, -ESRCH, "service: %s does not run", child->name);
	state = supervisor_program(supervisor, child->name, actions[action].action, fail);
	return state < 0 ? state : 0;
}

static bool has_service_name(const struct supervisor *supervisor, const struct child *child, const char *name)
{
	return child->kind == CHILD_PROGRAM &&
	       (!strcmp(child->name, name) || !strcmp(supervisor->lab.nodes[child->node].name, name));
}

json_t *verb_service(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct supervisor *supervisor = arg;
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
	for (size_t i = 0; i < supervisor->child_count && !err; i++) {
		if (!has_service_name(supervisor, &supervisor->children[i], name))
			continue;
		json_array_append_new(programs, json_string(supervisor->children[i].name));
		err = act(supervisor, &supervisor->children[i], action, fail);
	}
	if (!err && !json_array_size(programs))
		err = node_reject_external(supervisor->lab.nodes, supervisor->lab.node_count, name, fail);
	if (!err && !json_array_size(programs))
		err = fail_set(fail, -ENOENT, "service: unknown program or server \"%s\"", name);
	if (err) {
		json_decref(programs);
		return NULL;
	}
	event_log_write(supervisor->events, clock_now_us(), name, 0, "service.action", word, NULL);
	return json_pack("{s:o}", "programs", programs);
}
