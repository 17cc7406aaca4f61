/* Switches: models, VLANs, ports, and how they are joined. */
#include "phonelab/topology/settle.h"

#include <stdio.h>
#include <string.h>

static void check_vlan(const struct topology *topology, int id, const struct yaml_node *object,
		       const char *path)
{
	if (id > 1 && !topology_vlan_find(topology, id)) /* VLAN 1 is always there */
		topology_complain(topology, object, path, "found VLAN %d, expected one of `vlans`", id);
}

static void check_vlans(const struct topology *topology, const struct topology_vlan_ids *ids,
			const struct yaml_node *object, const char *path)
{
	for (size_t i = 0; i < ids->n; i++)
		check_vlan(topology, ids->items[i], object, path);
}

static void check_port_rows(const struct topology *topology, const struct topology_switch *sw)
{
	for (size_t i = 0; i < sw->ports.n; i++) {
		const struct topology_port_setting *row = &sw->ports.items[i];
		const struct key_port *port = &row->port;

		check_vlan(topology, row->access_vlan, row->at, "switches.ports.access_vlan");
		check_vlan(topology, row->voice_vlan, row->at, "switches.ports.voice_vlan");
		check_vlan(topology, row->native_vlan, row->at, "switches.ports.native_vlan");
		check_vlans(topology, &row->allowed_vlans, row->at, "switches.ports.allowed_vlans");
		if (!port->member)
			continue;
		if (port->switch_name && strcmp(port->switch_name, sw->name))
			topology_complain(topology, row->at, "switches.ports.port",
					  "found a port of \"%s\", expected a port of %s", port->switch_name,
					  sw->name);
		else
			topology_check_port(topology, sw, port, row->at, "switches.ports.port");
	}
}

/* Complain if an earlier port has the same interface. */
static void check_nic(const struct topology *topology, const struct topology_port_setting *row)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].ports.n; j++) {
			const struct topology_port_setting *other =
			    &topology->switches.items[i].ports.items[j];

			if (other == row)
				return;
			if (topology_same_name(topology, row->nic, other->nic, other->at, row->at,
					       "switches.ports.nic"))
				return;
		}
}

/* The far end of a port with `nic` is outside of the lab: nothing else is plugged in there, but an external node may be
 * beyond it. */
static void settle_nics(struct topology *topology, struct topology_switch *sw)
{
	for (size_t i = 0; i < sw->ports.n; i++) {
		struct topology_port_setting *row = &sw->ports.items[i];
		size_t index;

		if (!row->nic || !row->port.member)
			continue;
		check_nic(topology, row);
		if (row->port.last > row->port.number)
			topology_complain(
			    topology, row->at, "switches.ports.port",
			    "found a range of ports, expected one port, because an interface is the far end "
			    "of one port");
		else if (topology_take_port(topology, &row->port, sw->name, &index, false, row->at,
					    "switches.ports.port"))
			topology_mark_nic(sw, &row->port);
	}
}

static void settle_switch(struct topology *topology, struct topology_switch *sw)
{
	sw->model = sw->model_name ? topology_switch_model_find(sw->model_name) : NULL;
	if (!sw->model || !sw->name || sw->members < 1)
		return;
	for (struct topology_switch *other = topology->switches.items; other < sw; other++)
		topology_same_name(topology, sw->name, other->name, other->at, sw->at, "switches.name");
	if (sw->poe_budget == KEY_UNSET)
		sw->poe_budget = sw->model->poe_budget;
	sw->taken = arena_alloc(&topology->arena,
				(size_t)sw->members * (size_t)(sw->model->ports + sw->model->uplinks));
	if (sw->external == 1 && sw->uplinks.n)
		topology_complain(
		    topology, sw->at, "switches.uplinks",
		    "found on an external switch, expected at the other end of the trunk: the lab plugs "
		    "its own switch into yours");
	check_vlan(topology, sw->access_vlan, sw->at, "switches.access_vlan");
	check_vlan(topology, sw->voice_vlan, sw->at, "switches.voice_vlan");
	check_port_rows(topology, sw);
}

/* By default the first free uplink port. */
static void choose_uplink(const struct topology_switch *sw, struct key_port *port)
{
	int each = sw->model->ports + sw->model->uplinks;

	for (int i = 0; !port->member && i < sw->members * sw->model->uplinks; i++) {
		int member = i / sw->model->uplinks, number = i % sw->model->uplinks;

		if (!sw->taken[member * each + sw->model->ports + number])
			*port = (struct key_port){
			    .member = member + 1, .uplink = true, .number = number + 1, .last = number + 1};
	}
}

static size_t root_of(const size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i];
	return i;
}

static void settle_uplink(struct topology *topology, struct topology_switch *sw,
			  struct topology_uplink *uplink, size_t *parent)
{
	struct topology_switch *to = uplink->to ? topology_switch_find(topology, uplink->to) : NULL;
	size_t index;

	check_vlan(topology, uplink->native_vlan, uplink->at, "switches.uplinks.native_vlan");
	check_vlans(topology, &uplink->allowed_vlans, uplink->at, "switches.uplinks.allowed_vlans");
	if (!uplink->to)
		return;
	if (!to) {
		topology_complain(topology, uplink->at, "switches.uplinks.to",
				  "found the unknown switch \"%s\", expected one of `switches`", uplink->to);
		return;
	}
	topology_settle_trunk(topology, sw, uplink, to);
	uplink->to_index = (size_t)(to - topology->switches.items);
	index = (size_t)(sw - topology->switches.items);
	if (root_of(parent, index) == root_of(parent, uplink->to_index)) {
		topology_complain(
		    topology, uplink->at, "switches.uplinks.to",
		    "found a cycle of uplinks from \"%s\" through \"%s\" back to itself, expected a "
		    "tree of switches",
		    sw->name, to->name);
		return;
	}
	parent[root_of(parent, index)] = root_of(parent, uplink->to_index);
	if (!sw->taken || !to->taken)
		return;
	choose_uplink(sw, &uplink->port);
	choose_uplink(to, &uplink->remote_port);
	topology_take_port(topology, &uplink->port, sw->name, &index, false, uplink->at,
			   "switches.uplinks.port");
	topology_take_port(topology, &uplink->remote_port, to->name, &uplink->to_index, false, uplink->at,
			   "switches.uplinks.remote_port");
}

void topology_settle_switches(struct topology *topology)
{
	size_t *parent = arena_alloc(&topology->arena, (topology->switches.n + 1) * sizeof(*parent));

	for (size_t i = 0; i < topology->switches.n; i++) {
		parent[i] = i;
		settle_switch(topology, &topology->switches.items[i]);
	}
	for (size_t i = 0; i < topology->switches.n; i++)
		if (topology->switches.items[i].taken)
			settle_nics(topology, &topology->switches.items[i]);
	for (size_t i = 0; i < topology->switches.n; i++) {
		struct topology_switch *sw = &topology->switches.items[i];

		for (size_t j = 0; sw->name && j < sw->uplinks.n; j++)
			settle_uplink(topology, sw, &sw->uplinks.items[j], parent);
	}
	topology_settle_vnis(topology);
}
