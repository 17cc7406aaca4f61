#include "phonelab/fault/inject.h"

#include <errno.h>
#include <stdlib.h>

#include "phonelab/fault/steps.h"

static int do_one(const struct fault_place *place, struct fault_done *done, struct fault_action *action,
		  struct fail *fail)
{
	switch ((enum fault_do)action->what) {
	case FAULT_DO_CONFIGURE: return fault_switch_configure(place, done, action, fail);
	case FAULT_DO_WIRE: return fault_switch_wire(place, done, action, fail);
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART: return fault_service_do(place, done, action, fail);
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_CHMOD: return fault_files_do(place->files, place->number, action, place->vars, fail);
	case FAULT_DO_REFUSE: return fault_manager_refuse(place, done, action, fail);
	case FAULT_DO_FORGET: return fault_manager_forget(place, done, action, fail);
	case FAULT_DO_SQL: return fault_manager_sql(place, done, action, fail);
	case FAULT_DO_PLUG: return fault_cable_plug(place, done, action, fail);
	case FAULT_DO_UNPLUG: return fault_cable_unplug(place, done, action, fail);
	}
	return fail_set(fail, -EINVAL, "unknown action %d", action->what);
}

static int undo_one(const struct fault_place *place, const struct undo *undo, struct fail *fail)
{
	switch (undo->what) {
	case FAULT_DO_CONFIGURE:
	case FAULT_DO_WIRE: return fault_switch_undo(undo, fail);
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART: return fault_service_undo(place, undo, fail);
	case FAULT_DO_REFUSE:
	case FAULT_DO_SQL: return fault_manager_undo(place, undo, fail);
	case FAULT_DO_PLUG:
	case FAULT_DO_UNPLUG: return fault_cable_undo(place, undo, fail);
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_CHMOD:
	case FAULT_DO_FORGET: break;
	}
	return 0;
}

int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail)
{
	/* Files first: a program that is restarted reads its first files. */
	int err = fault_files_undo(place->files, place->number, fail);

	for (struct undo *undo = done->undos; undo; undo = undo->next) {
		struct fail ignored = {0};
		int undo_err = undo_one(place, undo, err ? &ignored : fail);

		err = err ? err : undo_err;
	}
	fault_done_free(done);
	return err;
}

int fault_inject(const struct fault_place *place, struct fault_done **out, struct fail *fail)
{
	struct fault_done *done = calloc(1, sizeof(*done));
	struct fail ignored = {0};
	int err = done ? 0 : fail_set(fail, -ENOMEM, "out of memory");

	for (size_t i = 0; i < place->fault->inject.n && !err; i++)
		err = do_one(place, done, &place->fault->inject.items[i], fail);
	if (err && done) {
		fault_undo(place, done, &ignored);
		done = NULL;
	}
	*out = done;
	return err;
}
