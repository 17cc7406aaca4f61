#include "phonelab/console/merge.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

struct merge {
	const struct topology *topology;
	const struct route *route;
	const struct merge_closet *closets;
	json_t *status;
};

static const json_t *status_of(const struct merge *merge, size_t i)
{
	return merge->closets[i].status;
}

/* A copy of a phone or switch of closet i, which says where it is and whether it is old. */
static json_t *copy_from(const struct merge *merge, size_t i, const json_t *object)
{
	json_t *copy = json_deep_copy(object);

	json_object_set_new(copy, "closet", json_string(route_name(merge->route, i)));
	if (!merge->closets[i].reached)
		json_object_set_new(copy, "old", json_true());
	return copy;
}

/* --- phones --- */

static json_t *unknown_phone(const char *name)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++)
		json_array_append_new(
		    steps, json_pack("{s:i,s:s,s:s,s:n,s:s}", "n", n, "name", ladder_step_name(n), "state",
				     ladder_state_name(LADDER_PENDING), "ms", "detail", ""));
	return json_pack("{s:s,s:s,s:i,s:o,s:n,s:n,s:n,s:[],s:n,s:n,s:s,s:s,s:s}", "name", name, "state",
			 "unknown", "step", 0, "steps", steps, "ipv4", "voice_vlan", "directory_number",
			 "registered_lines", "registered_with", "configuration", "active_load", "",
			 "inactive_load", "", "download_status", "None");
}

/* Does the rack of the closet answer? Otherwise its list has phones without power, which is not known. */
static bool has_phones(const struct merge *merge, size_t i)
{
	return status_of(merge, i) && !status_read_named(status_of(merge, i), "unanswered", "rack");
}

/* The phones of closet i by name. */
static json_t *phones_by_name(const struct merge *merge, size_t i)
{
	json_t *index = json_object(), *phone;
	size_t p;

	if (has_phones(merge, i))
		json_array_foreach (json_object_get(status_of(merge, i), "phones"), p, phone)
			json_object_set(index, json_text(phone, "name"), phone);
	return index;
}

/* Phones that the topology does not contain are in the closet that reports them. */
static void add_other_phones(const struct merge *merge, size_t i, json_t *left, json_t *phones)
{
	const char *name;
	json_t *phone;

	json_object_foreach (left, name, phone)
		if (!route_is_placed(merge->route, name) || route_node(merge->route, name) == i)
			json_array_append_new(phones, copy_from(merge, i, phone));
}

static json_t *phones_of(const struct merge *merge)
{
	json_t *phones = json_array(), *index[ROUTE_CLOSETS];
	size_t n = route_count(merge->route);

	for (size_t i = 0; i < n; i++)
		index[i] = phones_by_name(merge, i);
	for (size_t p = 0; p < merge->topology->phone_count; p++) {
		const char *name = merge->topology->phones[p].name;
		size_t i = route_node(merge->route, name);
		json_t *found = json_object_get(index[i], name), *phone;

		if (found) {
			phone = copy_from(merge, i, found);
		} else {
			phone = unknown_phone(name);
			json_object_set_new(phone, "closet", json_string(route_name(merge->route, i)));
		}
		json_array_append_new(phones, phone);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t p = 0; p < merge->topology->phone_count; p++)
			json_object_del(index[i], merge->topology->phones[p].name);
		add_other_phones(merge, i, index[i], phones);
		json_decref(index[i]);
	}
	return phones;
}

/* --- switches --- */

static json_t *switches_of(const struct merge *merge)
{
	json_t *switches = json_array();

	for (size_t s = 0; s < merge->topology->switches.n; s++) {
		const struct topology_switch *sw = &merge->topology->switches.items[s];
		size_t i = route_node(merge->route, sw->name);
		const json_t *found = status_read_named(status_of(merge, i), "switches", sw->name);
		json_t *object =
		    found ? copy_from(merge, i, found)
			  : json_pack("{s:s,s:b,s:s,s:{s:I,s:i},s:[]}", "name", sw->name, "unknown", 1,
				      "closet", route_name(merge->route, i), "poe", "budget_mw",
				      (json_int_t)(sw->poe_budget * sw->members), "used_mw", 0, "ports");

		json_array_append_new(switches, object);
	}
	return switches;
}

