#include "cucm-service/driver/database_internal.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cucm/guid.h"
#include "cucm/model.h"

#define BUSY_MS 3000
#define STEPS	1000	  /* of the virtual machine of SQLite, between two checks */
#define CHECKS	50000	  /* then a query is ended: it takes seconds */
#define VALUE	(8 << 20) /* octets of a text that a query may make */
/* The tables of CUCM, as far as the lab has them. A view has the name of a table of the file: names in temp come first. */
static const char views[] =
    "create temp view device as select guid('device', name) as pkid, name, description,"
    " model as tkmodel, model as tkproduct, 1 as tkclass, 11 as tkdeviceprotocol,"
    " load as specialloadinformation, guid('devicepool', 'Default') as fkdevicepool,"
    " user_locale as userlocale from main.device;"
    "create temp view numplan as select guid('numplan', n.number) as pkid, n.number as dnorpattern,"
    " coalesce((select description from main.unassigned u where u.number = n.number), '') as description,"
    " 2 as tkpatternusage, null as fkroutepartition"
    " from (select number from main.line union select number from main.unassigned) n;"
    "create temp view devicenumplanmap as select guid('line', device || '/' || number) as pkid,"
    " guid('device', device) as fkdevice, guid('numplan', number) as fknumplan, position as numplanindex,"
    " label, display_name as display from main.line;"
    "create temp view enduser as select distinct guid('enduser', username) as pkid, username as userid"
    " from main.subscriber;"
    "create temp view devicepool as select guid('devicepool', 'Default') as pkid, 'Default' as name;"
    "create temp table processconfig as select 'ClusterSecurityMode' as paramname,"
    " coalesce((select value from main.setting where name = 'cluster_security_mode'), '0') as paramvalue;"
    "create temp view typedeviceprotocol as select 11 as enum, 'SIP' as name;"
    "create temp view typeclass as select 1 as enum, 'Phone' as name;"
    "create temp table typemodel (enum integer, name text);";

int database_fail(const struct database *database, struct fail *fail)
{
	int code = sqlite3_errcode(database->db);

	return fail_set(fail,
			code == SQLITE_BUSY    ? -EBUSY
			: code == SQLITE_NOMEM ? -ENOMEM
					       : -EIO,
			"%s", sqlite3_errmsg(database->db));
}

/* The function guid() of the views: the identifiers of AXL, in the lower case of CUCM's database. */
static void guid_function(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *kind = (const char *)sqlite3_value_text(values[0]);
	const char *name = (const char *)sqlite3_value_text(values[1]);
	char guid[GUID_TEXT];

	(void)count;
	if (!kind || !name)
		sqlite3_result_null(context);
	else
		sqlite3_result_text(context, guid_format(kind, name, guid), -1, SQLITE_TRANSIENT);
}

/* The views, and what they read: of the digest credentials only the user names. Not the tables of Kamailio and of the lab, and none
 * of SQLite itself. */
static bool may_read(const char *table, const char *column)
{
	static const char *const tables[] = {"device",	   "numplan",	    "devicenumplanmap",	  "enduser",
					     "devicepool", "processconfig", "typedeviceprotocol", "typeclass",
					     "typemodel",  "line",	    "unassigned"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcasecmp(table, tables[i]))
			return true;
	return !strcasecmp(table, "subscriber") && !strcasecmp(column, "username");
}

/* A query only reads. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)arg;
	(void)c;
	(void)d;
	if (action == SQLITE_READ)
		return a && b && may_read(a, b) ? SQLITE_OK : SQLITE_DENY;
	return action == SQLITE_SELECT || action == SQLITE_FUNCTION ? SQLITE_OK : SQLITE_DENY;
}

static int end_if_long(void *arg)
{
	struct database *database = arg;

	return ++database->checks > CHECKS;
}

static int add_models(sqlite3 *db)
{
	int err = SQLITE_OK;

	for (const struct cucm_model *model = cucm_models(); model->name && err == SQLITE_OK; model++) {
		char sql[120];

		snprintf(sql, sizeof(sql), "insert into typemodel values (%u, 'Cisco %s')", model->id,
			 model->name);
		err = sqlite3_exec(db, sql, NULL, NULL, NULL);
	}
	return err;
}

int database_open(struct database **out, const char *path, struct fail *fail)
{
	struct database *database = calloc(1, sizeof(*database));

	if (!database)
		return fail_set(fail, -ENOMEM, "out of memory");
	database->version = -1;
	if (sqlite3_open_v2(path, &database->db, SQLITE_OPEN_READWRITE, NULL) ||
	    sqlite3_busy_timeout(database->db, BUSY_MS) ||
	    sqlite3_create_function(database->db, "guid", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
				    guid_function, NULL, NULL) ||
	    sqlite3_exec(database->db, views, NULL, NULL, NULL) || add_models(database->db) ||
	    sqlite3_exec(database->db, "pragma query_only = on", NULL, NULL, NULL)) {
		database_fail(database, fail);
		fail_prefix(fail, fail->err, "%s", path);
		database_close(database);
		return fail->err;
	}
	sqlite3_limit(database->db, SQLITE_LIMIT_LENGTH, VALUE);
	*out = database;
	return 0;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	database_forget(database);
	sqlite3_close(database->db);
	free(database);
}

/* --- queries --- */

static json_t *one_row(sqlite3_stmt *row, size_t *octets)
{
	json_t *one = json_object();

	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *text = (const char *)sqlite3_column_text(row, i);

		*octets += 2 * strlen(sqlite3_column_name(row, i)) + (text ? strlen(text) : 0) + 16;
		json_object_set_new(one, sqlite3_column_name(row, i), text ? json_string(text) : json_null());
	}
	return one;
}

static bool blank(const char *text)
{
	return !text[strspn(text, " \t\r\n;")];
}

json_t *database_query(struct database *database, const char *sql, size_t most, struct fail *fail)
{
	json_t *rows = json_array();
	sqlite3_stmt *row = NULL;
	const char *rest = "";
	size_t octets = 0, count = 0;
	int code;

	database->checks = 0;
	sqlite3_set_authorizer(database->db, authorize, NULL);
	sqlite3_progress_handler(database->db, STEPS, end_if_long, database);
	code = sqlite3_prepare_v2(database->db, sql, -1, &row, &rest);
	if (code == SQLITE_OK && !blank(rest))
		fail_set(fail, -EINVAL, "sql: expected one statement");
	while (code == SQLITE_OK && !fail->err && sqlite3_step(row) == SQLITE_ROW) {
		count++;
		if (octets <= most)
			json_array_append_new(rows, one_row(row, &octets));
	}
	if (!fail->err && sqlite3_errcode(database->db) != SQLITE_DONE)
		database_fail(database, fail);
	if (!fail->err && octets > most)
		fail_set(fail, -E2BIG,
			 "Query request too large. Total rows matched: %zu rows. Suggestive Row Fetch: less "
			 "than %zu "
			 "rows",
			 count, json_array_size(rows));
	sqlite3_finalize(row);
	sqlite3_progress_handler(database->db, 0, NULL, NULL);
	sqlite3_set_authorizer(database->db, NULL, NULL);
	if (!fail->err)
		return rows;
	json_decref(rows);
	return NULL;
}
