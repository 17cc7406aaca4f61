#include "phonelab/lab/device_move.h"

#include <errno.h>
#include <string.h>

#include "base/json_text.h"
#include "cucm/cucm.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"

/* The device of that text in the table of cluster number i: its name. False: it is not there. */
static bool find_in(const struct clusters *clusters, size_t i, const char *text, char name[DEVICE_TEXT])
{
	const struct clusters_item *item = &clusters->items[i];
	const struct cucm_device *device = NULL;
	struct provision provision;
	struct fail ignored = {0};

	if (!provision_open(&provision, item->topology, &item->plan, false, &ignored))
		device = provision_find(&provision, text, &ignored);
	if (device)
		mac_format_device(&device->mac, name);
	provision_close(&provision);
	return device != NULL;
}

/* name: of the device, if one is found. The count of clusters: none. */
static size_t find(const struct clusters *clusters, const char *text, char name[DEVICE_TEXT])
{
	json_t *moved = clusters_moved(PLAN_PREFIX);
	size_t found = clusters->n;

	/* After a move two tables have the device; the phone belongs to one of the clusters. */
	for (size_t i = 0; i < clusters->n; i++) {
		char other[DEVICE_TEXT];

		if (!find_in(clusters, i, text, other))
			continue;
		if (clusters_of_phone(clusters->items[0].topology, moved, other) == i) {
			strcpy(name, other);
			found = i;
			break;
		}
		if (found == clusters->n) {
			strcpy(name, other);
			found = i;
		}
	}
	json_decref(moved);
	return found;
}

size_t device_cluster(const struct clusters *clusters, const char *text)
{
	char name[DEVICE_TEXT];
	size_t i = find(clusters, text, name);

	return i < clusters->n ? i : 0;
}

static bool has_tftp_by_hand(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (!strcmp(topology->phones[i].name, name))
			return topology->phones[i].row->alternate_tftp.n;
	return false;
}

/* What an administrator enters again in the other cluster. */
static json_t *settings_of(const struct cucm_device *device)
{
	json_t *lines = json_array(), *settings;

	for (size_t i = 0; i < device->line_count; i++)
		json_array_append_new(lines, json_string(device->lines[i].number));
	settings = json_pack("{s:o}", "line", lines);
	if (device->description)
		json_object_set_new(settings, "description", json_string(device->description));
	if (device->line_count && device->lines[0].label)
		json_object_set_new(settings, "label", json_string(device->lines[0].label));
	return settings;
}

/* Add the device of cluster `from` to cluster `to`, unless that has it. */
static int add_there(const struct clusters *clusters, size_t from, size_t to, const char *name, bool *added,
		     struct fail *fail)
{
	const struct clusters_item *source = &clusters->items[from], *target = &clusters->items[to];
	struct provision old, new = {.lock = -1};
	const struct cucm_device *device, *there;
	json_t *settings = NULL;
	int err = provision_open(&old, source->topology, &source->plan, false, fail);

	device = err ? NULL : cucm_plan_find(&old.plan, name);
	if (!err)
		err = provision_open(&new, target->topology, &target->plan, true, fail);
	there = err ? NULL : cucm_plan_find(&new.plan, name);
	*added = !err && (!there || there->absent);
	if (*added) {
		settings = settings_of(device);
		err = provision_add(&new, &device->mac, device->model, settings, NULL, fail);
	}
	json_decref(settings);
	provision_close(&new);
	provision_close(&old);
	return err;
}

/* Record the move, and write option 150 of the phone. Under the lock of the first cluster, whose plan has the DHCP servers. */
static int change_option(const struct clusters *clusters, const char *name, const char *cluster,
			 struct fail *fail)
{
	const struct clusters_item *first = &clusters->items[0];
	struct provision provision;
	json_t *moved = NULL;
	int err = provision_open(&provision, first->topology, &first->plan, true, fail);

	if (!err)
		err = clusters_record_move(PLAN_PREFIX, name, cluster, fail);
	if (!err) {
		moved = clusters_moved(PLAN_PREFIX);
		clusters_set_groups(first->topology, &provision.arena, &provision.plan, moved);
		err = cucm_write_dhcp(&provision.plan, PLAN_PREFIX, fail);
	}
	json_decref(moved);
	provision_close(&provision);
	return err;
}

static int check(const struct clusters *clusters, size_t from, size_t to, const char *name,
		 const char *cluster, struct fail *fail)
{
	const struct clusters_item *first = &clusters->items[0];

	if (to >= clusters->n)
		return fail_set(fail, -EINVAL, "unknown cluster \"%.60s\"; clusters: %s, %s%s", cluster,
				topology_cluster_name(first->topology, 0),
				topology_cluster_name(first->topology, 1), clusters->n > 2 ? ", .." : "");
	if (from == to)
		return fail_set(fail, -EINVAL, "%s belongs to cluster %s already", name, cluster);
	if (!first->plan.dhcp_server_count)
		return fail_set(fail, -EINVAL,
				"the lab has no DHCP server of its own; change option 150 of yours");
	if (has_tftp_by_hand(first->topology, name))
		return fail_set(fail, -EINVAL,
				"%s does not use option 150: its TFTP server is entered by hand "
				"(`alternate_tftp`)",
				name);
	return 0;
}

json_t *device_move(const struct clusters *clusters, const json_t *request, struct fail *fail)
{
	const struct clusters_item *first = &clusters->items[0];
	const char *cluster = json_text(request, "cluster"), *text = json_text(request, "phone");
	size_t to = topology_cluster_find(first->topology, cluster), from;
	char name[DEVICE_TEXT];
	json_t *dhcp;
	bool added;

	from = find(clusters, text, name);
	if (from == clusters->n) {
		fail_set(fail, -ENOENT, "unknown device \"%.60s\"; list the devices with: phonelab device ls",
			 text);
		return NULL;
	}
	if (check(clusters, from, to, name, cluster, fail) ||
	    add_there(clusters, from, to, name, &added, fail) || change_option(clusters, name, cluster, fail))
		return NULL;
	dhcp = json_array();
	for (size_t i = 0; i < first->plan.dhcp_server_count; i++)
		json_array_append_new(dhcp, json_string(first->plan.dhcp_servers[i].name));
	return json_pack("{s:s,s:s,s:s,s:b,s:o}", "phone", name, "from",
			 topology_cluster_name(first->topology, from), "to", cluster, "added", added, "dhcp",
			 dhcp);
}
