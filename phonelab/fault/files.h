#ifndef PHONELAB_FAULT_FILES_H
#define PHONELAB_FAULT_FILES_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/fault/fault.h"

/*
 * The files that faults have changed, each with its content before the first change. Several faults may change the
 * same file: when one of them is reverted, the file gets its first content again, and then the changes of the others.
 */
struct fault_files;

/* directory: the run directory, without a slash at its end. NULL if memory fails. */
struct fault_files *fault_files_new(const char *directory);
void fault_files_free(struct fault_files *files); /* changes no file; NULL is legal */

/* Apply the action, whose texts must live until its change is reverted, to every file that fits its pattern; owner
 * is the number of the fault. 0 or a negative errno with
 * the reason: -ENOENT if no file fits or nothing in it matches. */
int fault_files_do(struct fault_files *files, long owner, const struct fault_action *action,
		   const json_t *vars, struct fail *fail);

/* Revert all changes of owner. Returns 0 or the first error; the other files are reverted in each case. */
int fault_files_undo(struct fault_files *files, long owner, struct fail *fail);

#endif
