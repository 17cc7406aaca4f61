#ifndef CUCM_SERVICE_DRIVER_DATABASE_H
#define CUCM_SERVICE_DRIVER_DATABASE_H

#include <jansson.h>

#include "base/fail.h"
#include "cucm-service/core/table.h"

/* The publisher's database, cucm/NODE/cucm.sqlite: read only. */
struct database;

/* 0 or a negative errno with the reason. */
int database_open(struct database **database, const char *path, struct fail *fail);
void database_close(struct database *database); /* NULL is legal */

/* The device table as it is now; it is read again only if somebody has changed the database. Owned by database, until the next
 * call. NULL with the reason. */
const struct table *database_table(struct database *database, struct fail *fail);

/* Run a SELECT on the tables of CUCM: device, numplan, devicenumplanmap, typemodel, .. (docs/devices.md). A list of objects
 * whose members are columns (texts, or null); most: octets of all texts. NULL with the reason. */
json_t *database_query(struct database *database, const char *sql, size_t most, struct fail *fail);

#endif
