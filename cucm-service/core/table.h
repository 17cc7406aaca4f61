#ifndef CUCM_SERVICE_CORE_TABLE_H
#define CUCM_SERVICE_CORE_TABLE_H

#include <stddef.h>

#include "cucm/states.h"

/* The device table of the cluster as the publisher's database has it. All texts are owned by the table, and not NULL
 * where nothing else is stated. */
struct table_line {
	const char *number, *display, *label;
};

struct table_device {
	const char *name, *description, *load, *product; /* "Cisco 7841" */
	const char *user_locale, *softkey_template, *digest_user;
	/* Of the CAPF, in the words of AXL; NULL: nothing is pending, and nothing was done. */
	const char *certificate_operation, *certificate_status;
	unsigned model, security; /* the model's number; 1 none, 2 authenticated, 3 encrypted */
	struct table_line *lines;
	size_t line_count;
};

struct table_number {
	const char *number, *description;
};

struct table {
	struct table_device *devices; /* sorted by name */
	size_t device_count;
	struct table_number *numbers; /* of no device, sorted */
	size_t number_count;
};

/* The device of that name, or NULL. */
const struct table_device *table_find(const struct table *table, const char *name);

/* A UUID in CUCM's spelling, with upper-case letters and without braces: of a device by its name ("device"), of a directory
 * number ("numplan"). Returns out. */
#define TABLE_UUID 37
const char *table_uuid(const char *kind, const char *name, char out[TABLE_UUID]);

/* Does text match a pattern of SQL's LIKE, in which % is any text? Letters are compared without case. */
bool table_like(const char *pattern, const char *text);

/* The same with * and ? of RIS. */
bool table_glob(const char *pattern, const char *text);

#endif
