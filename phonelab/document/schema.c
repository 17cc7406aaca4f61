/* The JSON Schema of a document, out of the table of keys. */
#include "phonelab/document/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_PATTERN "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}"
#define PORT_PATTERN "^([A-Za-z0-9-]+ )?(Gi|Te|GigabitEthernet|TenGigabitEthernet)[0-9]+/[01]/[0-9]+"

static json_t *pattern(const char *text)
{
	return json_pack("{s:s,s:s}", "type", "string", "pattern", text);
}

static json_t *integer(int64_t min, int64_t max)
{
	return json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)min, "maximum",
			 (json_int_t)max);
}

static json_t *choices(const char *const *items)
{
	json_t *list = json_array();

	for (; *items; items++)
		json_array_append_new(list, json_string(*items));
	return json_pack("{s:o}", "enum", list);
}

static json_t *words(const char *const *items)
{
	json_t *list = json_array();

	for (size_t i = 0; items[i]; i++)
		json_array_append_new(list, json_string(items[i]));
	/* A word of digits reads as a number in YAML unless it is quoted. */
	for (size_t i = 0; items[i]; i++)
		if (strspn(items[i], "0123456789") == strlen(items[i]))
			json_array_append_new(list, json_integer(atoll(items[i])));
	return json_pack("{s:o}", "enum", list);
}

static json_t *vlan(const struct key *key)
{
	if (key->min >= 0)
		return integer(1, 4094);
	return json_pack("{s:[o,{s:s}]}", "anyOf", integer(1, 4094), "const", "none");
}

static json_t *value(const struct key *key)
{
	char reference[64], token[64];

	switch (key->type) {
	case KEY_TEXT:
		return json_pack("{s:[s,s],s:I,s:I}", "type", "string", "number", "minLength",
				 (json_int_t)key->min, "maxLength", (json_int_t)key->max);
	case KEY_NAME:
		return json_pack("{s:s,s:s,s:I}", "type", "string", "pattern", "^[A-Za-z0-9][A-Za-z0-9-]*$",
				 "maxLength", (json_int_t)key->max);
	case KEY_NUMBER:
		return json_pack("{s:[s,s],s:s}", "type", "string", "integer", "pattern", "^[0-9*#+]{1,24}$");
	case KEY_LOAD: return pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$");
	case KEY_TOKEN:
		snprintf(token, sizeof(token), "^[A-Za-z0-9][A-Za-z0-9%s]{0,%d}$", key->choices[0],
			 (int)key->max - 1);
		return pattern(token);
	case KEY_FLAG: return json_pack("{s:[b,b,s,s,s,s]}", "enum", 1, 0, "on", "off", "yes", "no");
	case KEY_INTEGER: return integer(key->min, key->max);
	case KEY_WATTS: return pattern("^[0-9]+(\\.[0-9]+)? *(mW|W|kW)$");
	case KEY_DURATION: return pattern("^[0-9]+(\\.[0-9]+)? *(s|m|h|d)$");
	case KEY_TIME: return pattern("^[0-9]+(\\.[0-9]+)? *(ms|s|m)$");
	case KEY_CHOICE: return choices(key->choices);
	case KEY_VLAN: return vlan(key);
	case KEY_IPV4: return pattern("^" IPV4_PATTERN "$");
	case KEY_SUBNET: return pattern("^" IPV4_PATTERN "/[0-9]{1,2}$");
	case KEY_RANGE: return pattern("^" IPV4_PATTERN " *- *" IPV4_PATTERN "$");
	case KEY_MAC:
		return pattern(
		    "^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}$|^([0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4}$");
	case KEY_PORT: return pattern(PORT_PATTERN "$");
	case KEY_PORTS: return pattern(PORT_PATTERN "(-[0-9]+)?$");
	case KEY_FROM: return pattern("^from [0-9]+$");
	case KEY_WORD: return words(key->choices);
	case KEY_OBJECT:
		snprintf(reference, sizeof(reference), "#/$defs/%s", key->shape->name);
		return json_pack("{s:s}", "$ref", reference);
	case KEY_TREE: return json_pack("{s:s}", "type", "object");
	case KEY_OTHERS: return json_object();
	}
	return json_object();
}

/* The default, in the type of the schema. */
static json_t *fallback(const struct key *key)
{
	switch (key->type) {
	case KEY_FLAG: return json_boolean(!strcmp(key->fallback, "true"));
	case KEY_INTEGER: return json_integer(atoll(key->fallback));
	case KEY_VLAN:
		if (!strcmp(key->fallback, "none"))
			return json_string("none");
		return json_integer(atoll(key->fallback));
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_NUMBER:
	case KEY_LOAD:
	case KEY_TOKEN:
	case KEY_WATTS:
	case KEY_DURATION:
	case KEY_TIME:
	case KEY_CHOICE:
	case KEY_IPV4:
	case KEY_SUBNET:
	case KEY_RANGE:
	case KEY_MAC:
	case KEY_PORT:
	case KEY_PORTS:
	case KEY_FROM:
	case KEY_WORD:
	case KEY_OBJECT:
	case KEY_TREE:
	case KEY_OTHERS: break;
	}
	return json_string(key->fallback);
}

static json_t *property(const struct key *key)
{
	json_t *one = value(key), *schema = one;

	if (key->flags & KEY_LIST) {
		schema = json_pack("{s:s,s:O}", "type", "array", "items", one);
		if (key->type == KEY_OBJECT) {
			json_object_set_new(schema, "minItems", json_integer(key->min));
			json_object_set_new(schema, "maxItems", json_integer(key->max));
		}
		if (key->flags & KEY_ONE)
			schema = json_pack("{s:[o,O]}", "anyOf", schema, one);
		json_decref(one);
	}
	json_object_set_new(schema, "description", json_string(key->doc));
	if (key->fallback)
		json_object_set_new(schema, "default", fallback(key));
	return schema;
}

static void define(const struct shape *shape, json_t *schema, json_t *definitions)
{
	json_t *properties = json_object(), *required = json_array();

	json_object_set_new(schema, "type", json_string("object"));
	json_object_set_new(schema, "description", json_string(shape->doc));
	json_object_set_new(schema, "additionalProperties", json_false());
	for (const struct key *key = shape->keys; key->name; key++) {
		if (key->type == KEY_OTHERS) {
			json_t *others = json_pack("{s:{s:s}}", "^[0-9]{1,3}$", "description", key->doc);

			json_object_set_new(schema, "patternProperties", others);
			continue;
		}
		json_object_set_new(properties, key->name, property(key));
		if (key->flags & KEY_REQUIRED)
			json_array_append_new(required, json_string(key->name));
		if (key->type == KEY_OBJECT && !json_object_get(definitions, key->shape->name)) {
			json_t *definition = json_object();

			json_object_set_new(definitions, key->shape->name, definition);
			define(key->shape, definition, definitions);
		}
	}
	json_object_set_new(schema, "properties", properties);
	if (json_array_size(required))
		json_object_set_new(schema, "required", required);
	else
		json_decref(required);
}

json_t *shape_schema(const struct shape *shape, const char *title)
{
	json_t *schema = json_object(), *definitions = json_object();

	json_object_set_new(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(schema, "title", json_string(title));
	define(shape, schema, definitions);
	json_object_set_new(schema, "$defs", definitions);
	return schema;
}
