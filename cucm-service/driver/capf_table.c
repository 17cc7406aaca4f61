#include "cucm-service/driver/capf_table.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 1000

/* The words of the columns operation and authentication (cucm/config_database.c), in the order of the enums. */
const char *const capf_table_operations[] = {"none", "install", "delete", "troubleshoot", NULL};
static const char *const proofs[] = {"null-string", "string", "existing-lsc", "existing-mic", NULL};

struct capf_table {
	sqlite3 *db;
	sqlite3_stmt *row;
};

int capf_table_open(struct capf_table **out, const char *path, struct fail *fail)
{
	static const char sql[] =
	    "select d.product, c.operation, c.authentication, c.string, c.key_type,"
	    " c.key_size from device d join capf c on c.device = d.name where d.name = ?";
	struct capf_table *table = calloc(1, sizeof(*table));

	if (!table)
		return fail_set(fail, -ENOMEM, "out of memory");
	if (!sqlite3_open_v2(path, &table->db, SQLITE_OPEN_READWRITE, NULL) &&
	    !sqlite3_busy_timeout(table->db, BUSY_MS) &&
	    !sqlite3_exec(table->db, "pragma query_only = on", NULL, NULL, NULL) &&
	    !sqlite3_prepare_v2(table->db, sql, -1, &table->row, NULL)) {
		*out = table;
		return 0;
	}
	fail_set(fail, -EIO, "%s: %s", path, sqlite3_errmsg(table->db));
	capf_table_close(table);
	return fail->err;
}

void capf_table_close(struct capf_table *table)
{
	if (!table)
		return;
	sqlite3_finalize(table->row);
	sqlite3_close(table->db);
	free(table);
}

static const char *column(const struct capf_table *table, int i)
{
	const char *text = (const char *)sqlite3_column_text(table->row, i);

	return text ? text : "";
}

static int word(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return 0;
}

int capf_table_find(struct capf_table *table, const char *name, struct capf_device *device,
		    char string[CAPF_TABLE_TEXT], char model[CAPF_TABLE_TEXT], struct fail *fail)
{
	int code;

	sqlite3_bind_text(table->row, 1, name, -1, SQLITE_STATIC);
	code = sqlite3_step(table->row);
	if (code == SQLITE_ROW) {
		const char *product = column(table, 0), *space = strrchr(product, ' ');

		snprintf(model, CAPF_TABLE_TEXT, "%s", space ? space + 1 : product);
		snprintf(string, CAPF_TABLE_TEXT, "%s", column(table, 3));
		*device = (struct capf_device){
		    .operation = (enum capf_operation)word(capf_table_operations, column(table, 1)),
		    .proof = (enum capf_proof)word(proofs, column(table, 2)),
		    .string = *string ? string : NULL,
		    .key_type = strcmp(column(table, 4), "EC") ? CAPF_RSA : CAPF_EC,
		    .key_size = (uint16_t)sqlite3_column_int(table->row, 5)};
	} else {
		fail_set(fail,
			 code == SQLITE_DONE   ? -ENOENT
			 : code == SQLITE_BUSY ? -EBUSY
					       : -EIO,
			 "%s", code == SQLITE_DONE ? "no such device" : sqlite3_errmsg(table->db));
	}
	sqlite3_reset(table->row);
	return code == SQLITE_ROW ? 0 : fail->err;
}
