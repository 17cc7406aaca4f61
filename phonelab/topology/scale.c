/* Scale a topology to a number of phones, with all values that depend on it. */
#include "phonelab/topology/settle.h"

#include <string.h>

static void forget_singles(struct topology_phone_row *row, int64_t *line)
{
	row->mac.has = false;
	row->line.n = 0;
	row->lines_from = *line;
	if (*line)
		*line += row->count;
	if (row->port.switch_name)
		row->switch_name = row->port.switch_name;
	memset(&row->port, 0, sizeof(row->port));
}

/* Divide the phones among the rows in proportion to their counts; the first rows get the remainder. Values of single
 * phones (MAC, port, line) are dropped and derived again. External phones stay as they are. */
static void scale_rows(struct topology *topology, size_t phones)
{
	size_t total = 0, given = 0, kept = 0;
	int64_t line = 0;

	for (size_t i = 0; i < topology->rows.n; i++) {
		struct topology_phone_row *row = &topology->rows.items[i];

		if (row->count < 1)
			row->count = 1;
		if (row->external == 1)
			continue;
		total += (size_t)row->count;
		if (!line)
			line = row->lines_from;
	}
	if (!total)
		return;
	for (size_t i = 0; i < topology->rows.n; i++) {
		if (topology->rows.items[i].external == 1)
			continue;
		topology->rows.items[i].count =
		    (int64_t)((size_t)topology->rows.items[i].count * phones / total);
		given += (size_t)topology->rows.items[i].count;
	}
	for (size_t i = 0; given < phones; i++) {
		struct topology_phone_row *row = &topology->rows.items[i % topology->rows.n];

		if (row->external == 1)
			continue;
		row->count++;
		given++;
	}
	for (size_t i = 0; i < topology->rows.n; i++) {
		struct topology_phone_row *row = &topology->rows.items[i];

		if (!row->count)
			continue;
		if (row->external != 1)
			forget_singles(row, &line);
		if (kept != i)
			topology->rows.items[kept] = *row;
		kept++;
	}
	topology->rows.n = kept;
}

/* Servers and call managers that are, or may be, plugged into the switch. */
static size_t plugs_of(const struct topology *topology, const struct topology_switch *sw)
{
	size_t n = 0;

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		n += server->kind == TOPOLOGY_ROUTER ? server->interfaces.n : 1;
	}
	n += topology->cluster.nodes.n;
	return sw == topology->switches.items || topology->switches.n > 1 ? n : 0;
}

static void scale_switch(struct topology *topology, struct topology_switch *sw)
{
	const struct topology_switch_model *model =
	    sw->model_name ? topology_switch_model_find(sw->model_name) : NULL;
	int64_t phones = 0, most = 0, needed;

	if (!model)
		return;
	for (size_t i = 0; i < topology->rows.n; i++) {
		const struct topology_phone_row *row = &topology->rows.items[i];
		const struct topology_phone_model *phone =
		    row->model_name ? topology_phone_model_find(row->model_name) : NULL;

		if (topology_switch_or_first(topology, row->switch_name) != sw)
			continue;
		phones += row->count;
		if (phone && row->power == TOPOLOGY_POWER_POE && topology_class_mw(phone->poe_class) > most)
			most = topology_class_mw(phone->poe_class);
	}
	if (!phones)
		return;
	needed = (phones + (int64_t)plugs_of(topology, sw) + model->ports - 1) / model->ports;
	if (needed > sw->members)
		sw->members = needed;
	if (sw->poe_budget == KEY_UNSET)
		sw->poe_budget = model->poe_budget;
	needed = most * (phones < model->ports ? phones : model->ports);
	if (needed > sw->poe_budget)
		sw->poe_budget = needed;
}

/* Enlarge the subnet to hold its servers and that number of phones; its pools end where it ends. */
static void scale_vlan(struct topology *topology, struct topology_vlan *vlan, size_t phones)
{
	size_t room = phones + 64;

	while (vlan->subnet.length > 8 &&
	       (size_t)(topology_prefix_last(&vlan->subnet) - vlan->subnet.address) < room) {
		vlan->subnet.length--;
		vlan->subnet.address &= ~(uint32_t)0 << (32 - vlan->subnet.length);
	}
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		if (server->kind != TOPOLOGY_DHCP || !server->pool.first ||
		    !topology_prefix_holds(&vlan->subnet, server->pool.first))
			continue;
		if (server->pool.last - server->pool.first + 1 < phones)
			server->pool.last = topology_prefix_last(&vlan->subnet) - 1;
	}
}

void topology_scale(struct topology *topology, size_t phones)
{
	if (!topology->rows.n || phones > 4096) {
		complain(topology->complaints, NULL, NULL,
			 "%zu phones were requested; a lab has 1 to 4096 phones", phones);
		return;
	}
	scale_rows(topology, phones);
	for (size_t i = 0; i < topology->switches.n; i++)
		scale_switch(topology, &topology->switches.items[i]);
	for (size_t v = 0; v < topology->vlans.n; v++) {
		struct topology_vlan *vlan = &topology->vlans.items[v];
		size_t here = 0;

		for (size_t i = 0; i < topology->rows.n; i++) {
			const struct topology_switch *sw =
			    topology_switch_or_first(topology, topology->rows.items[i].switch_name);

			if (sw && (sw->voice_vlan > 0 ? sw->voice_vlan : sw->access_vlan) == vlan->id)
				here += (size_t)topology->rows.items[i].count;
		}
		if (here && vlan->subnet.length)
			scale_vlan(topology, vlan, here);
	}
}
