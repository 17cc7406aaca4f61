#ifndef PHONELAB_LAB_ROWS_H
#define PHONELAB_LAB_ROWS_H

#include <jansson.h>

#include "base/fail.h"

/*
 * The rows of one device in the database of a call manager (docs/formats.md, "The call manager"), read only:
 *   {"device": [{COLUMN: VALUE, ..}], "line": [..], "subscriber": [..], "setting": [{"name","value"}, ..]}
 * The settings are those of the call manager. Lines are in the order of their positions. A table that is missing is null. New reference. NULL with the reason if the file
 * is no database or cannot be read.
 */
json_t *rows_read(const char *database, const char *device, struct fail *fail);

/* The value of a setting in these rows; "" if there is none. Borrowed. */
const char *rows_setting(const json_t *rows, const char *name);

#endif
