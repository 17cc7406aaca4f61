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

/* A router has no program: its cable takes its place. The cable of a server has the name "dhcp-cable". */
static bool has_name(const struct supervisor *supervisor, const struct child *child, const char *name)
{
	const struct node *node = &supervisor->lab.nodes[child->node];

	if (child->kind == CHILD_CABLE)
		return !strcmp(child->name, name) || (node->router && !strcmp(node->name, name));
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
