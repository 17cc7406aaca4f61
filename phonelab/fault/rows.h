#ifndef PHONELAB_FAULT_ROWS_H
#define PHONELAB_FAULT_ROWS_H

#include <jansson.h>

#include "base/fail.h"

/* The rows of one device in a call manager's tables (docs/formats.md, "The call manager"), as an object of
 * lists of rows. NULL with the reason. */
json_t *fault_rows_read(const char *database, const char *device, struct fail *fail);

/* Restore the rows of the device. 0 or a negative errno. */
int fault_rows_write(const char *database, const char *device, const json_t *rows, struct fail *fail);

/* The value of a setting of the call manager; -ENOENT if it has no such setting. The caller frees it. NULL with the
 * reason. To change it: config_database_setting. */
char *fault_rows_setting(const char *database, const char *name, struct fail *fail);

/* Run one statement. */
int fault_rows_run(const char *database, const char *statement, struct fail *fail);

#endif