/* --- the call managers, which are in core --- */

/* The devices of all tables of core by name. */
static json_t *registered_devices(const json_t *cluster)
{
	json_t *devices = json_object(), *node, *device;
	size_t i, j;

	json_array_foreach (cluster, i, node)
		json_array_foreach (json_object_get(node, "registered"), j, device)
			json_object_set_new(devices, json_string_value(device), json_true());
	return devices;
}

/* A closet has no call manager, so its phones name it by its address. */
static void name_call_manager(json_t *phone, const json_t *cluster)
{
	const char *with = json_text(phone, "registered_with");
	json_t *node;
	size_t i;

	json_array_foreach (cluster, i, node)
		if (*with && !strcmp(with, json_text(node, "address")))
			json_object_set(phone, "registered_with", json_object_get(node, "name"));
}

static bool has_witness(const struct topology *topology, const char *manager)
{
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		if (!strcmp(node->name, manager))
			return topology_ours(&node->owner) || node->registered.at;
	}
	return false;
}

/* Only core has the witness of a registration. */
static void settle_registration(const struct merge *merge, json_t *phone, const json_t *devices,
				const json_t *cluster)
{
	const char *state = json_text(phone, "state");
	bool known = json_object_get(devices, json_text(phone, "name")) != NULL;

	name_call_manager(phone, cluster);
	if (strcmp(state, "registered") && strcmp(state, "claims-registered"))
		return;
	json_object_set_new(phone, "state", json_string(known ? "registered" : "claims-registered"));
	json_object_del(phone, "witness");
	if (!known && !has_witness(merge->topology, json_text(phone, "registered_with")))
		json_object_set_new(phone, "witness", json_false());
}

static void settle_registrations(const struct merge *merge, json_t *phones, const json_t *cluster)
{
	json_t *devices = registered_devices(cluster), *phone;
	size_t i;

	json_array_foreach (phones, i, phone)
		settle_registration(merge, phone, devices, cluster);
	json_decref(devices);
}

/* "core: not reached for 12 s" */
static void silence_of(const struct merge *merge, size_t i, char text[120])
{
	const struct merge_closet *closet = &merge->closets[i];

	if (closet->silent_s < 0)
		snprintf(text, 120, "%s: not reached yet", route_name(merge->route, i));
	else
		snprintf(text, 120, "%s: not reached for %lld s", route_name(merge->route, i),
			 (long long)closet->silent_s);
}

static json_t *cluster_of(const struct merge *merge)
{
	size_t core = route_core(merge->route);
	const json_t *known = json_object_get(status_of(merge, core), "cluster");
	json_t *cluster = known ? json_deep_copy(known) : json_array(), *node;
	char silence[120];
	size_t i;

	for (i = 0; i < merge->topology->cluster.nodes.n && !known; i++) {
		const struct topology_node *it = &merge->topology->cluster.nodes.items[i];

		json_array_append_new(cluster,
				      json_pack("{s:s,s:s,s:s,s:[]}", "name", it->name, "role",
						it->role == TOPOLOGY_PUBLISHER ? "publisher" : "subscriber",
						"address", "", "registered"));
	}
	silence_of(merge, core, silence);
	json_array_foreach (cluster, i, node)
		if (!merge->closets[core].reached)
			json_object_set_new(node, "error", json_string(silence));
	return cluster;
}

/* --- the rest --- */

/* The simulators that do not answer. Every closet has a rack. */
static void add_unanswered(const struct merge *merge, size_t i, json_t *list)
{
	json_t *entry, *copy;
	char name[80];
	size_t e;

	json_array_foreach (json_object_get(status_of(merge, i), "unanswered"), e, entry) {
		copy = json_deep_copy(entry);
		if (!strcmp(json_text(entry, "name"), "rack")) {
			snprintf(name, sizeof(name), "rack of %s", route_name(merge->route, i));
			json_object_set_new(copy, "name", json_string(name));
		}
		json_array_append_new(list, copy);
	}
}

