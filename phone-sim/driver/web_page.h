#ifndef PHONE_SIM_DRIVER_WEB_PAGE_H
#define PHONE_SIM_DRIVER_WEB_PAGE_H

#include <stdbool.h>
#include <jansson.h>

#include "base/text.h"
#include "cable/link.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/prt.h"

/* Counters of the network port. The kernel does not tell unicast from other frames: unicast is what is left without the
 * broadcast and multicast frames of the phone itself. */
struct web_counters {
	uint64_t rx_frames, rx_broadcast, rx_multicast, rx_unicast, rx_crc, rx_align, rx_length, rx_dropped;
	uint64_t tx_frames, tx_broadcast, tx_multicast, tx_unicast, collisions;
	struct phone_frames phone;
};

/* Put the counters of the kernel and of the phone together. */
struct web_counters web_count(const struct link_counters *link, const struct phone_frames *frames);

/* A POST to it has the phone make a problem report; the path is phonelab's. */
#define WEB_PROBLEM_REPORT "/ProblemReport"

/* The content of the pages. Lists of strings, oldest first; borrowed. */
struct web_source {
	struct phone_view view;
	struct web_counters counters;
	const json_t *console, *messages;
	const struct prt *prt; /* the last problem report; NULL: none */
};

/* Write the page of path and query ("" for none) as HTML, or as XML if the path ends in X or the query is adapterX;
 * or a file of /FS. The pages and their rows are in web_page.c and web_rows.c. *type: its Content-Type. false: there is
 * no such page on this model. */
bool web_page(const char *path, const char *query, const struct web_source *source, struct text *out,
	      const char **type);

/* The HTML of every page that this model has: {"DeviceInformation": "<HTML>..", "PortInformation_1": ..}. A new object, NULL
 * without memory. */
json_t *web_pages(const struct web_source *source);

#endif
