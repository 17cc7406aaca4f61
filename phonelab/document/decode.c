/* YAML to structs, by the table of keys. */
#include "phonelab/document/keys.h"

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

/* Suggest the nearest key; if none is near, list all keys. */
static void unknown_key(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			const char *path)
{
	struct nearest nearest = nearest_to(node->text);
	char all[400] = "";
	size_t used = 0;

	for (const struct key *key = shape->keys; key->name; key++) {
		if (key->type == KEY_OTHERS)
			continue;
		nearest_offer(&nearest, key->name);
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "",
						 key->name);
	}
	if (nearest.best)
		complain(decoder->complaints, node, path, "found the unknown key \"%.60s\", expected \"%s\"",
			 node->text, nearest.best);
	else
		complain(decoder->complaints, node, path,
			 "found the unknown key \"%.60s\", expected one of %s", node->text, all);
}

static void decode_object(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			  const char *path, void *object);

static void wrong(struct decoder *decoder, const struct key *key, const struct yaml_node *node,
		  const char *path)
{
	char expected[300], found[80];

	key_expected(key, expected, sizeof(expected));
	complain(decoder->complaints, node, path, "found %s, expected %s",
		 yaml_tree_describe(node, found, sizeof(found)), expected);
}

static void decode_one(struct decoder *decoder, const struct key *key, const struct yaml_node *node,
		       const char *path, void *value)
{
	if (key->type == KEY_TREE && node->kind == YAML_MAP) {
		memcpy(value, &node, sizeof(node));
		return;
	}
	if (key->type == KEY_OBJECT) {
		if (node->kind == YAML_MAP)
			decode_object(decoder, key->shape, node, path, value);
		else
			wrong(decoder, key, node, path);
		return;
	}
	if (key->type == KEY_TREE || node->kind != YAML_SCALAR || (!node->quoted && !*node->text) ||
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
	for (size_t i = 0; i < n; i++)
		decode_one(decoder, key, node->kind == YAML_LIST ? node->entries[i].value : node, path,
			   (char *)list.items + i * size);
	list.n = n;
	memcpy(field, &list, sizeof(list));
}

#define OPTION_MOST 500 /* octets of the value of a DHCP option, as written */

static bool printable(const char *text)
{
	if (strlen(text) > OPTION_MOST)
		return false;
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return false;
	return true;
}

/* Options by number: a list of { code, value }, values joined by commas when they are a list. */
static bool decode_other(struct decoder *decoder, const struct key *key, const struct yaml_entry *entry,
			 const char *path, void *field)
{
	struct key_option *options;
	const struct yaml_node *value = entry->value;
	struct list list;
	char *end, *text;
	long code = strtol(entry->key->text, &end, 10);

	if (!isdigit((unsigned char)*entry->key->text) || *end)
		return false;
	if (code < key->min || code > key->max) {
		complain(decoder->complaints, entry->key, path,
			 "found the option %.20s, expected %lld to %lld", entry->key->text,
			 (long long)key->min, (long long)key->max);
		return true;
	}
	if (value->kind == YAML_MAP || (value->kind == YAML_SCALAR && !*value->text) ||
	    (value->kind == YAML_LIST && !value->n)) {
		wrong(decoder, key, value, path);
		return true;
	}
	text = arena_copy(decoder->arena, value->kind == YAML_SCALAR ? value->text : "",
			  value->kind == YAML_SCALAR ? strlen(value->text) : 0);
	for (size_t i = 0; value->kind == YAML_LIST && i < value->n; i++) {
		if (value->entries[i].value->kind != YAML_SCALAR) {
			wrong(decoder, key, value->entries[i].value, path);
			return true;
		}
		text =
		    arena_format(decoder->arena, "%s%s%s", text, i ? "," : "", value->entries[i].value->text);
	}
	if (!printable(text)) {
		wrong(decoder, key, value, path);
		return true;
	}
	memcpy(&list, field, sizeof(list));
	options = arena_alloc(decoder->arena, (list.n + 1) * sizeof(*options));
	if (list.n)
		memcpy(options, list.items, list.n * sizeof(*options));
	options[list.n] = (struct key_option){.code = (int)code, .value = text};
	list.items = options;
	list.n++;
	memcpy(field, &list, sizeof(list));
	return true;
}

static void set_default(struct decoder *decoder, const struct key *key, void *field)
{
	const int unset = KEY_UNSET;
	const int64_t unset64 = KEY_UNSET;

	if (key->flags & KEY_LIST)
		return;
	if (key->fallback) {
		if (key_parse(key, key->fallback, decoder->arena, field))
			abort(); /* an error in the table; a test parses every default */
		return;
	}
	switch (key->type) {
	case KEY_FLAG:
	case KEY_CHOICE: memcpy(field, &unset, sizeof(unset)); break;
	case KEY_INTEGER:
	case KEY_WATTS:
	case KEY_DURATION:
	case KEY_TIME: memcpy(field, &unset64, sizeof(unset64)); break;
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_NUMBER:
	case KEY_LOAD:
	case KEY_TOKEN:
	case KEY_WORD:
	case KEY_VLAN:
	case KEY_FROM:
	case KEY_IPV4:
	case KEY_SUBNET:
	case KEY_RANGE:
	case KEY_MAC:
	case KEY_PORT:
	case KEY_PORTS:
	case KEY_OBJECT:
	case KEY_TREE:
	case KEY_OTHERS: break; /* zero means unset */
	}
}

/* The defaults of an object that the file omits. */
static void default_object(struct decoder *decoder, const struct shape *shape, void *object)
{
	for (const struct key *key = shape->keys; key->name; key++) {
		void *field = (char *)object + key->offset;

		if (key->type == KEY_OBJECT && !(key->flags & KEY_LIST))
			default_object(decoder, key->shape, field);
		else
			set_default(decoder, key, field);
	}
}

static const struct key *find_key(const struct shape *shape, const char *name)
{
	for (const struct key *key = shape->keys; key->name; key++)
		if (key->type != KEY_OTHERS && !strcmp(key->name, name))
			return key;
	return NULL;
}

static const struct key *others_key(const struct shape *shape)
{
	for (const struct key *key = shape->keys; key->name; key++)
		if (key->type == KEY_OTHERS)
			return key;
	return NULL;
}

static void decode_entry(struct decoder *decoder, const struct shape *shape, const struct yaml_node *node,
			 size_t i, const char *path, void *object)
{
	const struct yaml_entry *entry = &node->entries[i];
	const struct key *key = find_key(shape, entry->key->text), *others = others_key(shape);
	char deeper[160];

	snprintf(deeper, sizeof(deeper), "%s%s%.60s", path ? path : "", path ? "." : "", entry->key->text);
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
		snprintf(deeper, sizeof(deeper), "%s%s%s", path ? path : "", path ? "." : "", key->name);
		if (key->flags & KEY_LIST)
			snprintf(expected, sizeof(expected), "a list");
		else
			key_expected(key, expected, sizeof(expected));
		complain(decoder->complaints, node, deeper, "found nothing, expected %s", expected);
	}
}

void shape_decode(const struct shape *shape, const struct yaml_node *root, struct arena *arena,
		  struct complaints *complaints, void *object)
{
	struct decoder decoder = {.arena = arena, .complaints = complaints};
	char found[80], required[200] = "";
	size_t used = 0;

	if (root->kind == YAML_MAP) {
		decode_object(&decoder, shape, root, NULL, object);
		return;
	}
	for (const struct key *key = shape->keys; key->name; key++)
		if (key->flags & KEY_REQUIRED && used < sizeof(required))
			used += (size_t)snprintf(required + used, sizeof(required) - used, "%s%s",
						 used ? ", " : "", key->name);
	complain(complaints, root, NULL, "found %s, expected a map with the keys %s",
		 yaml_tree_describe(root, found, sizeof(found)), used ? required : shape->keys[0].name);
}
