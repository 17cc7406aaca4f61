#include "phonelab/why/condition.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"

/* One restriction: "code=404", "reason~budget", "node" or "now", of that length. */
static bool restriction_fits(const char *at, size_t length, const json_t *fact, const json_t *own)
{
	size_t name_length = strcspn(at, "=~");
	char name[64], wanted[200];
	const char *found;

	if (name_length > length)
		name_length = length;
	snprintf(name, sizeof(name), "%.*s", (int)name_length, at);
	if (!strcmp(name, "now"))
		return json_is_true(json_object_get(fact, "now"));
	found =
	    strcmp(name, "text") && strcmp(name, "object") ? fact_text(fact, name) : json_text(fact, name);
	if (name_length == length)
		return *found && !strcmp(found, fact_text(own, name));
	snprintf(wanted, sizeof(wanted), "%.*s", (int)(length - name_length - 1), at + name_length + 1);
	return at[name_length] == '=' ? !strcmp(found, wanted) : strcasestr(found, wanted) != NULL;
}

/* The restrictions behind the name: "@", "[..,..]", up to end. */
static bool restrictions_fit(const char *at, const char *end, const json_t *fact, const json_t *own)
{
	if (at < end && *at == '@') {
		if (strcmp(json_text(fact, "object"), json_text(own, "object")) != 0)
			return false;
		at++;
	}
	if (at < end && *at == '[')
		for (at++; at < end && *at != ']';) {
			size_t length = strcspn(at, ",]");

			if (!restriction_fits(at, length, fact, own))
				return false;
			at += length + (at[length] == ',');
		}
	return true;
}

static bool alternative_fits(const char *at, const char *end, const json_t *fact, const json_t *own)
{
	const char *name = json_text(fact, "fact");
	size_t length = strcspn(at, "@[|");

	return strlen(name) == length && !strncmp(at, name, length) &&
	       restrictions_fit(at + length, end, fact, own);
}

bool condition_fits(const char *condition, const json_t *fact, const json_t *own)
{
	for (const char *at = condition;;) {
		size_t length = strcspn(at, "|");

		if (alternative_fits(at, at + length, fact, own))
			return true;
		if (!at[length])
			return false;
		at += length + 1;
	}
}

const json_t *condition_find(const char *condition, const json_t *facts, const json_t *own)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (condition_fits(condition, fact, own))
			return fact;
	return NULL;
}
