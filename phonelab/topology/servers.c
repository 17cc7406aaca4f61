/* Servers and call managers: names, ports, VLANs, addresses, pools, trust. */
#include "phonelab/topology/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/ipv4.h"

static struct owners gather(struct topology *topology)
{
	size_t most = topology->servers.n * 16 + topology->cluster.nodes.n + 1;
	struct owners owners = {.items = arena_alloc(&topology->arena, most * sizeof(struct owner))};

	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		if (server->kind != TOPOLOGY_ROUTER) {
			server->plug.at = server->at;
			owners.items[owners.n++] = (struct owner){&server->plug, server->name, "servers",
								  server->owner.external == 1};
			continue;
		}
		for (size_t j = 0; j < server->interfaces.n && j < 16; j++)
			owners.items[owners.n++] = (struct owner){&server->interfaces.items[j], server->name,
								  "servers.interfaces", false};
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		struct topology_node *node = &topology->cluster.nodes.items[i];

		node->plug.at = node->at;
		owners.items[owners.n++] = (struct owner){&node->plug, node->name, topology_node_path(node),
							  node->owner.external == 1};
	}
	return owners;
}

static const char *path_of(struct topology *topology, const struct owner *owner, const char *key)
{
	return arena_format(&topology->arena, "%s.%s", owner->path, key);
}

static void settle_vlan(struct topology *topology, const struct owner *owner)
{
	struct topology_plug *plug = owner->plug;
	const struct topology_vlan *only = NULL;
	size_t subnets = 0;
	bool unsure = false; /* the list of VLANs itself is wrong, which was reported */

	for (size_t i = 0; i < topology->vlans.n; i++) {
		const struct topology_vlan *vlan = &topology->vlans.items[i];

		if (vlan->subnet.length) {
			subnets++;
			only = vlan;
		}
		unsure = unsure || !vlan->id || (!vlan->subnet.length && yaml_tree_get(vlan->at, "subnet"));
	}
	if (unsure)
		return;
	if (!plug->vlan && !yaml_tree_get(plug->at, "vlan")) {
		if (subnets != 1) {
			complain(topology->complaints, plug->at, path_of(topology, owner, "vlan"),
				 "found nothing, expected a VLAN, because %zu VLANs have a subnet", subnets);
			return;
		}
		plug->vlan = only->id;
	}
	if (!plug->vlan)
		return;
	plug->net = topology_vlan_find(topology, plug->vlan);
	if (!plug->net)
		topology_complain(topology, plug->at, path_of(topology, owner, "vlan"),
				  "found VLAN %d, expected one of `vlans`", plug->vlan);
	else if (!plug->net->subnet.length) {
		topology_complain(topology, plug->at, path_of(topology, owner, "vlan"),
				  "found VLAN %d, which has no subnet, expected one with a subnet",
				  plug->vlan);
		plug->net = NULL;
	}
}

static void check_address(struct topology *topology, const struct owners *owners, const struct owner *owner)
{
	const struct topology_plug *plug = owner->plug;
	const char *path = path_of(topology, owner, "address");
	char a[16], b[16];

	if (!plug->address || !plug->net)
		return;
	ipv4_format(plug->address, a);
	ipv4_format(plug->net->subnet.address, b);
	if (!topology_prefix_holds(&plug->net->subnet, plug->address))
		topology_complain(topology, plug->at, path,
				  "found %s, expected an address in %s/%d of VLAN %d", a, b,
				  plug->net->subnet.length, plug->net->id);
	else if (plug->address == plug->net->subnet.address ||
		 plug->address == topology_prefix_last(&plug->net->subnet))
		topology_complain(topology, plug->at, path,
				  "found %s, the %s address of %s/%d, expected a host address", a,
				  plug->address == plug->net->subnet.address ? "network" : "broadcast", b,
				  plug->net->subnet.length);
	for (const struct owner *other = owners->items; other < owner; other++)
		if (other->plug->address == plug->address)
			topology_complain(
			    topology, plug->at, path,
			    "found %s a second time, expected a unique address (\"%s\" has it, line %u)", a,
			    other->name ? other->name : "", other->plug->at->line);
}

/* Is it the address of a server or call manager, or in a pool? */
static bool address_used(const struct topology *topology, const struct owners *owners, uint32_t address)
{
	for (size_t i = 0; i < owners->n; i++)
		if (owners->items[i].plug->address == address)
			return true;
	for (size_t i = 0; i < topology->servers.n; i++)
		if (address >= topology->servers.items[i].pool.first &&
		    address <= topology->servers.items[i].pool.last)
			return true;
	return false;
}

