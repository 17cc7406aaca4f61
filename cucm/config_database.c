#include "cucm/config.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>

#include "cucm/model.h"

#define BUSY_MS	    5000
#define LSC_BITS    2048 /* of the keys of LSCs, as CUCM asks for by default */
#define LSC_EC_BITS 256

/* tries: how often the lab has found the device registered nowhere. */
#define ARRIVAL                                                                                              \
	"create table if not exists arrival (name text primary key, model integer not null,"                 \
	" tries integer not null default 0);"

/* WAL: readers and writers do not block one another. The table subscriber has the columns that Kamailio's auth_db
 * reads, and the table version that Kamailio 5.6 demands. */
static const char schema[] =
    "create table if not exists version (table_name text primary key, table_version integer not null);"
    "create table if not exists device (name text primary key, mac text not null, model integer not null,"
    " product text not null, description text not null, load text not null, security integer not null,"
    " user_locale text not null, softkey_template text not null, call_managers text not null);"
    "create table if not exists line (device text not null references device(name) on delete cascade,"
    " position integer not null, number text not null, display_name text not null, label text not null,"
    " primary key (device, position));"
    "create index if not exists line_number on line (number);"
    "create table if not exists setting (name text primary key, value text not null);" ARRIVAL
    "create table if not exists capf (device text primary key, operation text not null,"
    " authentication text not null, string text not null, key_type text not null, key_size integer not null,"
    " status text not null default 'None');"
    "create table if not exists unassigned (number text primary key, description text not null);"
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

int cucm_ha1(const char *user, const char *realm, const char *password, char out[CUCM_HA1])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length;
	struct text text = {0};
	int good;

	text_add(&text, "%s:%s:%s", user, realm, password);
	good = !text.failed && EVP_Digest(text.bytes, text.length, hash, &length, EVP_md5(), NULL);
	text_free(&text);
	for (unsigned i = 0; good && i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return good ? 0 : -ENOMEM;
}

static int database_add_line(sqlite3 *database, const char *name, const struct cucm_line *line, int position)
{
	const char *line_texts[] = {name, line->number,
				    line->display_name ? line->display_name : line->number,
				    line->label ? line->label : line->number};
	const char *user = line->auth_name ? line->auth_name : name;
	char ha1[CUCM_HA1];
	const char *user_texts[] = {user, CUCM_REALM, line->auth_password, ha1, name};
	int err = database_run(database,
			       "insert into line (device, position, number, display_name, label)"
			       " values (?1, ?5, ?2, ?3, ?4)",
			       line_texts, &position, "tttti");

	if (err || !line->auth_password)
		return err;
	err = cucm_ha1(user, CUCM_REALM, line->auth_password, ha1) ? SQLITE_NOMEM : SQLITE_OK;
	/* One credential per device: the first line that names the user decides. */
	return err ? err
		   : database_run(database,
				  "insert or ignore into subscriber (username, domain, password, ha1, device)"
				  " values (?, ?, ?, ?, ?)",
				  user_texts, NULL, "ttttt");
}

/* The names of its call managers, with commas. */
static void device_group(const struct cucm_plan *plan, const struct cucm_device *device, char *out,
			 size_t size)
{
	const struct cucm_node *node;
	size_t used = 0;

	*out = 0;
	for (size_t i = 0; (node = cucm_plan_member(plan, device, i)) && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "," : "", node->name);
}

/* The row of a device, without its lines. */
static int database_add_row(sqlite3 *database, const struct cucm_plan *plan, const struct cucm_device *device,
			    const char *name)
{
	char mac[MAC_TEXT], product[32], group[400];
	const char *texts[] = {name,
			       mac,
			       product,
			       device->description ? device->description : name,
			       cucm_plan_device_load(plan, device),
			       device->locale ? device->locale->user : "",
			       device->softkeys ? device->softkeys->name : "",
			       group};
	int numbers[] = {(int)cucm_model_find(device->model)->id, (int)device->security + 1};

	mac_format(&device->mac, mac);
	snprintf(product, sizeof(product), "Cisco %s", device->model);
	device_group(plan, device, group, sizeof(group));
	return database_run(database,
			    "insert into device (name, mac, product, description, load, user_locale,"
			    " softkey_template, call_managers, model, security)"
			    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			    texts, numbers, "ttttttttii");
}

