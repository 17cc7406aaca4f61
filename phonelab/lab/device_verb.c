#include "phonelab/lab/device_verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "cucm/cucm.h"
#include "cucm/lsc.h"
#include "cucm/model.h"
#include "phonelab/lab/device_move.h"
#include "phonelab/lab/device_notify.h"
#include "phonelab/lab/device_page.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/topology/device.h"

#define RPC_MS 2000

/* One request. */
struct ask {
	struct provision provision;
	const json_t *request;
	const char *action;
	struct fail *fail;
};

/* --- the actions --- */

/* The device of the request, or NULL with the reason; its name in name. */
static const struct cucm_device *device_of(const struct ask *ask, char name[DEVICE_TEXT])
{
	const struct cucm_device *device =
	    provision_find(&ask->provision, json_text(ask->request, "phone"), ask->fail);

	if (device)
		mac_format_device(&device->mac, name);
	return device;
}

static json_t *list(const struct ask *ask, bool page)
{
	const struct topology *topology = ask->provision.topology;
	const struct cucm_plan *plan = &ask->provision.plan;
	const struct cucm_device *one = NULL;
	const char *names[CUCM_NODES];
	struct cucm_states states;
	char name[DEVICE_TEXT];
	json_t *devices;
	size_t count = 0;

	if (page && !(one = device_of(ask, name)))
		return NULL;
	for (size_t i = 0; i < topology->cluster.nodes.n && count < CUCM_NODES; i++)
		if (topology->cluster.nodes.items[i].cluster == topology->own &&
		    topology_ours(&topology->cluster.nodes.items[i].owner) &&
		    topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP)
			names[count++] = topology->cluster.nodes.items[i].name;
	cucm_states_read(&states, plan->prefix, names, count, RPC_MS);
	devices = page ? json_pack("{s:o}", "device", device_page(plan, one, &states)) : json_array();
	for (size_t i = 0; i < plan->device_count && !page; i++)
		if (!plan->devices[i].absent)
			json_array_append_new(devices, device_row(plan, &plan->devices[i], &states));
	cucm_states_free(&states);
	return page ? devices : json_pack("{s:o}", "devices", devices);
}

static json_t *set(struct ask *ask)
{
	json_t *before = NULL, *settings = json_object_get(ask->request, "set");
	const char *text = json_text(ask->request, "phone"), *by = NULL;
	bool apply = json_is_true(json_object_get(ask->request, "apply"));
	bool removes;
	char name[DEVICE_TEXT];
	struct mac mac;

	/* A device that was taken out of the table is named in full, to bring it back. */
	if (json_object_get(settings, "provisioned") && !mac_parse_device(&mac, text) &&
	    cucm_plan_find(&ask->provision.plan, text))
		mac_format_device(&mac, name);
	else if (!device_of(ask, name))
		return NULL;
	/* A request that is refused resets nothing. */
	if (provision_check(&ask->provision, name, settings, &removes, ask->fail))
		return NULL;
	/* As remove_device does. */
	removes = removes && apply;
	if (removes)
		by = device_dismiss(&ask->provision, name);
	if (provision_set(&ask->provision, name, settings, &before, ask->fail))
		return NULL;
	if (removes)
		device_forget(&ask->provision, name);
	else if (apply)
		by = device_notify_apply(&ask->provision, name);
	return json_pack("{s:s,s:b,s:o,s:s?}", "phone", name, "provisioned",
			 !cucm_plan_find(&ask->provision.plan, name)->absent, "before", before, "by", by);
}

static json_t *add(struct ask *ask)
{
	const char *text = json_text(ask->request, "phone"), *model = json_text(ask->request, "model");
	const json_t *settings = json_object_get(ask->request, "set");
	json_t *before = NULL;
	char name[DEVICE_TEXT];
	struct mac mac;

	if (mac_parse_device(&mac, text) && mac_parse(&mac, text)) {
		fail_set(ask->fail, -EINVAL,
			 "found \"%.60s\", expected a new device: a name such as SEP001122AABB01, or a MAC",
			 text);
		return NULL;
	}
	if (!cucm_model_find(model)) {
		fail_set(ask->fail, -EINVAL, "model: found \"%.40s\", expected a phone model such as 7841",
			 model);
		return NULL;
	}
	if (provision_add(&ask->provision, &mac, model, settings, &before, ask->fail))
		return NULL;
	mac_format_device(&mac, name);
	return json_pack("{s:s,s:o,s:s}", "phone", name, "before", before, "number",
			 cucm_plan_find(&ask->provision.plan, name)->lines[0].number);
}

/* The phone is reset before its rows are gone, because the node notifies devices of its table only. */
static json_t *remove_device(struct ask *ask)
{
	json_t *before = NULL;
	char name[DEVICE_TEXT];
	const char *by;

	if (!device_of(ask, name))
		return NULL;
	by = device_dismiss(&ask->provision, name);
	if (provision_remove(&ask->provision, name, &before, ask->fail))
		return NULL;
	device_forget(&ask->provision, name);
	return json_pack("{s:s,s:o,s:s?}", "phone", name, "before", before, "by", by);
}

