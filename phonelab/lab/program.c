#include "phonelab/lab/program.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/clock.h"
#include "base/control.h"

#define ASK_MS	 20000 /* maximum time of an end and a start */
#define STATE_MS 2000

static const char *const states[] = {"running", "stopped", "paused", NULL};
static const char *const actions[] = {"state", "stop", "kill", "pause", "run", "restart", NULL};

static int position(const char *const names[], const char *name)
{
	for (int i = 0; names[i] && name; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

/* The parent of a process, 0 if it is gone; its state as in proc_pid_stat(5). */
static pid_t parent_of(pid_t pid, char *state)
{
	char path[40], text[400];
	const char *end = NULL;
	int parent = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (in && fgets(text, sizeof(text), in))
		end = strrchr(text, ')'); /* the name of a program may contain one too */
	if (!end || sscanf(end, ") %c %d", state, &parent) != 2)
		*state = 0;
	if (in)
		fclose(in);
	return parent;
}

bool program_stands_still(pid_t pid)
{
	char state;

	parent_of(pid, &state);
	return state == 'T';
}

static bool is_below(pid_t pid, pid_t above)
{
	char ignored;

	while (pid > 1 && pid != above)
		pid = parent_of(pid, &ignored);
	return pid == above;
}

bool program_stands_still_in_part(pid_t pid)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t one = atoi(entry->d_name);

		found = one > 0 && program_stands_still(one) && is_below(one, pid);
	}
	if (proc)
		closedir(proc);
	return found;
}

enum program_state program_state_of(pid_t pid)
{
	return !pid ? PROGRAM_STOPPED : program_stands_still_in_part(pid) ? PROGRAM_PAUSED : PROGRAM_RUNNING;
}

int program_pause(pid_t pid, const char *name, struct fail *fail)
{
	return pid && !kill(-pid, SIGSTOP) ? 0 : fail_set(fail, -ESRCH, "%s does not run", name);
}

json_t *program_answer(const json_t *request, program_fn *act, void *arg, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	const char *word = json_string_value(json_object_get(request, "action"));
	int action = position(actions, word), state;

	if (!name || !word)
		state = fail_set(fail, -EINVAL, "program: the request needs a name and an action");
	else if (action < 0)
		state = fail_set(
		    fail, -EINVAL,
		    "program: unknown action \"%.40s\"; expected stop, kill, pause, run, restart or state",
		    word);
	else
		state = act(arg, name, (enum program_action)action, fail);
	return state < 0 ? NULL : json_pack("{s:s}", "state", states[state]);
}

int program_ask(const char *socket, const char *name, enum program_action action, struct fail *fail)
{
	json_t *request =
	    json_pack("{s:s,s:s,s:s}", "do", "program", "name", name, "action", actions[action]);
	int patience = action == PROGRAM_STATE ? STATE_MS : ASK_MS;
	uint64_t until = clock_now_us() + (uint64_t)patience * 1000;
	json_t *reply = control_ask(socket, request, patience, NULL, fail);
	int state = -EIO;

	if (reply)
		state = position(states, json_string_value(json_object_get(reply, "state")));
	if (reply && state < 0)
		fail_set(fail, state, "%s: the reply has an unknown state of %s", socket, name);
	/* A program that listens and does not reply is frozen, for example by docker pause. */
	if (!reply && action == PROGRAM_STATE && clock_now_us() >= until)
		state = PROGRAM_PAUSED;
	json_decref(reply);
	return state;
}

static void add_service(json_t *list, const char *name, const struct node *node, size_t plug,
			const char *kind, enum program_state state)
{
	char address[16];

	ipv4_format(node->plugs[plug].address, address);
	json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", name, "node", node->name,
					      "kind", kind, "address", address, "state", states[state]));
}

/* No reply: the whole server is down. -ENOENT: nothing reports the state, as of a router's cable in a lab of containers. */
static enum program_state state_of(program_fn *act, void *arg, const char *name)
{
	struct fail ignored = {0};
	int state = act(arg, name, PROGRAM_STATE, &ignored);

	return state == -ENOENT ? PROGRAM_RUNNING : state < 0 ? PROGRAM_STOPPED : (enum program_state)state;
}

json_t *program_list(const struct node *nodes, size_t node_count, const struct server_programs *programs,
		     program_fn *act, void *arg)
{
	json_t *list = json_array();

	for (size_t i = 0; i < programs->n; i++)
		for (size_t n = 0; n < node_count; n++)
			if (nodes[n].runs && !strcmp(nodes[n].name, programs->items[i].node))
				add_service(list, programs->items[i].name, &nodes[n], 0,
					    programs->items[i].kind,
					    state_of(act, arg, programs->items[i].name));
	for (size_t n = 0; n < node_count; n++)
		for (size_t p = 0; nodes[n].router && p < nodes[n].plug_count; p++)
			add_service(list, nodes[n].name, &nodes[n], p, "router",
				    state_of(act, arg, nodes[n].name));
	return list;
}
