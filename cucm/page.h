#ifndef CUCM_PAGE_H
#define CUCM_PAGE_H

#include <jansson.h>
#include <stddef.h>

#include "cucm/rpc.h"

/* The pages in the tables of a node's script. */

/* Read a page, the parts of cucm/kamailio.cfg with | between them. Missing parts are empty. */
void cucm_page_read(const char *device, const char *page, struct cucm_registration *out);

/* How many entries a result of htable.dump has. */
size_t cucm_page_count(const json_t *table);

#endif
