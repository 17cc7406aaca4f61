/* The rows of the phone in the databases of the call managers. */
#include "phonelab/why/content_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "cucm/config.h"
#include "phonelab/lab/rows.h"
#include "wire/phonexml.h"

struct database {
	struct content *of;
	const struct content_node *node;
	const struct phonexml_config *config; /* of the phone; NULL: it has none */
	char from[120];
	bool wrong;
};

static json_t *put(struct database *database, const char *name, const char *table, const char *text)
{
	char object[120];
	json_t *fact;

	snprintf(object, sizeof(object), "database %.60s %s", database->node->name, table);
	database->wrong = true;
	fact = fact_add(database->of->facts, name, object, LADDER_REGISTER, database->from, "%s", text);
	fact_value(fact, "node", "%s", database->node->name);
	return fact;
}

static bool tables_are_there(struct database *database, const json_t *rows)
{
	static const char *const tables[] = {"device", "line", "subscriber"};
	bool all = true;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char text[200];

		if (json_is_array(json_object_get(rows, tables[i])))
			continue;
		snprintf(text, sizeof(text), "the database of %.60s has no table %s", database->node->name,
			 tables[i]);
		put(database, "database.table_missing", tables[i], text);
		all = false;
	}
	return all;
}

static bool has_line(const json_t *rows, const char *number)
{
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(rows, "line"), i, line)
		if (!strcmp(json_text(line, "number"), number))
			return true;
	return false;
}

/* The line of the file is at odds with itself, and its display name is the number of the database: the file is wrong
 * (content.element). */
static bool is_odd(const struct phonexml_config *config, unsigned i, const char *number)
{
	return !strcmp(config->line[i].display_name, number) &&
	       strcmp(config->line[i].display_name, config->line[i].name);
}

/* Each line of the phone's configuration against the row of its position. */
static void check_lines(struct database *database, const json_t *rows)
{
	const json_t *lines = json_object_get(rows, "line");

	for (unsigned i = 0; database->config && i < database->config->lines; i++) {
		const char *number = database->config->line[i].name;
		const char *found = json_text(json_array_get(lines, i), "number");
		bool there = i < json_array_size(lines);
		char text[300];
		json_t *fact;

		if (has_line(rows, number) || (there && is_odd(database->config, i, found)))
			continue;
		if (there)
			snprintf(text, sizeof(text),
				 "line %u of %s is %.60s in the database of %.60s, and %.60s in its file",
				 i + 1, database->of->it->name, found, database->node->name, number);
		else
			snprintf(text, sizeof(text), "the database of %.60s has no line %.60s of %s",
				 database->node->name, number, database->of->it->name);
		fact = put(database, there ? "database.line_differs" : "database.line_missing", "line", text);
		fact_value(fact, "found", "%s", found);
		fact_value(fact, "expected", "%s", number);
	}
}

static bool ha1_is(const char *user, const char *realm, const char *password, const char *ha1)
{
	char own[CUCM_HA1];

	return !cucm_ha1(user, realm, password, own) && !strcmp(own, ha1);
}

static void check_user(struct database *database, const json_t *rows)
{
	const struct phonexml_line *line = database->config ? &database->config->line[0] : NULL;
	const json_t *users = json_object_get(rows, "subscriber"), *user, *found = NULL;
	const char *name = line && line->auth_name[0] ? line->auth_name : database->of->it->name;
	char text[300];
	size_t i;

	if (!database->node->digest || !line || !database->config->lines)
		return;
	json_array_foreach (users, i, user)
		if (!strcmp(json_text(user, "username"), name))
			found = user;
	if (!found) {
		snprintf(text, sizeof(text), "the database of %.60s has no user %.100s, and %.60s challenges",
			 database->node->name, name, database->node->name);
		put(database, "database.user_missing", "subscriber", text);
	} else if (!ha1_is(name, json_text(found, "domain"), line->auth_password, json_text(found, "ha1"))) {
		snprintf(text, sizeof(text),
			 "the password of %.100s in the database of %.60s is not that of the phone's file",
			 name, database->node->name);
		put(database, "database.password_differs", "subscriber", text);
	}
}

/* Auto-registration would add the device that is missing. */
static void check_auto_registration(struct database *database, const json_t *rows)
{
	char text[200];

	if (strcmp(rows_setting(rows, "auto_registration"), "exhausted"))
		return;
	snprintf(text, sizeof(text),
		 "auto_registration is \"exhausted\" at %.60s: every number of its range was given",
		 database->node->name);
	put(database, "database.auto_exhausted", "setting", text);
}

static void check_rows(struct database *database, const json_t *rows)
{
	char text[300];

	if (!tables_are_there(database, rows))
		return;
	if (!json_array_size(json_object_get(rows, "device"))) {
		snprintf(text, sizeof(text), "the database of %.60s has no device %s", database->node->name,
			 database->of->it->name);
		put(database, "database.device_missing", "device", text);
		check_auto_registration(database, rows);
		return;
	}
	if (!database->of->of_another)
		check_lines(database, rows);
	check_user(database, rows);
	if (database->wrong)
		return;
	snprintf(text, sizeof(text), "the database of %.60s has the device %s with its lines",
		 database->node->name, database->of->it->name);
	put(database, "database.ok", "device", text);
}

/* The configuration that the phone has accepted last, or the file of the server. */
static struct phonexml_config *read_config(const struct content *of)
{
	struct phonexml_config *config = calloc(1, sizeof(*config));
	char path[CONTENT_PATH + 80], *bytes = NULL;
	struct fail ignored = {0};
	size_t length = 0;

	snprintf(path, sizeof(path), "%s%.40s.cnf.xml", of->root, of->it->name);
	if (!config || file_read(path, CONTENT_MOST, &bytes, &length, &ignored) ||
	    phonexml_config_decode(bytes, length, config, NULL)) {
		free(config);
		config = NULL;
	}
	free(bytes);
	return config;
}

void content_check_databases(struct content *of)
{
	int step = of->it->step;
	struct phonexml_config *config;

	if (step && step != LADDER_CM_CONNECT && step != LADDER_REGISTER)
		return;
	config = read_config(of);
	for (size_t i = 0; i < of->nodes; i++) {
		struct database database = {.of = of, .node = &of->node[i], .config = config};
		char text[400];

		if (!of->node[i].ours)
			continue;
		snprintf(database.from, sizeof(database.from), "cucm/%.60s/cucm.sqlite", of->node[i].name);
		if (of->node[i].rows) {
			check_rows(&database, of->node[i].rows);
			continue;
		}
		snprintf(text, sizeof(text), "the database of %.60s cannot be read: %.200s", of->node[i].name,
			 of->node[i].reason);
		put(&database, "database.unreadable", "device", text);
	}
	free(config);
}
