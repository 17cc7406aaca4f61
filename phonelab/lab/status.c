/* `status --json`: the replies of the rack, the switches and the call managers as one object. */
#include "phonelab/lab/status.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/control.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "cucm/rpc.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/continued.h"
#include "phonelab/lab/external.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/lab/user_servers.h"
#include "phonelab/lab/user_witness.h"

#define ASK_MS 5000 /* a simulator */
#define RPC_MS 1000 /* a call manager */

/* What simulators reported beside their state. */
struct reports {
	json_t *unanswered;	/* those that accepted the connection and sent no reply */
	json_t *degraded;	/* sentences that begin with the name */
	json_int_t events_lost; /* events that they could not write */
};

/* One member of a simulator's status, or NULL. */
static json_t *ask_status(const char *socket, const char *member, const char *name, struct reports *reports)
{
	struct fail fail = {0};
	json_t *reply = control_ask(socket, json_pack("{s:s}", "do", "status"), ASK_MS, NULL, &fail), *value;

	if (!reply && fail.err == -ETIMEDOUT)
		json_array_append_new(reports->unanswered,
				      json_pack("{s:s,s:i}", "name", name, "seconds", ASK_MS / 1000));
	value = json_incref(json_object_get(reply, member));
	if (*json_text(reply, "degraded"))
		json_array_append_new(reports->degraded,
				      json_sprintf("%s %s", name, json_text(reply, "degraded")));
	reports->events_lost += json_integer_value(json_object_get(reply, "events_lost"));
	json_decref(reply);
	return value;
}

/* A phone that is not powered yet, or whose rack does not reply. */
static json_t *dark_phone(const struct topology *topology, const struct topology_phone *phone)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++)
		json_array_append_new(
		    steps, json_pack("{s:i,s:s,s:s,s:n,s:s}", "n", n, "name", ladder_step_name(n), "state",
				     ladder_state_name(LADDER_PENDING), "ms", "detail", ""));
	return json_pack("{s:s,s:s,s:i,s:o,s:n,s:n,s:n,s:[],s:n,s:n,s:s,s:s,s:s}", "name", phone->name,
			 "state", "off", "step", 0, "steps", steps, "ipv4", "voice_vlan", "directory_number",
			 "registered_lines", "registered_with", "configuration", "active_load",
			 plan_active_load(topology, phone), "inactive_load", plan_inactive_load(phone),
			 "download_status", "None");
}

static json_t *dark_switch(const struct topology_switch *sw)
{
	json_t *dark = json_pack("{s:s,s:{s:I,s:i},s:[]}", "name", sw->name, "poe", "budget_mw",
				 (json_int_t)(sw->poe_budget * sw->members), "used_mw", 0, "ports");

	if (sw->external == 1)
		json_object_set_new(dark, "external", json_true());
	return dark;
}

/* A phone outside the rack has a control socket of its own: it runs in a container, or phone-sim was started by
 * hand. */
static void add_single_phones(json_t *phones, struct reports *reports)
{
	glob_t list;

	if (glob(PLAN_PREFIX "/phones/SEP*.sock", 0, NULL, &list))
		return;
	for (size_t i = 0; i < list.gl_pathc; i++) {
		const char *name = strrchr(list.gl_pathv[i], '/') + 1;
		json_t *own = ask_status(list.gl_pathv[i], "phones", name, reports);

		if (json_is_array(own))
			json_array_extend(phones, own);
		json_decref(own);
	}
	globfree(&list);
}

/* The configured lines of a phone. Users name a phone by its number even if it is not registered. */
static void add_lines(json_t *phone, const struct topology *topology, const json_t *settings)
{
	const json_t *set = json_object_get(settings, json_text(phone, "name"));
	json_t *changed = json_object_get(set, "line");

	if (changed)
		json_object_set_new(phone, "lines", json_deep_copy(changed));
	for (size_t i = 0; i < topology->phone_count && !changed; i++) {
		const struct topology_phone *it = &topology->phones[i];
		json_t *lines;

		if (strcmp(it->name, json_text(phone, "name")))
			continue;
		lines = json_array();
		for (size_t l = 0; l < it->line_count; l++)
			json_array_append_new(lines, json_string(it->lines[l]));
		json_object_set_new(phone, "lines", lines);
	}
}

