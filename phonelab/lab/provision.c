#include "phonelab/lab/provision.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cucm/cucm.h"
#include "phonelab/document/arena.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"

#define ADDED "phones/added.json"
#define SET   "phones/set.json"

/* Lock the record for one reader and writer at a time. Closing the descriptor releases the lock. */
static int lock(struct fail *fail)
{
	static const char path[] = PLAN_PREFIX "/phones/added.lock";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), err;

	if (fd >= 0 && !flock(fd, LOCK_EX))
		return fd;
	err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* {"SEP...": {"model": "7841", "number": "2106"}, ...}; an empty object if nothing was recorded yet. */
static json_t *load(const char *directory, const char *file)
{
	char path[600];
	json_t *added;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	added = json_load_file(path, 0, NULL);
	return json_is_object(added) ? added : json_object();
}

static unsigned long long beyond(unsigned long long highest, const char *number)
{
	char *end;
	unsigned long long value = strtoull(number, &end, 10);

	return *end || value < highest ? highest : value;
}

static unsigned long long next_number(const struct topology *topology, json_t *added)
{
	unsigned long long highest = 1000;
	const char *name, *number;
	json_t *entry;

	for (size_t i = 0; i < topology->phone_count; i++)
		for (size_t j = 0; j < topology->phones[i].line_count; j++)
			highest = beyond(highest, topology->phones[i].lines[j]);
	json_object_foreach (added, name, entry) {
		number = json_string_value(json_object_get(entry, "number"));
		highest = beyond(highest, number ? number : "");
	}
	return highest + 1;
}

static struct cucm_device device_of(struct topology *topology, const char *name, const json_t *entry)
{
	struct cucm_line *line = arena_alloc(&topology->arena, sizeof(*line));
	const char *number = json_string_value(json_object_get(entry, "number"));
	const char *model = json_string_value(json_object_get(entry, "model"));
	struct cucm_device device = {.ringtones = topology->cluster.ringtones};

	/* Like the first phone of the topology, except for values that fit only that phone or its model. */
	if (topology->rows.n)
		device = plan_device(topology, &topology->rows.items[0]);
	device.load = NULL;
	device.absent = false;
	device.line_count = 1;
	mac_parse_device(&device.mac, name);
	device.model = arena_format(&topology->arena, "%s", model ? model : "");
	line->number = arena_format(&topology->arena, "%s", number ? number : "");
	if (topology->cluster.digest)
		line->auth_password = plan_password(topology, name);
	device.lines = line;
	return device;
}

static void recall(struct topology *topology, struct cucm_plan *plan, json_t *added)
{
	size_t count = plan->device_count + json_object_size(added);
	struct cucm_device *devices = arena_alloc(&topology->arena, (count + 1) * sizeof(*devices));
	const char *name;
	json_t *entry;

	if (plan->device_count)
		memcpy(devices, plan->devices, plan->device_count * sizeof(*devices));
	json_object_foreach (added, name, entry) {
		struct mac mac;

		if (!mac_parse_device(&mac, name))
			devices[plan->device_count++] = device_of(topology, name, entry);
	}
	plan->devices = devices;
	plan->phones = plan->device_count;
}

void provision_set(struct arena *arena, struct cucm_device *device, const struct provision_settings *set)
{
	struct cucm_line *lines;

	if (set->provisioned >= 0)
		device->absent = !set->provisioned;
	if (set->load)
		device->load = set->load;
	if (!set->label && !set->auth_password)
		return;
	lines = arena_alloc(arena, (device->line_count + 1) * sizeof(*lines));
	memcpy(lines, device->lines, device->line_count * sizeof(*lines));
	for (size_t i = 0; i < device->line_count; i++) {
		if (set->label)
			lines[i].label = set->label;
		if (set->auth_password)
			lines[i].auth_password = set->auth_password;
	}
	device->lines = lines;
}

