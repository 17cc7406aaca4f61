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

static void change_lines(struct arena *arena, struct cucm_device *device, const struct scenario_device *set)
{
	struct cucm_line *lines = arena_alloc(arena, (device->line_count + 1) * sizeof(*lines));

	memcpy(lines, device->lines, device->line_count * sizeof(*lines));
	for (size_t i = 0; i < device->line_count; i++) {
		if (set->label)
			lines[i].label = set->label;
		if (set->auth_password)
			lines[i].auth_password = set->auth_password;
	}
	device->lines = lines;
}

void device_change(struct arena *arena, struct cucm_device *device, const struct scenario_device *set)
{
	if (set->provisioned >= 0)
		device->absent = !set->provisioned;
	if (set->load)
		device->load = set->load;
	if (set->label || set->auth_password)
		change_lines(arena, device, set);
}

int device_write(const struct cucm_plan *plan, const struct cucm_device *device, struct fail *fail)
{
	int err = cucm_write_device(plan, PLAN_PREFIX, device, fail);

	return err ? err : cucm_write_device_database(plan, PLAN_PREFIX, device, fail);
}
