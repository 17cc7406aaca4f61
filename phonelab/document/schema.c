/* The JSON Schema of a document, out of the table of keys. */
#include "phonelab/document/kind.h"

#include <stdlib.h>
#include <string.h>

static json_t *value(const struct key *key)
{
	const struct key_kind *kind = &key_kinds[key->type];
	const char *type = kind->json_type ? kind->json_type : "string";
	json_t *schema;

	if (kind->schema)
		return kind->schema(key);
	schema = json_pack("{s:o,s:s*}", "type",
			   kind->other_type ? json_pack("[s,s]", type, kind->other_type) : json_string(type),
			   "pattern", kind->pattern);
	if (kind->least)
		json_object_set_new(schema, kind->least, json_integer(key->min));
	if (kind->greatest)
		json_object_set_new(schema, kind->greatest, json_integer(key->max));
	return schema;
}

/* The default, in the type of the schema. */
static json_t *fallback(const struct key *key)
{
	json_type type = key_kinds[key->type].fallback;

	if (type == JSON_TRUE)
		return json_boolean(!strcmp(key->fallback, "true"));
	if (type == JSON_INTEGER && strcmp(key->fallback, "none"))
		return json_integer(atoll(key->fallback));
	return json_string(key->fallback);
}

static json_t *property(const struct key *key)
{
	json_t *one = value(key), *schema = one;

	if (key->flags & KEY_LIST) {
		schema = json_pack("{s:s,s:O}", "type", "array", "items", one);
		if (key->type == KEY_OBJECT)
			json_object_update_new(schema,
					       json_pack("{s:I,s:I}", "minItems", (json_int_t)key->min,
							 "maxItems", (json_int_t)key->max));
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

	json_object_update_new(schema, json_pack("{s:s,s:s,s:b}", "type", "object", "description", shape->doc,
						 "additionalProperties", 0));
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
	json_t *definitions = json_object();
	json_t *schema =
	    json_pack("{s:s,s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title", title);

	define(shape, schema, definitions);
	json_object_set_new(schema, "$defs", definitions);
	return schema;
}
