#ifndef PHONELAB_FAULT_STEPS_H
#define PHONELAB_FAULT_STEPS_H

#include "phonelab/fault/place.h"

/*
 * The actions of a fault, one file for each part of the lab: switch.c, service.c, manager.c, cable.c; files.h has the
 * actions on files. A `do` function records what it applied, so that exactly that is reverted. Each returns 0 or a
 * negative errno with the reason.
 */

typedef int fault_do_fn(const struct fault_place *place, struct fault_done *done,
			const struct fault_action *action, struct fail *fail);

typedef int fault_undo_fn(const struct fault_place *place, const struct undo *undo, struct fail *fail);

fault_do_fn fault_switch_configure, fault_switch_wire, fault_service_do;
fault_do_fn fault_manager_refuse, fault_manager_forget, fault_manager_sql, fault_cable_plug,
    fault_cable_unplug;
fault_undo_fn fault_switch_undo, fault_service_undo, fault_manager_undo, fault_cable_undo;

#endif
