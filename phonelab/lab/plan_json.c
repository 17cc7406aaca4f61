/* switch.json and rack.json from a settled topology (docs/formats.md). */
#include "phonelab/lab/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/peer.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/node.h"
#include "wire/vxlan.h"

void plan_switch_socket(const struct topology *topology, size_t i, char path[128])
{
	snprintf(path, 128, PLAN_PREFIX "/switches/%s.sock", topology->switches.items[i].name);
}

void plan_switch_panel(const struct topology *topology, size_t i, char path[160])
{
	snprintf(path, 160, PLAN_PREFIX "/switches/%s.panel", topology->switches.items[i].name);
}

void plan_node_socket(const char *node, char path[128])
{
	snprintf(path, 128, PLAN_PREFIX "/nodes/%s.sock", node);
}

static json_t *vlan_list(const struct topology_vlan_ids *ids)
{
	json_t *list;

	if (!ids->n)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < ids->n; i++)
		json_array_append_new(list, json_integer(ids->items[i]));
	return list;
}

static json_t *port_object(const struct topology_port_setting *port)
{
	static const char *const admins[] = {"auto", "static", "never"};
	static const char *const priorities[] = {"low", "high", "critical"};
	json_t *object =
	    port->mode == TOPOLOGY_PORT_TRUNK
		? json_pack("{s:s,s:i,s:o}", "mode", "trunk", "native_vlan", port->native_vlan,
			    "allowed_vlans", vlan_list(&port->allowed_vlans))
		: json_pack("{s:s,s:i,s:o}", "mode", "access", "access_vlan", port->access_vlan, "voice_vlan",
			    port->voice_vlan > 0 ? json_integer(port->voice_vlan) : json_null());

	json_object_update_new(
	    object,
	    json_pack("{s:b,s:b,s:b,s:{s:s,s:I,s:s},s:b,s:s}", "trusted", port->trusted == 1, "cdp",
		      port->cdp == 1, "lldp", port->lldp == 1, "poe", "admin", admins[port->poe], "max_mw",
		      (json_int_t)port->poe_max, "priority", priorities[port->poe_priority], "shutdown",
		      port->shutdown == 1, "description", port->description ? port->description : ""));
	return object;
}

/* The switch whose ports are listed, and the servers and call managers of the lab. */
struct switch_ports {
	const struct topology *topology;
	size_t index;
	struct node *nodes;
	size_t node_count;
};

/* The server or call manager that is plugged into a port, and its plug; NULL if there is none. */
static const struct node *occupant_of(const struct switch_ports *of, const struct key_port *port,
				      const struct topology_plug **plug)
{
	for (const struct node *node = of->nodes; node < of->nodes + of->node_count; node++)
		for (*plug = node->plugs; *plug < node->plugs + node->plug_count; (*plug)++)
			if ((*plug)->switch_index == of->index && topology_port_in(&(*plug)->port, port))
				return node;
	return NULL;
}

static bool phone_at(const struct topology *topology, size_t sw, const struct key_port *port)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (topology->phones[i].switch_index == sw &&
		    topology_port_in(&topology->phones[i].port, port))
			return true;
	return false;
}

/* A trunk to another switch at this port? Its settings, seen from this end. */
static bool trunk_of(const struct topology *topology, size_t sw, const struct key_port *port,
		     struct topology_port_setting *setting)
{
	for (size_t i = 0; i < topology->switches.n + topology->away_switches; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			const struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];
			bool here = i == sw && topology_port_in(&uplink->port, port);
			bool there = uplink->to_index == sw && topology_port_in(&uplink->remote_port, port);

			if (!here && !there)
				continue;
			setting->mode = TOPOLOGY_PORT_TRUNK;
			setting->native_vlan = uplink->native_vlan;
			setting->allowed_vlans = uplink->allowed_vlans;
			setting->trusted = here ? uplink->trust_up : uplink->trust_down;
			setting->poe = TOPOLOGY_POE_NEVER;
			return true;
		}
	return false;
}

