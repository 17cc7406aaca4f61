#ifndef CUCM_SERVICE_CORE_RIS_HITS_H
#define CUCM_SERVICE_CORE_RIS_HITS_H

#include "cucm-service/core/ris.h"

/* Within RIS: the devices that a request selects. */

/* A device as one node knows it: registered there, or lost. */
struct hit {
	size_t node;
	const struct table_device *device;
	const struct cucm_registration *registered;
	const struct cucm_loss *lost;
};

struct hits {
	struct hit *list;
	size_t count, room;
	bool failed;
};

/* Add the devices that node number n knows, and that the criteria select. */
void ris_select(const struct ris_criteria *criteria, const struct table *table,
		const struct cucm_states *states, size_t n, struct hits *hits);

/* A hit in the words of the service: is a line registered; Registered, PartiallyRegistered, UnRegistered or Rejected; the page that
 * the device has, or had; Successful, Failed, Upgrading or Unknown. */
bool ris_line_registered(const struct hit *hit, const char *number);
const char *ris_status(const struct hit *hit);
const struct cucm_registration *ris_page(const struct hit *hit);
const char *ris_download(const struct hit *hit);

#endif
