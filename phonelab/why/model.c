#include "phonelab/why/model.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/mac.h"

#define INSPECT_MS 10000
#define SHOW_MS	   5000

/* --- making --- */

/* The members of a port's status that the configuration does not tell. */
static void add_port_status(json_t *port, const json_t *status)
{
	static const char *const copied[] = {"link", "err_disabled", "device", "neighbor",
					     "nic",  "poe_state",    "poe_mw"};
	const char *admin = json_text(status, "admin"), *mode = json_text(status, "mode");

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_object_get(status, copied[i]))
			json_object_set(port, copied[i], json_object_get(status, copied[i]));
	if (*admin)
		json_object_set_new(port, "shutdown", json_boolean(!strcmp(admin, "down")));
	if (!*mode)
		return;
	json_object_set_new(port, "mode", json_string(mode));
	json_object_set(port, strcmp(mode, "trunk") ? "access_vlan" : "native_vlan",
			json_object_get(status, "vlan"));
	json_object_set(port, "voice_vlan", json_object_get(status, "voice_vlan"));
}

json_t *model_of_status(const json_t *status)
{
	json_t *model = json_object(), *switches = json_object();
	const json_t *sw, *port;
	size_t i, j;

	json_object_set_new(model, "switches", switches);
	json_array_foreach (json_object_get(status, "switches"), i, sw) {
		json_t *ports = json_object();

		json_array_foreach (json_object_get(sw, "ports"), j, port) {
			json_t *one = json_object();

			add_port_status(one, port);
			json_object_set_new(ports, json_text(port, "name"), one);
		}
		json_object_set_new(
		    switches, json_text(sw, "name"),
		    json_pack("{s:o,s:O*}", "ports", ports, "poe_budget", json_object_get(sw, "poe")));
	}
	return model;
}

/* What a switch prints, or NULL. */
static json_t *show(const struct lab *lab, const char *sw, const char *words, const char *more)
{
	struct fail ignored = {0};
	char socket[80];

	snprintf(socket, sizeof(socket), "switches/%.40s.sock", sw);
	return client_call(lab, socket, json_pack("{s:s,s:[s,s*]}", "do", "show", "args", words, more),
			   SHOW_MS, NULL, &ignored);
}

static void add_switch(const struct lab *lab, json_t *model, const char *sw)
{
	json_t *reply = show(lab, sw, "running-config", NULL);

	/* A switch of the user answers nothing. */
	if (!reply)
		return;
	model_add_running(model, sw, json_text(reply, "text"));
	json_decref(reply);
	reply = show(lab, sw, "mac", "address-table");
	model_add_macs(model, sw, json_text(reply, "text"));
	json_decref(reply);
	reply = show(lab, sw, "port-security", NULL);
	model_add_security(model, sw, json_text(reply, "text"));
	json_decref(reply);
}

json_t *model_of_lab(const struct lab *lab, const json_t *status, const json_t *phones)
{
	struct fail ignored = {0};
	json_t *model = model_of_status(status), *reply;
	const json_t *sw;
	size_t i;

	json_array_foreach (json_object_get(status, "switches"), i, sw)
		add_switch(lab, model, json_text(sw, "name"));
	reply = client_call(lab, "lab.sock", json_pack("{s:s,s:O*}", "do", "inspect", "phones", phones),
			    INSPECT_MS, NULL, &ignored);
	json_object_del(reply, "ok");
	if (reply)
		json_object_update(model, reply);
	json_decref(reply);
	return model;
}

json_t *model_of_folder(const char *directory, const json_t *status)
{
	json_t *model;
	char path[300];

	snprintf(path, sizeof(path), "%.280smodel.json", directory);
	model = json_load_file(path, 0, NULL);
	if (json_is_object(model))
		return model;
	json_decref(model);
	return model_of_status(status);
}

/* --- reading --- */

const json_t *model_node(const json_t *model, const char *name)
{
	return json_object_get(json_object_get(model, "nodes"), name);
}

const json_t *model_plan(const json_t *model, const char *node)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(model, "plan"), "nodes"), i, one)
		if (!strcmp(json_text(one, "name"), node))
			return one;
	return NULL;
}

const json_t *model_switch(const json_t *model, const char *name)
{
	return json_object_get(json_object_get(model, "switches"), name);
}

const json_t *model_port(const json_t *model, const char *sw, const char *port)
{
	return json_object_get(json_object_get(model_switch(model, sw), "ports"), port);
}

long long model_port_int(const json_t *port, const char *member)
{
	const json_t *value = json_object_get(port, member);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

bool model_is(const json_t *object, const char *member, bool value)
{
	const json_t *found = json_object_get(object, member);

	return json_is_boolean(found) && json_is_true(found) == value;
}

bool model_trunk_allows(const json_t *port, int vlan)
{
	const char *at = json_text_or(port, "allowed", "1-4094");

	while (*at >= '0' && *at <= '9') {
		int first, last, used = 0;

		if (sscanf(at, "%d-%d%n", &first, &last, &used) != 2 || !used) {
			if (sscanf(at, "%d%n", &first, &used) != 1)
				return true;
			last = first;
		}
		if (vlan >= first && vlan <= last)
			return true;
		at += used + (at[used] == ',');
	}
	return false;
}

bool model_has_vlan(const json_t *model, const char *sw, int vlan)
{
	const json_t *vlans = json_object_get(model_switch(model, sw), "vlans");
	char id[12];

	snprintf(id, sizeof(id), "%d", vlan);
	return !vlans || json_object_get(vlans, id);
}

const char *model_device_at(const json_t *model, struct model_place place)
{
	return place.sw ? json_text(model_port(model, place.sw, place.port), "device") : "";
}
