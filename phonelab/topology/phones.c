/* Phones: from rows with counts to single phones, each with its MAC, port, lines and network. */
#include "phonelab/topology/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BASE  0xaabb01u /* 00:11:22:aa:bb:01 and up by default */
#define LINE_BASE 1001

static struct mac mac_plus(struct mac mac, uint32_t n)
{
	uint32_t low = (uint32_t)mac.octet[3] << 16 | (uint32_t)mac.octet[4] << 8 | mac.octet[5];

	low = (low + n) & 0xffffff;
	mac.octet[3] = (uint8_t)(low >> 16);
	mac.octet[4] = (uint8_t)(low >> 8);
	mac.octet[5] = (uint8_t)low;
	return mac;
}

/* The phone that has the MAC already, or NULL. */
static const struct topology_phone *owner_of(const struct topology *topology, const struct mac *mac)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (topology->phones[i].name[0] && mac_equal(&topology->phones[i].mac, mac))
			return &topology->phones[i];
	return NULL;
}

static void set_mac(struct topology_phone *phone, const struct mac *mac)
{
	phone->mac = *mac;
	mac_format_device(mac, phone->name);
}

/* The port that is i further than the row's, over the members of the stack. */
static struct key_port port_plus(const struct topology *topology, const struct topology_phone_row *row, int i)
{
	const char *name = row->port.switch_name ? row->port.switch_name : row->switch_name;
	const struct topology_switch *sw = topology_switch_or_first(topology, name);
	struct key_port port = row->port;
	int each = sw && sw->model ? sw->model->ports : 48;

	if (!port.member || port.uplink || !i)
		return port;
	i += port.number - 1;
	port.member += i / each;
	port.number = i % each + 1;
	port.last = port.number;
	return port;
}

static void check_row(const struct topology *topology, const struct topology_phone_row *row)
{
	if (row->count > 1 && row->line.n)
		topology_complain(topology, row->at, "phones.line",
				  "found a single line for %d phones, expected `lines: from NUMBER`",
				  (int)row->count);
	if (row->line.n && row->lines_from)
		topology_complain(topology, row->at, "phones.lines",
				  "found both `line` and `lines`, expected one of them");
	if (row->line.n > 6)
		topology_complain(topology, row->at, "phones.line", "found %zu lines, expected 1 to 6",
				  row->line.n);
	if (row->port.switch_name && row->switch_name && strcmp(row->port.switch_name, row->switch_name))
		topology_complain(topology, row->at, "phones.switch",
				  "found \"%s\", expected \"%s\" as in `port`", row->switch_name,
				  row->port.switch_name);
	if (row->external && !row->mac.has)
		topology_complain(topology, row->at, "phones.external",
				  "found an external phone without `mac`, expected the MAC of your phone");
	if (row->external && (row->port.member || row->switch_name))
		topology_complain(
		    topology, row->at, row->port.member ? "phones.port" : "phones.switch",
		    "found a port of an external phone, expected none: its port is where you plug it in");
	if (row->port.uplink)
		topology_complain(topology, row->at, "phones.port",
				  "found an uplink port, expected an access port such as Gi1/0/5");
}

static void check_group(const struct topology *topology, const struct topology_phone_row *row)
{
	for (size_t i = 0; i < row->call_manager_group.n; i++) {
		bool found = false, twice = false;

		for (size_t n = 0; n < topology->cluster.nodes.n; n++)
			found = found || (topology->cluster.nodes.items[n].cluster == row->cluster &&
					  !strcmp(topology->cluster.nodes.items[n].name,
						  row->call_manager_group.items[i]));
		for (size_t j = 0; j < i; j++)
			twice = twice ||
				!strcmp(row->call_manager_group.items[j], row->call_manager_group.items[i]);
		if (!found || twice)
			topology_complain(topology, row->at, "phones.call_manager_group",
					  "found \"%s\"%s, expected call managers of `%s`",
					  row->call_manager_group.items[i], found ? " a second time" : "",
					  row->cluster ? "clusters.nodes" : "cluster.nodes");
	}
}

