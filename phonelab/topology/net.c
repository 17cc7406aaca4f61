/* VLANs, subnets, addresses and ports: helpers and the first stages of settling. */
#include "phonelab/topology/settle.h"

#include <stdio.h>
#include <string.h>
#include "base/ipv4.h"

const struct topology_vlan *topology_vlan_find(const struct topology *topology, int id)
{
	for (size_t i = 0; i < topology->vlans.n; i++)
		if (topology->vlans.items[i].id == id)
			return &topology->vlans.items[i];
	return NULL;
}

struct topology_switch *topology_switch_find(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		if (topology->switches.items[i].name && !strcmp(topology->switches.items[i].name, name))
			return &topology->switches.items[i];
	return NULL;
}

void topology_port_format(const struct key_port *port, char text[24])
{
	snprintf(text, 24, "%s%d/%d/%d", port->uplink ? "Te" : "Gi", port->member, port->uplink ? 1 : 0,
		 port->number);
}

uint32_t topology_prefix_last(const struct key_prefix *prefix)
{
	return prefix->address | (prefix->length ? ~(~(uint32_t)0 << (32 - prefix->length)) : ~(uint32_t)0);
}

bool topology_prefix_holds(const struct key_prefix *prefix, uint32_t address)
{
	return address >= prefix->address && address <= topology_prefix_last(prefix);
}

const struct yaml_node *topology_where(const struct yaml_node *object, const char *key)
{
	const struct yaml_node *value = yaml_tree_get(object, key);

	return value ? value : object;
}

static bool overlap(const struct key_prefix *a, const struct key_prefix *b)
{
	return topology_prefix_holds(a, b->address) || topology_prefix_holds(b, a->address);
}

void topology_settle_vlans(struct topology *topology, struct complaints *complaints)
{
	for (size_t i = 0; i < topology->vlans.n; i++) {
		struct topology_vlan *vlan = &topology->vlans.items[i];

		for (size_t j = 0; j < i; j++) {
			const struct topology_vlan *other = &topology->vlans.items[j];
			char address[16];

			if (vlan->id && vlan->id == other->id)
				complain(complaints, topology_where(vlan->at, "id"), "vlans.id",
					 "found VLAN %d a second time, expected each VLAN once (line %u)",
					 vlan->id, other->at->line);
			if (vlan->name && other->name && !strcmp(vlan->name, other->name))
				complain(complaints, topology_where(vlan->at, "name"), "vlans.name",
					 "found \"%s\" a second time, expected a unique name (line %u)",
					 vlan->name, other->at->line);
			if (vlan->subnet.length && other->subnet.length &&
			    overlap(&vlan->subnet, &other->subnet))
				complain(complaints, topology_where(vlan->at, "subnet"), "vlans.subnet",
					 "found a subnet that overlaps %s/%d of VLAN %d, expected subnets "
					 "that do not overlap",
					 ipv4_format(other->subnet.address, address), other->subnet.length,
					 other->id);
		}
		if (!vlan->name)
			vlan->name = arena_format(&topology->arena, "VLAN%04d", vlan->id);
	}
}

/* --- ports --- */

static uint8_t *port_mark(const struct topology_switch *sw, const struct key_port *port)
{
	int each = sw->model->ports + sw->model->uplinks;

	return &sw->taken[(port->member - 1) * each + (port->uplink ? sw->model->ports : 0) + port->number -
			  1];
}

static bool port_exists(const struct topology_switch *sw, const struct key_port *port)
{
	return port->member <= sw->members &&
	       port->last <= (port->uplink ? sw->model->uplinks : sw->model->ports);
}

static bool choose_port(struct topology_switch *sw, struct key_port *port, bool from_last)
{
	int total = (int)sw->members * sw->model->ports;

	for (int k = 0; k < total; k++) {
		int i = from_last ? total - 1 - k : k;
		struct key_port candidate = {.member = i / sw->model->ports + 1,
					     .number = i % sw->model->ports + 1};
		struct topology_port_setting merged;

		candidate.last = candidate.number;
		if (*port_mark(sw, &candidate))
			continue;
		merged = topology_port_merged(sw, &candidate);
		if (merged.mode == TOPOLOGY_PORT_TRUNK || merged.shutdown == 1)
			continue;
		candidate.switch_name = sw->name;
		*port = candidate;
		*port_mark(sw, &candidate) = 1;
		return true;
	}
	return false;
}

