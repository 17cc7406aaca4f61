/* A tree to structs, by tables. Nothing here refuses a file: what cannot be used counts as absent. */
#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/tree.h>

#define ROWS_MAX 96

/* The table that is being filled, and where. */
struct scope {
	const struct xml_table *table;
	char *base;
	size_t start;	     /* where the path within the table begins, in the decoder's path */
	unsigned next;	     /* default of the row with XML_KEY */
	bool met[ROWS_MAX];  /* the element was there */
	bool used[ROWS_MAX]; /* and its value could be used */
};

void phonexml_error_format(const struct phonexml_error *error, char *text, size_t size)
{
	if (error->line)
		snprintf(text, size, "line %u: %s: found %s, expected %s", error->line, error->element,
			 error->found, error->expected);
	else
		snprintf(text, size, "%s: found %s, expected %s", error->element, error->found,
			 error->expected);
}

void phonexml_warning_format(const struct phonexml_warning *warning, char *text, size_t size)
{
	snprintf(text, size, "line %u: %s: found %s, using %s", warning->line, warning->element,
		 warning->found, warning->used);
}

void xml_quote(const char *text, char *out, size_t size)
{
	size_t n = 0;

	out[n++] = '"';
	for (; *text && n < size - 6; text++)
		out[n++] = *text >= 0x20 && *text <= 0x7e ? *text : '.';
	n += (size_t)snprintf(out + n, size - n, "%s\"", *text ? "..." : "");
}

int xml_refuse_at(struct xml_decoder *decoder, const char *element, const char *found, const char *expected)
{
	struct phonexml_error *error = decoder->error;

	if (error) {
		error->line = decoder->line;
		snprintf(error->element, sizeof(error->element), "%.95s", element);
		snprintf(error->found, sizeof(error->found), "%.95s", found);
		snprintf(error->expected, sizeof(error->expected), "%.159s", expected);
	}
	return -EBADMSG;
}

void xml_warn(struct xml_decoder *decoder, const char *found, const char *used)
{
	struct phonexml_error *error = decoder->error;
	struct phonexml_warning *warning;

	if (!error || error->warnings++ >= PHONEXML_WARNINGS_MAX)
		return;
	warning = &error->warning[error->warnings - 1];
	warning->line = decoder->line;
	snprintf(warning->element, sizeof(warning->element), "%.95s", decoder->path);
	snprintf(warning->found, sizeof(warning->found), "%.63s", found);
	snprintf(warning->used, sizeof(warning->used), "%.63s", used);
}

/* Go one name deeper; the length to come back to, or 0 when the path grows too long. */
static size_t push(struct xml_decoder *decoder, const char *prefix, const char *name)
{
	size_t before = decoder->length, front = strlen(prefix), more = strlen(name);
	char *to = decoder->path + before;

	if (before + front + more + 1 > XML_PATH_MAX)
		return 0;
	memcpy(to, prefix, front);
	memcpy(to + front, name, more + 1);
	decoder->length += front + more;
	return before;
}

static void pop(struct xml_decoder *decoder, size_t before)
{
	decoder->length = before;
	decoder->path[before] = '\0';
}

/* --- texts --- */

/* Control characters are blanks: no text of a file leaves this module with one. */
static void blank_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

/* The text of a leaf, trimmed; *more: it is longer than out. False: it is not a text; *problem says why. */
static bool leaf_text(const xmlNode *first, char out[XML_LEAF_MAX], bool *more, const char **problem)
{
	size_t length = 0, start;

	*more = false;
	for (const xmlNode *node = first; node; node = node->next) {
		const char *text = (const char *)node->content;
		size_t size;

		if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
			continue;
		if (node->type != XML_TEXT_NODE && node->type != XML_CDATA_SECTION_NODE) {
			*problem = node->type == XML_ELEMENT_NODE ? "an element" : "an entity";
			return false;
		}
		size = text ? strlen(text) : 0;
		if (length == 0) { /* blanks in front take no room */
			start = text ? strspn(text, " \t\r\n") : 0;
			text = text ? text + start : "";
			size -= start;
		}
		*more |= size > XML_LEAF_MAX - 1 - length;
		if (*more)
			size = XML_LEAF_MAX - 1 - length;
		memcpy(out + length, text, size);
		length += size;
	}
	out[length] = '\0';
	blank_controls(out);
	while (length && out[length - 1] == ' ')
		out[--length] = '\0';
	return true;
}

/* --- nodes --- */

static bool same(const struct xml_decoder *decoder, const char *a, const char *b, size_t n)
{
	return decoder->file->fold_case ? strncasecmp(a, b, n) == 0 : strncmp(a, b, n) == 0;
}

