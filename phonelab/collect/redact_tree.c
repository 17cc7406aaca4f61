/* Passwords in documents that are trees: YAML and JSON. */
#include "phonelab/collect/redact.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/document/yaml_write.h"

/* A password of a phone has the number of the list, the password of AXL has none (phonelab/lab/credentials.h). */
enum secret {
	SECRET_NONE,
	SECRET_PHONE,
	SECRET_SERVICE,
	SECRET_DIGITS, /* of a phone, for CAPF */
};

struct replacing {
	const struct credentials *list;
	redact_found_fn *found;
	void *arg;
};

/* parent: the key of the map with that key; "" if there is none. */
static enum secret secret_of(const char *key, const char *parent)
{
	if (!strcmp(key, "capf_string") || (!strcmp(key, "string") && !strcmp(parent, "capf")))
		return SECRET_DIGITS;
	if (!strcmp(key, "auth_password"))
		return SECRET_PHONE;
	return !strcmp(key, "axl_password") || !strcmp(key, "password") ? SECRET_SERVICE : SECRET_NONE;
}

/* What stands for a password; NULL: it is empty, and stays. */
static const char *instead_of(const struct replacing *it, enum secret secret, const char *password,
			      char text[CREDENTIALS_SUBSTITUTE])
{
	if (!*password)
		return NULL;
	if (secret == SECRET_SERVICE)
		return credentials_substitute(it->list, "", text);
	if (secret == SECRET_DIGITS)
		return CREDENTIALS_DIGITS;
	if (!strcmp(credentials_substitute(it->list, password, text), "removed"))
		it->found(it->arg, password);
	return credentials_substitute(it->list, password, text);
}

/* --- YAML --- */

/* Replace below the value of that key; the tree is this function's own. */
static void replace_yaml(const struct replacing *it, struct yaml_node *node, const char *parent,
			 enum secret secret, struct arena *arena)
{
	char text[CREDENTIALS_SUBSTITUTE];
	const char *instead;

	if (node->kind == YAML_SCALAR) {
		instead = secret ? instead_of(it, secret, node->text, text) : NULL;
		if (instead) {
			node->text = arena_format(arena, "%s", instead);
			node->quoted = true;
		}
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		const char *key = node->kind == YAML_MAP ? node->entries[i].key->text : parent;
		enum secret own = node->kind == YAML_MAP ? secret_of(key, parent) : SECRET_NONE;

		replace_yaml(it, node->entries[i].value, key, own ? own : secret, arena);
	}
}

int redact_yaml(const char *yaml, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out, struct fail *fail)
{
	const struct replacing it = {list, found, arg};
	struct complaints complaints = {.file = "YAML"};
	struct arena arena = {0};
	struct yaml_node *tree = yaml_tree_parse(yaml, length, &arena, &complaints);
	int err = tree ? 0 : complaints_fail(&complaints, fail);

	if (tree) {
		replace_yaml(&it, tree, "", SECRET_NONE, &arena);
		yaml_tree_write(tree, out);
	}
	arena_free(&arena);
	return err;
}

/* --- JSON --- */

/* The value with its passwords replaced; a new reference. */
static json_t *replaced_json(const struct replacing *it, json_t *value, const char *parent,
			     enum secret secret)
{
	char text[CREDENTIALS_SUBSTITUTE];
	const char *key, *instead;
	json_t *member, *copy;
	size_t i;

	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach (value, key, member) {
			enum secret own = secret_of(key, parent);

			json_object_set_new(copy, key, replaced_json(it, member, key, own ? own : secret));
		}
		return copy;
	}
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, member)
			json_array_append_new(copy, replaced_json(it, member, parent, secret));
		return copy;
	}
	if (secret && json_is_number(value))
		return json_string(credentials_substitute(it->list, "", text));
	instead =
	    secret && json_is_string(value) ? instead_of(it, secret, json_string_value(value), text) : NULL;
	return instead ? json_string(instead) : json_incref(value);
}

int redact_json(const char *json, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out, struct fail *fail)
{
	const struct replacing it = {list, found, arg};
	json_error_t error;
	json_t *value = json_loadb(json, length, 0, &error), *now;
	char *text;

	/* The text of the error would quote the document. */
	if (!value)
		return fail_set(fail, -EBADMSG, "JSON: line %d, column %d", error.line, error.column);
	now = replaced_json(&it, value, "", SECRET_NONE);
	text = json_dumps(now, JSON_INDENT(2));
	json_decref(value);
	json_decref(now);
	if (!text)
		return fail_set(fail, -ENOMEM, "out of memory");
	text_add(out, "%s%s", text, length && json[length - 1] == '\n' ? "\n" : "");
	free(text);
	return 0;
}
