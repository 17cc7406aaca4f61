#include "phonelab/fault/rows.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const char *const tables[][2] = {
    {"device", "name"}, {"line", "device"}, {"subscriber", "device"}, {"capf", "device"}};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static sqlite3 *open_database(const char *path, struct fail *fail)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		fail_set(fail, -EIO, "%s: %s", path, sqlite3_errmsg(db));
		sqlite3_close(db);
		return NULL;
	}
	sqlite3_busy_timeout(db, 2000);
	return db;
}

static json_t *cell(sqlite3_stmt *row, int i)
{
	switch (sqlite3_column_type(row, i)) {
	case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(row, i));
	case SQLITE_NULL: return json_null();
	default: return json_string((const char *)sqlite3_column_text(row, i));
	}
}

/* A statement on the rows of the device in table t; NULL if the database rejects it. */
static sqlite3_stmt *on_rows(sqlite3 *db, const char *verb, size_t t, const char *device, const char *order)
{
	char text[120];
	sqlite3_stmt *statement = NULL;

	snprintf(text, sizeof(text), "%s FROM %s WHERE %s = ?1%s", verb, tables[t][0], tables[t][1], order);
	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_text(statement, 1, device, -1, SQLITE_STATIC);
	return statement;
}

static json_t *table_rows(sqlite3 *db, size_t t, const char *device)
{
	sqlite3_stmt *row = on_rows(db, "SELECT *", t, device, " ORDER BY rowid");
	json_t *rows = json_array();

	while (row && sqlite3_step(row) == SQLITE_ROW) {
		json_t *one = json_array();

		for (int i = 0; i < sqlite3_column_count(row); i++)
			json_array_append_new(one, cell(row, i));
		json_array_append_new(rows, one);
	}
	sqlite3_finalize(row);
	return rows;
}

json_t *fault_rows_read(const char *database, const char *device, struct fail *fail)
{
	sqlite3 *db = open_database(database, fail);
	json_t *rows;

	if (!db)
		return NULL;
	rows = json_object();
	for (size_t t = 0; t < TABLES; t++)
		json_object_set_new(rows, tables[t][0], table_rows(db, t, device));
	sqlite3_close(db);
	return rows;
}

static int insert(sqlite3 *db, const char *table, const json_t *cells)
{
	char text[200];
	sqlite3_stmt *put = NULL;
	size_t n = json_array_size(cells);
	int used = snprintf(text, sizeof(text), "INSERT INTO %s VALUES (?", table), err;

	for (size_t i = 1; i < n && used < (int)sizeof(text) - 4; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, ",?");
	snprintf(text + used, sizeof(text) - (size_t)used, ")");
	err = sqlite3_prepare_v2(db, text, -1, &put, NULL);
	for (size_t i = 0; i < n && err == SQLITE_OK; i++) {
		const json_t *value = json_array_get(cells, i);

		if (json_is_integer(value))
			err = sqlite3_bind_int64(put, (int)i + 1, json_integer_value(value));
		else if (json_is_string(value))
			err = sqlite3_bind_text(put, (int)i + 1, json_string_value(value), -1, SQLITE_STATIC);
	}
	if (err == SQLITE_OK)
		err = sqlite3_step(put) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
	sqlite3_finalize(put);
	return err;
}

static int replace(sqlite3 *db, size_t t, const char *device, const json_t *rows)
{
	sqlite3_stmt *gone = on_rows(db, "DELETE", t, device, "");
	int err = gone && sqlite3_step(gone) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
	const json_t *row;
	size_t i;

	sqlite3_finalize(gone);
	json_array_foreach (rows, i, row) {
		if (err == SQLITE_OK)
			err = insert(db, tables[t][0], row);
	}
	return err;
}

int fault_rows_write(const char *database, const char *device, const json_t *rows, struct fail *fail)
{
	sqlite3 *db = open_database(database, fail);
	int err;

	if (!db)
		return -EIO;
	err = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (size_t t = 0; t < TABLES && err == SQLITE_OK; t++)
		err = replace(db, t, device, json_object_get(rows, tables[t][0]));
	if (err == SQLITE_OK)
		err = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (err != SQLITE_OK)
		err = fail_set(fail, -EIO, "%s: %s", database, sqlite3_errmsg(db));
	sqlite3_close(db);
	return err;
}

char *fault_rows_setting(const char *database, const char *name, struct fail *fail)
{
	sqlite3 *db = open_database(database, fail);
	sqlite3_stmt *row = NULL;
	char *value = NULL;
	int code;

	if (!db)
		return NULL;
	code = sqlite3_prepare_v2(db, "SELECT value FROM setting WHERE name = ?1", -1, &row, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(row);
	if (code == SQLITE_ROW)
		value = strdup((const char *)sqlite3_column_text(row, 0));
	else if (code == SQLITE_DONE)
		fail_set(fail, -ENOENT, "%s: the call manager has no setting \"%s\"", database, name);
	else
		fail_set(fail, -EIO, "%s: %s", database, sqlite3_errmsg(db));
	sqlite3_finalize(row);
	sqlite3_close(db);
	return value;
}

int fault_rows_run(const char *database, const char *statement, struct fail *fail)
{
	sqlite3 *db = open_database(database, fail);
	char *why = NULL;
	int err = 0;

	if (!db)
		return -EIO;
	if (sqlite3_exec(db, statement, NULL, NULL, &why) != SQLITE_OK)
		err = fail_set(fail, -EIO, "%s: %s", database, why ? why : "cannot be changed");
	else if (!sqlite3_changes(db))
		err = fail_set(fail, -ENOENT, "%s: \"%s\" changes nothing", database, statement);
	sqlite3_free(why);
	sqlite3_close(db);
	return err;
}
