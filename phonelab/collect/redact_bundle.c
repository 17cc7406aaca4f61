/* Remove passwords and digest credentials from the files of a bundle. */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/config.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/collect/redact.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/intended.h"

#define FILE_MOST (1u << 30)

struct redacting {
	const struct bundle *bundle;
	struct credentials list;
	struct credentials
	    secrets; /* what must not be left: the passwords, and what the databases make of them */
	struct redact_texts *texts; /* of secrets */
	char **owned;		    /* texts of secrets */
	size_t owned_count;
	struct fail fail; /* the first failure */
};

static bool ends(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && !strcmp(text + length - size, end);
}

/* Keep a text that must not be left in any file. */
static void add_secret(struct redacting *it, const char *text)
{
	char **more = realloc(it->owned, (it->owned_count + 1) * sizeof(*more));
	char *copy = more ? strdup(text) : NULL;

	it->owned = more ? more : it->owned;
	if (!copy)
		return;
	it->owned[it->owned_count++] = copy;
	credentials_add(&it->secrets, copy);
}

/* A password of a file that the topology does not have. */
static void add_password(void *arg, const char *password)
{
	struct redacting *it = arg;

	add_secret(it, password);
	if (it->owned_count)
		credentials_add(&it->list, it->owned[it->owned_count - 1]);
}

/* --- databases --- */

/* The password of the list with that HA1; NULL: none. */
static const char *password_of(const struct redacting *it, const char *user, const char *realm,
			       const char *ha1)
{
	char own[CUCM_HA1];

	for (size_t i = 0; i < it->list.n; i++)
		if (!cucm_ha1(user, realm, it->list.item[i], own) && !strcmp(own, ha1))
			return it->list.item[i];
	return NULL;
}

/* Replace password and HA1 of the row that the statement stands at. */
static int redact_row(struct redacting *it, sqlite3 *database, sqlite3_stmt *row)
{
	const char *user = (const char *)sqlite3_column_text(row, 1),
		   *realm = (const char *)sqlite3_column_text(row, 2);
	const char *password = (const char *)sqlite3_column_text(row, 3);
	const char *ha1 = (const char *)sqlite3_column_text(row, 4), *known;
	char instead[CREDENTIALS_SUBSTITUTE], of_ha1[CREDENTIALS_SUBSTITUTE], now[CUCM_HA1] = "";
	sqlite3_stmt *change = NULL;
	int err;

	user = user ? user : "";
	realm = realm ? realm : "";
	known = password_of(it, user, realm, ha1 ? ha1 : "");
	if (password && *password)
		add_secret(it, password);
	if (ha1 && *ha1) {
		add_secret(it, ha1);
		cucm_ha1(user, realm, credentials_substitute(&it->list, known ? known : "", of_ha1), now);
	}
	credentials_substitute(&it->list, password ? password : "", instead);
	err = sqlite3_prepare_v2(database, "update subscriber set password = ?, ha1 = ? where rowid = ?", -1,
				 &change, NULL);
	if (!err) {
		sqlite3_bind_text(change, 1, password && *password ? instead : "", -1, SQLITE_STATIC);
		sqlite3_bind_text(change, 2, now, -1, SQLITE_STATIC);
		sqlite3_bind_int64(change, 3, sqlite3_column_int64(row, 0));
		err = sqlite3_step(change) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
	}
	sqlite3_finalize(change);
	return err;
}

/* One file without a log beside it, and without what deleted rows left in it. A file that is no database stays as it is. */
static void redact_database(struct redacting *it, const char *path)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *row = NULL;

	if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_exec(database, "pragma journal_mode = delete", NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(database, "select rowid, username, domain, password, ha1 from subscriber", -1,
			       &row, NULL) == SQLITE_OK) {
		while (sqlite3_step(row) == SQLITE_ROW)
			redact_row(it, database, row);
		sqlite3_finalize(row);
		sqlite3_exec(database, "update capf set string = '" CREDENTIALS_DIGITS "' where string <> ''",
			     NULL, NULL, NULL);
		sqlite3_exec(database, "vacuum", NULL, NULL, NULL);
	}
	sqlite3_close(database);
}

/* --- files --- */

static void redact_database_file(void *arg, const char *path, const char *below)
{
	if (ends(below, ".sqlite"))
		redact_database(arg, path);
}

/* The bundle must not be packed: a file may still have a password. */
static void failed(struct redacting *it, const struct fail *fail)
{
	if (!it->fail.err)
		it->fail = *fail;
}

/* A document of unknown passwords is no part of the bundle. */
static void remove_document(struct redacting *it, const char *path, const char *below, const char *why)
{
	struct fail fail = {0};

	exit_complain(EXIT_DEFECT, "collect: lab/%s cannot be parsed (%.200s); the bundle is without it",
		      below, why);
	if (unlink(path)) {
		fail_set(&fail, -errno, "%s: %s", path, strerror(errno));
		failed(it, &fail);
	}
}

typedef int redact_tree_fn(const char *document, size_t length, const struct credentials *list,
			   redact_found_fn *found, void *arg, struct text *out, struct fail *fail);