static const char *text_of(struct arena *arena, const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? arena_format(arena, "%s", text) : NULL;
}

/* The devices of the plan are a copy already: recall has made it. */
static void recall_settings(struct topology *topology, struct cucm_plan *plan, const json_t *all)
{
	struct arena *arena = &topology->arena;

	for (size_t i = 0; i < plan->device_count; i++) {
		const json_t *entry, *provisioned;
		char name[DEVICE_TEXT];
		struct provision_settings set;

		mac_format_device(&plan->devices[i].mac, name);
		entry = json_object_get(all, name);
		provisioned = json_object_get(entry, "provisioned");
		set =
		    (struct provision_settings){.load = text_of(arena, entry, "load"),
						.label = text_of(arena, entry, "label"),
						.auth_password = text_of(arena, entry, "auth_password"),
						.provisioned = provisioned ? json_is_true(provisioned) : -1};
		provision_set(arena, (struct cucm_device *)&plan->devices[i], &set);
	}
}

void provision_recall(struct topology *topology, struct cucm_plan *plan, const char *directory)
{
	json_t *added = load(directory, ADDED), *set = load(directory, SET);

	recall(topology, plan, added);
	recall_settings(topology, plan, set);
	json_decref(added);
	json_decref(set);
}

int provision_record(const char *device, const struct provision_settings *set, struct fail *fail)
{
	int fd = lock(fail), err = 0;
	json_t *all, *old;

	if (fd < 0)
		return fd;
	all = load(PLAN_PREFIX, SET);
	old = json_incref(json_object_get(all, device));
	json_object_del(all, device);
	if (set) {
		json_t *one = json_pack("{s:s*,s:s*,s:s*}", "load", set->load, "label", set->label,
					"auth_password", set->auth_password);

		if (set->provisioned >= 0)
			json_object_set_new(one, "provisioned", json_boolean(set->provisioned));
		if (old)
			json_object_update_missing(one, old);
		json_object_set_new(all, device, one);
	}
	if (set || old)
		err = lab_file_json(PLAN_PREFIX, SET, all, fail);
	json_decref(old);
	json_decref(all);
	close(fd);
	return err;
}

static int add(struct topology *topology, json_t *added, const char *name, const char *model,
	       struct fail *fail)
{
	struct cucm_plan plan = plan_cucm(topology);
	struct cucm_device *device = NULL;
	char number[24];
	int err = 0;

	snprintf(number, sizeof(number), "%llu", next_number(topology, added));
	json_object_set_new(added, name, json_pack("{s:s,s:s}", "model", model, "number", number));
	recall(topology, &plan, added);
	for (size_t i = topology->phone_count; i < plan.device_count; i++) {
		char text[DEVICE_TEXT];

		mac_format_device(&plan.devices[i].mac, text);
		if (!strcmp(text, name))
			device = (struct cucm_device *)&plan.devices[i];
	}
	if (!device)
		err = fail_set(fail, -EINVAL, "%s cannot be added", name);
	if (!err)
		err = cucm_write_device(&plan, PLAN_PREFIX, device, fail);
	if (!err)
		err = cucm_write_device_database(&plan, PLAN_PREFIX, device, fail);
	return err ? err : lab_file_json(PLAN_PREFIX, ADDED, added, fail);
}

int provision_phone(struct topology *topology, const struct mac *mac, const char *model, struct fail *fail)
{
	char name[DEVICE_TEXT];
	json_t *added;
	int fd, err = 0;

	mac_format_device(mac, name);
	for (size_t i = 0; i < topology->phone_count; i++)
		if (mac_equal(&topology->phones[i].mac, mac))
			return 0;
	fd = lock(fail);
	if (fd < 0)
		return fd;
	added = load(PLAN_PREFIX, ADDED);
	if (!json_object_get(added, name))
		err = add(topology, added, name, model, fail);
	json_decref(added);
	close(fd);
	return err;
}