/* The lowest address; .1 is left to a router. */
static void choose_address(struct topology *topology, const struct owners *owners, const struct owner *owner)
{
	struct topology_plug *plug = owner->plug;
	bool router = !strcmp(owner->path, "servers.interfaces");

	if (plug->address || !plug->net || yaml_tree_get(plug->at, "address"))
		return;
	for (uint32_t a = plug->net->subnet.address + (router ? 1 : 2);
	     a < topology_prefix_last(&plug->net->subnet); a++)
		if (!address_used(topology, owners, a)) {
			plug->address = a;
			return;
		}
	complain(topology->complaints, plug->at, path_of(topology, owner, "address"),
		 "found no free address in VLAN %d, expected a larger subnet", plug->net->id);
}

/* --- names --- */

static void check_name(const struct topology *topology, const char *name, const struct yaml_node *at,
		       const char *path)
{
	static const char *const ours[] = {"lab", "rack"};

	for (size_t i = 0; name && i < 2; i++)
		if (!strcmp(name, ours[i]))
			topology_complain(topology, at, path,
					  "found \"%s\", expected a name that phonelab does not use itself",
					  name);
	for (size_t i = 0; i < topology->switches.n; i++)
		topology_same_name(topology, name, topology->switches.items[i].name,
				   topology->switches.items[i].at, at, path);
	for (size_t i = 0; i < topology->servers.n && topology->servers.items[i].at != at; i++)
		if (topology_same_name(topology, name, topology->servers.items[i].name,
				       topology->servers.items[i].at, at, path))
			return;
	/* A server comes before every node, so a node is never blamed on a later row. */
	if (strcmp(path, "cluster.nodes.name") && strcmp(path, "clusters.nodes.name"))
		return;
	for (size_t i = 0; i < topology->cluster.nodes.n && topology->cluster.nodes.items[i].at != at; i++)
		topology_same_name(topology, name, topology->cluster.nodes.items[i].name,
				   topology->cluster.nodes.items[i].at, at, path);
}

/* --- kinds --- */

static void check_kind(const struct topology *topology, const struct topology_server *server)
{
	static const struct {
		const char *key;
		unsigned kinds;
		const char *whose;
	} rows[] = {
	    {"port", 1 << TOPOLOGY_DHCP | 1 << TOPOLOGY_TFTP, "dhcp or tftp (a router has `interfaces`)"},
	    {"vlan", 1 << TOPOLOGY_DHCP | 1 << TOPOLOGY_TFTP, "dhcp or tftp (a router has `interfaces`)"},
	    {"address", 1 << TOPOLOGY_DHCP | 1 << TOPOLOGY_TFTP, "dhcp or tftp (a router has `interfaces`)"},
	    {"interfaces", 1 << TOPOLOGY_ROUTER, "router"},
	    {"pool", 1 << TOPOLOGY_DHCP, "dhcp"},
	    {"lease", 1 << TOPOLOGY_DHCP, "dhcp"},
	    {"dns", 1 << TOPOLOGY_DHCP, "dhcp"},
	    {"options", 1 << TOPOLOGY_DHCP, "dhcp"},
	    {"http", 1 << TOPOLOGY_TFTP, "tftp"},
	    {"tftp", 1 << TOPOLOGY_TFTP, "tftp"},
	    {"cluster", 1 << TOPOLOGY_TFTP, "tftp"},
	};
	static const char *const names[] = {"dhcp", "tftp", "router"};

	if (server->kind < 0)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[40];

		if (!yaml_tree_get(server->at, rows[i].key) || rows[i].kinds & 1u << server->kind)
			continue;
		snprintf(path, sizeof(path), "servers.%s", rows[i].key);
		topology_complain(topology, server->at, path,
				  "found on a server of kind %s, expected only on kind %s",
				  names[server->kind], rows[i].whose);
	}
	if (server->kind == TOPOLOGY_ROUTER && !yaml_tree_get(server->at, "interfaces"))
		complain(topology->complaints, server->at, "servers.interfaces",
			 "found nothing, expected the interfaces of the router");
}

/* --- trust: on which side of a trunk are the DHCP servers? --- */

/* Mark every switch that is reached from i without the trunk i-without. */
static void reach(const struct topology *topology, size_t i, size_t without, bool *seen)
{
	seen[i] = true;
	for (size_t s = 0; s < topology->switches.n; s++)
		for (size_t u = 0; u < topology->switches.items[s].uplinks.n; u++) {
			size_t to = topology->switches.items[s].uplinks.items[u].to_index;
			size_t next = s == i ? to : to == i ? s : i;

			if (next != i && !seen[next] && next != without)
				reach(topology, next, i, seen);
		}
}

