#include "phonelab/fault/place.h"

#include <errno.h>
#include <stdlib.h>

static int change_files(const struct fault_place *place, struct fault_done *done,
			const struct fault_action *action, struct fail *fail)
{
	(void)done;
	return fault_files_do(place->files, place->number, action, place->vars, fail);
}

/* The functions of the actions. The changes of files have their own record, so fault_files_undo reverts them. */
static const struct {
	fault_do_fn *apply;
	fault_undo_fn *revert; /* NULL: nothing to revert here */
} actions[] = {
    [FAULT_DO_CONFIGURE] = {fault_switch_configure, fault_switch_undo},
    [FAULT_DO_WIRE] = {fault_switch_wire, fault_switch_undo},
    [FAULT_DO_STOP... FAULT_DO_RESTART] = {fault_service_do, fault_service_undo},
    [FAULT_DO_EDIT... FAULT_DO_ESTRANGE] = {change_files, NULL},
    [FAULT_DO_REFUSE] = {fault_manager_refuse, fault_manager_undo},
    [FAULT_DO_FORGET] = {fault_manager_forget, NULL},
    [FAULT_DO_SQL] = {fault_manager_sql, fault_manager_undo},
    [FAULT_DO_SETTING] = {fault_manager_set, fault_manager_undo},
    [FAULT_DO_PLUG] = {fault_cable_plug, fault_cable_undo},
    [FAULT_DO_UNPLUG] = {fault_cable_unplug, fault_cable_undo},
};

int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail)
{
	/* Files first: a program that is restarted reads its first files. */
	int err = fault_files_undo(place->files, place->number, fail);

	for (struct undo *undo = done->undos; undo; undo = undo->next) {
		struct fail ignored = {0};
		fault_undo_fn *revert = actions[undo->what].revert;
		int undo_err = revert ? revert(place, undo, err ? &ignored : fail) : 0;

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

	for (size_t i = 0; i < place->fault->inject.n && !err; i++) {
		const struct fault_action *action = &place->fault->inject.items[i];

		err = actions[action->what].apply(place, done, action, fail);
	}
	if (!err && place->erases)
		err = fault_erase(place, fail);
	if (err && done) {
		fault_undo(place, done, &ignored);
		done = NULL;
	}
	*out = done;
	return err;
}
