#ifndef PHONELAB_FAULT_PLACE_H
#define PHONELAB_FAULT_PLACE_H

#include <jansson.h>

#include "phonelab/fault/fault.h"
#include "phonelab/fault/files.h"
#include "phonelab/fault/host.h"

/* Where a fault is put in place, and the notes of what was done, so that exactly that is taken back. */

/* The state that the other faults want of a program: an enum program_state, or -1: none has a say. */
typedef int fault_wanted_fn(void *arg, const char *service);

struct fault_place {
	const struct fault_host *host;
	struct fault_files *files;
	const struct fault *fault;
	const json_t *vars;
	long number; /* owner of what is done to files */
	long count;  /* of rules on the wire; 0: no end */
	fault_wanted_fn *wanted;
	void *wanted_arg;
};

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

/* The state that this fault wants of a program: an enum program_state, or -1: it has no say. */
int fault_wants(const struct fault_done *done, const char *service);

/* Free what is known, and take nothing back. NULL is legal. */
void fault_done_free(struct fault_done *done);

#endif