static bool dhcp_beyond(struct topology *topology, size_t from, size_t without)
{
	bool *seen = arena_alloc(&topology->arena, topology->switches.n * sizeof(*seen));

	reach(topology, from, without, seen);
	for (size_t i = 0; i < topology->servers.n; i++)
		if (topology->servers.items[i].kind == TOPOLOGY_DHCP &&
		    seen[topology->servers.items[i].plug.switch_index])
			return true;
	return false;
}

static void settle_trust(struct topology *topology)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			uplink->trust_up = dhcp_beyond(topology, uplink->to_index, i);
			uplink->trust_down = dhcp_beyond(topology, i, uplink->to_index);
		}
}

/* "3000-3999": both numbers have the same digits, so that all numbers of the range have. */
static void settle_auto_registration(struct topology *topology)
{
	struct topology_cluster *cluster = &topology->cluster;
	const char *text = cluster->auto_registration, *dash = text ? strchr(text, '-') : NULL;
	size_t digits = dash ? (size_t)(dash - text) : 0;

	if (!text)
		return;
	if (!digits || digits > 15 || strspn(text, "0123456789") != digits || strlen(dash + 1) != digits ||
	    strspn(dash + 1, "0123456789") != digits ||
	    strcmp(dash + 1, arena_copy(&topology->arena, text, digits)) < 0) {
		topology_complain(topology, cluster->at, "cluster.auto_registration",
				  "found \"%s\", expected a range of directory numbers such as 3000-3999",
				  text);
		return;
	}
	if (cluster->devices == TOPOLOGY_DEVICES_EXTERNAL)
		topology_complain(
		    topology, cluster->at, "cluster.auto_registration",
		    "found with `devices: external`, expected only where the lab has the device table");
	cluster->auto_first = strtoull(text, NULL, 10);
	cluster->auto_last = strtoull(dash + 1, NULL, 10);
	cluster->auto_digits = (int)digits;
}

void topology_settle_servers(struct topology *topology)
{
	struct owners owners = gather(topology);
	size_t before;

	settle_auto_registration(topology);
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		check_kind(topology, server);
		check_name(topology, server->name, server->at, "servers.name");
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		struct topology_node *node = &topology->cluster.nodes.items[i];

		if (node->role == KEY_UNSET)
			node->role =
			    i && node[-1].cluster == node->cluster ? TOPOLOGY_SUBSCRIBER : TOPOLOGY_PUBLISHER;
		check_name(topology, node->name, node->at,
			   node->cluster ? "clusters.nodes.name" : "cluster.nodes.name");
	}
	/* Given ports come first, so that no port is chosen that a later row needs. */
	for (int given = 1; given >= 0; given--)
		for (size_t i = 0; i < owners.n; i++) {
			struct owner *owner = &owners.items[i];

			if ((owner->plug->port.member != 0) != given ||
			    (!given && yaml_tree_get(owner->plug->at, "port")))
				continue;
			if (given && owner->external)
				topology_yield_nic(topology, &owner->plug->port);
			if (topology_take_port(topology, &owner->plug->port,
					       given ? NULL : topology_core_switch(topology),
					       &owner->plug->switch_index, true, owner->plug->at,
					       path_of(topology, owner, "port")))
				topology_check_core(topology, owner->plug->switch_index, owner->plug->at,
						    path_of(topology, owner, "port"));
		}
	for (size_t i = 0; i < owners.n; i++) {
		settle_vlan(topology, &owners.items[i]);
		check_address(topology, &owners, &owners.items[i]);
	}
	before = topology->complaints->n;
	for (size_t i = 0; i < owners.n; i++)
		choose_address(topology, &owners, &owners.items[i]);
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		for (size_t j = 0; server->kind == TOPOLOGY_ROUTER && j < server->interfaces.n; j++) {
			const struct topology_plug *plug = &server->interfaces.items[j];
			struct topology_vlan *vlan =
			    plug->net ? &topology->vlans.items[plug->net - topology->vlans.items] : NULL;

			if (vlan && !vlan->gateway)
				vlan->gateway = plug->address;
		}
		if (server->kind == TOPOLOGY_DHCP && topology_ours(&server->owner))
			topology_settle_dhcp(topology, &owners, server);
	}
	if (!before && !topology->complaints->n)
		settle_trust(topology);
}
