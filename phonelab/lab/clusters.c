#include "phonelab/lab/clusters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/cucm.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"

#define MOVED	  "phones/moved.json"
#define PATH_ROOM 600
#define PEM_MOST  (1 << 16)

const char *clusters_folder(const struct topology *topology, size_t i, char folder[CLUSTERS_FOLDER])
{
	*folder = 0;
	if (i)
		snprintf(folder, CLUSTERS_FOLDER, "clusters/%.32s/", topology_cluster_name(topology, i));
	return folder;
}

const char *clusters_prefix(const struct topology *topology, size_t i, struct arena *arena)
{
	return i ? arena_format(arena, PLAN_PREFIX "/clusters/%s", topology->clusters.items[i - 1].name)
		 : PLAN_PREFIX;
}

/* --- which phone belongs to which cluster --- */

json_t *clusters_moved(const char *directory)
{
	char path[PATH_ROOM];
	json_t *moved;

	snprintf(path, sizeof(path), "%s/" MOVED, directory);
	moved = json_load_file(path, 0, NULL);
	if (json_is_object(moved))
		return moved;
	json_decref(moved);
	return json_object();
}

int clusters_record_move(const char *directory, const char *device, const char *cluster, struct fail *fail)
{
	json_t *moved = clusters_moved(directory);
	int err;

	json_object_set_new(moved, device, json_string(cluster));
	err = lab_file_json(directory, MOVED, moved, fail);
	json_decref(moved);
	return err;
}

size_t clusters_of_phone(const struct topology *topology, const json_t *moved, const char *device)
{
	const char *name = json_string_value(json_object_get(moved, device));
	size_t i = name ? topology_cluster_find(topology, name) : topology_cluster_count(topology);

	if (i < topology_cluster_count(topology))
		return i;
	for (size_t p = 0; p < topology_known_phones(topology); p++)
		if (!strcmp(topology->phones[p].name, device))
			return topology->phones[p].row->cluster;
	return 0;
}

/* The phones of cluster number i. */
static void set_macs(const struct topology *topology, struct arena *arena, size_t i, const json_t *moved,
		     struct cucm_dhcp_group *group)
{
	size_t known = topology_known_phones(topology);
	struct mac *macs = arena_alloc(arena, (known + json_object_size(moved) + 1) * sizeof(*macs));
	const char *device;
	json_t *name;

	for (size_t p = 0; p < known; p++)
		if (!json_object_get(moved, topology->phones[p].name) &&
		    topology->phones[p].row->cluster == i)
			macs[group->mac_count++] = topology->phones[p].mac;
	json_object_foreach ((json_t *)moved, device, name)
		if (clusters_of_phone(topology, moved, device) == i &&
		    !mac_parse_device(&macs[group->mac_count], device))
			group->mac_count++;
	group->macs = macs;
}

static void set_servers(const struct topology *topology, struct arena *arena, size_t i,
			struct cucm_dhcp_group *group)
{
	size_t count = topology->servers.n + topology->away_servers;
	uint32_t *addresses = arena_alloc(arena, (count + 1) * sizeof(*addresses));

	for (size_t s = 0; s < count; s++) {
		const struct topology_server *server = &topology->servers.items[s];

		if (server->kind == TOPOLOGY_TFTP && server->cluster == i)
			addresses[group->tftp_server_count++] = server->plug.address;
	}
	group->tftp_servers = addresses;
}

void clusters_set_groups(const struct topology *topology, struct arena *arena, struct cucm_plan *plan,
			 const json_t *moved)
{
	size_t count = topology->clusters.n;
	struct cucm_dhcp_group *groups;
	struct cucm_dhcp_server *servers;

	if (!count || !plan->dhcp_server_count)
		return;
	groups = arena_alloc(arena, count * sizeof(*groups));
	for (size_t i = 0; i < count; i++) {
		groups[i] = (struct cucm_dhcp_group){
		    .tag = arena_format(arena, "cluster-%s", topology->clusters.items[i].name)};
		set_macs(topology, arena, i + 1, moved, &groups[i]);
		set_servers(topology, arena, i + 1, &groups[i]);
	}
	servers = arena_alloc(arena, plan->dhcp_server_count * sizeof(*servers));
	memcpy(servers, plan->dhcp_servers, plan->dhcp_server_count * sizeof(*servers));
	for (size_t i = 0; i < plan->dhcp_server_count; i++) {
		servers[i].groups = groups;
		servers[i].group_count = count;
	}
	plan->dhcp_servers = servers;
}

/* --- the directories --- */

