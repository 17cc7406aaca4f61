#ifndef PHONELAB_LAB_DEVICE_PAGE_H
#define PHONELAB_LAB_DEVICE_PAGE_H

#include <jansson.h>

#include "cucm/plan.h"
#include "cucm/states.h"

/* The page of a device in the administration of the call manager, as `phonelab device show --json` prints it: a new object.
 * states: of all nodes. */
json_t *device_page(const struct cucm_plan *plan, const struct cucm_device *device,
		    const struct cucm_states *states);

/* A line of `phonelab device ls --json`: a new object. */
json_t *device_row(const struct cucm_plan *plan, const struct cucm_device *device,
		   const struct cucm_states *states);

#endif
