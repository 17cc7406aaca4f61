#include "cucm/plan.h"

#include <string.h>

const char *cucm_plan_prefix(const struct cucm_plan *plan)
{
	return plan->prefix ? plan->prefix : "/run/phonelab";
}

const char *cucm_plan_domain(const struct cucm_plan *plan)
{
	return plan->domain ? plan->domain : "lab";
}

size_t cucm_plan_phones(const struct cucm_plan *plan)
{
	size_t phones = plan->phones ? plan->phones : plan->device_count;

	return phones ? phones : 1;
}

const char *cucm_plan_device_load(const struct cucm_plan *plan, const struct cucm_device *device)
{
	if (device->load)
		return device->load;
	for (size_t i = 0; i < plan->default_load_count; i++)
		if (!strcmp(plan->default_loads[i].model, device->model))
			return plan->default_loads[i].load;
	return "";
}
