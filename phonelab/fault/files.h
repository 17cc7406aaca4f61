#ifndef PHONELAB_FAULT_FILES_H
#define PHONELAB_FAULT_FILES_H

#include <jansson.h>
#include <stddef.h>

#include "base/fail.h"
#include "phonelab/fault/fault.h"

/*
 * The files that faults have changed, each with what it was before the first of them. Several faults may have
 * changed the same file: when one is cleared, the file is what it was, and the others are done to it again.
 */
struct fault_files;

/* directory: the run directory, without a slash at its end. NULL when memory fails. */
struct fault_files *fault_files_new(const char *directory);
void fault_files_free(struct fault_files *files); /* the files stay as they are; NULL is legal */

/* Is this action one on files? */
bool fault_files_does(enum fault_do what);

/* Do the action on every file that fits, for fault number owner. -ENOENT when no file fits or nothing in it
 * matches. */
int fault_files_do(struct fault_files *files, long owner, const struct fault_action *action,
		   const json_t *vars, struct fail *fail);

/* Take back everything that owner has done. 0, or the first error; the rest is taken back nevertheless. */
int fault_files_undo(struct fault_files *files, long owner, struct fail *fail);

#endif
