#include "phonelab/why/fact.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

#define TEXT_MOST 1000 /* octets of a text, with its NUL */

json_t *fact_add(json_t *facts, const char *name, const char *object, int step, const char *from,
		 const char *format, ...)
{
	char text[TEXT_MOST];
	va_list args;
	json_t *fact;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fact = json_pack("{s:s,s:o,s:i,s:o,s:o,s:{}}", "fact", name, "object", json_text_new(object), "step",
			 step, "from", json_text_new(from), "text", json_text_new(text), "values");
	return json_array_append_new(facts, fact) ? NULL : fact;
}

void fact_value(json_t *fact, const char *name, const char *format, ...)
{
	char text[TEXT_MOST];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_set_new(json_object_get(fact, "values"), name, json_text_new(text));
}

void fact_time(json_t *fact, long long us)
{
	json_object_set_new(fact, "t", json_integer(us));
}

const json_t *fact_find(const json_t *facts, const char *name, const char *object)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), name) &&
		    (!object || !strcmp(json_text(fact, "object"), object)))
			return fact;
	return NULL;
}

bool fact_is(const json_t *facts, const char *name, const char *object)
{
	return fact_find(facts, name, object) != NULL;
}

const char *fact_text(const json_t *fact, const char *value)
{
	return json_text(json_object_get(fact, "values"), value);
}
