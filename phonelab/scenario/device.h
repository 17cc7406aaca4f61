#ifndef PHONELAB_SCENARIO_DEVICE_H
#define PHONELAB_SCENARIO_DEVICE_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/scenario/scenario.h"

/* A device of the call managers, as the action set_device changes it. */

/* The device with that name in the plan, or NULL. */
struct cucm_device *device_named(const struct cucm_plan *plan, const char *name);

/* What the action sets; the texts are borrowed. */
struct provision_settings device_settings(const struct scenario_device *set);

/* Write its file and its rows, and record what was set (NULL: nothing any more), from inside the lab. 0, or a negative errno
 * with the reason. */
int device_write(const struct cucm_plan *plan, const struct cucm_device *device,
		 const struct provision_settings *set, struct fail *fail);

#endif