static json_t *control(const struct ask *ask)
{
	char name[DEVICE_TEXT];

	if (!device_of(ask, name))
		return NULL;
	return json_pack("{s:s,s:s?}", "phone", name, "by",
			 !strcmp(ask->action, "apply")
			     ? device_notify_apply(&ask->provision, name)
			     : device_notify(&ask->provision, name, ask->action, NULL));
}

static json_t *revert(struct ask *ask)
{
	const char *name = json_text(ask->request, "phone"), *by;
	struct mac mac;

	if (mac_parse_device(&mac, name)) {
		fail_set(ask->fail, -EINVAL, "found \"%.60s\", expected a device name", name);
		return NULL;
	}
	if (provision_revert(&ask->provision, name, json_object_get(ask->request, "before"), ask->fail))
		return NULL;
	by = device_notify_apply(&ask->provision, name);
	return json_pack("{s:s,s:s?}", "phone", name, "by", by);
}

/* A device without a row has registered by its name. The table arrival has the device until it is done. */
static json_t *auto_register(struct ask *ask)
{
	const char *name = json_text(ask->request, "phone"), *by;
	struct fail ignored = {0};
	struct mac mac;
	bool done;
	int err;

	if (mac_parse_device(&mac, name)) {
		fail_set(ask->fail, -EINVAL, "found \"%.60s\", expected a device name", name);
		cucm_write_arrived(&ask->provision.plan, ask->provision.plan.prefix, name, true, &ignored);
		return NULL;
	}
	err = provision_auto(&ask->provision, &mac, (unsigned)json_int(ask->request, "model"), ask->fail);
	if (err == -ERANGE)
		cucm_write_auto_registration(&ask->provision.plan, ask->provision.plan.prefix, "exhausted",
					     &ignored);
	done = device_settle_arrival(&ask->provision, name, &by);
	cucm_write_arrived(&ask->provision.plan, ask->provision.plan.prefix, name, done || err, &ignored);
	if (!err)
		return json_pack("{s:s,s:s?,s:b}", "phone", name, "by", by, "waits", !done);
	/* It cannot stay: it registers again, and is rejected. */
	device_forget(&ask->provision, name);
	return NULL;
}

/* The CAPF has finished a session: store or remove the LSC, and then the file of the phone and the table follow. operation "none":
 * it has failed, and stays pending. */
static json_t *capf(struct ask *ask)
{
	const char *operation = json_text(ask->request, "operation");
	const char *status = json_text(ask->request, "status");
	bool install = !strcmp(operation, "install"), delete = !strcmp(operation, "delete");
	char name[DEVICE_TEXT];
	json_t *settings;
	int err = 0;

	if (!device_of(ask, name))
		return NULL;
	if (install)
		err = cucm_lsc_write(ask->provision.plan.prefix, name, json_text(ask->request, "certificate"),
				     ask->fail);
	else if (delete)
		err = cucm_lsc_remove(ask->provision.plan.prefix, name, ask->fail);
	if (!err && strcmp(operation, "none")) {
		settings = json_pack("{s:s}", "capf_operation", "none");
		err = provision_set(&ask->provision, name, settings, NULL, ask->fail);
		json_decref(settings);
	}
	if (!err)
		err = cucm_write_capf(&ask->provision.plan, ask->provision.plan.prefix, name, status,
				      ask->fail);
	return err ? NULL : json_pack("{s:s}", "phone", name);
}

/* As `utils ctl set-cluster mixed-mode` and `non-secure-mode`: programs and files of phones follow when they are restarted. */
static json_t *mixed_mode(struct ask *ask)
{
	struct cucm_plan *plan = &ask->provision.plan;
	bool on = json_is_true(json_object_get(ask->request, "mixed"));

	if (!cucm_plan_certificates(plan)) {
		fail_set(ask->fail, -EINVAL, "the cluster has no certificates");
		return NULL;
	}
	if (plan->mixed == on) {
		fail_set(ask->fail, -EINVAL, "the cluster is %s mixed mode already", on ? "in" : "not in");
		return NULL;
	}
	plan->mixed = on;
	/* The record is first: if a file cannot be written, the opposite request brings all back. */
	if (provision_set_mixed(plan->prefix, on, ask->fail) ||
	    cucm_write_mode(plan, plan->prefix, ask->fail))
		return NULL;
	return json_object();
}

/* A directory number without a device. */
static json_t *number(const struct ask *ask)
{
	json_t *settings = json_pack("{s:[O?]}", "line", json_object_get(ask->request, "number"));
	const char *description = json_text(ask->request, "description");
	struct topology_device device;
	struct arena arena = {0};
	int err = topology_device_read(settings, &arena, &device, ask->fail);

	if (!err)
		err =
		    cucm_write_number(&ask->provision.plan, ask->provision.plan.prefix, device.line.items[0],
				      !strcmp(ask->action, "add-number") ? description : NULL, ask->fail);
	json_decref(settings);
	arena_free(&arena);
	return err ? NULL : json_object();
}

