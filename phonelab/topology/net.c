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

bool topology_has_server(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->servers.n; i++)
		if (!strcmp(topology->servers.items[i].name, name))
			return true;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (!strcmp(topology->cluster.nodes.items[i].name, name))
			return true;
	return false;
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

struct topology_switch *topology_switch_or_first(const struct topology *topology, const char *name)
{
	if (name)
		return topology_switch_find(topology, name);
	return topology->switches.n ? &topology->switches.items[0] : NULL;
}

bool topology_complain(const struct topology *topology, const struct yaml_node *object, const char *path,
		       const char *format, ...)
{
	const char *dot = strrchr(path, '.');
	const struct yaml_node *value = yaml_tree_get(object, dot ? dot + 1 : path);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain(topology->complaints, value ? value : object, path, "%s", text);
	return false;
}

bool topology_same_name(const struct topology *topology, const char *name, const char *other,
			const struct yaml_node *other_at, const struct yaml_node *object, const char *path)
{
	if (!name || !other || strcmp(name, other))
		return false;
	topology_complain(topology, object, path,
			  "found \"%s\" a second time, expected a unique name (line %u)", name,
			  other_at->line);
	return true;
}

static bool overlap(const struct key_prefix *a, const struct key_prefix *b)
{
	return topology_prefix_holds(a, b->address) || topology_prefix_holds(b, a->address);
}

void topology_settle_vlans(struct topology *topology)
{
	for (size_t i = 0; i < topology->vlans.n; i++) {
		struct topology_vlan *vlan = &topology->vlans.items[i];

		for (size_t j = 0; j < i; j++) {
			const struct topology_vlan *other = &topology->vlans.items[j];
			char address[16];

			if (vlan->id && vlan->id == other->id)
				topology_complain(
				    topology, vlan->at, "vlans.id",
				    "found VLAN %d a second time, expected each VLAN once (line %u)",
				    vlan->id, other->at->line);
			topology_same_name(topology, vlan->name, other->name, other->at, vlan->at,
					   "vlans.name");
			if (vlan->subnet.length && other->subnet.length &&
			    overlap(&vlan->subnet, &other->subnet))
				topology_complain(
				    topology, vlan->at, "vlans.subnet",
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

/* The marks in `taken`. */
enum {
	PORT_FREE,
	PORT_TAKEN,
	PORT_NIC,
};

static uint8_t *port_mark(const struct topology_switch *sw, const struct key_port *port)
{
	int each = sw->model->ports + sw->model->uplinks;

	return &sw->taken[(port->member - 1) * each + (port->uplink ? sw->model->ports : 0) + port->number -
			  1];
}

bool topology_check_port(const struct topology *topology, const struct topology_switch *sw,
			 const struct key_port *port, const struct yaml_node *object, const char *path)
{
	char text[24], last[16] = "";

	if (port->member <= sw->members &&
	    port->last <= (port->uplink ? sw->model->uplinks : sw->model->ports))
		return true;
	topology_port_format(port, text);
	if (port->last > port->number)
		snprintf(last, sizeof(last), "-%d", port->last);
	return topology_complain(
	    topology, object, path,
	    "found %s%s, expected a port of %s, which has %d member%s of %d ports and %d uplinks", text, last,
	    sw->name, (int)sw->members, sw->members == 1 ? "" : "s", sw->model->ports, sw->model->uplinks);
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
		*port_mark(sw, &candidate) = PORT_TAKEN;
		return true;
	}
	return false;
}

bool topology_take_port(struct topology *topology, struct key_port *port, const char *switch_name,
			size_t *switch_index, bool from_last, const struct yaml_node *object,
			const char *path)
{
	const char *name = port->switch_name ? port->switch_name : switch_name;
	struct topology_switch *sw = topology_switch_or_first(topology, name);
	char text[24];

	if (!name && port->member && topology->switches.n > 1)
		return topology_complain(
		    topology, object, path,
		    "found a port without its switch, expected SWITCH PORT, because the lab has %zu switches",
		    topology->switches.n);
	if (!sw && !name) /* the lab has no switch, which was reported */
		return false;
	if (!sw)
		return topology_complain(topology, object, path,
					 "found the unknown switch \"%s\", expected one of `switches`", name);
	*switch_index = (size_t)(sw - topology->switches.items);
	if (!sw->taken) /* the switch itself is wrong, which was reported */
		return false;
	if (!port->member)
		return choose_port(sw, port, from_last) ||
		       topology_complain(topology, object, path,
					 "found no free port on %s, expected fewer than %d phones and "
					 "servers, or more members",
					 sw->name, (int)sw->members * sw->model->ports);
	port->switch_name = sw->name;
	if (!topology_check_port(topology, sw, port, object, path))
		return false;
	topology_port_format(port, text);
	if (*port_mark(sw, port))
		return topology_complain(topology, object, path,
					 "found %s of %s, which is already taken, expected a free port", text,
					 sw->name);
	*port_mark(sw, port) = PORT_TAKEN;
	return true;
}

void topology_mark_nic(const struct topology_switch *sw, const struct key_port *port)
{
	*port_mark(sw, port) = PORT_NIC;
}

void topology_yield_nic(const struct topology *topology, const struct key_port *port)
{
	const struct topology_switch *sw = topology_switch_or_first(topology, port->switch_name);

	if (!sw || !sw->taken || port->member > sw->members ||
	    port->number > (port->uplink ? sw->model->uplinks : sw->model->ports))
		return; /* taking the port reports it */
	if (*port_mark(sw, port) == PORT_NIC)
		*port_mark(sw, port) = PORT_FREE;
}

bool topology_port_in(const struct key_port *port, const struct key_port *range)
{
	return range->member == port->member && range->uplink == port->uplink &&
	       port->number >= range->number && port->number <= range->last;
}

struct topology_port_setting topology_port_merged(const struct topology_switch *sw,
						  const struct key_port *port)
{
	struct topology_port_setting merged = {.mode =
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

		if (topology_port_in(port, &row->port))
			shape_merge(&topology_port_shape, row, &merged);
	}
	merged.port = *port;
	return merged;
}
