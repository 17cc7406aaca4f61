#include "phonelab/supervise/supervisor_internal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "phonelab/lab/plan.h"

void child_set_state(struct child *child, enum child_state state)
{
	static const char *const names[] = {[CHILD_WAITING] = "waiting",
					    [CHILD_STARTING] = "starting",
					    [CHILD_READY] = "ready",
					    [CHILD_DEAD] = "exited"};

	log_debug(LOG_PROCESS, "%s: %s --> %s (pid %d)", child->name, names[child->state], names[state],
		  (int)child->pid);
	child->state = state;
	if (state == CHILD_STARTING)
		child->deadline = clock_now_us() + child->patience_s * 1000000;
	if (state == CHILD_DEAD)
		child->pid = 0;
}

/* A server and what it forks are stopped, paused and killed together; file permissions apply to it, as to a server
 * with an account of its own. */
static int child_spawn(struct child *child, int netns, char *const *argv, spawn_fn *run, void *arg,
		       struct fail *fail)
{
	const struct topology_run *user = child->kind == CHILD_PROGRAM ? child->program->run : NULL;
	char path[160];
	const struct spawn_options options = {.name = child->name,
					      .log = path,
					      .group =
						  child->kind == CHILD_PROGRAM || child->kind == CHILD_CABLE,
					      /* A program of the user reads the user's files. */
					      .drop_file_rights = child->kind == CHILD_PROGRAM && !user,
					      .directory = user ? user->directory : NULL,
					      .environment = user	     ? child->program->environment
							     : child->trunks ? child->trunks->environment
									     : NULL,
					      .inherit = child->trunks ? child->trunks->descriptor : NULL,
					      .inherit_count = child->trunks ? 2 : 0,
					      .netns = netns};
	pid_t pid;

	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", child->name);
	pid = argv ? spawn_program(&options, argv, fail) : spawn_function(&options, run, arg, fail);
	if (pid < 0)
		return pid;
	child->pid = pid;
	child_set_state(child, CHILD_STARTING);
	return 0;
}

/* What was reported of an earlier end of this child. */
static void forget_failure(struct supervisor *supervisor, const struct child *child)
{
	json_t *failures = supervisor->lab.source.failures;
	size_t length = strlen(child->name);

	for (size_t i = json_array_size(failures); i > 0; i--) {
		const char *text = json_string_value(json_array_get(failures, i - 1));

		if (!strncmp(text, child->name, length) && text[length] == ' ')
			json_array_remove(failures, i - 1);
	}
}

int child_start(struct supervisor *supervisor, struct child *child, char *const *argv, int netns,
		struct fail *fail)
{
	int err = child_spawn(child, netns, argv, NULL, NULL, fail);

	if (err)
		return err;
	forget_failure(supervisor, child);
	supervisor_report(supervisor, "starting", child->name);
	return 0;
}

int child_run(struct child *child, spawn_fn *run, void *arg, struct fail *fail)
{
	return child_spawn(child, -1, NULL, run, arg, fail);
}

void child_last_lines(const struct child *child, char *text, size_t size)
{
	char path[160], tail[1600];
	size_t n = 0, used = 0;
	char *line, *save = NULL;
	long length;
	FILE *in;

	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", child->name);
	in = fopen(path, "re");
	if (in && !fseek(in, 0, SEEK_END)) {
		length = ftell(in);
		fseek(in, length > 1500 ? length - 1500 : 0, SEEK_SET);
		n = fread(tail, 1, sizeof(tail) - 1, in);
	}
	if (in)
		fclose(in);
	tail[n] = 0;
	snprintf(text, size, "    (it printed nothing)");
	for (line = strtok_r(tail, "\n", &save); line && used + 1 < size;
	     line = strtok_r(NULL, "\n", &save)) {
		int wrote = snprintf(text + used, size - used, "%s    %s", used ? "\n" : "", line);

		used += wrote > 0 ? (size_t)wrote : 0;
	}
}

/* The lab fails if a simulator dies, or if any child dies before the lab is up. A server that dies later is reported,
 * and the lab goes on: what the phones do then is what labs are made for. */
static void child_died(struct supervisor *supervisor, struct child *child, int status)
{
	bool fatal = supervisor->phase < PHASE_UP || child->kind == CHILD_SWITCH || child->kind == CHILD_RACK;
	char how[80], lines[1700], text[2048];

	/* Processes that a server has forked would go on and hold its ports. */
	if (child->kind == CHILD_PROGRAM)
		kill(-child->pid, SIGKILL);
	child_set_state(child, CHILD_DEAD);
	if (supervisor->phase == PHASE_STOPPING) {
		bool left = false;

		for (size_t i = 0; i < supervisor->child_count; i++)
			left = left || supervisor->children[i].pid;
		if (!left && supervisor->ending)
			supervisor_stopped(supervisor);
		else if (child->kind == CHILD_RACK)
			supervisor_end(supervisor);
		return;
	}
	child_last_lines(child, lines, sizeof(lines));
	snprintf(text, sizeof(text), "%s %s; the last lines of log/%s.log:\n%s", child->name,
		 spawn_describe(status, how, sizeof(how)), child->name, lines);
	supervisor_event(supervisor, "lab.child_died", text);
	if (fatal) {
		supervisor_fail(supervisor, spawn_exit_status(status) == SPAWN_MISSING, text);
		return;
	}
	json_array_append_new(supervisor->lab.source.failures,
			      json_stringn_nocheck(text, strcspn(text, ";")));
	supervisor_report(supervisor, "died", text);
}

void children_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < supervisor->child_count; i++)
			if (supervisor->children[i].pid == pid)
				child_died(supervisor, &supervisor->children[i], status);
}
