#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

const char *json_text(const json_t *object, const char *key)
{
	return json_text_or(object, key, "");
}

const char *json_text_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? text : otherwise;
}

long long json_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *json_text_new(const char *text)
{
	json_t *string = json_string(text);
	size_t size;
	char *clean;

	if (string)
		return string;
	size = 4 * strlen(text) + 1; /* "\\xNN" for each octet */
	clean = malloc(size);
	string = json_string(clean ? utf8_clean(text, clean, size) : "");
	free(clean);
	return string;
}
