#include "phonelab/command/graph.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ipv4.h"

static void add(struct graph_items *out, const struct graph_item *item, const struct key_port *port)
{
	struct graph_item *more = realloc(out->items, (out->n + 1) * sizeof(*more));

	if (!more) {
		free(out->items);
		*out = (struct graph_items){.items = NULL};
		return;
	}
	out->items = more;
	more[out->n] = *item;
	topology_port_format(port, more[out->n++].port);
}

static void add_plugs(struct graph_items *out, size_t sw, const struct topology_plug *plugs, size_t n,
		      struct graph_item item)
{
	for (size_t i = 0; i < n; i++) {
		if (plugs[i].switch_index != sw)
			continue;
		item.vlan = plugs[i].vlan;
		ipv4_format(plugs[i].address, item.address);
		add(out, &item, &plugs[i].port);
	}
}

static void add_servers(const struct topology *topology, size_t sw, struct graph_items *out)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router"};

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];
		bool router = server->kind == TOPOLOGY_ROUTER;

		add_plugs(out, sw, router ? server->interfaces.items : &server->plug,
			  router ? server->interfaces.n : 1,
			  (struct graph_item){.kind = router ? GRAPH_ROUTER : GRAPH_SERVER,
					      .name = server->name,
					      .what = kinds[server->kind]});
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		add_plugs(out, sw, &node->plug, 1,
			  (struct graph_item){.kind = GRAPH_MANAGER,
					      .name = node->name,
					      .what = node->role == TOPOLOGY_PUBLISHER ? "publisher"
										       : "subscriber"});
	}
}

static void add_phones(const struct topology *topology, size_t sw, struct graph_items *out)
{
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];
		const struct graph_item item = {.kind = GRAPH_PHONE,
						.name = phone->name,
						.what = phone->row->model->name,
						.vlan = phone->net ? phone->net->id : 0,
						.line = phone->line_count ? phone->lines[0] : NULL,
						.phone = phone};

		if (phone->switch_index == sw)
			add(out, &item, &phone->port);
	}
}

bool graph_items(const struct topology *topology, size_t sw, struct graph_items *out)
{
	const struct topology_switch *here = &topology->switches.items[sw];

	*out = (struct graph_items){.items = calloc(1, sizeof(*out->items))};
	for (size_t i = 0; i < here->ports.n; i++)
		if (here->ports.items[i].nic)
			add(out,
			    &(struct graph_item){.kind = GRAPH_NIC,
						 .name = here->ports.items[i].nic,
						 .what = "interface of this machine"},
			    &here->ports.items[i].port);
	add_servers(topology, sw, out);
	add_phones(topology, sw, out);
	return out->items != NULL;
}

void graph_switch_text(const struct topology_switch *sw, char text[120])
{
	if (sw->external == 1)
		snprintf(text, 120, "a switch of yours");
	else
		snprintf(text, 120, "%s, %d x %d ports, PoE %.0f W per member", sw->model_name,
			 (int)sw->members, sw->model->ports, (double)sw->poe_budget / 1000);
}

/* --- as an object --- */

static json_t *item_object(const struct graph_item *item)
{
	static const char *const kinds[] = {[GRAPH_SERVER] = "server",
					    [GRAPH_ROUTER] = "router",
					    [GRAPH_MANAGER] = "call-manager",
					    [GRAPH_NIC] = "nic",
					    [GRAPH_PHONE] = "phone"};
	json_t *object = json_pack("{s:s,s:s,s:s,s:s}", "name", item->name, "kind", kinds[item->kind],
				   item->phone ? "model" : "role", item->what, "port", item->port);

	if (item->vlan)
		json_object_set_new(object, "vlan", json_integer(item->vlan));
	if (*item->address)
		json_object_set_new(object, "address", json_string(item->address));
	if (item->phone) {
		json_t *lines = json_array();

		for (size_t i = 0; i < item->phone->line_count; i++)
			json_array_append_new(lines, json_string(item->phone->lines[i]));
		json_object_set_new(object, "lines", lines);
	}
	return object;
}

static json_t *switch_object(const struct topology *topology, size_t i)
{
	const struct topology_switch *sw = &topology->switches.items[i];
	json_t *uplinks = json_array(), *plugged = json_array(), *object;
	struct graph_items list;
	char here[24], there[24];

	for (size_t u = 0; u < sw->uplinks.n; u++) {
		topology_port_format(&sw->uplinks.items[u].port, here);
		topology_port_format(&sw->uplinks.items[u].remote_port, there);
		json_array_append_new(uplinks, json_pack("{s:s,s:s,s:s}", "port", here, "to",
							 sw->uplinks.items[u].to, "remote_port", there));
	}
	if (graph_items(topology, i, &list))
		for (size_t n = 0; n < list.n; n++)
			json_array_append_new(plugged, item_object(&list.items[n]));
	free(list.items);
	object = json_pack("{s:s,s:o,s:o}", "name", sw->name, "uplinks", uplinks, "plugged", plugged);
	if (sw->external == 1) {
		json_object_set_new(object, "external", json_true());
		return object;
	}
	json_object_set_new(object, "model", json_string(sw->model_name));
	json_object_set_new(object, "members", json_integer(sw->members));
	json_object_set_new(object, "ports_per_member", json_integer(sw->model->ports));
	json_object_set_new(object, "poe_budget_mw", json_integer(sw->poe_budget));
	return object;
}

json_t *graph_json(const struct topology *topology)
{
	json_t *switches = json_array();

	for (size_t i = 0; i < topology->switches.n; i++)
		json_array_append_new(switches, switch_object(topology, i));
	return json_pack("{s:s,s:s,s:o}", "name", topology->name, "pace",
			 topology->pace == TOPOLOGY_PACE_REAL ? "real" : "fast", "switches", switches);
}
