/* The device table of the publisher's database. */
#include "cucm-service/driver/database_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS "select number, description from main.unassigned order by number"
#define DEVICES                                                                                              \
	"select d.name, d.description, d.load, d.product, d.user_locale, d.softkey_template,"                \
	" coalesce((select username from main.subscriber s where s.device = d.name order by id limit 1), "   \
	"''),"                                                                                               \
	" d.model, d.security, case c.operation when 'none' then null when 'install' then 'Install/Upgrade'" \
	" when 'delete' then 'Delete' when 'troubleshoot' then 'Troubleshoot' end, c.status"                 \
	" from main.device d left join main.capf c on c.device = d.name order by d.name"
#define LINES "select device, number, display_name, label from main.line order by device, position"

void database_forget(struct database *database)
{
	free(database->table.devices);
	free(database->table.numbers);
	free(database->lines);
	pool_free(&database->pool);
	database->table = (struct table){0};
	database->lines = NULL;
	database->version = -1;
}

/* One row as texts of the pool. */
static const char *column(struct database *database, sqlite3_stmt *row, int i)
{
	const char *text = (const char *)sqlite3_column_text(row, i);

	return pool_copy(&database->pool, text ? text : "");
}

static const char *column_or_null(struct database *database, sqlite3_stmt *row, int i)
{
	return sqlite3_column_type(row, i) == SQLITE_NULL ? NULL : column(database, row, i);
}

/* A larger list, zeroed from the old end: NULL if memory is short, the old list then stays. */
static void *grow(void *list, size_t count, size_t *room, size_t size)
{
	char *more;

	if (count < *room)
		return list;
	more = realloc(list, (*room ? 2 * *room : 64) * size);
	if (more)
		*room = *room ? 2 * *room : 64;
	return more;
}

static int read_devices(struct database *database, sqlite3_stmt *row)
{
	struct table *table = &database->table;
	size_t room = 0;
	int code;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		struct table_device *more =
		    grow(table->devices, table->device_count, &room, sizeof(*table->devices));
		struct table_device *device;

		if (!more)
			return SQLITE_NOMEM;
		table->devices = more;
		device = &more[table->device_count++];
		*device = (struct table_device){.name = column(database, row, 0),
						.description = column(database, row, 1),
						.load = column(database, row, 2),
						.product = column(database, row, 3),
						.user_locale = column(database, row, 4),
						.softkey_template = column(database, row, 5),
						.digest_user = column(database, row, 6),
						.model = (unsigned)sqlite3_column_int(row, 7),
						.security = (unsigned)sqlite3_column_int(row, 8),
						.certificate_operation = column_or_null(database, row, 9),
						.certificate_status = column_or_null(database, row, 10)};
	}
	return code;
}

/* Lines are sorted as devices are. Their place is known when the list has its full length. */
static int read_lines(struct database *database, sqlite3_stmt *row)
{
	struct table *table = &database->table;
	size_t room = 0, count = 0, d = 0;
	int code;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(row, 0);
		struct table_line *more = grow(database->lines, count, &room, sizeof(*database->lines));

		if (!more)
			return SQLITE_NOMEM;
		database->lines = more;
		while (name && d < table->device_count && strcmp(table->devices[d].name, name) < 0)
			d++;
		if (!name || d == table->device_count || strcmp(table->devices[d].name, name))
			continue;
		table->devices[d].line_count++;
		more[count++] = (struct table_line){.number = column(database, row, 1),
						    .display = column(database, row, 2),
						    .label = column(database, row, 3)};
	}
	for (size_t i = 0, at = 0; i < table->device_count; at += table->devices[i++].line_count)
		table->devices[i].lines = database->lines ? database->lines + at : NULL;
	return code;
}

static int read_numbers(struct database *database, sqlite3_stmt *row)
{
	struct table *table = &database->table;
	size_t room = 0;
	int code;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		struct table_number *more =
		    grow(table->numbers, table->number_count, &room, sizeof(*table->numbers));

		if (!more)
			return SQLITE_NOMEM;
		table->numbers = more;
		more[table->number_count++] = (struct table_number){.number = column(database, row, 0),
								    .description = column(database, row, 1)};
	}
	return code;
}

static int read_part(struct database *database, const char *sql,
		     int (*read)(struct database *database, sqlite3_stmt *row), struct fail *fail)
{
	sqlite3_stmt *row = NULL;
	int code = sqlite3_prepare_v2(database->db, sql, -1, &row, NULL);

	if (code == SQLITE_OK)
		code = read(database, row);
	if (code == SQLITE_DONE && database->pool.failed)
		code = SQLITE_NOMEM;
	if (code == SQLITE_NOMEM)
		fail_set(fail, -ENOMEM, "out of memory");
	else if (code != SQLITE_DONE)
		database_fail(database, fail);
	sqlite3_finalize(row);
	return code == SQLITE_DONE ? 0 : fail->err;
}

static long data_version(struct database *database)
{
	sqlite3_stmt *row = NULL;
	long version = -1;

	if (sqlite3_prepare_v2(database->db, "pragma data_version", -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		version = (long)sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return version;
}

const struct table *database_table(struct database *database, struct fail *fail)
{
	long version = data_version(database);

	if (version >= 0 && version == database->version)
		return &database->table;
	database_forget(database);
	/* One transaction: devices and lines of the same moment. The views have the names of the tables. */
	if (sqlite3_exec(database->db, "begin", NULL, NULL, NULL)) {
		database_fail(database, fail);
		return NULL;
	}
	if (read_part(database, DEVICES, read_devices, fail) ||
	    read_part(database, LINES, read_lines, fail) || read_part(database, NUMBERS, read_numbers, fail))
		database_forget(database);
	else
		database->version = version;
	sqlite3_exec(database->db, "commit", NULL, NULL, NULL);
	return fail->err ? NULL : &database->table;
}
