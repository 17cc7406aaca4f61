#include "phonelab/scenario/device.h"

#include <string.h>

#include "cucm/cucm.h"
#include "phonelab/lab/plan.h"

struct cucm_device *device_named(const struct cucm_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->device_count; i++) {
		char text[DEVICE_TEXT];

		mac_format_device(&plan->devices[i].mac, text);
		if (!strcmp(text, name))
			return (struct cucm_device *)&plan->devices[i];
	}
	return NULL;
}

struct provision_settings device_settings(const struct scenario_device *set)
{
	return (struct provision_settings){.load = set->load,
					   .label = set->label,
					   .auth_password = set->auth_password,
					   .provisioned = set->provisioned};
}

int device_write(const struct cucm_plan *plan, const struct cucm_device *device,
		 const struct provision_settings *set, struct fail *fail)
{
	char name[DEVICE_TEXT];
	int err = cucm_write_device(plan, PLAN_PREFIX, device, fail);

	mac_format_device(&device->mac, name);
	if (!err)
		err = cucm_write_device_database(plan, PLAN_PREFIX, device, fail);
	return err ? err : provision_record(name, set, fail);
}