static void add_failures(const struct merge *merge, size_t i, json_t *list)
{
	const json_t *entry;
	char text[400];
	size_t e;

	json_array_foreach (json_object_get(status_of(merge, i), "failures"), e, entry) {
		snprintf(text, sizeof(text), "%s: %.300s", route_name(merge->route, i),
			 json_string_value(entry));
		json_array_append_new(list, json_string(text));
	}
}

json_t *merge_closet_entry(const struct route *route, size_t i, const struct merge_closet *closet)
{
	bool reached = closet->reached;
	json_t *entry =
	    json_pack("{s:s,s:b,s:o}", "name", route_name(route, i), "reached", reached, "silent_s",
		      closet->silent_s < 0 ? json_null() : json_integer(closet->silent_s));

	if (!reached && closet->reason && *closet->reason)
		json_object_set_new(entry, "reason", json_text_new(closet->reason));
	return entry;
}

static json_t *closets_of(const struct merge *merge)
{
	json_t *list = json_array();

	for (size_t i = 0; i < route_count(merge->route); i++)
		json_array_append_new(list, merge_closet_entry(merge->route, i, &merge->closets[i]));
	return list;
}

static void set_list(json_t *status, const char *name, json_t *list)
{
	if (json_array_size(list))
		json_object_set(status, name, list);
	json_decref(list);
}

json_t *merge_status(const struct topology *topology, const struct route *route, const char *lab,
		     const struct merge_closet *closets)
{
	static const char *const of_core[] = {"services", "external_phones", "user_servers", "devices",
					      "external"};
	struct merge merge = {topology, route, closets, NULL};
	const json_t *core = closets[route_core(route)].status;
	json_t *phones = phones_of(&merge), *cluster = cluster_of(&merge);
	json_t *unanswered = json_array(), *failures = json_array();
	json_int_t lost = 0;

	settle_registrations(&merge, phones, cluster);
	for (size_t i = 0; i < route_count(route); i++) {
		add_unanswered(&merge, i, unanswered);
		add_failures(&merge, i, failures);
		lost += json_integer_value(json_object_get(closets[i].status, "events_lost"));
	}
	merge.status = json_pack("{s:s,s:o,s:o,s:o,s:I,s:o}", "lab", lab, "phones", phones, "switches",
				 switches_of(&merge), "cluster", cluster, "events_lost", lost, "closets",
				 closets_of(&merge));
	for (size_t i = 0; i < sizeof(of_core) / sizeof(of_core[0]); i++)
		if (merge.status && json_object_get(core, of_core[i]))
			json_object_set(merge.status, of_core[i], json_object_get(core, of_core[i]));
	set_list(merge.status, "unanswered", unanswered);
	set_list(merge.status, "failures", failures);
	return merge.status;
}

/* --- other replies --- */

void merge_faults(const struct route *route, size_t i, const json_t *reply, json_t *list)
{
	json_t *fault;
	size_t f;

	json_array_foreach (json_object_get(reply, "faults"), f, fault) {
		json_t *copy = json_deep_copy(fault);

		json_object_set_new(copy, "number",
				    json_integer(route_fault_number(route, i, json_int(fault, "number"))));
		json_object_set_new(copy, "closet", json_string(route_name(route, i)));
		json_array_append_new(list, copy);
	}
}

void merge_inspect(const struct route *route, size_t i, const json_t *reply, json_t *whole)
{
	static const char *const members[] = {"nodes", "phones"};

	for (size_t m = 0; m < 2; m++) {
		json_t *to = json_object_get(whole, members[m]), *value;
		const char *name;

		if (!to) {
			to = json_object();
			json_object_set_new(whole, members[m], to);
		}
		json_object_foreach (json_object_get(reply, members[m]), name, value)
			if (route_node(route, name) == i)
				json_object_set(to, name, value);
	}
}

void merge_nodes(const struct route *route, size_t i, const json_t *reply, json_t *list)
{
	json_t *node;
	size_t n;

	json_array_foreach (json_object_get(reply, "nodes"), n, node) {
		json_t *copy;

		if (route_node(route, json_text(node, "name")) != i)
			continue;
		copy = json_deep_copy(node);
		json_object_del(copy, "pid"); /* a number of another machine */
		json_object_set_new(copy, "closet", json_string(route_name(route, i)));
		json_array_append_new(list, copy);
	}
}
