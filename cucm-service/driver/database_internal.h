#ifndef CUCM_SERVICE_DRIVER_DATABASE_INTERNAL_H
#define CUCM_SERVICE_DRIVER_DATABASE_INTERNAL_H

#include <sqlite3.h>

#include "cucm-service/driver/database.h"
#include "cucm-service/driver/pool.h"

struct database {
	sqlite3 *db;
	struct pool pool;
	struct table table;
	struct table_line *lines;
	long version; /* pragma data_version of the table; negative: none was read */
	unsigned checks;
};

/* SQLite's error as a reason: a negative errno. */
int database_fail(const struct database *database, struct fail *fail);

/* Forget the table that was read. */
void database_forget(struct database *database);

#endif
