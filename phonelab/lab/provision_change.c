/* Changes of the device table: add, set, remove, revert. */
#include "phonelab/lab/provision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/cucm.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision_record.h"
#include "phonelab/topology/device.h"

/* The record of a device: {"added": ENTRY or null, "set": ENTRY or null}. */
static json_t *record_of(const struct provision *provision, const char *device)
{
	return json_pack("{s:O?,s:O?}", "added", json_object_get(provision->added, device), "set",
			 json_object_get(provision->set, device));
}

static void put_entry(json_t *record, const char *device, const json_t *entry)
{
	if (json_is_object(entry))
		json_object_set(record, device, (json_t *)entry);
	else
		json_object_del(record, device);
}

/* --- from the record to files and rows --- */

/* Does the device name files that no other device may have needed so far: by a setting, or because it was moved from another
 * cluster? */
static bool needs_files(const struct provision *provision, const char *name)
{
	const json_t *entry = json_object_get(provision->set, name);

	return json_object_get(entry, "locale") || json_object_get(entry, "softkeys") ||
	       json_object_get(entry, "dial_rules") ||
	       (provision->topology->clusters.n && json_object_get(provision->added, name));
}

/* The record of the device has changed: make its plan, its files and its rows, and store the record. */
static int carry_out(struct provision *provision, const char *name, struct fail *fail)
{
	const struct cucm_device *found;
	struct cucm_device device = {.absent = true};
	int err = 0;

	provision_plan(provision);
	found = cucm_plan_find(&provision->plan, name);
	if (found)
		device = *found;
	else
		mac_parse_device(&device.mac, name);
	if (!device.absent && needs_files(provision, name))
		err = cucm_write_device_files(&provision->plan, provision->plan.prefix, &device, fail);
	if (!err)
		err = cucm_write_device(&provision->plan, provision->plan.prefix, &device, fail);
	if (!err)
		err = cucm_write_device_database(&provision->plan, provision->plan.prefix, &device, fail);
	if (!err)
		err = lab_file_json(provision->plan.prefix, PROVISION_ADDED, provision->added, fail);
	return err ? err : lab_file_json(provision->plan.prefix, PROVISION_SET, provision->set, fail);
}

/* The same; after an error the record is as before, and so are files and rows, as far as that is possible. */
static int change(struct provision *provision, const char *name, json_t *before, json_t **out,
		  struct fail *fail)
{
	int err = carry_out(provision, name, fail);

	if (err) {
		struct fail ignored = {0};

		put_entry(provision->added, name, json_object_get(before, "added"));
		put_entry(provision->set, name, json_object_get(before, "set"));
		carry_out(provision, name, &ignored);
	}
	if (out && !err)
		*out = before;
	else
		json_decref(before);
	return err;
}

/* --- checks --- */

static int check_group(const struct provision *provision, const struct topology_device *set,
		       struct fail *fail)
{
	const struct topology *topology = provision->topology;

	for (size_t i = 0; i < set->call_manager_group.n; i++) {
		const char *name = set->call_manager_group.items[i];
		bool found = false;

		for (size_t n = 0; n < topology->cluster.nodes.n; n++)
			found = found || !strcmp(topology->cluster.nodes.items[n].name, name);
		if (!found)
			return fail_set(fail, -EINVAL,
					"call_manager_group: found \"%s\", expected call managers of the lab",
					name);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(set->call_manager_group.items[j], name))
				return fail_set(fail, -EINVAL,
						"call_manager_group: found \"%s\" a second time", name);
	}
	return 0;
}

static int check_lines(const struct topology_device *set, struct fail *fail)
{
	if (set->line.n > 6)
		return fail_set(fail, -EINVAL, "line: found %zu lines, expected 1 to 6", set->line.n);
	for (size_t i = 0; i < set->line.n; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(set->line.items[i], set->line.items[j]))
				return fail_set(fail, -EINVAL, "line: found %s a second time",
						set->line.items[i]);
	return 0;
}

static int check_capf(const struct provision *provision, const char *name, const struct topology_device *set,
		      struct fail *fail)
{
	const struct cucm_device *device = cucm_plan_find(&provision->plan, name);

	if (set->capf_operation > TOPOLOGY_CAPF_NONE && !cucm_plan_certificates(provision->base))
		return fail_set(fail, -EINVAL,
				"capf_operation: the cluster has no certificates; its topology needs "
				"`cluster.security: mixed` or `cluster.release`");
	if (set->capf_key == KEY_UNSET || !topology_capf_is_ec(set->capf_key))
		return 0;
	if (provision->base->release == CUCM_RELEASE_11_5)
		return fail_set(
		    fail, -EINVAL,
		    "capf_key: found an EC key in a cluster of release 11.5, expected an RSA key");
	if (device && device->encrypted_config)
		return fail_set(
		    fail, -EINVAL,
		    "capf_key: found an EC key and an encrypted configuration, expected an RSA key");
	return 0;
}

