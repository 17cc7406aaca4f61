/* YAML to structs, by the table of keys. */
#include "phonelab/document/kind.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/nearest.h"

struct decoder {
	struct arena *arena;
	struct complaints *complaints;
};

/* Every list field has this layout: { T *items; size_t n; }. */
struct list {
	void *items;
	size_t n;
};

/* The names of the keys with these flags, as a text. */
static const char *names_of(struct decoder *decoder, const struct shape *shape, unsigned flags)
{
	const char *names = "";

	for (const struct key *key = shape->keys; key->name; key++)
		if (key->type != KEY_OTHERS && (key->flags & flags) == flags)
			names = arena_format(decoder->arena, "%s%s%s", names, *names ? ", " : "", key->name);
	return names;
}

/* Suggest the nearest key; if none is near, list all keys. */
static void unknown_key(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			const char *path)
{
	struct nearest nearest = nearest_to(node->text);

	for (const struct key *key = shape->keys; key->name; key++)
		if (key->type != KEY_OTHERS)
			nearest_offer(&nearest, key->name);
	if (nearest.best)
		complain(decoder->complaints, node, path, "found the unknown key \"%.60s\", expected \"%s\"",
			 node->text, nearest.best);
	else
		complain(decoder->complaints, node, path,
			 "found the unknown key \"%.60s\", expected one of %s", node->text,
			 names_of(decoder, shape, 0));
}

static void decode_object(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			  const char *path, void *object);

static void wrong(struct decoder *decoder, const struct key *key, const struct yaml_node *node,
		  const char *path)
{
	const char *mean = node->kind == YAML_SCALAR && key->choices && key->type != KEY_TOKEN
			       ? nearest_of(node->text, key->choices)
			       : NULL;
	char expected[300], found[80];

	key_expected(key, expected, sizeof(expected));
	complain(decoder->complaints, node, path, "found %s, expected %s%s%s%s",
		 yaml_tree_describe(node, found, sizeof(found)), expected, mean ? "; did you mean \"" : "",
		 mean ? mean : "", mean ? "\"?" : "");
}

static void decode_one(struct decoder *decoder, const struct key *key, const struct yaml_node *node,
		       const char *path, void *value)
{
	if (key->type == KEY_TREE && node->kind == YAML_MAP)
		memcpy(value, &node, sizeof(node));
	else if (key->type == KEY_OBJECT && node->kind == YAML_MAP)
		decode_object(decoder, key->shape, node, path, value);
	else if (node->kind != YAML_SCALAR || (!node->quoted && !*node->text) ||
		 key_parse(key, node->text, decoder->arena, value))
		wrong(decoder, key, node, path);
}

static void decode_list(struct decoder *decoder, const struct key *key, const struct yaml_node *node,
			const char *path, void *field)
{
	size_t size = key_size(key), n = node->kind == YAML_LIST ? node->n : 1;
	struct list list = {0};
	char found[80];

	if (node->kind != YAML_LIST && !(key->flags & KEY_ONE)) {
		complain(decoder->complaints, node, path, "found %s, expected a list",
			 yaml_tree_describe(node, found, sizeof(found)));
		return;
	}
	/* min and max of a key of objects count the list; of scalars they bound each value. */
	if (key->type == KEY_OBJECT && ((int64_t)n < key->min || (int64_t)n > key->max)) {
		complain(decoder->complaints, node, path, "found a list of %zu, expected %lld to %lld", n,
			 (long long)key->min, (long long)key->max);
		return;
	}
	if (n)
		list.items = arena_alloc(decoder->arena, n * size);
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *entry = node->kind == YAML_LIST ? node->entries[i].value : node;
		char *item = (char *)list.items + i * size;

		/* An entry that is no map has its place in the file too: others compare themselves with it. */
		if (key->type == KEY_OBJECT)
			memcpy(item, &entry, sizeof(entry));
		decode_one(decoder, key, entry, path, item);
	}
	list.n = n;
	memcpy(field, &list, sizeof(list));
}

#define OPTION_MOST 500 /* octets of the value of a DHCP option, as written */

static const struct key option_text = {.type = KEY_TEXT, .max = OPTION_MOST};

