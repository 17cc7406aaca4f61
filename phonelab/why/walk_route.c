/* Layer 3: from node to node by their routing tables, with ARP, forwarding and rules at each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/why/walk_internal.h"

#define MAIN_TABLE 254

/* --- who has an address --- */

const json_t *walk_node(const struct walk *walk, const char *name)
{
	return strcmp(name, walk->it->name) ? model_node(walk->model, name) : walk->phone;
}

const json_t *walk_interface(const json_t *node, uint32_t address)
{
	const json_t *interface, *one;
	char text[IPV4_TEXT];
	size_t i, j;

	ipv4_format(address, text);
	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			if (!strcmp(json_text(one, "address"), text))
				return interface;
	return NULL;
}

static const json_t *interface_named(const json_t *node, const char *name)
{
	const json_t *interface;
	size_t i;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		if (!strcmp(json_text(interface, "name"), name))
			return interface;
	return NULL;
}

/* The node that the plan gives the address. */
static const json_t *planned_owner(const struct walk *walk, uint32_t address)
{
	const json_t *node, *plug;
	char text[IPV4_TEXT];
	size_t i, j;

	ipv4_format(address, text);
	json_array_foreach (json_object_get(json_object_get(walk->model, "plan"), "nodes"), i, node)
		json_array_foreach (json_object_get(node, "plugs"), j, plug)
			if (!strcmp(json_text(plug, "address"), text))
				return node;
	return NULL;
}

const char *walk_owner(const struct walk *walk, uint32_t address, int *count)
{
	const json_t *nodes = json_object_get(walk->model, "nodes"), *planned = planned_owner(walk, address);
	const char *name, *owner = NULL;
	json_t *node;
	int n = 0;

	if (walk_interface(walk->phone, address)) {
		owner = walk->it->name;
		n++;
	}
	json_object_foreach ((json_t *)nodes, name, node) {
		if (!walk_interface(node, address))
			continue;
		/* Of several the one that should have it. */
		if (!owner || (planned && !strcmp(name, json_text(planned, "name"))))
			owner = name;
		n++;
	}
	/* A node that cannot be inspected has what the plan says. */
	if (!owner && planned && !json_object_get(model_node(walk->model, json_text(planned, "name")), "interfaces")) {
		owner = json_text(planned, "name");
		n = 1;
	}
	if (count)
		*count = n;
	return owner;
}

/* --- one lookup --- */

struct prefix {
	uint32_t address;
	int length;
};

static bool read_prefix(const char *text, struct prefix *prefix)
{
	char address[IPV4_TEXT];

	prefix->length = 32;
	if (sscanf(text, "%15[0-9.]/%d", address, &prefix->length) < 1)
		return false;
	return !ipv4_parse(&prefix->address, address) && prefix->length >= 0 && prefix->length <= 32;
}

static bool holds(const struct prefix *prefix, uint32_t address)
{
	return !prefix->length || !((prefix->address ^ address) >> (32 - prefix->length));
}

/* The best route of a table: the longest prefix, then the least metric. */
static const json_t *best_route(const json_t *node, long long table, uint32_t to)
{
	const json_t *route, *best = NULL;
	int length = -1;
	size_t i;

	json_array_foreach (json_object_get(node, "routes"), i, route) {
		struct prefix prefix;

		if (json_int(route, "table") != table || json_object_get(route, "dead") ||
		    !read_prefix(json_text(route, "to"), &prefix) || !holds(&prefix, to))
			continue;
		if (prefix.length > length ||
		    (prefix.length == length && json_int(route, "metric") < json_int(best, "metric"))) {
			best = route;
			length = prefix.length;
		}
	}
	return best && strcmp(json_text(best, "type"), "throw") != 0 ? best : NULL;
}

static bool rule_fits(const json_t *rule, uint32_t from, uint32_t to)
{
	struct prefix prefix;

	if (json_object_get(rule, "from") && read_prefix(json_text(rule, "from"), &prefix) && !holds(&prefix, from))
		return false;
	return !json_object_get(rule, "to") || !read_prefix(json_text(rule, "to"), &prefix) || holds(&prefix, to);
}

struct lookup {
	const json_t *route; /* NULL: none */
	bool unknown;
	bool refused; /* by a policy rule */
};

static struct lookup look_up(const json_t *node, uint32_t from, uint32_t to)
{
	const json_t *rule;
	size_t i;

