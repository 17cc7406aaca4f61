#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

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
	char *plain;

	if (string)
		return string;
	plain = strdup(text);
	for (char *p = plain; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = json_string(plain ? plain : "");
	free(plain);
	return string;
}
