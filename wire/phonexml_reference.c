/* The tables as text, for the documents. */
#include "wire/phonexml_table.h"

#include <stdio.h>
#include <string.h>

/* A row by its number, counted through all tables. */
struct walk {
	size_t left;
	char prefix[128];
	const struct xml_row *row;
};

static bool find(struct walk *walk, const struct xml_table *table)
{
	size_t length = strlen(walk->prefix);

	for (size_t i = 0; i < table->rows; i++) {
		const struct xml_row *row = &table->row[i];

		if (walk->left-- == 0) {
			walk->row = row;
			return true;
		}
		if (row->kind != XML_KIND_LIST)
			continue;
		snprintf(walk->prefix + length, sizeof(walk->prefix) - length, "/%s", row->path);
		if (find(walk, row->items))
			return true;
		walk->prefix[length] = '\0';
	}
	return false;
}

/* What a phone does with a value that is not of the row. */
static const char *other_value(const struct xml_row *row)
{
	if (row->kind == XML_KIND_FIXED)
		return "";
	if (row->kind == XML_KIND_LIST)
		return row->items->row[0].flags & XML_KEY
			   ? "of the same number, the last one; those with the highest numbers are skipped"
			   : "further ones are skipped";
	if (row->flags & (XML_NEEDED | XML_PRESENT))
		return "the row of the list is skipped";
	if (row->flags & XML_CUT)
		return "its beginning";
	return "default";
}

static void fallback(const struct xml_row *row, char *text, size_t size)
{
	text[0] = '\0';
	switch (row->kind) {
	case XML_KIND_TEXT: snprintf(text, size, "%s", row->text ? row->text : ""); break;
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT:
		if (row->flags & XML_KEY)
			snprintf(text, size, "the next one");
		else if (row->preset >= row->least)
			snprintf(text, size, "%lu", row->preset);
		break;
	case XML_KIND_BOOL: snprintf(text, size, "%s", row->preset ? "true" : "false"); break;
	case XML_KIND_ON:
	case XML_KIND_OFF: snprintf(text, size, "%s", row->preset ? "enabled" : "disabled"); break;
	case XML_KIND_LIST:
	case XML_KIND_FIXED: break;
	}
}

bool phonexml_reference(size_t index, struct phonexml_reference *row)
{
	struct walk walk = {.left = index};

	memset(row, 0, sizeof(*row));
	for (size_t i = 0; i < XML_FILES; i++) {
		snprintf(walk.prefix, sizeof(walk.prefix), "%s", xml_files[i]->root);
		if (!find(&walk, xml_files[i]->table))
			continue;
		row->file = xml_files[i]->name;
		snprintf(row->path, sizeof(row->path), "%s/%s", walk.prefix, walk.row->path);
		xml_values_text(walk.row, row->values, sizeof(row->values));
		fallback(walk.row, row->fallback, sizeof(row->fallback));
		row->other = other_value(walk.row);
		row->remark = walk.row->remark;
		return true;
	}
	return false;
}