static json_t *answer(struct ask *ask)
{
	const char *action = ask->action;

	if (!strcmp(action, "ls") || !strcmp(action, "show"))
		return list(ask, *action == 's');
	if (!strcmp(action, "set"))
		return set(ask);
	if (!strcmp(action, "add"))
		return add(ask);
	if (!strcmp(action, "remove"))
		return remove_device(ask);
	if (!strcmp(action, "apply") || !strcmp(action, "reset") || !strcmp(action, "restart"))
		return control(ask);
	if (!strcmp(action, "revert"))
		return revert(ask);
	if (!strcmp(action, "auto-register"))
		return auto_register(ask);
	if (!strcmp(action, "capf"))
		return capf(ask);
	if (!strcmp(action, "mixed-mode"))
		return mixed_mode(ask);
	if (!strcmp(action, "add-number") || !strcmp(action, "remove-number"))
		return number(ask);
	if (!strcmp(action, "move")) {
		fail_set(ask->fail, -EINVAL, "the lab has one cluster; its topology needs `clusters`");
		return NULL;
	}
	fail_set(
	    ask->fail, -EINVAL,
	    "device: unknown action \"%.40s\"; actions: ls, show, set, add, remove, apply, reset, restart, "
	    "revert, auto-register, capf, mixed-mode, add-number, remove-number, move",
	    action);
	return NULL;
}

/* One cluster answers. */
static json_t *answer_of(const struct clusters *clusters, size_t i, const json_t *request, struct fail *fail)
{
	const struct clusters_item *item = &clusters->items[i];
	struct ask ask = {.request = request, .action = json_text(request, "action"), .fail = fail};
	bool reads = !strcmp(ask.action, "ls") || !strcmp(ask.action, "show");
	json_t *reply = NULL;

	if (!provision_open(&ask.provision, item->topology, &item->plan, !reads, fail))
		reply = answer(&ask);
	provision_close(&ask.provision);
	return reply;
}

/* --- several clusters --- */

static const char *name_of(const struct clusters *clusters, size_t i)
{
	return topology_cluster_name(clusters->items[0].topology, i);
}

/* The devices of all clusters, each with the name of its cluster. */
static json_t *list_all(const struct clusters *clusters, const json_t *request, struct fail *fail)
{
	json_t *all = json_array(), *device;
	size_t d;

	for (size_t i = 0; i < clusters->n; i++) {
		json_t *reply = answer_of(clusters, i, request, fail);

		if (!reply) {
			json_decref(all);
			return NULL;
		}
		json_array_foreach (json_object_get(reply, "devices"), d, device) {
			json_object_set_new(device, "cluster", json_string(name_of(clusters, i)));
			json_array_append(all, device);
		}
		json_decref(reply);
	}
	return json_pack("{s:o}", "devices", all);
}

/* A phone is reset by the node where it is registered, which may belong to its former cluster. */
static json_t *control_any(const struct clusters *clusters, size_t first, const json_t *request,
			   struct fail *fail)
{
	json_t *reply = answer_of(clusters, first, request, fail);

	for (size_t i = 0; i < clusters->n && reply && !*json_text(reply, "by"); i++) {
		struct fail ignored = {0};
		json_t *other = i == first ? NULL : answer_of(clusters, i, request, &ignored);

		if (!other)
			continue;
		json_decref(reply);
		reply = other;
	}
	return reply;
}

static json_t *answer_any(const struct clusters *clusters, const json_t *request, struct fail *fail)
{
	const char *action = json_text(request, "action");
	json_t *reply;
	size_t i;

	if (!strcmp(action, "ls"))
		return list_all(clusters, request, fail);
	if (!strcmp(action, "move"))
		return device_move(clusters, request, fail);
	i = *json_text(request, "cluster")
		? topology_cluster_find(clusters->items[0].topology, json_text(request, "cluster"))
		: device_cluster(clusters, json_text(request, "phone"));
	if (i >= clusters->n) {
		fail_set(fail, -EINVAL, "unknown cluster \"%.60s\"", json_text(request, "cluster"));
		return NULL;
	}
	if (!strcmp(action, "reset") || !strcmp(action, "restart"))
		return control_any(clusters, i, request, fail);
	reply = answer_of(clusters, i, request, fail);
	if (reply && !strcmp(action, "show"))
		json_object_set_new(json_object_get(reply, "device"), "cluster",
				    json_string(name_of(clusters, i)));
	return reply;
}

json_t *device_verb(const struct clusters *clusters, size_t cluster, const json_t *request, struct fail *fail)
{
	if (cluster < clusters->n)
		return answer_of(clusters, cluster, request, fail);
	return clusters->n > 1 ? answer_any(clusters, request, fail) : answer_of(clusters, 0, request, fail);
}