bool topology_take_port(struct topology *topology, struct key_port *port, const char *switch_name,
			size_t *switch_index, bool from_last, const struct yaml_node *at, const char *key,
			struct complaints *complaints)
{
	const char *name = port->switch_name ? port->switch_name : switch_name;
	struct topology_switch *sw = topology->switches.n ? &topology->switches.items[0] : NULL;
	char text[24];

	if (name)
		sw = topology_switch_find(topology, name);
	else if (port->member && topology->switches.n > 1) {
		complain(
		    complaints, at, key,
		    "found a port without its switch, expected SWITCH PORT, because the lab has %zu switches",
		    topology->switches.n);
		return false;
	}
	if (!sw && !name) /* the lab has no switch, which was reported */
		return false;
	if (!sw) {
		complain(complaints, at, key, "found the unknown switch \"%s\", expected one of `switches`",
			 name);
		return false;
	}
	*switch_index = (size_t)(sw - topology->switches.items);
	if (!sw->taken) /* the switch itself is wrong, which was reported */
		return false;
	if (!port->member) {
		if (choose_port(sw, port, from_last))
			return true;
		complain(
		    complaints, at, key,
		    "found no free port on %s, expected fewer than %d phones and servers, or more members",
		    sw->name, (int)sw->members * sw->model->ports);
		return false;
	}
	topology_port_format(port, text);
	port->switch_name = sw->name;
	if (!port_exists(sw, port)) {
		complain(complaints, at, key,
			 "found %s, expected a port of %s, which has %d member%s of %d ports and %d uplinks",
			 text, sw->name, (int)sw->members, sw->members == 1 ? "" : "s", sw->model->ports,
			 sw->model->uplinks);
		return false;
	}
	if (*port_mark(sw, port)) {
		complain(complaints, at, key, "found %s of %s, which is already taken, expected a free port",
			 text, sw->name);
		return false;
	}
	*port_mark(sw, port) = 1;
	return true;
}

static bool row_is_about(const struct topology_port_setting *row, const struct key_port *port)
{
	return row->port.member == port->member && row->port.uplink == port->uplink &&
	       port->number >= row->port.number && port->number <= row->port.last;
}

struct topology_port_setting topology_port_merged(const struct topology_switch *sw,
						  const struct key_port *port)
{
	struct topology_port_setting merged = {.port = *port,
					       .mode =
						   port->uplink ? TOPOLOGY_PORT_TRUNK : TOPOLOGY_PORT_ACCESS,
					       .access_vlan = sw->access_vlan,
					       .voice_vlan = sw->voice_vlan,
					       .native_vlan = 1,
					       .cdp = sw->cdp,
					       .lldp = sw->lldp,
					       .trusted = 0,
					       .shutdown = 0,
					       .poe = port->uplink ? TOPOLOGY_POE_NEVER : TOPOLOGY_POE_AUTO,
					       .poe_priority = TOPOLOGY_POE_LOW,
					       .poe_max = 30000};

	for (size_t i = 0; i < sw->ports.n; i++) {
		const struct topology_port_setting *row = &sw->ports.items[i];

		if (!row_is_about(row, port))
			continue;
		if (row->mode != KEY_UNSET)
			merged.mode = row->mode;
		if (row->access_vlan)
			merged.access_vlan = row->access_vlan;
		if (row->voice_vlan)
			merged.voice_vlan = row->voice_vlan;
		if (row->native_vlan)
			merged.native_vlan = row->native_vlan;
		if (row->allowed_vlans.n)
			merged.allowed_vlans = row->allowed_vlans;
		if (row->cdp != KEY_UNSET)
			merged.cdp = row->cdp;
		if (row->lldp != KEY_UNSET)
			merged.lldp = row->lldp;
		if (row->trusted != KEY_UNSET)
			merged.trusted = row->trusted;
		if (row->shutdown != KEY_UNSET)
			merged.shutdown = row->shutdown;
		if (row->poe != KEY_UNSET)
			merged.poe = row->poe;
		if (row->poe_priority != KEY_UNSET)
			merged.poe_priority = row->poe_priority;
		if (row->poe_max != KEY_UNSET)
			merged.poe_max = row->poe_max;
		if (row->description)
			merged.description = row->description;
	}
	return merged;
}
