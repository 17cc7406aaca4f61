#include "phonelab/lab/provision.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "phonelab/document/arena.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision_record.h"

#define LOCK_MS 5000
#define TRY_MS	20

/* most_ms: how long to wait; negative: without a limit. */
static int lock_within(const char *directory, int most_ms, struct fail *fail)
{
	char path[600];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/phones/added.lock", directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	for (int waited = 0; flock(fd, most_ms < 0 ? LOCK_EX : LOCK_EX | LOCK_NB); waited += TRY_MS) {
		if (errno == EWOULDBLOCK && waited >= most_ms)
			err =
			    fail_set(fail, -EBUSY,
				     "another command changes devices or certificates; try again when it has "
				     "ended");
		else if (errno != EWOULDBLOCK && errno != EINTR)
			err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
		if (err) {
			close(fd);
			return err;
		}
		usleep(TRY_MS * 1000);
	}
	return fd;
}

int provision_lock(const char *directory, struct fail *fail)
{
	return lock_within(directory, -1, fail);
}

/* {"SEP...": {"model": "7841", "number": "2106"}, ...}; an empty object if nothing was recorded yet. */
static json_t *load(const char *directory, const char *file)
{
	char path[600];
	json_t *object;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	object = json_load_file(path, 0, NULL);
	if (json_is_object(object))
		return object;
	json_decref(object);
	return json_object();
}

json_t *provision_settings(const char *directory)
{
	return load(directory, PROVISION_SET);
}

/* --- the mode of the cluster --- */

bool provision_is_mixed(const struct topology *topology, const char *directory)
{
	json_t *record = load(directory, PROVISION_MODE), *mixed = json_object_get(record, "mixed");
	bool is = mixed ? json_is_true(mixed) : topology->cluster.security == TOPOLOGY_MIXED;

	json_decref(record);
	return is;
}

static int record_mode(const char *directory, const char *key, bool on, struct fail *fail)
{
	json_t *record = load(directory, PROVISION_MODE);
	int err;

	json_object_set_new(record, key, json_boolean(on));
	err = lab_file_json(directory, PROVISION_MODE, record, fail);
	json_decref(record);
	return err;
}

int provision_set_mixed(const char *directory, bool mixed, struct fail *fail)
{
	return record_mode(directory, "mixed", mixed, fail);
}

int provision_set_rollback(const char *directory, bool rollback, struct fail *fail)
{
	return record_mode(directory, "rollback", rollback, fail);
}

int provision_set_itl_reset(const char *directory, bool reset, struct fail *fail)
{
	return record_mode(directory, "itl_reset", reset, fail);
}

/* The mode of the cluster as it was changed below directory. */
static void recall_mode(const struct topology *topology, const char *directory, struct cucm_plan *plan)
{
	json_t *record = load(directory, PROVISION_MODE);

	plan->mixed = provision_is_mixed(topology, directory);
	plan->rollback = json_is_true(json_object_get(record, "rollback"));
	plan->itl_reset = json_is_true(json_object_get(record, "itl_reset"));
	json_decref(record);
}

/* --- the plan with the changes --- */

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

/* The row of a phone that was moved here, or the first one. */
static const struct topology_phone_row *row_like(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology_known_phones(topology); i++)
		if (!strcmp(topology->phones[i].name, name))
			return topology->phones[i].row;
	return &topology->rows.items[0];
}

/* An added device is like the first phone of the topology, except for values that fit only that phone or its model. It is not
 * secure, and no operation is pending: as with a new device of a call manager, nobody has asked for that. */
static struct cucm_device added_device(const struct topology *topology, struct arena *arena, const char *name,
				       const json_t *entry)
{
	struct cucm_line *line = arena_alloc(arena, sizeof(*line));
	struct cucm_device device = {.ringtones = topology->cluster.ringtones};

	if (topology->rows.n)
		device = plan_device(topology, arena, row_like(topology, name));
	device.load = device.description = NULL;
	device.absent = device.encrypted_config = device.lsc = false;
	device.security = CUCM_SECURITY_NONE;
	device.capf = (struct cucm_capf){.operation = CUCM_CAPF_NONE};
	device.line_count = 1;
	mac_parse_device(&device.mac, name);
	device.model = arena_format(arena, "%s", text_of(entry, "model"));
	line->number = arena_format(arena, "%s", text_of(entry, "number"));
	if (topology->cluster.digest)
		line->auth_password = plan_password(topology, arena, name);
	device.lines = line;
	return device;
}

