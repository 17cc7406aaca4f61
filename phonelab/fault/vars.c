#include "phonelab/fault/vars.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/control.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/document/braces.h"
#include "phonelab/fault/target.h"
#include "phonelab/lab/plan.h"

#define ASK_MS 5000

static void put(json_t *vars, const char *name, const char *text)
{
	json_object_set_new(vars, name, json_string(text));
}

static void put_number(json_t *vars, const char *name, long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", number);
	put(vars, name, text);
}

static void put_address(json_t *vars, const char *name, uint32_t address)
{
	char text[16];

	put(vars, name, ipv4_format(address, text));
}

static void put_phone(json_t *vars, const struct topology *topology, const struct topology_phone *phone)
{
	char text[40];
	struct fail fail = {0};
	const struct topology_switch *sw = &topology->switches.items[phone->switch_index];
	struct topology_port_setting port = topology_port_merged(sw, &phone->port);
	const struct cucm_locale *locale = plan_locale(phone->row);
	json_t *reply =
	    control_ask(PLAN_RACK_SOCKET, json_pack("{s:s,s:s}", "do", "status", "node", phone->name), ASK_MS,
			NULL, &fail);
	const json_t *status = json_array_get(json_object_get(reply, "phones"), 0);

	put(vars, "phone", phone->name);
	mac_format(&phone->mac, text);
	put(vars, "mac", text);
	put(vars, "model", phone->row->model_name);
	put(vars, "number", phone->line_count ? phone->lines[0] : "");
	put(vars, "load", plan_load(topology, phone));
	if (locale) {
		put(vars, "user_locale", locale->user);
		put(vars, "network_locale", locale->network);
	}
	put(vars, "switch", sw->name);
	topology_port_format(&phone->port, text);
	put(vars, "port", text);
	put_number(vars, "access_vlan", port.access_vlan);
	put_number(vars, "voice_vlan", port.voice_vlan);
	if (phone->net)
		put(vars, "voice_vlan_name", phone->net->name);
	put(vars, "address", json_text_or(status, "ipv4", "0.0.0.0"));
	json_decref(reply);
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *other = &topology->phones[i];

		if (other == phone || strcmp(other->row->model_name, phone->row->model_name))
			continue;
		topology_port_format(&other->port, text);
		put(vars, "other", other->name);
		put(vars, "other_port", text);
		put(vars, "other_number", other->line_count ? other->lines[0] : "");
		break;
	}
}

/* Does the switch have the port that the target names? A switch that does not answer is not asked again. */
static int check_port(const json_t *ports, const char *sw, const char *named, struct fail *fail)
{
	const json_t *port;
	size_t i;

	json_array_foreach ((json_t *)ports, i, port)
		if (!strcasecmp(json_text(port, "name"), named))
			return 0;
	if (!json_array_size(ports))
		return 0;
	return fail_set(fail, -EINVAL, "unknown port \"%s\"; the ports of %s are named like %s", named, sw,
			json_text(json_array_get(ports, 0), "name"));
}

/* named: the port of the target, or NULL. */
static int put_switch(json_t *vars, const struct topology *topology, size_t index, const char *named,
		      struct fail *fail)
{
	const struct topology_switch *sw = &topology->switches.items[index];
	char path[128], other[8] = "1";
	struct fail ignored = {0};
	json_t *reply, *ports, *port;
	size_t i;
	int err, voice = atoi(json_text(vars, "voice_vlan"));

	put(vars, "switch", sw->name);
	put_number(vars, "poe_budget_mw", sw->poe_budget);
	for (i = 0; i < topology->vlans.n; i++)
		if (topology->vlans.items[i].id != voice && topology->vlans.items[i].id != sw->access_vlan)
			snprintf(other, sizeof(other), "%d", topology->vlans.items[i].id);
	put(vars, "other_vlan", other);
	plan_switch_socket(topology, index, path);
	reply = control_ask(path, json_pack("{s:s}", "do", "status"), ASK_MS, NULL, &ignored);
	ports = json_object_get(json_object_get(reply, "switch"), "ports");
	err = named ? check_port(ports, sw->name, named, fail) : 0;
	json_array_foreach (ports, i, port) {
		const char *name = json_text(port, "name");

		if (!strncmp(name, "Gi", 2) && !json_is_string(json_object_get(port, "device")))
			put(vars, "free_port", name);
	}
	json_decref(reply);
	return err;
}

