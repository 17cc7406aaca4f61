#ifndef CUCM_SERVICE_DRIVER_ARRIVALS_H
#define CUCM_SERVICE_DRIVER_ARRIVALS_H

#include "cucm-service/driver/config.h"

struct event_base;
struct arrivals;

/*
 * Auto-registration: devices that are not in the table have registered at a node, which notes them in the table arrival of its
 * database. The lab is asked to add each of them and to reset the phone (the verb `device` with auto-register). The databases are
 * read when one of them has changed, and again while one of them has such a device; the lab removes it, at the latest after some tries. 0 or a negative errno with the reason; config is
 * borrowed.
 */
int arrivals_new(struct arrivals **arrivals, struct event_base *base, const struct service_config *config,
		 struct fail *fail);
void arrivals_free(struct arrivals *arrivals); /* NULL is legal */

#endif