/* name in the directory of a cluster leads to the run directory. up: from there to it. */
static int link_up(const char *directory, const char *name, const char *up, struct fail *fail)
{
	char path[PATH_ROOM], target[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(target, sizeof(target), "%s/%s", up, name);
	if (symlink(target, path) && errno != EEXIST)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

/* The same for a folder, which may be missing in the run directory. */
static int link_folder(const char *directory, const char *name, struct fail *fail)
{
	char path[PATH_ROOM];
	int err;

	snprintf(path, sizeof(path), PLAN_PREFIX "/%s", name);
	err = file_make_directory(path, fail);
	return err ? err : link_up(directory, name, "../..", fail);
}

static int make_folder(const struct topology *topology, size_t cluster, const char *directory,
		       struct fail *fail)
{
	static const char *const folders[] = {"cucm", "log", "switches", "trace"};
	static const char *const files[] = {"events.jsonl"};
	static const char *const of_phones[] = {"phones/flash", "phones/rack.json", "phones/rack.sock"};
	char phones[PATH_ROOM + 20];
	int err;

	snprintf(phones, sizeof(phones), "%s/phones", directory);
	err = file_make_directory(phones, fail);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !err; i++)
		err = link_folder(directory, folders[i], fail);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !err; i++)
		err = link_up(directory, files[i], "../..", fail);
	for (size_t i = 0; i < sizeof(of_phones) / sizeof(of_phones[0]) && !err; i++)
		err = link_up(directory, of_phones[i], "../../..", fail);
	for (size_t i = 0; i < topology->servers.n && !err; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		/* Not tftp: there are the files of the phones. */
		if ((server->kind != TOPOLOGY_TFTP || server->cluster == cluster) &&
		    strcmp(server->name, "tftp") != 0)
			err = link_folder(directory, server->name, fail);
	}
	return err;
}

/* The makers of phones are the same for all clusters: a phone is moved with its MIC. */
static int copy_makers(const char *directory, struct fail *fail)
{
	static const char *const files[] = {"mic-root.crt", "mic-root.key", "mic-ca.crt", "mic-ca.key"};
	char path[PATH_ROOM];
	int err = 0;

	snprintf(path, sizeof(path), "%s/keys", directory);
	err = file_make_directory(path, fail);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !err; i++) {
		char *text = NULL;
		size_t size = 0;

		snprintf(path, sizeof(path), PLAN_PREFIX "/keys/%s", files[i]);
		err = file_read(path, PEM_MOST, &text, &size, fail);
		snprintf(path, sizeof(path), "%s/keys/%s", directory, files[i]);
		if (!err)
			err = file_write_mode(path, text, size, i % 2 ? 0600 : 0644, fail);
		free(text);
	}
	return err;
}

static int open_item(struct clusters_item *item, struct topology *topology, size_t i, struct fail *fail)
{
	char directory[PATH_ROOM], folder[CLUSTERS_FOLDER];
	int err = 0;

	snprintf(directory, sizeof(directory), PLAN_PREFIX "/%s", clusters_folder(topology, i, folder));
	if (i)
		err = make_folder(topology, i, directory, fail);
	if (!err)
		err = lab_file_write_intended(directory, topology, i, fail);
	if (err)
		return err;
	item->topology = lab_file_intended(directory, fail);
	if (!item->topology)
		return fail->err;
	item->plan = plan_cucm(item->topology);
	return 0;
}

int clusters_open(struct clusters *clusters, struct topology *topology, const struct cucm_plan *plan,
		  struct fail *fail)
{
	size_t count = topology_cluster_count(topology);
	int err = 0;

	*clusters = (struct clusters){.items = calloc(count, sizeof(*clusters->items)), .owned = count > 1};
	if (!clusters->items)
		return fail_set(fail, -ENOMEM, "out of memory");
	if (count == 1) {
		clusters->items[clusters->n++] = (struct clusters_item){.topology = topology, .plan = *plan};
		return 0;
	}
	for (size_t i = 0; i < count && !err; i++)
		err = open_item(&clusters->items[clusters->n++], topology, i, fail);
	return err;
}

void clusters_close(struct clusters *clusters)
{
	for (size_t i = 0; i < clusters->n && clusters->owned; i++)
		topology_free(clusters->items[i].topology);
	free(clusters->items);
	*clusters = (struct clusters){.n = 0};
}

int clusters_render(const struct clusters *clusters, struct fail *fail)
{
	bool makers = cucm_plan_certificates(&clusters->items[0].plan);
	int err = 0;

	for (size_t i = 1; i < clusters->n && !err; i++) {
		const struct cucm_plan *plan = &clusters->items[i].plan;

		if (makers && cucm_plan_certificates(plan))
			err = copy_makers(plan->prefix, fail);
		if (!err)
			err = cucm_render(plan, plan->prefix, fail);
	}
	return err;
}
