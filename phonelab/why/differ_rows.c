/* The rows of the phone, and auto-registration, in the databases of the call managers. */
#include "phonelab/why/differ_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/rows.h"

/* By which column a row is found again. */
static const struct table {
	const char *name, *key;
} tables[] = {{"device", "name"}, {"line", "position"}, {"subscriber", "username"}};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

struct place {
	const char *node;
	const struct table *table;
	char object[160], from[160];
};

static const json_t *find_row(const json_t *rows, const char *key, const json_t *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (json_equal(json_object_get(row, key), value))
			return row;
	return NULL;
}

static void value_text(const json_t *value, char text[160])
{
	if (json_is_integer(value))
		snprintf(text, 160, "%lld", (long long)json_integer_value(value));
	else
		snprintf(text, 160, "%.159s", json_is_string(value) ? json_string_value(value) : "");
}

static void put(const struct differ *of, const struct place *at, const json_t *row, const char *kind,
		const char *column, const char *was, const char *found)
{
	char key[160];
	json_t *fact;

	value_text(json_object_get(row, at->table->key), key);
	if (!strcmp(kind, "changed"))
		fact = fact_add(of->facts, "diff.row", at->object, 0, at->from,
				"%s of %s %s in table %s of %s is \"%s\", was rendered as \"%s\"", column,
				at->table->key, key, at->table->name, at->node, found, was);
	else
		fact = fact_add(of->facts, "diff.row", at->object, 0, at->from,
				!strcmp(kind, "missing")
				    ? "table %s of %s lacks the row of %s with %s %s"
				    : "table %s of %s has a row of %s with %s %s that was not rendered",
				at->table->name, at->node, of->it->name, at->table->key, key);
	fact_value(fact, "kind", "%s", kind);
	fact_value(fact, "table", "%s", at->table->name);
	fact_value(fact, "column", "%s", column);
	fact_value(fact, "was", "%s", was);
	fact_value(fact, "found", "%s", found);
}

/* id is a running number; ha1 follows from the password. */
static bool counts(const char *column, const json_t *was, const json_t *now)
{
	return strcmp(column, "id") &&
	       (strcmp(column, "ha1") ||
		json_equal(json_object_get(was, "password"), json_object_get(now, "password")));
}

static void compare_row(const struct differ *of, const struct place *at, const json_t *was, const json_t *now)
{
	const char *column;
	json_t *value;

	json_object_foreach ((json_t *)was, column, value) {
		char before[160], after[160];

		if (json_equal(value, json_object_get(now, column)) || !counts(column, was, now))
			continue;
		value_text(value, before);
		value_text(json_object_get(now, column), after);
		put(of, at, was, "changed", column, before, after);
	}
}

static void compare_table(const struct differ *of, const struct place *at, const json_t *was,
			  const json_t *now)
{
	const json_t *row;
	size_t i;

	json_array_foreach (was, i, row) {
		const json_t *found = find_row(now, at->table->key, json_object_get(row, at->table->key));

		if (found)
			compare_row(of, at, row, found);
		else
			put(of, at, row, "missing", "", "", "");
	}
	json_array_foreach (now, i, row)
		if (!find_row(was, at->table->key, json_object_get(row, at->table->key)))
			put(of, at, row, "added", "", "", "");
}

/* "exhausted" is "on" with no number left: the lab sets it. */
static void compare_auto_registration(const struct differ *of, const struct place *at, const json_t *now)
{
	const char *was = of->intended->plan.auto_registration ? "on" : "off";
	const char *found = rows_setting(now, "auto_registration");
	char object[120];
	json_t *fact;

	if (!*found || !strcmp(found, was) || !strcmp(found, "exhausted"))
		return;
	snprintf(object, sizeof(object), "database %.80s setting", at->node);
	fact = fact_add(of->facts, "diff.setting", object, 0, at->from,
			"auto_registration of %s is \"%s\", was rendered as \"%s\"", at->node, found, was);
	fact_value(fact, "name", "auto_registration");
	fact_value(fact, "was", "%s", was);
	fact_value(fact, "found", "%s", found);
	fact_value(fact, "node", "%s", at->node);
}

/* rendered: the rows of the phone; NULL if it has none. */
static void compare_node(const struct differ *of, const char *node, const json_t *rendered)
{
	struct fail ignored = {0};
	struct place at = {.node = node};
	char path[DIFFER_PATH];
	json_t *now;

	snprintf(at.from, sizeof(at.from), "cucm/%.80s/cucm.sqlite", node);
	snprintf(path, sizeof(path), "%s%s", of->it->directory, at.from);
	now = rows_read(path, of->it->name, &ignored);
	compare_auto_registration(of, &at, now);
	for (size_t t = 0; t < TABLES && now && rendered; t++) {
		const json_t *was = json_object_get(rendered, tables[t].name);
		const json_t *rows = json_object_get(now, tables[t].name);

		at.table = &tables[t];
		snprintf(at.object, sizeof(at.object), "database %.80s %s", node, tables[t].name);
		compare_table(of, &at, was, rows);
		/* The other rows follow the row of the device. */
		if (json_array_size(was) && !json_array_size(rows) && !t)
			break;
	}
	json_decref(now);
}

void differ_rows(const struct differ *of)
{
	const struct cucm_plan *plan = &of->intended->plan;
	struct fail ignored = {0};
	json_t *rendered = of->device ? intended_rows(of->intended, of->device, &ignored) : NULL;

	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign)
			compare_node(of, plan->nodes[i].name, rendered);
	json_decref(rendered);
}
