/* Services while the lab is up: stopped, killed, paused and started, as people do it. */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum action {
	ACTION_STOP,
	ACTION_KILL,
	ACTION_PAUSE,
	ACTION_CONTINUE,
	ACTION_START,
	ACTION_RESTART,
};
static const char *const actions[] = {"stop", "kill", "pause", "continue", "start", "restart", NULL};

static int start(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	child->stopping = false;
	child->again = false;
	return child_start(supervisor, child, child->command->argv, supervisor->nodes[child->node].netns,
			   fail);
}

/* A program that is paused hears no SIGTERM before it goes on. */
static void end(struct child *child, int number)
{
	child->stopping = true;
	kill(number == SIGKILL ? -child->pid : child->pid, number);
	kill(-child->pid, SIGCONT);
}

static int act(struct supervisor *supervisor, struct child *child, enum action action, struct fail *fail)
{
	bool runs = child->pid > 0;

	if (!runs && action != ACTION_START && action != ACTION_RESTART)
		return fail_set(fail, -ESRCH, "service: %s: found it not running, expected it to run",
				child->name);
	if (runs && action == ACTION_START)
		return child->stopping
			   ? (child->again = true, 0)
			   : fail_set(fail, -EEXIST, "service: %s: found it running already", child->name);
	switch (action) {
	case ACTION_STOP: end(child, SIGTERM); break;
	case ACTION_KILL: end(child, SIGKILL); break;
	case ACTION_PAUSE: kill(-child->pid, SIGSTOP); break;
	case ACTION_CONTINUE: kill(-child->pid, SIGCONT); break;
	case ACTION_START: return start(supervisor, child, fail);
	case ACTION_RESTART:
		if (!runs)
			return start(supervisor, child, fail);
		child->again = true;
		end(child, SIGTERM);
		break;
	}
	return 0;
}

void supervisor_service_ended(struct supervisor *supervisor, struct child *child)
{
	struct fail fail;

	supervisor_event(supervisor, "service.ended", child->name);
	if (!child->again)
		return;
	if (start(supervisor, child, &fail))
		supervisor_event(supervisor, "service.failed", fail.text);
	else
		supervisor_event(supervisor, "service.started", child->name);
}

json_t *supervisor_service(struct supervisor *supervisor, const json_t *request, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	const char *word = json_string_value(json_object_get(request, "action"));
	json_t *programs = json_array();
	char text[160];
	int action = 0, rc = 0;

	while (actions[action] && (!word || strcmp(actions[action], word)))
		action++;
	if (!name || !actions[action]) {
		json_decref(programs);
		fail_set(fail, -EINVAL,
			 "service: found \"%s\" for \"%s\", expected stop, kill, pause, continue, start or "
			 "restart, and the name of a program",
			 word ? word : "", name ? name : "");
		return NULL;
	}
	for (size_t i = 0; i < supervisor->child_count && !rc; i++) {
		struct child *child = &supervisor->children[i];

		if (child->kind != CHILD_PROGRAM ||
		    (strcmp(child->name, name) && strcmp(supervisor->nodes[child->node].name, name)))
			continue;
		json_array_append_new(programs, json_string(child->name));
		rc = act(supervisor, child, (enum action)action, fail);
	}
	if (!rc && !json_array_size(programs))
		rc = fail_set(fail, -ENOENT, "service: found no program or server \"%s\"", name);
	if (rc) {
		json_decref(programs);
		return NULL;
	}
	snprintf(text, sizeof(text), "%.80s", name);
	event_log_write(supervisor->events, clock_now_us(), text, 0, "service.action", word, NULL);
	return json_pack("{s:o}", "programs", programs);
}
