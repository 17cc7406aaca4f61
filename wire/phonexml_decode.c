#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/tree.h>

#define ROWS_MAX 96
#define LEAF_MAX 1024

/* The table that is being filled, and where. */
struct scope {
	const struct xml_table *table;
	char *base;
	size_t start; /* where the path within the table begins, in the decoder's path */
	bool seen[ROWS_MAX];
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

/* Text in quotes for people, cut; what is not printable ASCII becomes a dot. */
void xml_quote(const char *text, char out[96])
{
	size_t n = 0;

	out[n++] = '"';
	for (; *text && n < 90; text++)
		out[n++] = *text >= 0x20 && *text <= 0x7e ? *text : '.';
	if (*text)
		memcpy(out + n - 3, "...", 3);
	out[n++] = '"';
	out[n] = '\0';
}

int xml_refuse_at(struct xml_decoder *decoder, const char *element, const char *found, const char *expected)
{
	struct phonexml_error *error = decoder->error;

	if (error) {
		memset(error, 0, sizeof(*error));
		error->line = decoder->line;
		snprintf(error->element, sizeof(error->element), "%.95s", element);
		snprintf(error->found, sizeof(error->found), "%.95s", found);
		snprintf(error->expected, sizeof(error->expected), "%.159s", expected);
	}
	return -EBADMSG;
}

int xml_refuse(struct xml_decoder *decoder, const char *found, const char *expected)
{
	return xml_refuse_at(decoder, decoder->path, found, expected);
}

static int refuse_value(struct xml_decoder *decoder, const char *value, const char *expected)
{
	char found[96];

	xml_quote(value, found);
	return xml_refuse(decoder, found, expected);
}

/* Go one name deeper; the length to come back to, or 0 when the path grows too long. */
static size_t push(struct xml_decoder *decoder, const char *prefix, const char *name)
{
	size_t before = decoder->length;
	size_t more = strlen(prefix) + strlen(name);

	if (before + more + 1 > XML_PATH_MAX)
		return 0;
	snprintf(decoder->path + before, XML_PATH_MAX - before, "%s%s", prefix, name);
	decoder->length += more;
	return before;
}

static void pop(struct xml_decoder *decoder, size_t before)
{
	decoder->length = before;
	decoder->path[before] = '\0';
}

/* --- values --- */

static int copy_text(struct xml_decoder *decoder, const char *text, char *to, size_t room)
{
	char expected[64];

	if (strlen(text) >= room) {
		snprintf(expected, sizeof(expected), "at most %zu bytes", room - 1);
		return refuse_value(decoder, text, expected);
	}
	snprintf(to, room, "%s", text);
	return 0;
}

static int parse_number(struct xml_decoder *decoder, const struct xml_row *row, const char *text,
			unsigned long *number)
{
	char expected[96];
	unsigned long value = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && value <= UINT32_MAX; c++)
		value = value * 10 + (unsigned long)(*c - '0');
	if (*c || value < row->least || value > row->greatest) {
		snprintf(expected, sizeof(expected), "a number from %lu to %lu", row->least, row->greatest);
		return refuse_value(decoder, text, expected);
	}
	*number = value;
	return 0;
}

static int parse_bool(struct xml_decoder *decoder, const char *text, bool *value)
{
	if (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0)
		*value = true;
	else if (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0)
		*value = false;
	else
		return refuse_value(decoder, text, "true, false, 1 or 0");
	return 0;
}

static int store(struct xml_decoder *decoder, const struct xml_row *row, const char *text, char *base)
{
	char *to = base + row->offset;
	unsigned long number = 0;
	bool truth = false;
	int err;

	if (row->also && row->kind == XML_KIND_TEXT)
		*(bool *)(void *)(base + row->also - 1) = true;
	if (!*text)
		return (row->flags & XML_REQUIRED) ? xml_refuse(decoder, "nothing", "a value") : 0;
	switch (row->kind) {
	case XML_KIND_TEXT: return copy_text(decoder, text, to, row->size);
	case XML_KIND_UNSIGNED:
	case XML_KIND_PORT:
		err = parse_number(decoder, row, text, &number);
		if (err == 0 && row->kind == XML_KIND_PORT)
			memcpy(to, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
		else if (err == 0)
			memcpy(to, &(unsigned){(unsigned)number}, sizeof(unsigned));
		return err;
	case XML_KIND_BOOL:
	case XML_KIND_ON:
	case XML_KIND_OFF:
		err = parse_bool(decoder, text, &truth);
		if (err == 0)
			*(bool *)(void *)to = row->kind == XML_KIND_OFF ? !truth : truth;
		return err;
	case XML_KIND_LIST:
	case XML_KIND_FIXED: break;
	}
	return 0;
}

/* --- nodes --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text of a leaf, trimmed. */
static int leaf_text(struct xml_decoder *decoder, const xmlNode *first, char out[LEAF_MAX])
{
	size_t length = 0;
	char *from = out;

	for (const xmlNode *node = first; node; node = node->next) {
		size_t more;

		if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
			continue;
		if (node->type != XML_TEXT_NODE && node->type != XML_CDATA_SECTION_NODE)
			return xml_refuse(
			    decoder, node->type == XML_ELEMENT_NODE ? "an element" : "an entity", "text");
		more = node->content ? strlen((const char *)node->content) : 0;
		if (length + more >= LEAF_MAX)
			return xml_refuse(decoder, "a very long text", "at most 1023 bytes");
		memcpy(out + length, node->content ? (const char *)node->content : "", more);
		length += more;
	}
	while (length && is_blank(out[length - 1]))
		length--;
	out[length] = '\0';
	while (is_blank(*from))
		from++;
	memmove(out, from, strlen(from) + 1);
	return 0;
}

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

		if (strlen(row->path) < length || !same(decoder, row->path, path, length))
			continue;
		if (!row->path[length])
			return row;
		*within |= row->path[length] == '/';
	}
	return NULL;
}

