#ifndef PHONELAB_EXERCISE_RECORD_H
#define PHONELAB_EXERCISE_RECORD_H

#include <jansson.h>

#include "base/fail.h"

/*
 * The results of a class: a CSV file with a row for every check, which many may write to. path: NULL for
 * phonelab/exercises.csv below XDG_STATE_HOME (or ~/.local/state), whose folders are made.
 */

/* Append a row. exercise and result: as the verb `exercise` of lab.sock gives them (docs/formats.md); the
 * answers as they were given. 0 or a negative errno with the reason. */
int exercise_record(const char *path, const json_t *exercise, const json_t *result, const char *component,
		    const char *cause, struct fail *fail);

/* Print all rows in columns, without the answers. 0 or a negative errno with the reason. */
int exercise_record_print(const char *path, struct fail *fail);

#endif