static void add_port(const struct switch_ports *of, struct key_port port, json_t *ports)
{
	const struct topology_switch *sw = &of->topology->switches.items[of->index];
	struct topology_port_setting setting = topology_port_merged(sw, &port);
	const struct topology_plug *plug;
	const struct node *occupant;
	bool listed = false;
	bool reserved = phone_at(of->topology, of->index, &port);
	char name[24];
	json_t *object;

	for (size_t i = 0; i < sw->ports.n; i++)
		listed = listed || topology_port_in(&port, &sw->ports.items[i].port);
	if (trunk_of(of->topology, of->index, &port, &setting)) {
		listed = true;
	} else if ((occupant = occupant_of(of, &port, &plug))) {
		reserved = true;
		setting.access_vlan = plug->vlan;
		setting.voice_vlan = KEY_VLAN_NONE;
		setting.poe = TOPOLOGY_POE_NEVER;
		setting.trusted = !strcmp(occupant->kind, "dhcp") || setting.trusted == 1;
		if (!setting.description)
			setting.description = occupant->name;
	} else if (setting.nic) {
		reserved = true;
		if (!setting.description)
			setting.description = setting.nic;
	}
	if (!listed && !reserved)
		return;
	topology_port_format(&port, name);
	object = port_object(&setting);
	json_object_set_new(object, "port", json_string(name));
	if (reserved)
		json_object_set_new(object, "reserved", json_true());
	json_array_append_new(ports, object);
}

static json_t *ports_of(const struct topology *topology, size_t index)
{
	const struct topology_switch *sw = &topology->switches.items[index];
	struct switch_ports of = {.topology = topology, .index = index};
	struct fail ignored = {0};
	json_t *ports;

	if (node_list(topology, &of.nodes, &of.node_count, &ignored))
		return NULL;
	ports = json_array();
	for (int member = 1; member <= sw->members; member++)
		for (int uplink = 0; uplink <= 1; uplink++)
			for (int n = 1; n <= (uplink ? sw->model->uplinks : sw->model->ports); n++)
				add_port(&of,
					 (struct key_port){
					     .member = member, .uplink = uplink, .number = n, .last = n},
					 ports);

	free(of.nodes);
	return ports;
}

/* An uplink over UDP as the switch that names its peer has it, and as the other has it: that learns where its peer is. */
static json_t *trunk_at(const struct topology_uplink *uplink, const char *port,
			const struct topology_switch *to)
{
	char text[PEER_TEXT];
	struct fail ignored = {0};
	struct peer peer;

	peer_parse(&peer, uplink->peer, (uint16_t)to->udp_port, &ignored);
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:b}", "port", port, "over", "udp", "to", to->name, "peer",
			 peer_format(&peer, text), "vni", (json_int_t)uplink->vni, "keepalive",
			 uplink->keepalive == 1);
}

static json_t *trunk_from(const struct topology_uplink *uplink, const char *port,
			  const struct topology_switch *from)
{
	return json_pack("{s:s,s:s,s:s,s:I}", "port", port, "over", "udp", "to", from->name, "vni",
			 (json_int_t)uplink->vni);
}

static void add_uplink(const struct topology *topology, size_t here, size_t owner,
		       const struct topology_uplink *uplink, json_t *list)
{
	bool udp = uplink->over == TOPOLOGY_OVER_UDP;
	char near[24], far[24], panel[160];

	topology_port_format(&uplink->port, near);
	topology_port_format(&uplink->remote_port, far);
	if (here == owner && udp) {
		json_array_append_new(list,
				      trunk_at(uplink, near, &topology->switches.items[uplink->to_index]));
	} else if (here == owner) {
		plan_switch_panel(topology, uplink->to_index, panel);
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:s}", "port", near, "panel", panel, "remote_port", far));
	} else if (udp && here == uplink->to_index && topology->switches.items[here].external != 1) {
		json_array_append_new(list, trunk_from(uplink, far, &topology->switches.items[owner]));
	}
}

static json_t *uplinks_of(const struct topology *topology, size_t index)
{
	json_t *list = json_array();

	for (size_t i = 0; i < topology->switches.n + topology->away_switches; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++)
			add_uplink(topology, index, i, &topology->switches.items[i].uplinks.items[j], list);
	return list;
}

static json_t *vlans_of(const struct topology *topology)
{
	json_t *list = json_array();

	for (size_t i = 0; i < topology->vlans.n; i++)
		json_array_append_new(list, json_pack("{s:i,s:s}", "id", topology->vlans.items[i].id, "name",
						      topology->vlans.items[i].name));
	return list;
}

/* The broadcasts of every phone at boot and of a router for every phone would go to every port: the square of
 * the number of phones. Above this number of phones, those of all closets, the switch suppresses ARP broadcasts to other ports. */
#define FLOOD_MOST 48