/* The texts of settings live in the arena: the record may change while the plan is used. */
static void apply_settings(const struct topology *topology, struct arena *arena, struct cucm_device *device,
			   const json_t *entry)
{
	struct topology_device set;
	const char **texts[] = {&set.label, &set.display_name, &set.description,
				&set.load,  &set.auth_name,    &set.auth_password};

	topology_device_recall(entry, arena, &set);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (*texts[i])
			*texts[i] = arena_format(arena, "%s", *texts[i]);
	for (size_t i = 0; i < set.line.n; i++)
		set.line.items[i] = arena_format(arena, "%s", set.line.items[i]);
	plan_set_device(arena, topology, device, &set);
}

void provision_apply(const struct topology *topology, struct arena *arena, struct cucm_plan *plan,
		     const json_t *added, const json_t *set)
{
	size_t count = plan->device_count + json_object_size(added);
	struct cucm_device *devices = arena_alloc(arena, (count + 1) * sizeof(*devices));
	const char *name;
	json_t *entry;

	if (plan->device_count)
		memcpy(devices, plan->devices, plan->device_count * sizeof(*devices));
	json_object_foreach ((json_t *)added, name, entry) {
		struct mac mac;

		if (!mac_parse_device(&mac, name))
			devices[plan->device_count++] = added_device(topology, arena, name, entry);
	}
	for (size_t i = 0; i < plan->device_count && json_object_size(set); i++) {
		char text[DEVICE_TEXT];

		mac_format_device(&devices[i].mac, text);
		entry = json_object_get(set, text);
		if (entry)
			apply_settings(topology, arena, &devices[i], entry);
	}
	plan->devices = devices;
	plan->phones = plan->device_count;
}

void provision_plan(struct provision *provision)
{
	provision->plan = *provision->base;
	recall_mode(provision->topology, provision->base->prefix, &provision->plan);
	provision_apply(provision->topology, &provision->arena, &provision->plan, provision->added,
			provision->set);
}

void provision_recall(struct topology *topology, struct cucm_plan *plan, const char *directory)
{
	json_t *added = load(directory, PROVISION_ADDED), *set = load(directory, PROVISION_SET), *moved;

	recall_mode(topology, directory, plan);
	/* The plan of the first cluster has the DHCP servers. */
	moved = topology->clusters.n && !topology->own ? clusters_moved(directory) : NULL;
	clusters_set_groups(topology, &topology->arena, plan, moved);
	json_decref(moved);
	provision_apply(topology, &topology->arena, plan, added, set);
	json_decref(added);
	json_decref(set);
}

/* --- opening --- */

int provision_open(struct provision *provision, struct topology *topology, const struct cucm_plan *base,
		   bool change, struct fail *fail)
{
	*provision = (struct provision){.topology = topology, .base = base, .plan = *base, .lock = -1};
	if (base->foreign_devices)
		return fail_set(fail, -EOPNOTSUPP,
				"the lab has no device table: `cluster.devices` of its topology is external");
	if (change) {
		/* A command that holds the lock may be stopped; the lab must go on. */
		provision->lock = lock_within(base->prefix, LOCK_MS, fail);
		if (provision->lock < 0)
			return provision->lock;
	}
	provision->added = load(base->prefix, PROVISION_ADDED);
	provision->set = load(base->prefix, PROVISION_SET);
	provision_plan(provision);
	return 0;
}

void provision_close(struct provision *provision)
{
	json_decref(provision->added);
	json_decref(provision->set);
	arena_free(&provision->arena);
	if (provision->lock >= 0)
		close(provision->lock);
}

static bool has_line(const struct cucm_device *device, const char *number)
{
	for (size_t i = 0; i < device->line_count; i++)
		if (!strcmp(device->lines[i].number, number))
			return true;
	return false;
}

const struct cucm_device *provision_find(const struct provision *provision, const char *text,
					 struct fail *fail)
{
	const struct cucm_plan *plan = &provision->plan;
	char upper[DEVICE_TEXT];
	size_t i = 0;
	struct mac mac;

	for (; i < sizeof(upper) - 1 && text[i]; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	upper[i] = 0;
	if (!mac_parse_device(&mac, upper) || !mac_parse(&mac, text)) {
		for (i = 0; i < plan->device_count; i++)
			if (mac_equal(&plan->devices[i].mac, &mac) && !plan->devices[i].absent)
				return &plan->devices[i];
	} else {
		for (i = 0; i < plan->device_count; i++)
			if (!plan->devices[i].absent && has_line(&plan->devices[i], text))
				return &plan->devices[i];
	}
	fail_set(fail, -ENOENT, "unknown device \"%.60s\"; list the devices with: phonelab device ls", text);
	return NULL;
}
