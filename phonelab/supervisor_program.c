#include "phonelab/supervisor_program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "phonelab/plan.h"

#define STOP_US	 3000000
#define READY_US 8000000
#define LOOK_MS	 20

static struct child *find(const struct supervisor *supervisor, const char *name, struct fail *fail)
{
	for (size_t i = 0; i < supervisor->child_count; i++)
		if (supervisor->children[i].kind == CHILD_PROGRAM &&
		    !strcmp(supervisor->children[i].name, name))
			return &supervisor->children[i];
	fail_set(fail, -ENOENT, "found the program \"%s\", expected one of a server or call manager", name);
	return NULL;
}

static void nap(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	nanosleep(&ms, NULL);
}

/* Wait for the end of the program itself; what it forked ends with its process group. */
static void end(struct child *child, int number)
{
	uint64_t until = clock_now_us() + STOP_US;
	pid_t pid = child->pid;

	if (!pid)
		return;
	kill(number == SIGKILL ? -pid : pid, number);
	kill(-pid, SIGCONT); /* who is paused hears nothing */
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_now_us() > until)
			kill(-pid, SIGKILL);
		nap();
	}
	kill(-pid, SIGKILL);
	child->pid = 0;
	child->state = CHILD_DEAD;
}

static int start(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	int netns = supervisor->nodes[child->node].netns;
	uint64_t until = clock_now_us() + READY_US;
	int rc = child_start(supervisor, child, child->command->argv, netns, fail);

	if (rc)
		return rc;
	for (;;) {
		rc = cucm_ready(supervisor->plan, child->command, PLAN_PREFIX, netns, LOOK_MS * 5, fail);
		if (!rc) {
			child->state = CHILD_READY;
			return 0;
		}
		if (waitpid(child->pid, NULL, WNOHANG) == child->pid) {
			char lines[600];

			child->pid = 0;
			child->state = CHILD_DEAD;
			child_last_lines(child, lines, sizeof(lines));
			return fail_set(fail, -ESRCH, "%s has ended at once:\n%s", child->name, lines);
		}
		if (clock_now_us() > until)
			return fail_prefix(fail, -ETIMEDOUT, "%s is not ready", child->name);
		nap();
	}
}

int program_stop(struct supervisor *supervisor, const char *name, bool at_once, struct fail *fail)
{
	struct child *child = find(supervisor, name, fail);

	if (!child)
		return -ENOENT;
	end(child, at_once ? SIGKILL : SIGTERM);
	return 0;
}

int program_pause(struct supervisor *supervisor, const char *name, struct fail *fail)
{
	struct child *child = find(supervisor, name, fail);

	if (!child)
		return -ENOENT;
	if (!child->pid || kill(-child->pid, SIGSTOP))
		return fail_set(fail, -ESRCH, "%s does not run", name);
	return 0;
}

int program_run(struct supervisor *supervisor, const char *name, struct fail *fail)
{
	struct child *child = find(supervisor, name, fail);

	if (!child)
		return -ENOENT;
	if (!child->pid)
		return start(supervisor, child, fail);
	kill(-child->pid, SIGCONT);
	return 0;
}

int program_restart(struct supervisor *supervisor, const char *name, struct fail *fail)
{
	struct child *child = find(supervisor, name, fail);

	if (!child)
		return -ENOENT;
	end(child, SIGTERM);
	return start(supervisor, child, fail);
}

/* State T: whoever stopped it. */
static bool stands_still(pid_t pid)
{
	char path[40], state = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (in && fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (in)
		fclose(in);
	return state == 'T';
}

int program_state_of(const struct supervisor *supervisor, const char *name, struct fail *fail)
{
	const struct child *child = find(supervisor, name, fail);

	if (!child)
		return -ENOENT;
	return !child->pid ? PROGRAM_STOPPED : stands_still(child->pid) ? PROGRAM_PAUSED : PROGRAM_RUNNING;
}

const char *program_state_name(enum program_state state)
{
	switch (state) {
	case PROGRAM_RUNNING: return "running";
	case PROGRAM_STOPPED: return "stopped";
	case PROGRAM_PAUSED: return "paused";
	}
	return "";
}

static const char *kind_of(enum cucm_program program)
{
	switch (program) {
	case CUCM_PROGRAM_DHCP: return "dhcp";
	case CUCM_PROGRAM_TFTP: return "tftp";
	case CUCM_PROGRAM_HTTP: return "http";
	case CUCM_PROGRAM_KAMAILIO: return "call-manager";
	}
	return "";
}

static void add_service(json_t *list, const char *name, const struct node *node, size_t plug,
			const char *kind, enum program_state state)
{
	char address[16];

	topology_address_format(node->plugs[plug].address, address);
	json_array_append_new(list,
			      json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", name, "node", node->name, "kind",
					kind, "address", address, "state", program_state_name(state)));
}

json_t *program_list(const struct supervisor *supervisor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < supervisor->child_count; i++) {
		const struct child *child = &supervisor->children[i];
		const struct node *node =
		    child->kind == CHILD_PROGRAM ? &supervisor->nodes[child->node] : NULL;

		if (node)
			add_service(list, child->name, node, 0, kind_of(child->command->program),
				    !child->pid		       ? PROGRAM_STOPPED
				    : stands_still(child->pid) ? PROGRAM_PAUSED
							       : PROGRAM_RUNNING);
	}
	for (size_t i = 0; i < supervisor->node_count; i++)
		for (size_t p = 0; supervisor->nodes[i].router && p < supervisor->nodes[i].plug_count; p++)
			add_service(list, supervisor->nodes[i].name, &supervisor->nodes[i], p, "router",
				    PROGRAM_RUNNING);
	return list;
}

json_t *verb_program(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct supervisor *supervisor = arg;
	const char *name = json_string_value(json_object_get(request, "name"));
	const char *action = json_string_value(json_object_get(request, "action"));
	int rc;

	(void)fd;
	if (!name || !action)
		rc = fail_set(fail, -EINVAL, "program: expected name and action");
	else if (!strcmp(action, "stop") || !strcmp(action, "kill"))
		rc = program_stop(supervisor, name, *action == 'k', fail);
	else if (!strcmp(action, "pause"))
		rc = program_pause(supervisor, name, fail);
	else if (!strcmp(action, "run"))
		rc = program_run(supervisor, name, fail);
	else if (!strcmp(action, "restart"))
		rc = program_restart(supervisor, name, fail);
	else if (!strcmp(action, "state"))
		rc = 0;
	else
		rc = fail_set(fail, -EINVAL,
			      "program: found \"%.40s\", expected stop, kill, pause, run, restart or state",
			      action);
	if (!rc)
		rc = program_state_of(supervisor, name, fail);
	return rc < 0 ? NULL : json_pack("{s:s}", "state", program_state_name((enum program_state)rc));
}
