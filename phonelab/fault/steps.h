#ifndef PHONELAB_FAULT_STEPS_H
#define PHONELAB_FAULT_STEPS_H

#include <jansson.h>

#include "phonelab/fault/inject.h"

/*
 * The actions of a fault, a file for each part of the lab that they touch: switch.c, service.c,
 * manager.c, cable.c (files.h has those on files). A `do` notes what was done, so that
 * exactly that is taken back; each returns 0 or a negative errno with the reason.
 */

/* One thing that was done, other than to files. */
struct undo {
	enum fault_do what;
	char *name; /* CONFIGURE, WIRE: control socket; services: the program; REFUSE, UNPLUG: the device */
	json_t *saved; /* CONFIGURE: lines; SQL: rows by node */
	long number;   /* WIRE: id of the rule; PLUG: pid */
	struct undo *next;
};

struct fault_done {
	struct undo *undos; /* the latest first */
};

#define FAULT_ASK_MS 5000

/* A new note in done. */
struct undo *fault_note(struct fault_done *done, enum fault_do what, const char *name);

/* What a name in braces stands for, "" when nothing. */
const char *fault_var(const struct fault_place *place, const char *name);

/* The device that the fault is for: the phone's name, or "all". */
const char *fault_device(const struct fault_place *place);

/* A list of texts with the braces filled in; NULL with the reason. */
json_t *fault_expand_list(const struct fault_place *place, const struct fault_text_list *list,
			  struct fail *fail);

/* A request to a control socket, which is released; the reply counts only as one. */
int fault_tell(const char *socket, json_t *request, struct fail *fail);

typedef int fault_do_fn(const struct fault_place *place, struct fault_done *done,
			const struct fault_action *action, struct fail *fail);

fault_do_fn fault_switch_configure, fault_switch_wire;
int fault_switch_undo(const struct undo *undo, struct fail *fail);

fault_do_fn fault_service_do;
int fault_service_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail);

fault_do_fn fault_manager_refuse, fault_manager_forget, fault_manager_sql;
int fault_manager_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail);

fault_do_fn fault_cable_plug, fault_cable_unplug;
int fault_cable_undo(const struct fault_place *place, const struct undo *undo, struct fail *fail);

#endif