static void expand_row(struct topology *topology, struct topology_phone_row *row, size_t first)
{
	for (size_t i = 0; i < (size_t)row->count; i++) {
		struct topology_phone *phone = &topology->phones[first + i];
		const struct topology_phone *other;
		struct mac mac;

		phone->row = row;
		phone->port = port_plus(topology, row, (int)i);
		if (!row->mac.has)
			continue;
		mac = mac_plus(row->mac.mac, (uint32_t)i);
		other = owner_of(topology, &mac);
		if (other) {
			char text[MAC_TEXT];

			mac_format(&mac, text);
			topology_complain(topology, row->at, "phones.mac",
					  "found %s a second time, expected a unique MAC (line %u)", text,
					  other->row->at->line);
			return;
		}
		set_mac(phone, &mac);
	}
}

void topology_expand_phones(struct topology *topology)
{
	size_t total = 0, first = 0;
	uint32_t next = 0;

	for (size_t i = 0; i < topology->rows.n; i++) {
		struct topology_phone_row *row = &topology->rows.items[i];

		row->model = row->model_name ? topology_phone_model_find(row->model_name) : NULL;
		if (row->count < 1)
			row->count = 1;
		total += (size_t)row->count;
		check_row(topology, row);
		check_group(topology, row);
	}
	if (total > 4096) {
		topology_complain(topology, topology->at, "phones", "found %zu phones, expected at most 4096",
				  total);
		return;
	}
	topology->phones = arena_alloc(&topology->arena, (total + 1) * sizeof(*topology->phones));
	topology->phone_count = total;
	for (size_t i = 0; i < topology->rows.n; i++) {
		expand_row(topology, &topology->rows.items[i], first);
		first += (size_t)topology->rows.items[i].count;
	}
	for (size_t i = 0; i < total; i++) {
		struct topology_phone *phone = &topology->phones[i];
		struct mac mac;

		if (phone->row->port.member && !phone->row->port.uplink && !phone->row->external)
			topology_take_port(topology, &phone->port, phone->row->switch_name,
					   &phone->switch_index, false, phone->row->at, "phones.port");
		if (phone->row->mac.has)
			continue;
		do
			mac = mac_plus((struct mac){{0x00, 0x11, 0x22}}, MAC_BASE + next++);
		while (owner_of(topology, &mac));
		set_mac(phone, &mac);
	}
}

/* --- lines --- */

struct number {
	const char *text;
	const struct topology_phone *phone;
	size_t order;
};