static int read_checked(struct provision *provision, const char *name, const json_t *settings,
			struct topology_device *set, struct fail *fail)
{
	if (topology_device_read(settings, &provision->arena, set, fail) || check_lines(set, fail) ||
	    check_group(provision, set, fail) || check_capf(provision, name, set, fail))
		return fail->err;
	return 0;
}

/* Read and check settings, and put them into the record of the device, over what was set before. */
static int merge(struct provision *provision, const char *name, const json_t *settings, struct fail *fail)
{
	struct topology_device set;
	json_t *entry, *old = json_object_get(provision->set, name);

	if (read_checked(provision, name, settings, &set, fail))
		return fail->err;
	entry = topology_device_json(&set);
	if (old)
		json_object_update_missing(entry, old);
	json_object_set_new(provision->set, name, entry);
	return 0;
}

/* --- numbers of added devices --- */

static unsigned long long beyond(unsigned long long highest, const char *number)
{
	char *end;
	unsigned long long value = strtoull(number, &end, 10);

	return *end || value < highest ? highest : value;
}

static unsigned long long next_number(const struct cucm_plan *plan)
{
	unsigned long long highest = 1000;

	for (size_t i = 0; i < plan->device_count; i++)
		for (size_t j = 0; j < plan->devices[i].line_count; j++)
			highest = beyond(highest, plan->devices[i].lines[j].number);
	return highest + 1;
}

/* --- the changes --- */

int provision_set(struct provision *provision, const char *device, const json_t *settings, json_t **before,
		  struct fail *fail)
{
	json_t *record = record_of(provision, device);

	if (merge(provision, device, settings, fail)) {
		json_decref(record);
		return fail->err;
	}
	return change(provision, device, record, before, fail);
}

int provision_check(struct provision *provision, const char *device, const json_t *settings, bool *removes,
		    struct fail *fail)
{
	struct topology_device set;
	int err = read_checked(provision, device, settings, &set, fail);

	*removes = !err && !set.provisioned;
	return err;
}

int provision_add(struct provision *provision, const struct mac *mac, const char *model,
		  const json_t *settings, json_t **before, struct fail *fail)
{
	const struct cucm_device *old;
	char name[DEVICE_TEXT], number[24];
	json_t *record, *set = settings ? json_deep_copy(settings) : json_object();

	mac_format_device(mac, name);
	old = cucm_plan_find(&provision->plan, name);
	record = record_of(provision, name);
	if (old && !old->absent) {
		fail_set(fail, -EEXIST, "device %s exists already", name);
		goto failed;
	}
	snprintf(number, sizeof(number), "%llu", next_number(&provision->plan));
	if (!old || json_object_get(provision->added, name))
		json_object_set_new(provision->added, name,
				    json_pack("{s:s,s:s}", "model", model, "number", number));
	if (old)
		json_object_set_new(set, "provisioned", json_true());
	if (json_object_size(set) && merge(provision, name, set, fail)) {
		put_entry(provision->added, name, json_object_get(record, "added"));
		goto failed;
	}
	json_decref(set);
	return change(provision, name, record, before, fail);
failed:
	json_decref(set);
	json_decref(record);
	return fail->err;
}

int provision_remove(struct provision *provision, const char *device, json_t **before, struct fail *fail)
{
	json_t *record = record_of(provision, device);

	/* Also of a device that was added: a phone that is plugged in again must not bring it back (provision_phone). */
	json_object_set_new(provision->set, device, json_pack("{s:b}", "provisioned", false));
	return change(provision, device, record, before, fail);
}

int provision_revert(struct provision *provision, const char *device, const json_t *before, struct fail *fail)
{
	json_t *record = record_of(provision, device);

	put_entry(provision->added, device, json_object_get(before, "added"));
	put_entry(provision->set, device, json_object_get(before, "set"));
	return change(provision, device, record, NULL, fail);
}

int provision_phone(struct topology *topology, const struct mac *mac, const char *model, struct fail *fail)
{
	struct cucm_plan base = plan_cucm(topology);
	struct provision provision;
	char name[DEVICE_TEXT];
	int err;

	/* Somebody else has the device table. */
	if (base.foreign_devices)
		return 0;
	for (size_t i = 0; i < topology->phone_count; i++)
		if (mac_equal(&topology->phones[i].mac, mac))
			return 0;
	mac_format_device(mac, name);
	err = provision_open(&provision, topology, &base, true, fail);
	/* Somebody may have removed it since; then it stays removed. */
	if (!err && !json_object_get(provision.added, name))
		err = provision_add(&provision, mac, model, NULL, NULL, fail);
	provision_close(&provision);
	return err;
}
