/* Auto-registration. */
#include "phonelab/lab/provision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cucm/model.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"

#define AUTO "phones/auto.json"

static const char *model_name(unsigned id)
{
	for (const struct cucm_model *model = cucm_models(); model->name; model++)
		if (model->id == id)
			return model->name;
	return NULL;
}

static bool in_use(const struct cucm_plan *plan, const char *number)
{
	for (size_t i = 0; i < plan->device_count; i++)
		for (size_t j = 0; j < plan->devices[i].line_count; j++)
			if (!strcmp(plan->devices[i].lines[j].number, number))
				return true;
	return false;
}

/* The next number of the range: after the last that was given, and not in use. False if there is none. */
static bool next_number(const struct provision *provision, const json_t *record, uint64_t *next,
			char text[24])
{
	const struct topology_cluster *cluster = &provision->topology->cluster;
	const json_t *last = json_object_get(record, "last");

	*next = last ? (uint64_t)json_integer_value(last) + 1 : cluster->auto_first;
	for (; *next <= cluster->auto_last; ++*next) {
		snprintf(text, 24, "%0*llu", cluster->auto_digits, (unsigned long long)*next);
		if (!in_use(&provision->plan, text))
			return true;
	}
	return false;
}

int provision_auto(struct provision *provision, const struct mac *mac, unsigned model, struct fail *fail)
{
	const struct topology_cluster *cluster = &provision->topology->cluster;
	const struct cucm_device *old;
	char name[DEVICE_TEXT], number[24];
	json_t *record, *settings;
	uint64_t next;
	int err;

	mac_format_device(mac, name);
	if (!cluster->auto_registration)
		return fail_set(fail, -EPROTO, "auto-registration is off");
	old = cucm_plan_find(&provision->plan, name);
	if (old && !old->absent)
		return 0;
	if (!model_name(model))
		return fail_set(fail, -EINVAL, "%s: found the model %u, expected a phone", name, model);
	record = json_load_file(PLAN_PREFIX "/" AUTO, 0, NULL);
	if (!record)
		record = json_object();
	if (!next_number(provision, record, &next, number)) {
		json_decref(record);
		return fail_set(fail, -ERANGE, "the range of auto-registration, %s, is used up",
				cluster->auto_registration);
	}
	/* The number counts as given before anything can fail. */
	json_object_set_new(record, "last", json_integer((json_int_t)next));
	err = lab_file_json(PLAN_PREFIX, AUTO, record, fail);
	json_decref(record);
	if (err)
		return err;
	settings = json_pack("{s:[s],s:o}", "line", number, "description", json_sprintf("Auto %s", number));
	err = provision_add(provision, mac, model_name(model), settings, NULL, fail);
	json_decref(settings);
	return err;
}