static int by_number(const void *a, const void *b)
{
	const struct number *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static void check_lines(struct topology *topology)
{
	struct number *numbers =
	    arena_alloc(&topology->arena, (topology->phone_count * 6 + 1) * sizeof(*numbers));
	size_t n = 0;

	for (size_t i = 0; i < topology->phone_count; i++)
		for (size_t j = 0; j < topology->phones[i].line_count && j < 6; j++, n++)
			numbers[n] = (struct number){topology->phones[i].lines[j], &topology->phones[i], n};
	qsort(numbers, n, sizeof(*numbers), by_number);
	for (size_t i = 1; i < n; i++) {
		const struct topology_phone_row *row = numbers[i].phone->row;

		if (strcmp(numbers[i].text, numbers[i - 1].text))
			continue;
		topology_complain(topology, row->at, row->line.n ? "phones.line" : "phones.lines",
				  "found %s a second time, expected a unique number (line %u)",
				  numbers[i].text, numbers[i - 1].phone->row->at->line);
	}
}

static bool line_given(const struct topology *topology, const char *text)
{
	for (size_t i = 0; i < topology->rows.n; i++) {
		const struct topology_phone_row *row = &topology->rows.items[i];
		int64_t n = atoll(text);

		for (size_t j = 0; j < row->line.n; j++)
			if (!strcmp(row->line.items[j], text))
				return true;
		if (row->lines_from && n >= row->lines_from && n < row->lines_from + row->count)
			return true;
	}
	return false;
}

static void settle_lines(struct topology *topology)
{
	const struct topology_phone_row *row = NULL;
	int64_t counted = 0, derived = LINE_BASE;

	for (size_t i = 0; i < topology->phone_count; i++) {
		struct topology_phone *phone = &topology->phones[i];

		if (phone->row != row)
			counted = 0;
		row = phone->row;
		if (row->line.n) {
			phone->lines = row->line.items;
			phone->line_count = row->line.n;
			continue;
		}
		if (!row->lines_from && topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL)
			continue; /* the phone's file gives the number */
		phone->lines = arena_alloc(&topology->arena, sizeof(*phone->lines));
		phone->line_count = 1;
		if (row->lines_from) {
			phone->lines[0] =
			    arena_format(&topology->arena, "%lld", (long long)(row->lines_from + counted++));
			continue;
		}
		do
			phone->lines[0] = arena_format(&topology->arena, "%lld", (long long)derived++);
		while (line_given(topology, phone->lines[0]));
	}
}

/* --- networks --- */

/* The VLAN in which the phone will be: the voice VLAN if it can learn it, else the access VLAN. */
static const struct topology_vlan *network_of(const struct topology *topology,
					      const struct topology_phone *phone)
{
	const struct topology_switch *sw = &topology->switches.items[phone->switch_index];
	struct topology_port_setting port = topology_port_merged(sw, &phone->port);
	const struct topology_phone_row *row = phone->row;
	bool learns = (row->cdp && port.cdp) || (row->lldp && port.lldp);
	char text[24];

	topology_port_format(&phone->port, text);
	if (port.mode == TOPOLOGY_PORT_TRUNK)
		topology_complain(topology, row->at, "phones.port",
				  "found %s of %s, which is a trunk, expected an access port", text,
				  sw->name);
	return topology_vlan_find(topology,
				  learns && port.voice_vlan > 0 ? port.voice_vlan : port.access_vlan);
}

/* Are there as many addresses as phones, where there is a pool at all? */
static void check_pools(const struct topology *topology)
{
	for (size_t v = 0; v < topology->vlans.n; v++) {
		const struct topology_server *first = NULL;
		size_t phones = 0, addresses = 0;

		for (size_t i = 0; i < topology->phone_count; i++)
			phones += topology->phones[i].net == &topology->vlans.items[v];
		for (size_t i = 0; i < topology->servers.n; i++) {
			const struct topology_server *server = &topology->servers.items[i];

			if (server->kind != TOPOLOGY_DHCP || !topology_ours(&server->owner) ||
			    server->plug.net != &topology->vlans.items[v])
				continue;
			if (server->pool.last >= server->pool.first)
				addresses += server->pool.last - server->pool.first + 1;
			first = first ? first : server;
		}
		if (first && addresses < phones)
			topology_complain(
			    topology, first->at, "servers.pool",
			    "found %zu addresses for the %zu phones of VLAN %d, expected at least %zu",
			    addresses, phones, topology->vlans.items[v].id, phones);
	}
}

/* External phones have MAC and lines like all others; from here on they are no phones of the lab. */
static void move_external(struct topology *topology)
{
	size_t total = topology->phone_count, kept = 0;
	struct topology_phone *sorted = arena_alloc(&topology->arena, (total + 1) * sizeof(*sorted));

	for (int external = 0; external < 2; external++) {
		for (size_t i = 0; i < total; i++)
			if ((topology->phones[i].row->external == 1) == external)
				sorted[kept++] = topology->phones[i];
		if (!external)
			topology->phone_count = kept;
	}
	topology->external_count = total - topology->phone_count;
	topology->phones = sorted;
}

void topology_settle_phones(struct topology *topology)
{
	for (size_t i = 0; i < topology->phone_count; i++) {
		struct topology_phone *phone = &topology->phones[i];
		size_t before = topology->complaints->n;

		if (!phone->port.member && !phone->row->external &&
		    !topology_take_port(topology, &phone->port, phone->row->switch_name, &phone->switch_index,
					false, phone->row->at,
					phone->row->switch_name ? "phones.switch" : "phones") &&
		    topology->complaints->n > before)
			return; /* every further phone would give the same complaint */
	}
	if (topology->complaints->n)
		return;
	settle_lines(topology);
	check_lines(topology);
	for (size_t i = 0; i < topology->phone_count; i++)
		topology->phones[i].net = network_of(topology, &topology->phones[i]);
	check_pools(topology);
	move_external(topology);
}