/* Which cluster the phone belongs to, if there are several. */
static void add_clusters(const struct topology *topology, json_t *phones)
{
	json_t *moved = topology->clusters.n ? clusters_moved(PLAN_PREFIX) : NULL, *phone;
	size_t i;

	if (!moved)
		return;
	json_array_foreach (phones, i, phone) {
		size_t cluster = clusters_of_phone(topology, moved, json_text(phone, "name"));

		json_object_set_new(phone, "cluster", json_string(topology_cluster_name(topology, cluster)));
	}
	json_decref(moved);
}

static json_t *phones_of(const struct status_source *source, struct reports *reports)
{
	json_t *phones = NULL, *phone, *settings = provision_settings(PLAN_PREFIX);
	size_t i;

	if (source->phones)
		phones = ask_status(PLAN_RACK_SOCKET, "phones", "rack", reports);
	if (!json_is_array(phones)) {
		json_decref(phones);
		phones = json_array();
		for (i = 0; i < source->topology->phone_count; i++)
			json_array_append_new(phones,
					      dark_phone(source->topology, &source->topology->phones[i]));
	}
	json_array_foreach (phones, i, phone)
		add_lines(phone, source->topology, settings);
	json_decref(settings);
	if (source->phones)
		add_single_phones(phones, reports);
	add_clusters(source->topology, phones);
	return phones;
}

static json_t *switches_of(const struct status_source *source, struct reports *reports)
{
	json_t *switches = json_array();

	for (size_t i = 0; i < source->topology->switches.n; i++) {
		char path[128];
		json_t *object;

		plan_switch_socket(source->topology, i, path);
		object = source->switches
			     ? ask_status(path, "switch", source->topology->switches.items[i].name, reports)
			     : NULL;
		json_array_append_new(switches,
				      object ? object : dark_switch(&source->topology->switches.items[i]));
	}
	return switches;
}

/* The devices in the location table of one of the lab's own call managers. */
static int ask_table(const struct topology_node *node, json_t *registered, struct fail *fail)
{
	struct cucm_registration *list = NULL;
	char socket[160];
	size_t count = 0;
	int err;

	snprintf(socket, sizeof(socket), PLAN_PREFIX "/cucm/%s/rpc", node->name);
	err = cucm_registrations(socket, &list, &count, RPC_MS, fail);
	for (size_t r = 0; r < count && !err; r++)
		json_array_append_new(registered, json_string(list[r].device));
	free(list);
	return err;
}

/* The cluster: every node with the devices that are registered there. */
static json_t *cluster_of(const struct status_source *source, const json_t *phones)
{
	json_t *cluster = json_array();

	for (size_t i = 0; i < source->topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &source->topology->cluster.nodes.items[i];
		json_t *registered = json_array(), *object;
		struct fail fail = {0};
		char address[16];
		int err = 0;

		object = json_pack("{s:s,s:s,s:s,s:o}", "name", node->name, "role",
				   node->role == TOPOLOGY_PUBLISHER ? "publisher" : "subscriber", "address",
				   ipv4_format(node->plug.address, address), "registered", registered);
		json_array_append_new(cluster, object);
		if (source->topology->clusters.n)
			json_object_set_new(
			    object, "cluster",
			    json_string(topology_cluster_name(source->topology, node->cluster)));
		if (!source->phones)
			continue;
		if (node->registered.at)
			err = user_witness_ask(source, i, phones, registered, &fail);
		else if (topology_ours(&node->owner) && node->mode == TOPOLOGY_NODE_UP)
			ask_table(node, registered, &fail);
		if (err)
			json_object_set_new(object, "error", json_string(fail.text));
	}
	return cluster;
}

/* A phone reports its call manager as its configuration names it, which may be an address. Replace it by the name. */
static void name_call_managers(const struct topology *topology, json_t *phones)
{
	json_t *phone;
	size_t i;

	json_array_foreach (phones, i, phone) {
		const char *with = json_string_value(json_object_get(phone, "registered_with"));

		for (size_t n = 0; with && n < topology->cluster.nodes.n; n++) {
			const struct topology_node *node = &topology->cluster.nodes.items[n];
			char address[16];

			if (strcmp(with, ipv4_format(node->plug.address, address)))
				continue;
			json_object_set_new(phone, "registered_with", json_string(node->name));
			break;
		}
	}
}