/* What is pending at the CAPF. The status stays as it is. */
static int database_add_capf(sqlite3 *database, const struct cucm_device *device, const char *name)
{
	static const char *const operations[] = {[CUCM_CAPF_NONE] = "none",
						 [CUCM_CAPF_INSTALL] = "install",
						 [CUCM_CAPF_DELETE] = "delete",
						 [CUCM_CAPF_TROUBLESHOOT] = "troubleshoot"};
	static const char *const authentications[] = {[CUCM_CAPF_NULL_STRING] = "null-string",
						      [CUCM_CAPF_STRING] = "string",
						      [CUCM_CAPF_EXISTING_LSC] = "existing-lsc",
						      [CUCM_CAPF_EXISTING_MIC] = "existing-mic"};
	const char *texts[] = {
	    name, operations[device->capf.operation], authentications[device->capf.authentication],
	    device->capf.string ? device->capf.string : "", device->capf.ec ? "EC" : "RSA"};
	const int bits = device->capf.bits ? (int)device->capf.bits
			 : device->capf.ec ? LSC_EC_BITS
					   : LSC_BITS;

	return database_run(
	    database,
	    "insert into capf (device, operation, authentication, string, key_type, key_size, status)"
	    " values (?1, ?2, ?3, ?4, ?5, ?6, case ?2 when 'none' then 'None' else 'Operation Pending' end)"
	    " on conflict (device) do update set operation = excluded.operation,"
	    " authentication = excluded.authentication, string = excluded.string,"
	    " key_type = excluded.key_type, key_size = excluded.key_size,"
	    " status = case excluded.operation when 'none' then status else 'Operation Pending' end",
	    texts, &bits, "ttttti");
}

/* Of an absent device only the MAC counts: its rows are removed. */
static int database_add_device(sqlite3 *database, const struct cucm_plan *plan,
			       const struct cucm_device *device)
{
	char name[DEVICE_TEXT];
	int err;

	mac_format_device(&device->mac, name);
	err = database_run(database, "delete from device where name = ?", (const char *[]){name}, NULL, "t");
	if (!err && device->absent)
		err = database_run(database, "delete from capf where device = ?", (const char *[]){name},
				   NULL, "t");
	if (err || device->absent || device->not_in_nodes)
		return err;
	err = database_add_row(database, plan, device, name);
	if (!err && cucm_plan_certificates(plan))
		err = database_add_capf(database, device, name);
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
		err = sqlite3_exec(database,
				   "delete from device; delete from capf; drop table arrival; " ARRIVAL, NULL,
				   NULL, NULL) ||
		      database_run(database, "insert or replace into setting values ('auto_registration', ?)",
				   (const char *[]){plan->auto_registration ? "on" : "off"}, NULL, "t") ||
		      database_run(database,
				   "insert or replace into setting values ('cluster_security_mode', ?)",
				   (const char *[]){plan->mixed ? "1" : "0"}, NULL, "t");
	for (size_t i = 0; i < plan->device_count && !only && !err; i++)
		err = database_add_device(database, plan, &plan->devices[i]);
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}

int config_database_number(const char *path, const char *number, const char *description, struct fail *fail)
{
	const char *texts[] = {number, description};
	sqlite3 *database;
	int err = database_open(&database, path, fail);

	if (err)
		return err;
	err =
	    description
		? database_run(database, "insert or replace into unassigned values (?, ?)", texts, NULL, "tt")
		: database_run(database, "delete from unassigned where number = ?", texts, NULL, "t");
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}

int config_database_setting(const char *path, const char *name, const char *value, struct fail *fail)
{
	sqlite3 *database;
	int err = database_open(&database, path, fail);

	if (err)
		return err;
	err = database_run(database, "insert or replace into setting values (?, ?)",
			   (const char *[]){name, value}, NULL, "tt");
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}

int config_database_capf(const char *path, const char *device, const char *status, struct fail *fail)
{
	sqlite3 *database;
	int err = database_open(&database, path, fail);

	if (err)
		return err;
	err = database_run(database, "update capf set status = ?2 where device = ?1",
			   (const char *[]){device, status}, NULL, "tt");
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}

int config_database_arrived(const char *path, const char *device, bool done, struct fail *fail)
{
	const int tries = done ? 0 : ARRIVAL_TRIES;
	sqlite3 *database;
	int err = database_open(&database, path, fail);

	if (err)
		return err;
	err = database_run(database, "update arrival set tries = tries + 1 where name = ?", &device, NULL,
			   "t") ||
	      database_run(database, "delete from arrival where name = ? and tries >= ?", &device, &tries,
			   "ti");
	if (err)
		err = database_fail(database, path, fail);
	return database_close(database, path, err, fail);
}