	if (!json_object_get(node, "routes"))
		return (struct lookup){.unknown = true};
	/* The kernel lists them by priority. The last ones, of the tables main and default, are not listed. */
	json_array_foreach (json_object_get(node, "rules"), i, rule) {
		const json_t *route;

		if (json_int(rule, "priority") >= 32766 || !rule_fits(rule, from, to))
			continue;
		if (json_object_get(rule, "more"))
			return (struct lookup){.unknown = true};
		if (json_int(rule, "action") > 5) /* blackhole, unreachable, prohibit */
			return (struct lookup){.refused = true};
		route = best_route(node, json_int(rule, "table"), to);
		if (route)
			return (struct lookup){.route = route};
	}
	return (struct lookup){.route = best_route(node, MAIN_TABLE, to)};
}

/* --- one hop --- */

struct hop {
	struct walk *walk;
	const struct walk_packet *packet;
	const char *node;
	const json_t *inspect;
	const char *in; /* the interface by which the packet came, "" at its first node */
};

static const char *node_from(const struct hop *hop, const char *command, char text[WALK_OBJECT])
{
	snprintf(text, WALK_OBJECT, "%.60s: %.30s", hop->node, command);
	return text;
}

static bool is_phone(const struct hop *hop)
{
	return !strcmp(hop->node, hop->walk->it->name);
}

/* The routing table of a node; a phone has its route from its lease. */
static const char *route_object(const struct hop *hop, char text[WALK_OBJECT])
{
	if (is_phone(hop))
		snprintf(text, WALK_OBJECT, "lease %.40s", json_text(hop->walk->it->phone, "ipv4"));
	else
		snprintf(text, WALK_OBJECT, "route %.60s", hop->node);
	return text;
}

/* "10.110.0.0/24": the subnet of the plan that holds the address, else the address. */
static const char *subnet_of(const struct walk *walk, uint32_t address, char text[40])
{
	const json_t *vlan;
	char number[IPV4_TEXT];
	size_t i;

	json_array_foreach (json_object_get(json_object_get(walk->model, "plan"), "vlans"), i, vlan) {
		struct prefix prefix;

		if (!read_prefix(json_text(vlan, "subnet"), &prefix))
			continue;
		prefix.length = (int)json_int(vlan, "prefix");
		if (prefix.length > 0 && prefix.length <= 32 && holds(&prefix, address)) {
			snprintf(text, 40, "%s/%d", json_text(vlan, "subnet"), prefix.length);
			return text;
		}
	}
	snprintf(text, 40, "%s", ipv4_format(address, number));
	return text;
}

static json_t *route_fact(const struct hop *hop, const char *name, const char *format, const char *more)
{
	char object[WALK_OBJECT], from[WALK_OBJECT], subnet[40], text[200];
	json_t *fact;

	subnet_of(hop->walk, hop->packet->to, subnet);
	snprintf(text, sizeof(text), "%s%s%s", format, subnet, more);
	fact = walk_fact(hop->walk, name, route_object(hop, object), node_from(hop, is_phone(hop) ? "lease" : "ip route", from),
			 "%s %s", hop->node, text);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "to", "%s", subnet);
	return fact;
}

/* No route: an interface that is down, or an address that is gone, takes its routes with it. */
static enum walk_result no_route(const struct hop *hop)
{
	char object[WALK_OBJECT], from[WALK_OBJECT];
	const json_t *interface;
	bool down = false;
	size_t i;

	json_array_foreach (json_object_get(hop->inspect, "interfaces"), i, interface) {
		if (!model_is(interface, "up", false))
			continue;
		snprintf(object, sizeof(object), "address %.60s", hop->node);
		fact_value(walk_fact(hop->walk, "walk.interface_down", object, node_from(hop, "ip link", from),
				     "the interface %s of %s is down", json_text(interface, "name"), hop->node),
			   "node", "%s", hop->node);
		down = true;
	}
	if (!down)
		route_fact(hop, hop->packet->back ? "walk.no_route_back" : "walk.no_route", "has no route to ", "");
	return WALK_BROKEN;
}

/* An address that nobody has: its node by the plan has lost it, or somebody sends to a wrong one. */
static enum walk_result no_owner(const struct hop *hop, uint32_t address, bool is_target)
{
	const json_t *planned = planned_owner(hop->walk, address), *interface, *one;
	char text[IPV4_TEXT], object[WALK_OBJECT], from[WALK_OBJECT], has[200] = "", more[80];
	const char *name = json_text(planned, "name");
	json_t *fact;
	size_t i, j, used = 0;