/* How a document is read; NULL: as XML. False: its fields are not known. */
static bool document_kind(const char *below, redact_tree_fn **read)
{
	static const char *const json[] = {"/service.json", "/set.json", "/added.json", "/rack.json"};

	*read = NULL;
	if (strstr(below, "/root/") && ends(below, ".xml"))
		return true;
	if (ends(below, "topology.yaml"))
		*read = redact_yaml;
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		if (ends(below, json[i]))
			*read = redact_json;
	return *read != NULL;
}

/* Documents whose fields are known. */
static void redact_document(void *arg, const char *path, const char *below)
{
	struct redacting *it = arg;
	struct fail fail = {0};
	redact_tree_fn *read;
	struct text out = {0};
	char *bytes = NULL;
	size_t length = 0;

	if (!document_kind(below, &read))
		return;
	if (file_read(path, FILE_MOST, &bytes, &length, &fail)) {
		failed(it, &fail);
		return;
	}
	if (read && read(bytes, length, &it->list, add_password, it, &out, &fail)) {
		remove_document(it, path, below, fail.text);
		text_free(&out);
	} else {
		if (!read)
			redact_xml(bytes, length, &it->list, add_password, it, &out);
		if (!out.failed && out.bytes && out.length == length && !memcmp(out.bytes, bytes, length))
			text_free(&out);
		else if (file_write_text(path, &out, &fail))
			failed(it, &fail);
	}
	free(bytes);
}

/* What is left of the secrets anywhere else, as in captures. */
static void redact_file(void *arg, const char *path, const char *below)
{
	struct redacting *it = arg;
	struct fail fail = {0};
	char *bytes = NULL;
	size_t length = 0;

	(void)below;
	if (file_read(path, FILE_MOST, &bytes, &length, &fail) ||
	    (redact_bytes(bytes, length, it->texts) && file_write(path, bytes, length, &fail)))
		failed(it, &fail);
	free(bytes);
}

/* The raw messages have become the SDL trace. */
static void remove_raw(void *arg, const char *path, const char *below)
{
	(void)arg;
	if (!strncmp(below, "trace/", 6))
		unlink(path);
}

/* The passwords of a plan, and what the databases make of them (cucm/config_database.c). */
static void add_plan(struct redacting *it, const struct cucm_plan *plan)
{
	for (size_t i = 0; i < plan->device_count; i++) {
		if (plan->devices[i].capf.string)
			add_secret(it, plan->devices[i].capf.string);
		for (size_t j = 0; j < plan->devices[i].line_count; j++) {
			const struct cucm_line *line = &plan->devices[i].lines[j];
			char name[DEVICE_TEXT], ha1[CUCM_HA1];

			mac_format_device(&plan->devices[i].mac, name);
			if (line->auth_password && !cucm_ha1(line->auth_name ? line->auth_name : name,
							     CUCM_REALM, line->auth_password, ha1))
				add_secret(it, ha1);
		}
	}
	if (plan->axl_password && strcmp(plan->axl_password, CUCM_AXL_PASSWORD))
		add_secret(it, plan->axl_password); /* the default is a common word */
}

/* Without a topology, as in a folder of another program, no password is known. */
static void read_plans(struct redacting *it, struct intended *intended)
{
	struct fail fail = {0};

	if (intended_read(intended, it->bundle->run, &fail))
		return;
	credentials_of_plan(&it->list, &intended->first);
	credentials_of_plan(&it->list, &intended->plan);
	for (size_t i = 0; i < it->list.n; i++)
		add_secret(it, it->list.item[i]);
	add_plan(it, &intended->first);
	add_plan(it, &intended->plan);
}

static void free_all(struct redacting *it)
{
	redact_texts_free(it->texts);
	credentials_free(&it->list);
	credentials_free(&it->secrets);
	for (size_t i = 0; i < it->owned_count; i++)
		free(it->owned[i]);
	free(it->owned);
}

int bundle_redact(const struct bundle *bundle)
{
	static const char note[] = "Passwords in this copy are replaced: removed-1, removed-2, ...\n";
	struct redacting it = {.bundle = bundle};
	struct fail fail = {0};
	struct intended intended;
	char marker[BUNDLE_PATH];

	read_plans(&it, &intended);
	bundle_each_file(bundle->run, remove_raw, &it);
	bundle_each_file(bundle->run, redact_document, &it);
	bundle_each_file(bundle->run, redact_database_file, &it);
	it.texts = redact_texts_new(&it.secrets);
	if (it.texts)
		bundle_each_file(bundle->folder, redact_file, &it);
	else
		fail_set(&it.fail, -ENOMEM, "out of memory");
	snprintf(marker, sizeof(marker), "%s" CREDENTIALS_REMOVED, bundle->run);
	if (file_write(marker, note, sizeof(note) - 1, &fail))
		failed(&it, &fail);
	free_all(&it);
	intended_free(&intended);
	return it.fail.err ? exit_complain(EXIT_DEFECT, "collect: %s", it.fail.text) : 0;
}
