#ifndef PHONE_SIM_DRIVER_WEB_PAGE_H
#define PHONE_SIM_DRIVER_WEB_PAGE_H

#include <stdbool.h>
#include <jansson.h>

#include "base/text.h"
#include "phone-sim/core/phone.h"

/* The content of the pages. Lists of strings, oldest first; borrowed. */
struct web_source {
	struct phone_view view;
	const json_t *console, *messages;
};

/* Write the page of path and query ("" for none) as HTML, or as XML if the path ends in X or the query is adapterX;
 * or a file of /FS. The pages and their rows are in web_page.c and web_rows.c. *type: its Content-Type. false: there is
 * no such page on this model. */
bool web_page(const char *path, const char *query, const struct web_source *source, struct text *out,
	      const char **type);

#endif