	ipv4_format(address, text);
	if (!planned && is_target)
		return WALK_UNKNOWN; /* the caller knows why the phone wants it */
	if (!planned) {
		snprintf(more, sizeof(more), " by way of %s, which no node has", text);
		fact_value(route_fact(hop, "walk.route_wrong", "sends to ", more), "gateway", "%s", text);
		return WALK_BROKEN;
	}
	json_array_foreach (json_object_get(model_node(hop->walk->model, name), "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			if (strncmp(json_text(one, "address"), "127.", 4) != 0 && used < sizeof(has))
				used += (size_t)snprintf(has + used, sizeof(has) - used, "%s%s", used ? ", " : "",
							 json_text(one, "address"));
	snprintf(object, sizeof(object), "address %.60s", name);
	snprintf(from, sizeof(from), "%.60s: ip address", name);
	fact = walk_fact(hop->walk, *has ? "walk.address_wrong" : "walk.address_missing", object, from,
			 "%s does not have the address %s (it has %s)", name, text, *has ? has : "none");
	fact_value(fact, "node", "%s", name);
	fact_value(fact, "address", "%s", text);
	fact_value(fact, "found", "%s", has);
	return WALK_BROKEN;
}

static void conflict(const struct hop *hop, const char *owner, const json_t *neighbour)
{
	const char *mac = json_text(neighbour, "mac"), *address = json_text(neighbour, "address"), *name, *other = NULL;
	struct model_place place = model_mac_place(hop->walk->model, mac);
	bool permanent = !strcmp(json_text(neighbour, "state"), "PERMANENT");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *node, *interface, *fact;
	size_t i;

	json_object_foreach (json_object_get(hop->walk->model, "nodes"), name, node)
		json_array_foreach (json_object_get(node, "interfaces"), i, interface)
			if (!strcmp(json_text(interface, "mac"), mac))
				other = name;
	if (permanent || (other && !strcmp(other, owner)))
		snprintf(object, sizeof(object), "arp %.60s", hop->node);
	else if (other)
		snprintf(object, sizeof(object), "address %.60s", other);
	else
		snprintf(object, sizeof(object), "device %.60s", mac);
	fact = walk_fact(hop->walk, "walk.arp_conflict", object, node_from(hop, "ip neigh", from),
			 "%s has the MAC address %s for %s, which is not that of %s", hop->node, mac, address, owner);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "owner", "%s", owner);
	fact_value(fact, "mac", "%s", mac);
	fact_value(fact, "state", "%s", json_text(neighbour, "state"));
	if (place.sw) {
		fact_value(fact, "port", "%s %s", place.sw, place.port);
		fact_value(fact, "device", "%s", model_device_at(hop->walk->model, place));
	}
}

/* The neighbour entry of the next hop: is the MAC the owner's own? */
static enum walk_result check_neighbour(const struct hop *hop, const char *owner, uint32_t next)
{
	const json_t *list = json_object_get(hop->inspect, "neighbours"), *entry;
	const json_t *interface = walk_interface(walk_node(hop->walk, owner), next);
	const char *mac = json_text(interface, "mac");
	char text[IPV4_TEXT], object[WALK_OBJECT], from[WALK_OBJECT];
	size_t i;

	ipv4_format(next, text);
	json_array_foreach (list, i, entry) {
		const char *found = json_text(entry, "mac");

		if (strcmp(json_text(entry, "address"), text))
			continue;
		if (*found && *mac && strcmp(found, mac) != 0) {
			conflict(hop, owner, entry);
			return WALK_BROKEN;
		}
		if (strcmp(json_text(entry, "state"), "FAILED"))
			continue;
		/* A consequence, as a rule: it breaks nothing by itself. */
		snprintf(object, sizeof(object), "arp %.60s", hop->node);
		fact_value(walk_fact(hop->walk, "walk.arp_failed", object, node_from(hop, "ip neigh", from),
				     "%s got no answer to ARP for %s of %s", hop->node, text, owner),
			   "address", "%s", text);
		return WALK_UNKNOWN;
	}
	return WALK_FINE;
}

/* Two nodes have it. */
static void duplicate(const struct hop *hop, uint32_t address)
{
	const json_t *planned = planned_owner(hop->walk, address);
	char text[IPV4_TEXT], object[WALK_OBJECT], from[WALK_OBJECT];
	const char *name;
	json_t *node, *fact;

	ipv4_format(address, text);
	json_object_foreach (json_object_get(hop->walk->model, "nodes"), name, node) {
		if (!walk_interface(node, address) || (planned && !strcmp(name, json_text(planned, "name"))))
			continue;
		snprintf(object, sizeof(object), "address %.60s", name);
		snprintf(from, sizeof(from), "%.60s: ip address", name);
		fact = walk_fact(hop->walk, "walk.address_duplicate", object, from, "%s has the address %s of %s", name, text,
				 planned ? json_text(planned, "name") : hop->walk->it->name);
		fact_value(fact, "address", "%s", text);
		fact_value(fact, "node", "%s", name);
	}
}

/* --- layer 2 between two nodes --- */

struct socket_place {
	struct model_place place;
	int vlan, planned;
};

/* The port and VLAN of a node's interface. */
static struct socket_place place_of(const struct walk *walk, const char *node, const json_t *interface, uint32_t address)
{
	struct socket_place it = {.vlan = -1, .planned = -1};
	const json_t *plug = NULL;
	char text[IPV4_TEXT];

