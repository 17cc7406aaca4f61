/* Stop, kill, pause and start the services of a running lab, for scenarios. */
#include "phonelab/supervise/supervisor_program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"

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
		err = fail_set(fail, -EINVAL,
			       "service: found \"%s\" for \"%s\", expected stop, kill, pause, continue, "
			       "start or restart, and the name of a program",
			       word, name);
	for (size_t i = 0; i < supervisor->child_count && !err; i++) {
		if (!has_service_name(supervisor, &supervisor->children[i], name))
			continue;
		json_array_append_new(programs, json_string(supervisor->children[i].name));
		err = act(supervisor, &supervisor->children[i], action, fail);
	}
	if (!err && !json_array_size(programs))
		err = fail_set(fail, -ENOENT, "service: unknown program or server \"%s\"", name);
	if (err) {
		json_decref(programs);
		return NULL;
	}
	event_log_write(supervisor->events, clock_now_us(), name, 0, "service.action", word, NULL);
	return json_pack("{s:o}", "programs", programs);
}
