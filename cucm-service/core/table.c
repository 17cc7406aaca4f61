#include "cucm-service/core/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/guid.h"

static int compare_names(const void *name, const void *device)
{
	return strcmp(name, ((const struct table_device *)device)->name);
}

const struct table_device *table_find(const struct table *table, const char *name)
{
	return table->device_count ? bsearch(name, table->devices, table->device_count,
					     sizeof(*table->devices), compare_names)
				   : NULL;
}

const char *table_uuid(const char *kind, const char *name, char out[TABLE_UUID])
{
	guid_format(kind, name, out);
	for (char *at = out; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	return out;
}

/* One backtrack point is enough: the text after the last wildcard is the only part that can move. */
static bool match(const char *pattern, const char *text, char any, char one)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == any) {
			star = ++pattern;
			from = text;
		} else if (*pattern && (*pattern == one ||
					tolower((unsigned char)*pattern) == tolower((unsigned char)*text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == any)
		pattern++;
	return !*pattern;
}

bool table_like(const char *pattern, const char *text)
{
	return match(pattern, text, '%', '_');
}

bool table_glob(const char *pattern, const char *text)
{
	return match(pattern, text, '*', '?');
}
