/* The topology as the model of `why` reads it. */
#include "phonelab/lab/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"

static json_t *plug_object(const struct topology *topology, const struct topology_plug *plug, size_t i)
{
	char port[24], address[IPV4_TEXT], interface[24];

	topology_port_format(&plug->port, port);
	snprintf(interface, sizeof(interface), "eth%zu", i);
	return json_pack("{s:s,s:s,s:s,s:i,s:s,s:i}", "interface", interface, "switch",
			 topology->switches.items[plug->switch_index].name, "port", port, "vlan", plug->vlan,
			 "address", ipv4_format(plug->address, address), "prefix",
			 plug->net ? plug->net->subnet.length : 0);
}

static json_t *plan_nodes(const struct topology *topology)
{
	json_t *list = json_array();
	struct fail ignored = {0};
	struct node *nodes = NULL;
	size_t count = 0;

	if (!node_list(topology, &nodes, &count, &ignored))
		for (size_t i = 0; i < count; i++) {
			json_t *node = json_pack("{s:s,s:s,s:s,s:b,s:[]}", "name", nodes[i].name, "kind",
						 nodes[i].kind, "owner",
						 nodes[i].external	  ? "external"
						 : nodes[i].owner->run.at ? "run"
									  : "lab",
						 "silent", nodes[i].silent, "plugs");

			for (size_t p = 0; p < nodes[i].plug_count; p++)
				json_array_append_new(json_object_get(node, "plugs"),
						      plug_object(topology, &nodes[i].plugs[p], p));
			json_array_append_new(list, node);
		}
	free(nodes);
	return list;
}

static json_t *plan_trunks(const struct topology *topology)
{
	json_t *list = json_array();

	for (size_t s = 0; s < topology->switches.n; s++)
		for (size_t u = 0; u < topology->switches.items[s].uplinks.n; u++) {
			const struct topology_uplink *uplink = &topology->switches.items[s].uplinks.items[u];
			char port[24], far[24];

			topology_port_format(&uplink->port, port);
			topology_port_format(&uplink->remote_port, far);
			json_array_append_new(list, json_pack("[{s:s,s:s,s:i},{s:s,s:s,s:i}]", "switch",
							      topology->switches.items[s].name, "port", port,
							      "native", uplink->native_vlan, "switch",
							      topology->switches.items[uplink->to_index].name,
							      "port", far, "native", uplink->native_vlan));
		}
	return list;
}

json_t *inspect_plan(const struct topology *topology)
{
	json_t *vlans = json_array(), *external = json_array();

	for (size_t i = 0; i < topology->vlans.n; i++) {
		const struct topology_vlan *vlan = &topology->vlans.items[i];
		char subnet[IPV4_TEXT], gateway[IPV4_TEXT];

		json_array_append_new(
		    vlans, json_pack("{s:i,s:s,s:i,s:s}", "id", vlan->id, "subnet",
				     ipv4_format(vlan->subnet.address, subnet), "prefix", vlan->subnet.length,
				     "gateway", vlan->gateway ? ipv4_format(vlan->gateway, gateway) : ""));
	}
	for (size_t i = 0; i < topology->switches.n; i++)
		if (topology->switches.items[i].external == 1)
			json_array_append_new(external, json_string(topology->switches.items[i].name));
	return json_pack("{s:o,s:o,s:o,s:o}", "nodes", plan_nodes(topology), "vlans", vlans, "trunks",
			 plan_trunks(topology), "external_switches", external);
}