/* Options by number: a list of { code, value }, values joined by commas when they are a list. */
static bool decode_other(struct decoder *decoder, const struct key *key, const struct yaml_entry *entry,
			 const char *path, void *field)
{
	struct key_option *options;
	const struct yaml_node *value = entry->value, *bad = NULL;
	const char *text = value->kind == YAML_SCALAR ? value->text : "";
	struct list list;
	char *end;
	long code = strtol(entry->key->text, &end, 10);

	if (!isdigit((unsigned char)*entry->key->text) || *end)
		return false;
	if (code < key->min || code > key->max) {
		complain(decoder->complaints, entry->key, path,
			 "found the option %.20s, expected %lld to %lld", entry->key->text,
			 (long long)key->min, (long long)key->max);
		return true;
	}
	for (size_t i = 0; value->kind == YAML_LIST && i < value->n && !bad; i++)
		if (value->entries[i].value->kind != YAML_SCALAR)
			bad = value->entries[i].value;
		else
			text = arena_format(decoder->arena, "%s%s%s", text, i ? "," : "",
					    value->entries[i].value->text);
	if (!bad && (value->kind == YAML_MAP || (!value->n && !*text) ||
		     key_parse(&option_text, text, decoder->arena, &text)))
		bad = value;
	if (bad) {
		wrong(decoder, key, bad, path);
		return true;
	}
	memcpy(&list, field, sizeof(list));
	options = arena_alloc(decoder->arena, (list.n + 1) * sizeof(*options));
	if (list.n)
		memcpy(options, list.items, list.n * sizeof(*options));
	options[list.n] = (struct key_option){.code = (int)code, .value = text};
	list = (struct list){options, list.n + 1};
	memcpy(field, &list, sizeof(list));
	return true;
}

/* The defaults of an object that the file omits. */
static void default_object(struct decoder *decoder, const struct shape *shape, void *object)
{
	for (const struct key *key = shape->keys; key->name; key++) {
		void *field = (char *)object + key->offset;

		if (key->flags & KEY_LIST)
			continue;
		if (key->type == KEY_OBJECT)
			default_object(decoder, key->shape, field);
		else if (!key->fallback)
			memset(field, key_kinds[key->type].unset, key_size(key));
		else if (key_parse(key, key->fallback, decoder->arena, field))
			abort(); /* an error in the table; a test parses every default */
	}
}

void shape_merge(const struct shape *shape, const void *changes, void *object)
{
	for (const struct key *key = shape->keys; key->name; key++) {
		const unsigned char *from = (const unsigned char *)changes + key->offset;
		bool list = key->flags & KEY_LIST;
		unsigned char unset = list ? 0 : key_kinds[key->type].unset;
		size_t size = list ? sizeof(struct list) : key_size(key), same = 0;

		while (same < size && from[same] == unset)
			same++;
		if (same < size)
			memcpy((char *)object + key->offset, from, size);
	}
}

/* The key with that name; NULL as the name: the key of every other name. */
static const struct key *find_key(const struct shape *shape, const char *name)
{
	for (const struct key *key = shape->keys; key->name; key++)
		if (key->type == KEY_OTHERS ? !name : name && !strcmp(key->name, name))
			return key;
	return NULL;
}

/* The path of a key of the map at path. */
static void path_of(char deeper[160], const char *path, const char *name)
{
	snprintf(deeper, 160, "%s%s%.60s", path ? path : "", path ? "." : "", name);
}

static void decode_entry(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			 size_t i, const char *path, void *object)
{
	const struct yaml_entry *entry = &node->entries[i];
	const struct key *key = find_key(shape, entry->key->text), *others = find_key(shape, NULL);
	char deeper[160];

	path_of(deeper, path, entry->key->text);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(node->entries[j].key->text, entry->key->text)) {
			complain(decoder->complaints, entry->key, deeper,
				 "found a second time, expected once (line %u)", node->entries[j].key->line);
			return;
		}
	if (!key && others && decode_other(decoder, others, entry, deeper, (char *)object + others->offset))
		return;
	if (!key)
		unknown_key(decoder, shape, entry->key, path);
	else if (key->flags & KEY_LIST)
		decode_list(decoder, key, entry->value, deeper, (char *)object + key->offset);
	else
		decode_one(decoder, key, entry->value, deeper, (char *)object + key->offset);
}

static void decode_object(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			  const char *path, void *object)
{
	memcpy(object, &node, sizeof(node));
	default_object(decoder, shape, object);
	for (size_t i = 0; i < node->n; i++)
		decode_entry(decoder, shape, node, i, path, object);
	for (const struct key *key = shape->keys; key->name; key++) {
		char expected[300], deeper[160];

		if (!(key->flags & KEY_REQUIRED) || yaml_tree_get(node, key->name))
			continue;
		path_of(deeper, path, key->name);
		key_expected(key, expected, sizeof(expected));
		complain(decoder->complaints, node, deeper, "found nothing, expected %s",
			 key->flags & KEY_LIST ? "a list" : expected);
	}
}

void shape_decode(const struct shape *shape, const struct yaml_node *root, struct arena *arena,
		  struct complaints *complaints, void *object)
{
	struct decoder decoder = {.arena = arena, .complaints = complaints};
	const char *required = names_of(&decoder, shape, KEY_REQUIRED);
	char found[80];

	if (root->kind == YAML_MAP) {
		decode_object(&decoder, shape, root, NULL, object);
		return;
	}
	complain(complaints, root, NULL, "found %s, expected a map with the keys %s",
		 yaml_tree_describe(root, found, sizeof(found)), *required ? required : shape->keys[0].name);
}
