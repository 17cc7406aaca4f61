#include "phonelab/document/yaml_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"

#define FILE_MAX  (1024 * 1024)
#define DEPTH_MAX 12

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct complaints *complaints;
	yaml_event_t event;
};

static struct yaml_node node_at(const yaml_mark_t *mark)
{
	return (struct yaml_node){.line = (unsigned)mark->line + 1, .column = (unsigned)mark->column + 1};
}

static int next_event(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct yaml_node at;

	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return 0;
	/* A reader error (bytes that are not UTF-8) has an offset only, and no mark of its own. */
	if (parser->error == YAML_READER_ERROR) {
		at = node_at(&parser->mark);
		complain(reader->complaints, &at, NULL, "YAML: found %s at byte %zu, expected UTF-8 text",
			 parser->problem, parser->problem_offset);
	} else {
		at = node_at(&parser->problem_mark);
		complain(reader->complaints, &at, NULL, "YAML: %s%s%s",
			 parser->context ? parser->context : "", parser->context ? ": " : "",
			 parser->problem ? parser->problem : "cannot be parsed");
	}
	return -EBADMSG;
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind)
{
	struct yaml_node *node = arena_alloc(reader->arena, sizeof(*node));

	*node = node_at(&reader->event.start_mark);
	node->kind = kind;
	return node;
}

static struct yaml_node *refuse(struct reader *reader, const char *found, const char *expected)
{
	struct yaml_node at = node_at(&reader->event.start_mark);

	complain(reader->complaints, &at, NULL, "YAML: found %s, expected %s", found, expected);
	return NULL;
}

static struct yaml_node *read_node(struct reader *reader, int depth);

static struct yaml_node *read_scalar(struct reader *reader)
{
	struct yaml_node *node = node_new(reader, YAML_SCALAR);
	size_t length = reader->event.data.scalar.length;
	const char *text = (const char *)reader->event.data.scalar.value;

	if (memchr(text, 0, length))
		return refuse(reader, "a NUL in a value", "text");
	node->text = arena_copy(reader->arena, text, length);
	node->quoted = reader->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node;
}

/* The current event begins a list or a map; read up to its end. */
static struct yaml_node *read_collection(struct reader *reader, enum yaml_kind kind, int depth)
{
	yaml_event_type_t end = kind == YAML_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct yaml_node *node = node_new(reader, kind);

	if (depth == 0)
		return refuse(reader, "more than 12 levels", "a topology");
	for (;;) {
		struct yaml_node *key = NULL, *value;

		if (next_event(reader))
			return NULL;
		if (reader->event.type == end)
			return node;
		if (kind == YAML_MAP) {
			if (reader->event.type != YAML_SCALAR_EVENT)
				return refuse(reader, "a list or map as a key", "a word");
			key = read_node(reader, depth - 1);
			if (!key || next_event(reader))
				return NULL;
		}
		value = read_node(reader, depth - 1);
		if (!value)
			return NULL;
		yaml_tree_add(node, (struct yaml_entry){key, value}, reader->arena);
	}
}

static struct yaml_node *read_node(struct reader *reader, int depth)
{
	switch (reader->event.type) {
	case YAML_SCALAR_EVENT:
		if (reader->event.data.scalar.anchor || reader->event.data.scalar.tag)
			return refuse(reader, "an anchor or a tag", "a plain value");
		return read_scalar(reader);
	case YAML_SEQUENCE_START_EVENT:
		if (reader->event.data.sequence_start.anchor || reader->event.data.sequence_start.tag)
			return refuse(reader, "an anchor or a tag", "a plain list");
		return read_collection(reader, YAML_LIST, depth);
	case YAML_MAPPING_START_EVENT:
		if (reader->event.data.mapping_start.anchor || reader->event.data.mapping_start.tag)
			return refuse(reader, "an anchor or a tag", "a plain map");
		return read_collection(reader, YAML_MAP, depth);
	case YAML_ALIAS_EVENT: return refuse(reader, "an alias", "the value written out");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: break;
	}
	return refuse(reader, "the end", "a value");
}

static struct yaml_node *read_document(struct reader *reader)
{
	struct yaml_node *root;

	if (next_event(reader) || next_event(reader)) /* the stream begins, then a document */
		return NULL;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		complain(reader->complaints, NULL, NULL, "found an empty file, expected a topology");
		return NULL;
	}
	if (next_event(reader))
		return NULL;
	root = read_node(reader, DEPTH_MAX);
	if (!root || next_event(reader) || next_event(reader))
		return NULL;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		return refuse(reader, "a second document", "one topology in a file");
	return root;
}

struct yaml_node *yaml_tree_parse(const char *text, size_t length, struct arena *arena,
				  struct complaints *complaints)
{
	struct reader reader = {.arena = arena, .complaints = complaints};
	struct yaml_node *root;

	if (!yaml_parser_initialize(&reader.parser)) {
		complain(complaints, NULL, NULL, "out of memory");
		return NULL;
	}
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	root = read_document(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return root;
}

struct yaml_node *yaml_tree_read(const char *path, struct arena *arena, struct complaints *complaints)
{
	struct yaml_node *root = NULL;
	struct fail fail = {0};
	size_t length;
	char *text = NULL;

	switch (file_read(path, FILE_MAX, &text, &length, &fail)) {
	case 0: root = yaml_tree_parse(text, length, arena, complaints); break;
	case -EISDIR: complain(complaints, NULL, NULL, "found a directory, expected a file"); break;
	case -EFBIG: complain(complaints, NULL, NULL, "found more than 1 MiB, expected a topology"); break;
	default: complain(complaints, NULL, NULL, "cannot be read: %s", strerror(-fail.err)); break;
	}
	free(text);
	return root;
}

const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->entries[i].key->text, key))
			return map->entries[i].value;
	return NULL;
}

const char *yaml_tree_describe(const struct yaml_node *node, char *buffer, size_t size)
{
	switch (node->kind) {
	case YAML_LIST: return "a list";
	case YAML_MAP: return "a map";
	case YAML_SCALAR: break;
	}
	if (!*node->text && !node->quoted)
		return "nothing";
	snprintf(buffer, size, "\"%.60s\"", node->text);
	for (char *c = buffer; *c; c++) /* a complaint is one line */
		if (*c == '\n')
			*c = ' ';
	return buffer;
}