/* Can anybody but the phone say whether it is registered there? */
static bool has_witness(const struct topology *topology, const char *manager)
{
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		if (!strcmp(node->name, manager))
			return topology_ours(&node->owner) || node->registered.at;
	}
	return false;
}

/* A phone counts as registered only if a call manager says so too. */
static void check_registrations(const struct topology *topology, json_t *phones, json_t *cluster)
{
	json_t *devices = json_object(), *node, *device, *phone;
	size_t i, j;

	json_array_foreach (cluster, i, node) {
		json_array_foreach (json_object_get(node, "registered"), j, device)
			json_object_set_new(devices, json_string_value(device), json_true());
	}
	json_array_foreach (phones, i, phone) {
		if (!status_read_registered(phone) || json_object_get(devices, json_text(phone, "name")))
			continue;
		json_object_set_new(phone, "state", json_string("claims-registered"));
		if (!has_witness(topology, json_text(phone, "registered_with")))
			json_object_set_new(phone, "witness", json_false());
	}
	json_decref(devices);
}

/* The external phones, and the call manager whose table has them: nothing else is known of them. */
static json_t *externals_of(const struct topology *topology, json_t *cluster)
{
	json_t *list = json_array(), *node, *device;
	size_t i, j;

	for (size_t p = 0; p < topology->external_count; p++) {
		const struct topology_phone *phone = &topology->phones[topology->phone_count + p];
		const char *with = NULL;

		json_array_foreach (cluster, i, node) {
			json_array_foreach (json_object_get(node, "registered"), j, device)
				if (!strcmp(json_string_value(device), phone->name))
					with = json_text(node, "name");
		}
		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:s?}", "name", phone->name, "directory_number",
						phone->lines[0], "registered_with", with));
	}
	return list;
}

json_t *status_assemble(const struct status_source *source)
{
	struct reports reports = {.unanswered = json_array(), .degraded = json_array()};
	json_t *phones = phones_of(source, &reports), *switches = switches_of(source, &reports);
	json_t *user_servers = user_servers_list(source),
	       *external = external_list(source->topology, switches);
	json_t *cluster, *status;

	name_call_managers(source->topology, phones);
	continued_settle(source->topology, user_servers, phones);
	cluster = cluster_of(source, phones);
	check_registrations(source->topology, phones, cluster);
	status = json_pack("{s:s,s:o,s:o,s:o,s:I}", "lab", source->name, "phones", phones, "switches",
			   switches, "cluster", cluster, "events_lost", reports.events_lost);
	if (source->topology->external_count)
		json_object_set_new(status, "external_phones", externals_of(source->topology, cluster));
	if (user_servers)
		json_object_set_new(status, "user_servers", user_servers);
	if (source->topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL)
		json_object_set_new(status, "devices", json_string("external"));
	if (json_array_size(external))
		json_object_set(status, "external", external);
	json_decref(external);
	json_array_extend(reports.degraded, source->failures);
	if (json_array_size(reports.degraded))
		json_object_set(status, "failures", reports.degraded);
	json_decref(reports.degraded);
	if (json_array_size(reports.unanswered))
		json_object_set(status, "unanswered", reports.unanswered);
	json_decref(reports.unanswered);
	return status;
}

size_t status_print_silent(const json_t *status, const char *name)
{
	const json_t *closet;
	char text[STATUS_SILENCE];
	size_t i, n = 0;

	json_array_foreach (json_object_get(status, "closets"), i, closet) {
		if (json_is_true(json_object_get(closet, "reached")) ||
		    (name && strcmp(json_text(closet, "name"), name) != 0))
			continue;
		status_read_silence(closet, text);
		exit_complain(0, "%s", text);
		n++;
	}
	return n;
}

size_t status_print_unanswered(const json_t *status)
{
	const json_t *unanswered = json_object_get(status, "unanswered"), *entry;
	size_t i;

	json_array_foreach (unanswered, i, entry)
		exit_complain(0, "%s has not answered for %d s", json_text(entry, "name"),
			      (int)json_integer_value(json_object_get(entry, "seconds")));
	return json_array_size(unanswered);
}
