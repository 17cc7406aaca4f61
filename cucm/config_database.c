#include "cucm/config.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>

#include "cucm/model.h"

#define BUSY_MS 5000

/* WAL: readers and writers do not block one another. The table subscriber has the columns that Kamailio's auth_db
 * reads, and the table version that Kamailio 5.6 demands. */
static const char schema[] =
    "create table if not exists version (table_name text primary key, table_version integer not null);"
    "create table if not exists device (name text primary key, mac text not null, model integer not null,"
    " product text not null, description text not null, load text not null, security integer not null);"
    "create table if not exists line (device text not null references device(name) on delete cascade,"
    " position integer not null, number text not null, display_name text not null, label text not null,"
    " primary key (device, position));"
    "create index if not exists line_number on line (number);"
    "create table if not exists subscriber (id integer primary key, username text not null unique,"
    " domain text not null, password text not null, ha1 text not null, ha1b text not null default '',"
    " device text not null references device(name) on delete cascade);"
    "insert or replace into version values ('subscriber', 7);";

static int database_fail(sqlite3 *database, const char *path, struct fail *fail)
{
	int code = sqlite3_errcode(database);
	int result = code == SQLITE_BUSY ? -EBUSY : code == SQLITE_FULL ? -ENOSPC : -EIO;

	return fail_set(fail, result, "%s: %s", path, sqlite3_errmsg(database));
}

static int database_open(sqlite3 **database, const char *path, struct fail *fail)
{
	int err = 0;

	if (sqlite3_open_v2(path, database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)) {
		err = *database ? database_fail(*database, path, fail)
				: fail_set(fail, -ENOMEM, "out of memory");
		goto out;
	}
	sqlite3_busy_timeout(*database, BUSY_MS);
	if (sqlite3_exec(*database,
			 "pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on;"
			 "begin immediate;",
			 NULL, NULL, NULL) ||
	    sqlite3_exec(*database, schema, NULL, NULL, NULL))
		err = database_fail(*database, path, fail);
out:
	if (err) {
		sqlite3_close(*database);
		*database = NULL;
	}
	return err;
}

/* Commit after success; otherwise roll back. */
static int database_close(sqlite3 *database, const char *path, int result, struct fail *fail)
{
	if (!result && sqlite3_exec(database, "commit", NULL, NULL, NULL))
		result = database_fail(database, path, fail);
	sqlite3_close(database);
	return result;
}

/* Run one statement with texts and integers bound in order: t text, i int. */
static int database_run(sqlite3 *database, const char *sql, const char *const *texts, const int *numbers,
			const char *kinds)
{
	sqlite3_stmt *statement;
	int err = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

	if (err)
		return err;
	for (int at = 1; *kinds && !err; kinds++, at++) {
		if (*kinds == 't')
			err = sqlite3_bind_text(statement, at, *texts++, -1, SQLITE_STATIC);
		else
			err = sqlite3_bind_int(statement, at, *numbers++);
	}
	if (!err)
		sqlite3_step(statement);
	return sqlite3_finalize(statement);
}

/* HA1 of RFC 2617 section 3.2.2.2: MD5(user:realm:password), in lower-case hexadecimal. */
static int database_ha1(const char *user, const char *password, char out[33])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length;
	struct text text = {0};
	int good;

	text_add(&text, "%s:%s:%s", user, CUCM_REALM, password);
	good = !text.failed && EVP_Digest(text.bytes, text.length, hash, &length, EVP_md5(), NULL);
	text_free(&text);
	for (unsigned i = 0; good && i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return good ? 0 : SQLITE_ERROR;
}

static int database_add_line(sqlite3 *database, const char *name, const struct cucm_line *line, int position)
{
	const char *line_texts[] = {name, line->number,
				    line->display_name ? line->display_name : line->number,
				    line->label ? line->label : line->number};
	const char *user = line->auth_name ? line->auth_name : name;
	char ha1[33];
	const char *user_texts[] = {user, CUCM_REALM, line->auth_password, ha1, name};
	int err = database_run(database,
			       "insert into line (device, position, number, display_name, label)"
			       " values (?1, ?5, ?2, ?3, ?4)",
			       line_texts, &position, "tttti");

	if (err || !line->auth_password)
		return err;
	err = database_ha1(user, line->auth_password, ha1);
	/* One credential per device: the first line that names the user decides. */
	return err ? err
		   : database_run(database,
				  "insert or ignore into subscriber (username, domain, password, ha1, device)"
				  " values (?, ?, ?, ?, ?)",
				  user_texts, NULL, "ttttt");
}

static int database_add_device(sqlite3 *database, const struct cucm_plan *plan,
			       const struct cucm_device *device)
{
	const struct cucm_model *model = cucm_model_find(device->model);
	char name[DEVICE_TEXT], mac[MAC_TEXT], product[32];
	const char *texts[] = {name, mac, product, device->description ? device->description : name,
			       cucm_plan_device_load(plan, device)};
	int numbers[] = {(int)model->id, (int)device->security + 1};
	int err;

	mac_format_device(&device->mac, name);
	mac_format(&device->mac, mac);
	snprintf(product, sizeof(product), "Cisco %s", device->model);
	err = database_run(database, "delete from device where name = ?", texts, NULL, "t");
	if (err || device->absent || device->not_in_nodes)
		return err;
	err = database_run(database,
			   "insert into device (name, mac, product, description, load, model, security)"
			   " values (?, ?, ?, ?, ?, ?, ?)",
			   texts, numbers, "tttttii");
	for (size_t i = 0; i < device->line_count && !err; i++)
		err = database_add_line(database, name, &device->lines[i], (int)i + 1);
	return err;
}

int config_database(const struct cucm_plan *plan, const char *path, const struct cucm_device *only,
		    struct fail *fail)
{
	sqlite3 *database;
	int err = database_open(&database, path, fail);

	if (err)
		return err;
	if (only)
		err = database_add_device(database, plan, only);
	else
		err = sqlite3_exec(database, "delete from device", NULL, NULL, NULL);
	for (size_t i = 0; i < plan->device_count && !only && !err; i++)
		err = database_add_device(database, plan, &plan->devices[i]);
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}