static void put_plug(json_t *vars, const char *prefix, const char *name, const struct topology_plug *plug)
{
	char key[40], text[24];

	put(vars, prefix, name);
	snprintf(key, sizeof(key), "%s_port", prefix);
	topology_port_format(&plug->port, text);
	put(vars, key, text);
	snprintf(key, sizeof(key), "%s_address", prefix);
	put_address(vars, key, plug->address);
}

static void put_net(json_t *vars, const struct topology_server *dhcp)
{
	const struct topology_vlan *net = dhcp->plug.net;
	int length = net->subnet.length;

	put_address(vars, "pool_first", dhcp->pool.first);
	put_address(vars, "pool_last", dhcp->pool.last);
	put_address(vars, "gateway", net->gateway);
	put_address(vars, "mask", length ? ~0u << (32 - length) : 0);
	put_number(vars, "prefix", length);
	put_number(vars, "dhcp_vlan", dhcp->plug.vlan);
	put_address(vars, "spare_address", topology_prefix_last(&net->subnet) - 2);
	put_address(vars, "dead_address", topology_prefix_last(&net->subnet) - 3);
}

static void put_servers(json_t *vars, const struct topology *topology, const char *service)
{
	char prefix[24];

	const struct topology_server *dhcp = fault_target_server(topology, TOPOLOGY_DHCP, service);
	const struct topology_server *tftp = fault_target_server(topology, TOPOLOGY_TFTP, service);

	if (dhcp) {
		put_plug(vars, "dhcp", dhcp->name, &dhcp->plug);
		put_net(vars, dhcp);
	}
	if (tftp)
		put_plug(vars, "tftp", tftp->name, &tftp->plug);
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		snprintf(prefix, sizeof(prefix), "cm%zu", i + 1);
		put_plug(vars, prefix, topology->cluster.nodes.items[i].name,
			 &topology->cluster.nodes.items[i].plug);
	}
}

json_t *fault_vars(const struct topology *topology, const struct fault_target *target,
		   const struct fault *fault, struct fail *fail)
{
	const struct topology_phone *phone;
	const char *port = NULL;
	size_t sw = 0;
	json_t *vars = json_object();

	if (fault_target_phone(topology, target, fault, &phone, fail))
		goto wrong;
	if (target->service && !topology_has_server(topology, target->service)) {
		fail_set(fail, -EINVAL,
			 "unknown service \"%s\"; the lab has no server or call manager of that name",
			 target->service);
		goto wrong;
	}
	if (phone) {
		sw = phone->switch_index;
		put_phone(vars, topology, phone);
	}
	if (target->port)
		port = fault_target_port(topology, target->port, &sw);
	if (port)
		put(vars, "port", port);
	if (topology->switches.n && put_switch(vars, topology, sw, port, fail))
		goto wrong;
	put_servers(vars, topology, target->service);
	put(vars, "prefix_directory", PLAN_PREFIX);
	return vars;
wrong:
	json_decref(vars);
	return NULL;
}

static const char *value_of(const void *vars, const char *name, size_t length)
{
	char key[64];

	if (length >= sizeof(key))
		return NULL;
	snprintf(key, sizeof(key), "%.*s", (int)length, name);
	return json_string_value(json_object_get(vars, key));
}

char *fault_expand(const json_t *vars, const char *text, struct fail *fail)
{
	struct text out = {0};
	struct fail why = {0};

	if (!braces_expand(text, value_of, vars, &out, &why))
		return text_take(&out);
	text_free(&out);
	fail_set(fail, why.err, "%s, or the phone or the lab has no such value", why.text);
	return NULL;
}
