/* Actions of a fault on cables: another device at a free port, a phone's cable unplugged. */
#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "phonelab/fault/vars.h"
#include "phonelab/lab/plan.h"

#define WORDS 40

/* The command line of cable, which plugs the device in and runs its program. argv borrows its words. */
static void box_arguments(const struct fault_place *place, const char *path, const char *panel,
			  const char *node, const char *address, const json_t *run, const char *argv[WORDS])
{
	size_t n = 0, i;
	const json_t *word;

	argv[n++] = path;
	if (place->host->makes_netns)
		argv[n++] = "--netns";
	argv[n++] = "--panel";
	argv[n++] = panel;
	argv[n++] = "--node";
	argv[n++] = node;
	argv[n++] = "--port";
	argv[n++] = fault_var(place, "free_port");
	if (address) {
		argv[n++] = "--address";
		argv[n++] = address;
	}
	argv[n++] = "--";
	json_array_foreach (run, i, word) {
		if (n < WORDS - 1)
			argv[n++] = json_string_value(word);
	}
	argv[n] = NULL;
}

/* Plug in another device. */
int fault_cable_plug(const struct fault_place *place, struct fault_done *done,
		     const struct fault_action *action, struct fail *fail)
{
	json_t *run = fault_expand_list(place, &action->run, fail);
	char *address = run && action->address ? fault_expand(place->vars, action->address, fail) : NULL;
	char path[600], panel[160];
	const char *argv[WORDS];
	pid_t pid = -EINVAL;

	if (run && (address || !action->address)) {
		snprintf(path, sizeof(path), "%s/cable", place->host->bin);
		snprintf(panel, sizeof(panel), PLAN_PREFIX "/switches/%s.panel", fault_var(place, "switch"));
		box_arguments(place, path, panel, action->node, address, run, argv);
		pid = place->host->box(place->host->arg, action->node, (char *const *)argv, fail);
	}
	if (pid > 0)
		fault_note(done, FAULT_DO_PLUG, action->node)->number = pid;
	free(address);
	json_decref(run);
	return pid < 0 ? (int)pid : 0;
}

static int rack(const char *verb, const char *device, struct fail *fail)
{
	return fault_tell(PLAN_RACK_SOCKET, json_pack("{s:s,s:s}", "do", verb, "node", device), fail);
}

int fault_cable_unplug(const struct fault_place *place, struct fault_done *done,
		       const struct fault_action *action, struct fail *fail)
{
	(void)action;
	fault_note(done, FAULT_DO_UNPLUG, fault_var(place, "phone"));
	return rack("unplug", fault_var(place, "phone"), fail);
}

int fault_cable_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	if (undo->what == FAULT_DO_UNPLUG)
		return rack("plug", undo->name, fail);
	place->host->box_end(place->host->arg, (pid_t)undo->number);
	return 0;
}
