#ifndef PHONE_SIM_DRIVER_WEB_PAGE_H
#define PHONE_SIM_DRIVER_WEB_PAGE_H

#include <stdbool.h>
#include <jansson.h>

#include "phone-sim/core/phone.h"

struct evbuffer;

/* What the pages are made of. The lists are of strings, oldest first; borrowed. */
struct web_source {
	struct phone_view view;
	const json_t *console, *messages;
};

/*
 * The page of that path and query ("" for none) into out: HTML, or XML where it ends in X or asks with
 * adapterX, as the phones have it: device information, network configuration, network port, status messages,
 * console log. *type becomes its Content-Type. false: there is no such page.
 */
bool web_page(const char *path, const char *query, const struct web_source *source, struct evbuffer *out,
	      const char **type);

#endif
