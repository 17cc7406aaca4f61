#ifndef PHONELAB_EXERCISE_RECORD_H
#define PHONELAB_EXERCISE_RECORD_H

#include <jansson.h>

#include "base/fail.h"

/*
 * The results of a class: a CSV file with a row for each check, which several users may share. path: NULL for
 * phonelab/exercises.csv below XDG_STATE_HOME (or ~/.local/state); its folders are made. A new file gets the
 * group of its folder, and that group may write to it if it may write to the folder.
 *
 * A row that cannot be written to the file is kept in a file below XDG_STATE_HOME/phonelab; the next call of
 * either function for the same path moves it.
 */

/* Append a row under a lock. exercise and result: from the reply to the verb `exercise` of lab.sock
 * (docs/formats.md); the answers as the trainee wrote them. 0, or a negative errno with the reason and where the
 * row is kept, or with the row itself if it cannot be kept. */
int exercise_record(const char *path, const json_t *exercise, const json_t *result, const char *component,
		    const char *cause, struct fail *fail);

/* Print all rows in columns, without the answers. 0 or a negative errno with the reason. */
int exercise_record_print(const char *path, struct fail *fail);

#endif