json_t *plan_switch(const struct topology *topology, size_t i)
{
	const struct topology_switch *sw = &topology->switches.items[i];
	struct key_port ordinary = {.member = 0};
	struct topology_port_setting setting = topology_port_merged(sw, &ordinary);
	char panel[160], control[128], address[16], mac[MAC_TEXT];
	json_t *object;

	plan_switch_panel(topology, i, panel);
	plan_switch_socket(topology, i, control);
	mac_format(&(struct mac){{0x00, 0x25, 0x84, (uint8_t)(sw->number + 1), 0, 0}}, mac);
	object = json_pack(
	    "{s:s,s:s,s:s,s:s,s:I,s:i,s:i,s:{s:I},s:o,s:b,s:o,s:o,s:o,s:s,s:s,s:s,s:I,s:b,s:o}", "name",
	    sw->name, "platform", sw->model->platform, "version", sw->model->version, "mac", mac, "members",
	    (json_int_t)sw->members, "ports_per_member", sw->model->ports, "uplinks_per_member",
	    sw->model->uplinks, "poe", "budget_mw", (json_int_t)sw->poe_budget, "vlans", vlans_of(topology),
	    "dhcp_snooping", sw->dhcp_snooping == 1, "port_default", port_object(&setting), "ports",
	    ports_of(topology, i), "uplinks", uplinks_of(topology, i), "panel", panel, "control", control,
	    "events", PLAN_PREFIX "/events.jsonl", "seed", (json_int_t)topology->seed, "arp_suppression",
	    topology_known_phones(topology) > FLOOD_MOST, "management_address",
	    sw->management_address ? json_string(ipv4_format(sw->management_address, address)) : json_null());
	if (topology->pace == TOPOLOGY_PACE_REAL)
		json_object_set_new(object, "pace", json_string("real"));
	if (sw->udp_port != VXLAN_PORT)
		json_object_set_new(object, "udp_port", json_integer(sw->udp_port));
	return object;
}

/* The certificate that the phone has from its cluster: its MIC too, whose maker is not simulated. */
static void set_certificate(const struct topology *topology, const struct topology_phone *phone,
			    const char *kind, json_t *object)
{
	char folder[CLUSTERS_FOLDER];

	clusters_folder(topology, phone->row->cluster, folder);
	json_object_set_new(object, kind,
			    json_sprintf(PLAN_PREFIX "/%skeys/phones/%s.%s.pem", folder, phone->name, kind));
}

static json_t *phone_object(const struct topology *topology, const struct topology_phone *phone)
{
	const struct topology_phone_row *row = phone->row;
	char mac[MAC_TEXT], port[24], panel[160], address[16];
	json_t *alternate = json_array(), *object;

	mac_format(&phone->mac, mac);
	topology_port_format(&phone->port, port);
	plan_switch_panel(topology, phone->switch_index, panel);
	for (size_t i = 0; i < row->alternate_tftp.n; i++)
		json_array_append_new(alternate,
				      json_string(ipv4_format(row->alternate_tftp.items[i], address)));
	object = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:o}", "mac", mac, "model", row->model->name,
			   "panel", panel, "port", port, "power",
			   row->power == TOPOLOGY_POWER_AC ? "ac" : "poe", "active_load",
			   plan_active_load(topology, phone), "inactive_load", plan_inactive_load(phone),
			   "cdp", row->cdp == 1, "lldp", row->lldp == 1, "alternate_tftp", alternate);
	/* Only core has keys. */
	if (topology_cluster_has_certificates(topology, row->cluster) && topology->cluster.nodes.n)
		set_certificate(topology, phone, "mic", object);
	if (row->lsc == TOPOLOGY_LSC_INSTALLED)
		set_certificate(topology, phone, "lsc", object);
	if (row->capf.string)
		json_object_set_new(object, "capf_string", json_string(row->capf.string));
	return object;
}

json_t *plan_rack(const struct topology *topology)
{
	json_t *phones = json_array(), *rack;

	for (size_t i = 0; i < topology->phone_count; i++)
		json_array_append_new(phones, phone_object(topology, &topology->phones[i]));
	rack = json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:o}", "name", "rack", "pace",
			 topology->pace == TOPOLOGY_PACE_REAL ? "real" : "fast", "seed",
			 (json_int_t)topology->seed, "flash", PLAN_PREFIX "/phones/flash", "control",
			 PLAN_PREFIX "/phones/rack.sock", "events", PLAN_PREFIX "/events.jsonl", "phones",
			 phones);
	if (topology->key_log == 1 && topology->cluster.nodes.n)
		json_object_set_new(rack, "key_log", json_string(PLAN_PREFIX "/keys/tls.log"));
	return rack;
}
