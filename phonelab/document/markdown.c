/* The reference of a document as Markdown, out of the table of keys. */
#include "phonelab/document/keys.h"

#include <stdio.h>

#define SHAPES_MOST 32

/* Text of a table's cell: what would end the cell is escaped. */
static void put_cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '*' || *text == '<')
			fputc('\\', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

static void put_value(FILE *out, const struct key *key)
{
	char expected[512];

	if (key->type == KEY_OBJECT) {
		fprintf(out, key->flags & KEY_LIST ? "a list of [%s](#%s)" : "[%s](#%s)", key->shape->name,
			key->shape->name);
		return;
	}
	key_expected(key, expected, sizeof(expected));
	if (key->flags & KEY_LIST)
		fputs(key->flags & KEY_ONE ? "one or a list: " : "a list: ", out);
	put_cell(out, expected);
}

static void put_row(FILE *out, const struct key *key)
{
	if (key->type == KEY_OTHERS)
		fputs("| *a number*", out);
	else
		fprintf(out, "| `%s`", key->name);
	fputs(" | ", out);
	put_value(out, key);
	fputs(" | ", out);
	if (key->flags & KEY_REQUIRED)
		fputs("**required**", out);
	else if (key->fallback)
		fprintf(out, "`%s`", key->fallback);
	fputs(" | ", out);
	put_cell(out, key->doc);
	fputs(" |\n", out);
}

static void put_shape(FILE *out, const struct shape *shape)
{
	fprintf(out, "\n## %s\n\n%s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", shape->name,
		shape->doc);
	for (const struct key *key = shape->keys; key->name; key++)
		put_row(out, key);
}

void shape_markdown(const struct shape *shape, FILE *out)
{
	const struct shape *shapes[SHAPES_MOST] = {shape};
	size_t n = 1;

	/* Each shape once, in the order in which the table names them. */
	for (size_t i = 0; i < n; i++) {
		put_shape(out, shapes[i]);
		for (const struct key *key = shapes[i]->keys; key->name; key++) {
			bool known = key->type != KEY_OBJECT;

			for (size_t k = 0; k < n && !known; k++)
				known = shapes[k] == key->shape;
			if (!known && n < SHAPES_MOST)
				shapes[n++] = key->shape;
		}
	}
}
