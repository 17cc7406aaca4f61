/* Actions of a fault on the programs of servers. */
#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/fault/vars.h"

static int act(const struct fault_place *place, const char *name, enum program_action action,
	       struct fail *fail)
{
	int state = place->host->program(place->host->arg, name, action, fail);

	return state < 0 ? state : 0;
}

static enum program_action action_of(enum fault_do what)
{
	return what == FAULT_DO_PAUSE ? PROGRAM_PAUSE : what == FAULT_DO_KILL ? PROGRAM_KILL : PROGRAM_STOP;
}

/* Run or restart the program, unless another active fault stops or pauses it. */
static int run(const struct fault_place *place, const char *name, bool restart, struct fail *fail)
{
	int wanted = place->wanted(place->others, name), err;

	if (wanted == PROGRAM_STOPPED)
		return act(place, name, PROGRAM_STOP, fail);
	err = restart || wanted != PROGRAM_PAUSED
		  ? act(place, name, restart ? PROGRAM_RESTART : PROGRAM_RUN, fail)
		  : 0;
	return !err && wanted == PROGRAM_PAUSED ? act(place, name, PROGRAM_PAUSE, fail) : err;
}

static int service_one(const struct fault_place *place, struct fault_done *done, enum fault_do what,
		       const char *name, struct fail *fail)
{
	int err =
	    what == FAULT_DO_RESTART ? run(place, name, true, fail) : act(place, name, action_of(what), fail);

	if (err != -ENOENT)
		fault_note(done, what, name);
	return err;
}

int fault_service_do(const struct fault_place *place, struct fault_done *done,
		     const struct fault_action *action, struct fail *fail)
{
	const struct topology *topology = place->host->topology;
	char *name = fault_expand(place->vars, action->service, fail);
	int err = name ? 0 : -EINVAL;

	if (name && strcmp(name, FAULT_CALL_MANAGERS) != 0)
		err = service_one(place, done, (enum fault_do)action->what, name, fail);
	else
		for (size_t i = 0; i < topology->cluster.nodes.n && !err; i++)
			if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP)
				err = service_one(place, done, (enum fault_do)action->what,
						  topology->cluster.nodes.items[i].name, fail);
	free(name);
	return err;
}

int fault_service_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	return run(place, undo->name, undo->what == FAULT_DO_RESTART, fail);
}