/* The row of the path we are at; *within: no row, but rows below it. */
static const struct xml_row *find_row(const struct xml_decoder *decoder, const struct scope *scope,
				      bool *within)
{
	const char *path = decoder->path + scope->start;
	size_t length = strlen(path);

	*within = false;
	for (size_t i = 0; i < scope->table->rows; i++) {
		const struct xml_row *row = &scope->table->row[i];

		if (!same(decoder, row->path, path, length))
			continue;
		if (!row->path[length])
			return row;
		*within |= row->path[length] == '/';
	}
	return NULL;
}

static void read_leaf(struct xml_decoder *decoder, const xmlNode *children, const struct xml_row *row,
		      struct scope *scope)
{
	size_t index = (size_t)(row - scope->table->row);
	const char *problem;
	char text[XML_LEAF_MAX], found[64];
	bool more, used;

	if (row->kind == XML_KIND_FIXED)
		return;
	if (row->kind == XML_KIND_TEXT && row->also)
		*(bool *)(void *)(scope->base + row->also - 1) = true;
	if (leaf_text(children, text, &more, &problem))
		used = xml_store(decoder, row, text, more, scope->base, scope->next);
	else
		used = xml_reject(decoder, row, problem, scope->base, scope->next);
	if (used && scope->met[index]) {
		xml_quote(text, found, sizeof(found));
		xml_warn(decoder, found, "the last one of several");
	}
	scope->met[index] = true;
	scope->used[index] |= used;
}

static void read_attributes(struct xml_decoder *decoder, const xmlNode *element, struct scope *scope)
{
	for (const xmlAttr *attribute = element->properties; attribute; attribute = attribute->next) {
		size_t before = push(decoder, "/@", (const char *)attribute->name);
		const struct xml_row *row;
		bool within;

		if (!before)
			continue;
		row = find_row(decoder, scope, &within);
		if (row && row->kind != XML_KIND_LIST)
			read_leaf(decoder, attribute->children, row, scope);
		pop(decoder, before);
	}
}

/* An element that no row names: the file's hook may know it, if it is directly under the root. */
static void read_other(struct xml_decoder *decoder, const xmlNode *element, const struct scope *scope)
{
	char text[XML_LEAF_MAX], *model;
	const char *problem;
	bool more, known = false;

	if (decoder->file->other && scope->table == decoder->file->table &&
	    !strchr(decoder->path + scope->start, '/') &&
	    leaf_text(element->children, text, &more, &problem)) {
		model = (char *)xmlGetNoNsProp((xmlNode *)(uintptr_t)element, (const xmlChar *)"model");
		known =
		    decoder->file->other(decoder, (const char *)element->name, text, model, decoder->config);
		xmlFree(model);
	}
	if (!known)
		decoder->unknown++;
}

/* The elements under one element, whose path within the table is where the decoder is. */
static void walk(struct xml_decoder *decoder, const xmlNode *parent, struct scope *scope)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		const struct xml_row *row;
		size_t before;
		bool within;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		decoder->line = (unsigned)xmlGetLineNo(node);
		before = push(decoder, "/", (const char *)node->name);
		if (!before) {
			decoder->unknown++;
			continue;
		}
		row = find_row(decoder, scope, &within);
		if (row && row->kind == XML_KIND_LIST)
			xml_read_item(decoder, node, row, scope->base);
		else if (row)
			read_leaf(decoder, node->children, row, scope);
		else if (within)
			walk(decoder, node, scope);
		else
			read_other(decoder, node, scope);
		pop(decoder, before);
	}
}

/* Is there a value of every row that the item needs? */
static bool complete(struct xml_decoder *decoder, const struct scope *scope)
{
	bool all = true;

	for (size_t i = 0; i < scope->table->rows; i++) {
		const struct xml_row *row = &scope->table->row[i];
		size_t before;

		if (!(row->flags & (XML_NEEDED | XML_PRESENT)) || scope->used[i])
			continue;
		all = false;
		before = scope->met[i] ? 0 : push(decoder, "/", row->path);
		if (!before)
			continue; /* the value has a warning already */
		xml_warn(decoder, "nothing", "not this row");
		pop(decoder, before);
	}
	return all;
}

bool xml_fill(struct xml_decoder *decoder, const xmlNode *element, const struct xml_table *table, char *base,
	      unsigned next)
{
	struct scope scope = {.table = table, .base = base, .start = decoder->length + 1, .next = next};
	unsigned line = (unsigned)xmlGetLineNo(element);

	xml_preset_all(table, base, next);
	decoder->line = line;
	read_attributes(decoder, element, &scope);
	walk(decoder, element, &scope);
	decoder->line = line;
	return complete(decoder, &scope);
}
