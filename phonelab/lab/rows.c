#include "phonelab/lab/rows.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_text.h"
#include "base/text.h"

#define BUSY_MS 300

static const struct {
	const char *name, *device, *order;
} tables[] = {{"device", "name", "name"}, {"line", "device", "position"}, {"subscriber", "device", "username"}};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* "file:PATH?immutable=1": for a folder where SQLite may not write, such as a kept one. */
static void add_uri(struct text *uri, const char *path)
{
	text_add(uri, "file:");
	for (; *path; path++)
		text_add(uri, strchr("?#%", *path) ? "%%%02x" : "%c", (unsigned char)*path);
	text_add(uri, "?immutable=1");
}

static bool can_read(sqlite3 *db)
{
	return sqlite3_exec(db, "select count(*) from sqlite_master", NULL, NULL, NULL) == SQLITE_OK;
}

static sqlite3 *open_read_only(const char *path, struct fail *fail)
{
	struct text uri = {0};
	sqlite3 *db = NULL;
	int code;

	sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_busy_timeout(db, BUSY_MS);
	if (can_read(db))
		return db;
	code = sqlite3_errcode(db);
	if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) {
		sqlite3_close(db);
		db = NULL;
		add_uri(&uri, path);
		sqlite3_open_v2(uri.bytes ? uri.bytes : "", &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
				NULL);
		text_free(&uri);
		if (can_read(db))
			return db;
	}
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

/* The rows of the device in table t; null if the table is missing; NULL if SQLite reports an error. */
static json_t *table_rows(sqlite3 *db, size_t t, const char *device)
{
	char text[120];
	sqlite3_stmt *row = NULL;
	json_t *rows;
	int code;

	snprintf(text, sizeof(text), "select * from %s where %s = ?1 order by %s", tables[t].name,
		 tables[t].device, tables[t].order);
	if (sqlite3_prepare_v2(db, text, -1, &row, NULL) != SQLITE_OK)
		return sqlite3_errcode(db) == SQLITE_ERROR ? json_null() : NULL;
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

json_t *rows_read(const char *database, const char *device, struct fail *fail)
{
	struct stat info;
	sqlite3 *db;
	json_t *all;

	if (stat(database, &info)) {
		fail_set(fail, -errno, "%s", strerror(errno));
		return NULL;
	}
	db = open_read_only(database, fail);
	if (!db)
		return NULL;
	all = json_object();
	for (size_t t = 0; t < TABLES && all; t++) {
		json_t *rows = table_rows(db, t, device);

		if (rows) {
			json_object_set_new(all, tables[t].name, rows);
			continue;
		}
		fail_set(fail, -EIO, "%s", sqlite3_errmsg(db));
		json_decref(all);
		all = NULL;
	}
	sqlite3_close(db);
	return all;
}