	if (!strcmp(node, walk->it->name))
		return (struct socket_place){walk->port, walk->vlan, walk->vlan};
	it.place = model_node_port(walk->model, node, json_text(interface, "name"), ipv4_format(address, text), &plug);
	if (it.place.sw)
		it.vlan = walk_untagged(model_port(walk->model, it.place.sw, it.place.port));
	if (plug)
		it.planned = (int)json_int(plug, "vlan");
	return it;
}

/* Of a router whose interfaces share a cable, or a node behind a trunk, nothing more is known. */
static enum walk_result cross(const struct hop *hop, const char *next, const json_t *out, uint32_t next_address)
{
	struct walk *walk = hop->walk;
	const json_t *in = walk_interface(walk_node(walk, next), next_address);
	struct socket_place near = place_of(walk, hop->node, out, 0), far = place_of(walk, next, in, next_address);
	enum walk_result result = WALK_FINE;
	int vlan = near.planned > 0 ? near.planned : near.vlan;

	if (!near.place.sw || !far.place.sw || vlan <= 0)
		return WALK_UNKNOWN;
	if (strcmp(hop->node, walk->it->name) != 0)
		result = walk_node_port(walk, hop->node, near.place, far.planned > 0 ? far.planned : far.vlan, near.planned);
	if (strcmp(next, walk->it->name) != 0)
		result = walk_worse(result, walk_node_port(walk, next, far.place, vlan, far.planned));
	return walk_worse(result, walk_switches(walk, near.place, far.place, vlan, false));
}

/* A mask that differs from the plan's makes a node take far addresses for near ones, or near ones for far ones. */
static enum walk_result check_mask(const struct hop *hop, const json_t *interface)
{
	const json_t *one, *plug;
	size_t i, j;

	json_array_foreach (json_object_get(interface, "addresses"), i, one)
		json_array_foreach (json_object_get(model_plan(hop->walk->model, hop->node), "plugs"), j, plug) {
			long long found = json_int(one, "prefix"), planned = json_int(plug, "prefix");
			char object[WALK_OBJECT], from[WALK_OBJECT];
			json_t *fact;

			if (strcmp(json_text(plug, "address"), json_text(one, "address")) || !planned || found == planned)
				continue;
			snprintf(object, sizeof(object), "address %.60s", hop->node);
			fact = walk_fact(hop->walk, "walk.mask_wrong", object, node_from(hop, "ip address", from),
					 "%s has %s/%lld; its subnet has /%lld", hop->node, json_text(one, "address"), found,
					 planned);
			fact_value(fact, "node", "%s", hop->node);
			fact_value(fact, "found", "%lld", found);
			fact_value(fact, "expected", "%lld", planned);
			return WALK_BROKEN;
		}
	return WALK_FINE;
}

static void not_forwarding(const struct hop *hop, const char *sysctl, int value)
{
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact;

	snprintf(object, sizeof(object), "filter %.60s", hop->node);
	fact = walk_fact(hop->walk, strstr(sysctl, "rp_filter") ? "walk.rp_filter" : "walk.not_forwarding", object,
			 node_from(hop, "sysctl", from), "%s has %s = %d", hop->node, sysctl, value);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "sysctl", "%s", sysctl);
	fact_value(fact, "value", "%d", value);
}