static int read_list(struct xml_decoder *decoder, const xmlNode *element, const struct xml_row *row,
		     char *base)
{
	unsigned *count = (unsigned *)(void *)(base + row->also);
	char expected[48];
	int err;

	if (*count >= row->greatest) {
		snprintf(expected, sizeof(expected), "at most %lu of them", row->greatest);
		return xml_refuse(decoder, "one more", expected);
	}
	err = xml_fill(decoder, element, row->items, base + row->offset + *count * row->size);
	if (err == 0)
		(*count)++;
	return err;
}

static int read_row(struct xml_decoder *decoder, const xmlNode *children, const xmlNode *element,
		    const struct xml_row *row, struct scope *scope)
{
	size_t index = (size_t)(row - scope->table->row);
	char text[LEAF_MAX];
	int err;

	if (row->kind == XML_KIND_LIST)
		return read_list(decoder, element, row, scope->base);
	if (scope->seen[index])
		return xml_refuse(decoder, "it a second time", "it once");
	scope->seen[index] = true;
	err = leaf_text(decoder, children, text);
	return err < 0 ? err : store(decoder, row, text, scope->base);
}

static int read_attributes(struct xml_decoder *decoder, const xmlNode *element, struct scope *scope)
{
	for (const xmlAttr *attribute = element->properties; attribute; attribute = attribute->next) {
		size_t before = push(decoder, "/@", (const char *)attribute->name);
		const struct xml_row *row;
		bool within;
		int err = 0;

		if (!before)
			return xml_refuse(decoder, "a very long attribute", "a known one");
		row = find_row(decoder, scope, &within);
		if (row)
			err = read_row(decoder, attribute->children, element, row, scope);
		if (err < 0)
			return err;
		pop(decoder, before);
	}
	return 0;
}

/* An element that no row names: the file's hook may know it, if it is directly under the root. */
static int read_other(struct xml_decoder *decoder, const xmlNode *element, const struct scope *scope)
{
	char text[LEAF_MAX], *model = NULL;
	int err = 0;

	if (decoder->file->other && scope->table == decoder->file->table &&
	    !strchr(decoder->path + scope->start, '/')) {
		bool leaf = true;

		for (const xmlNode *node = element->children; node; node = node->next)
			leaf = leaf && node->type != XML_ELEMENT_NODE;
		err = leaf ? leaf_text(decoder, element->children, text) : 0;
		if (err == 0 && leaf) {
			model =
			    (char *)xmlGetNoNsProp((xmlNode *)(uintptr_t)element, (const xmlChar *)"model");
			err = decoder->file->other(decoder, (const char *)element->name, text, model,
						   decoder->config);
			xmlFree(model);
		}
	}
	if (err == 0)
		decoder->unknown++;
	return err < 0 ? err : 0;
}

/* The elements under one element, whose path within the table is where the decoder is. */
static int walk(struct xml_decoder *decoder, const xmlNode *parent, struct scope *scope)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		const struct xml_row *row;
		size_t before;
		bool within;
		int err;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		decoder->line = (unsigned)xmlGetLineNo(node);
		before = push(decoder, "/", (const char *)node->name);
		if (!before) {
			decoder->unknown++;
			continue;
		}
		row = find_row(decoder, scope, &within);
		if (row)
			err = read_row(decoder, node->children, node, row, scope);
		else if (within)
			err = walk(decoder, node, scope);
		else
			err = read_other(decoder, node, scope);
		if (err < 0)
			return err;
		pop(decoder, before);
	}
	return 0;
}

static int check_required(struct xml_decoder *decoder, const struct scope *scope)
{
	for (size_t i = 0; i < scope->table->rows; i++) {
		const struct xml_row *row = &scope->table->row[i];

		if ((row->flags & XML_REQUIRED) && !scope->seen[i]) {
			push(decoder, "/", row->path);
			return xml_refuse(decoder, "nothing", "it to be there");
		}
	}
	return 0;
}

/* Fill one struct from one element: attributes, text of its own, elements. */
int xml_fill(struct xml_decoder *decoder, const xmlNode *element, const struct xml_table *table, char *base)
{
	struct scope scope = {.table = table, .base = base, .start = decoder->length + 1};
	unsigned line = (unsigned)xmlGetLineNo(element);
	int err;

	if (table->prepare)
		table->prepare(base);
	decoder->line = line;
	err = read_attributes(decoder, element, &scope);
	if (err == 0)
		err = walk(decoder, element, &scope);
	decoder->line = line;
	return err < 0 ? err : check_required(decoder, &scope);
}
