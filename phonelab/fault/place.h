#ifndef PHONELAB_FAULT_PLACE_H
#define PHONELAB_FAULT_PLACE_H

#include <jansson.h>

#include "base/text.h"
#include "phonelab/fault/fault.h"
#include "phonelab/fault/files.h"
#include "phonelab/fault/host.h"

/* The lab to which a fault is applied, and the record of the applied actions, so that exactly these are reverted. */

struct undo;

/* The state that the other faults require of a program: an enum program_state, or -1 for none. */
typedef int fault_wanted_fn(void *arg, const char *service);

/* The record of the first later fault that changed the setting, or NULL. number: of this fault. */
typedef struct undo *fault_later_fn(void *arg, long number, const char *setting);

struct fault_place {
	const struct fault_host *host;
	struct fault_files *files;
	const struct fault *fault;
	const json_t *vars;
	long number; /* the owner of changes of files */
	long count;  /* frames of a rule on the wire; 0: no limit */
	bool erases; /* the phones lose trust lists and stored configuration, and boot */
	fault_wanted_fn *wanted;
	fault_later_fn *later;
	void *others; /* the argument of both */
};

/* The record of one applied action; files.h records the actions on files. */
struct undo {
	enum fault_do what;
	/* CONFIGURE, WIRE: control socket; services: the program; REFUSE, UNPLUG: the device; SETTING: the setting */
	char *name;
	json_t *saved; /* CONFIGURE: lines; SQL: rows by node; SETTING: value by node */
	long number;   /* WIRE: id of the rule; PLUG: pid */
	struct undo *next;
};

struct fault_done {
	struct undo *undos; /* the latest first */
};

#define FAULT_ASK_MS 5000

/* Add a record to done. */
struct undo *fault_note(struct fault_done *done, enum fault_do what, const char *name);

/* The value of a name in braces, or "". */
const char *fault_var(const struct fault_place *place, const char *name);

/* The device that the fault affects: the phone's name, or "all". */
const char *fault_device(const struct fault_place *place);

/* A list of texts with the values of their names in braces; NULL with the reason. */
json_t *fault_expand_list(const struct fault_place *place, const struct fault_text_list *list,
			  struct fail *fail);

/* Send a request, which is released, to a control socket. 0 or a negative errno; the reply is ignored. */
int fault_tell(const char *socket, json_t *request, struct fail *fail);

/* The state that this fault requires of a program: an enum program_state, or -1 for none. */
int fault_wants(const struct fault_done *done, const char *service);

/* The record of the setting in done, or NULL. */
struct undo *fault_sets(const struct fault_done *done, const char *setting);

/*
 * The actions of a fault, one file for each part of the lab: switch.c, service.c, manager.c, cable.c; files.h has the
 * actions on files. A `do` function records what it applied, so that exactly that is reverted. Each returns 0 or a
 * negative errno with the reason.
 */

typedef int fault_do_fn(const struct fault_place *place, struct fault_done *done,
			const struct fault_action *action, struct fail *fail);

typedef int fault_undo_fn(const struct fault_place *place, const struct undo *undo, struct fail *fail);

fault_do_fn fault_switch_configure, fault_switch_wire, fault_service_do;
fault_do_fn fault_manager_refuse, fault_manager_forget, fault_manager_sql, fault_manager_set,
    fault_cable_plug, fault_cable_unplug;
fault_undo_fn fault_switch_undo, fault_service_undo, fault_manager_undo, fault_cable_undo;

/* Append a setting of every call manager that runs: "cucm-pub=on cucm-sub=on". Only place->host is used. 0 or a negative errno
 * with the reason. */
int fault_manager_setting(const struct fault_place *place, const char *name, struct text *values,
			  struct fail *fail);

/* Erase the trust lists and the stored configuration of the phone, or of every phone if the fault is not one of a
 * phone or port; each of them then boots. 0 or a negative errno with the reason. */
int fault_erase(const struct fault_place *place, struct fail *fail);

/* Apply all actions of the fault in order, then erase flash if it erases. On an error the applied actions are reverted.
 * *done is for fault_undo. 0 or a negative errno with the reason. */
int fault_inject(const struct fault_place *place, struct fault_done **done, struct fail *fail);

/* Revert all actions, and free done. Returns 0 or the first error; the other actions are reverted in each case. */
int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail);

/* Free the records; nothing is reverted. NULL is legal. */
void fault_done_free(struct fault_done *done);

#endif