/* A strict reverse path filter drops what comes by another interface than answers would take. */
static enum walk_result check_reverse(const struct hop *hop)
{
	const json_t *in = interface_named(hop->inspect, hop->in);
	long long all = json_int(hop->inspect, "rp_filter"), own = json_int(in, "rp_filter");
	struct lookup back = look_up(hop->inspect, hop->packet->to, hop->packet->from);
	char name[80];

	if ((all > own ? all : own) != 1 || back.unknown || !*hop->in)
		return WALK_FINE;
	if (back.route && !strcmp(json_text(back.route, "dev"), hop->in))
		return WALK_FINE;
	snprintf(name, sizeof(name), "net.ipv4.conf.%.16s.rp_filter", own == 1 ? hop->in : "all");
	not_forwarding(hop, name, 1);
	return WALK_BROKEN;
}

/* The node forwards the packet from one interface to another. */
static enum walk_result check_forward(const struct hop *hop, const char *out)
{
	const json_t *in = interface_named(hop->inspect, hop->in);
	char name[80];

	/* The packets that arrive are forwarded by the setting of their interface, which ip_forward sets for all. */
	if (in && model_port_int(in, "forwarding") == 0) {
		bool all = model_port_int(hop->inspect, "ip_forward") == 0;

		snprintf(name, sizeof(name), "net.ipv4.conf.%.16s.forwarding", hop->in);
		not_forwarding(hop, all ? "net.ipv4.ip_forward" : name, 0);
		return WALK_BROKEN;
	}
	return walk_filter(hop->walk, hop->node, "forward", hop->packet, hop->in, out);
}

/* From this node to the next. 0: the walk goes on at *next; else the result of the whole. */
static bool step(struct hop *hop, enum walk_result *result, const char **next, const char **next_in)
{
	struct lookup found = look_up(hop->inspect, hop->packet->from, hop->packet->to);
	const json_t *route = found.route, *out;
	const char *type = json_text(route, "type"), *dev = json_text(route, "dev"), *via = json_text(route, "via");
	uint32_t address = hop->packet->to;
	enum walk_result got = WALK_FINE;
	int owners = 0;

	*result = WALK_UNKNOWN;
	if (found.unknown)
		return false;
	*result = WALK_BROKEN;
	if (found.refused || (route && strcmp(type, "unicast") != 0)) {
		fact_value(route_fact(hop, "walk.blackhole", "drops what it sends to ", found.refused ? " (a policy rule)" : ""),
			   "type", "%s", found.refused ? "rule" : type);
		return false;
	}
	if (!route) {
		no_route(hop);
		return false;
	}
	out = interface_named(hop->inspect, dev);
	if (!is_phone(hop))
		got = check_mask(hop, out);
	got = walk_worse(got, *hop->in ? check_forward(hop, dev)
				       : walk_filter(hop->walk, hop->node, "output", hop->packet, "", dev));
	if (*via && ipv4_parse(&address, via))
		return false;
	*next = walk_owner(hop->walk, address, &owners);
	if (!*next) {
		*result = walk_worse(got, no_owner(hop, address, !*via));
		return false;
	}
	if (owners > 1) {
		duplicate(hop, address);
		got = WALK_BROKEN;
	}
	got = walk_worse(got, cross(hop, *next, out, address));
	got = walk_worse(got, check_neighbour(hop, *next, address));
	*next_in = json_text(walk_interface(walk_node(hop->walk, *next), address), "name");
	*result = got;
	return true;
}

enum walk_result walk_route(struct walk *walk, const char *from, const struct walk_packet *packet, const char **server)
{
	struct hop hop = {.walk = walk, .packet = packet, .node = from, .in = ""};
	enum walk_result all = WALK_FINE, one;

	for (int n = 0; n < WALK_HOPS; n++) {
		const char *next = NULL, *in = "";

		hop.inspect = walk_node(walk, hop.node);
		if (!json_object_get(hop.inspect, "interfaces"))
			/* Nothing is known of the inside: if it has the address, the way ends here. */
			return walk_worse(all, WALK_UNKNOWN);
		if (*hop.in)
			all = walk_worse(all, check_reverse(&hop));
		if (walk_interface(hop.inspect, packet->to)) {
			if (server)
				*server = hop.node;
			return walk_worse(all, walk_filter(walk, hop.node, "input", packet, hop.in, ""));
		}
		if (!step(&hop, &one, &next, &in))
			return walk_worse(all, one);
		all = walk_worse(all, one);
		hop.node = next;
		hop.in = in;
	}
	route_fact(&hop, "walk.route_wrong", "is on a loop on the way to ", "");
	return WALK_BROKEN;
}
