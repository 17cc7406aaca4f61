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
 * either function for the same path moves it. A row that is on the disk is whole: its writer locks the file, and a
 * reader skips what a killed writer has left.
 */

/* time, user, exercise, seed, passed, points, repair, component, cause, hints, attempts, seconds, component_answer,
 * cause_answer, why, trainee. The last two are missing in rows of older files. */
#define EXERCISE_FIELDS 16

/* Append a row under a lock. exercise and result: from the reply to the verb `exercise` of lab.sock
 * (docs/formats.md); the answers as the trainee wrote them. trainee: NULL if not
 * given. 0, or a negative errno with the reason and where the
 * row is kept, or with the row itself if it cannot be kept. */
int exercise_record(const char *path, const char *trainee, const json_t *exercise, const json_t *result,
		    const char *component, const char *cause, struct fail *fail);

/* Append the rows of another file of results, from its text. Lines that are not whole rows are left out. Rows that the file has
 * already are appended again. 0, or a negative errno with the reason. */
int exercise_record_rows(const char *path, const char *text, struct fail *fail);

/* The text of the file, for the caller to free, with the rows that were kept. */
int exercise_record_read(const char *path, char **text, struct fail *fail);

/* Split a row in place; missing fields are "". -EBADMSG if it is not a whole row. */
int exercise_row_read(char *line, char *fields[EXERCISE_FIELDS]);

/* Print all rows in columns, without the answers. 0 or a negative errno with the reason. */
int exercise_record_print(const char *path, struct fail *fail);

#endif
