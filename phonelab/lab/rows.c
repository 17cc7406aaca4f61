#include "phonelab/lab/rows.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/lab/scratch.h"

#define COPY	      "copy.sqlite"
#define DATABASE_MOST (64u << 20)

static const struct {
	const char *name, *where, *order;
} tables[] = {{"device", "where name = ?1", "name"},
	      {"line", "where device = ?1", "position"},
	      {"subscriber", "where device = ?1", "username"},
	      {"setting", "", "name"}};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static int copy(const char *from, const char *folder, const char *end, struct fail *fail)
{
	char source[800], target[SCRATCH_PATH + 40], *bytes = NULL;
	size_t length = 0;
	int err;

	snprintf(source, sizeof(source), "%s%s", from, end);
	snprintf(target, sizeof(target), "%s/" COPY "%s", folder, end);
	err = file_read(source, DATABASE_MOST, &bytes, &length, fail);
	if (!err)
		err = file_write(target, bytes, length, fail);
	free(bytes);
	return err;
}

/* SQLite resolves the links of a path, so that it cannot open a file below /proc/PID/root; and it writes beside a database
 * that it reads. It gets a copy: the log of the last transactions first, because a checkpoint moves them to the database. */
static sqlite3 *open_copy(const char *path, const char *folder, struct fail *fail)
{
	char target[SCRATCH_PATH + 40];
	struct fail ignored = {0};
	sqlite3 *db = NULL;

	copy(path, folder, "-wal", &ignored);
	if (copy(path, folder, "", fail))
		return NULL;
	snprintf(target, sizeof(target), "%s/" COPY, folder);
	sqlite3_open_v2(target, &db, SQLITE_OPEN_READWRITE, NULL);
	if (sqlite3_exec(db, "select count(*) from sqlite_master", NULL, NULL, NULL) == SQLITE_OK)
		return db;
	fail_set(fail, -EIO, "%s", db ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_close(db);
	return NULL;
}

static json_t *cell(sqlite3_stmt *row, int i)
{
	switch (sqlite3_column_type(row, i)) {
	case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(row, i));
	case SQLITE_NULL: return json_null();
	default: return json_text_new((const char *)sqlite3_column_text(row, i));
	}
}

static json_t *one_row(sqlite3_stmt *row)
{
	json_t *one = json_object();

	for (int i = 0; i < sqlite3_column_count(row); i++)
		json_object_set_new(one, sqlite3_column_name(row, i), cell(row, i));
	return one;
}

/* The rows of table t that concern the device; null if the table is missing; NULL if SQLite reports an error. */
static json_t *table_rows(sqlite3 *db, size_t t, const char *device)
{
	char text[120];
	sqlite3_stmt *row = NULL;
	json_t *rows;
	int code;

	snprintf(text, sizeof(text), "select * from %s %s order by %s", tables[t].name, tables[t].where,
		 tables[t].order);
	if (sqlite3_prepare_v2(db, text, -1, &row, NULL) != SQLITE_OK)
		return sqlite3_errcode(db) == SQLITE_ERROR ? json_null() : NULL;
	if (sqlite3_bind_parameter_count(row))
		sqlite3_bind_text(row, 1, device, -1, SQLITE_STATIC);
	rows = json_array();
	while ((code = sqlite3_step(row)) == SQLITE_ROW)
		json_array_append_new(rows, one_row(row));
	sqlite3_finalize(row);
	if (code == SQLITE_DONE)
		return rows;
	json_decref(rows);
	return NULL;
}

static json_t *all_rows(sqlite3 *db, const char *device, struct fail *fail)
{
	json_t *all = json_object();

	for (size_t t = 0; t < TABLES; t++) {
		json_t *rows = table_rows(db, t, device);

		if (rows) {
			json_object_set_new(all, tables[t].name, rows);
			continue;
		}
		fail_set(fail, -EIO, "%s", sqlite3_errmsg(db));
		json_decref(all);
		return NULL;
	}
	return all;
}

json_t *rows_read(const char *database, const char *device, struct fail *fail)
{
	char folder[SCRATCH_PATH];
	json_t *all = NULL;
	sqlite3 *db;

	if (scratch_make(folder, fail))
		return NULL;
	db = open_copy(database, folder, fail);
	if (db)
		all = all_rows(db, device, fail);
	sqlite3_close(db);
	scratch_remove(folder);
	return all;
}

const char *rows_setting(const json_t *rows, const char *name)
{
	const json_t *setting;
	size_t i;

	json_array_foreach (json_object_get(rows, "setting"), i, setting)
		if (!strcmp(json_text(setting, "name"), name))
			return json_text(setting, "value");
	return "";
}
