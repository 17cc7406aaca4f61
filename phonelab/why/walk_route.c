/* Layer 3: from node to node by their routing tables, with ARP, forwarding and rules at each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/why/walk_internal.h"

#define ETHERNET_MTU 1500

/* --- one hop --- */

static bool is_phone(const struct walk_hop *hop)
{
	return !strcmp(hop->node, hop->walk->it->name);
}

/* The routing table of a node; a phone has its route from its lease. */
static const char *route_object(const struct walk_hop *hop, char text[WALK_OBJECT])
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
		struct walk_prefix prefix;

		if (!walk_read_prefix(json_text(vlan, "subnet"), &prefix))
			continue;
		prefix.length = (int)json_int(vlan, "prefix");
		if (prefix.length > 0 && prefix.length <= 32 && walk_holds(&prefix, address)) {
			snprintf(text, 40, "%s/%d", json_text(vlan, "subnet"), prefix.length);
			return text;
		}
	}
	snprintf(text, 40, "%s", ipv4_format(address, number));
	return text;
}

static json_t *route_fact(const struct walk_hop *hop, const char *name, const char *format, const char *more)
{
	char object[WALK_OBJECT], from[WALK_OBJECT], subnet[40], text[200];
	json_t *fact;

	subnet_of(hop->walk, hop->packet->to, subnet);
	snprintf(text, sizeof(text), "%s%s%s", format, subnet, more);
	fact = walk_fact(hop->walk, name, route_object(hop, object),
			 walk_node_from(hop, is_phone(hop) ? "lease" : "ip route", from), "%s %s", hop->node,
			 text);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "to", "%s", subnet);
	return fact;
}

/* No route: an interface that is off or has no link, or an address that is gone, takes its routes with it. */
static enum walk_result no_route(const struct walk_hop *hop)
{
	const json_t *interface, *one;
	bool explained = walk_lost_any(hop->walk, hop->node);
	struct model_place place;
	size_t i;

	json_array_foreach (json_object_get(hop->inspect, "interfaces"), i, interface) {
		if (walk_is_off(hop->walk, hop->node, interface)) {
			explained = true;
		} else if (model_is(interface, "running", false)) {
			one = json_array_get(json_object_get(interface, "addresses"), 0);
			place = model_node_port(hop->walk->model, hop->node, json_text(interface, "name"),
						json_text(one, "address"), NULL);
			explained = (place.sw && walk_port_up(hop->walk, place, hop->node) == WALK_BROKEN) ||
				    explained;
		}
	}
	if (!explained)
		route_fact(hop, hop->packet->back ? "walk.no_route_back" : "walk.no_route",
			   "has no route to ", "");
	return WALK_BROKEN;
}

/* Has the node learned a MAC address for the address? */
static bool answers(const struct walk_hop *hop, const char *address)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(hop->inspect, "neighbours"), i, entry)
		if (!strcmp(json_text(entry, "address"), address) && *json_text(entry, "mac"))
			return true;
	return false;
}

/* Is the address in a subnet of the plan? */
static bool in_plan(const struct walk *walk, uint32_t address)
{
	char text[40];

	return strchr(subnet_of(walk, address, text), '/') != NULL;
}

/* The phone was given an address that no node has. */
static void nowhere(struct walk *walk, const char *address)
{
	json_t *fact =
	    walk_fact(walk, "walk.nowhere", walk->wants, "the model of the lab",
		      "no node has the address %s, which %s got from its %s", address, walk->it->name,
		      strncmp(walk->wants, "lease", 5) ? "configuration file" : "lease");

	fact_value(fact, "address", "%s", address);
}

/* An address that nobody has: its node by the plan has lost it, or somebody sends to a wrong one. */
static enum walk_result no_owner(const struct walk_hop *hop, uint32_t address, bool is_target)
{
	const json_t *planned = walk_planned_owner(hop->walk, address), *plug;
	char text[IPV4_TEXT], more[80];
	size_t i;

	ipv4_format(address, text);
	/* A device may answer that is not of the lab. */
	if (!planned && (!in_plan(hop->walk, address) || answers(hop, text)))
		return WALK_UNKNOWN;
	if (!planned && is_target) {
		nowhere(hop->walk, text);
		return WALK_BROKEN;
	}
	json_array_foreach (json_object_get(planned, "plugs"), i, plug)
		if (!strcmp(json_text(plug, "address"), text))
			walk_lost_address(hop->walk, json_text(planned, "name"), plug);
	if (!planned) {
		snprintf(more, sizeof(more), " by way of %s, which no node has", text);
		fact_value(route_fact(hop, "walk.route_wrong", "sends to ", more), "gateway", "%s", text);
	}
	return WALK_BROKEN;
}

/* --- layer 2 between two nodes --- */

struct socket_place {
	struct model_place place;
	int vlan, planned;
};

/* The port and VLAN of a node's interface. */
static struct socket_place place_of(const struct walk *walk, const char *node, const json_t *interface,
				    uint32_t address)
{
	struct socket_place it = {.vlan = -1, .planned = -1};
	const json_t *plug = NULL;
	char text[IPV4_TEXT];

	if (!strcmp(node, walk->it->name))
		return (struct socket_place){walk->port, walk->vlan, walk->vlan};
	it.place = model_node_port(walk->model, node, json_text(interface, "name"),
				   ipv4_format(address, text), &plug);
	if (it.place.sw)
		it.vlan = walk_untagged(model_port(walk->model, it.place.sw, it.place.port));
	if (plug)
		it.planned = (int)json_int(plug, "vlan");
	return it;
}

/* Of a router whose interfaces share a cable, or a node behind a trunk, nothing more is known. */
static enum walk_result cross(const struct walk_hop *hop, const char *next, const json_t *out,
			      uint32_t next_address)
{
	struct walk *walk = hop->walk;
	const json_t *in = walk_interface(walk_node(walk, next), next_address);
	struct socket_place near = place_of(walk, hop->node, out, 0),
			    far = place_of(walk, next, in, next_address);
	enum walk_result result = WALK_FINE;
	int vlan = near.planned > 0 ? near.planned : near.vlan;

	if (walk_is_off(walk, next, in) || walk_is_off(walk, hop->node, out))
		return WALK_BROKEN;
	if (!near.place.sw || !far.place.sw || vlan <= 0)
		return WALK_UNKNOWN;
	if (strcmp(hop->node, walk->it->name) != 0)
		result = walk_node_port(walk, hop->node, near.place, far.planned > 0 ? far.planned : far.vlan,
					near.planned);
	if (strcmp(next, walk->it->name) != 0)
		result = walk_worse(result, walk_node_port(walk, next, far.place, vlan, far.planned));
	return walk_worse(result, walk_switches(walk, near.place, far.place, vlan, false));
}

static void not_forwarding(const struct walk_hop *hop, const char *sysctl, int value)
{
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact;

	snprintf(object, sizeof(object), "filter %.60s", hop->node);
	fact = walk_fact(hop->walk, strstr(sysctl, "rp_filter") ? "walk.rp_filter" : "walk.not_forwarding",
			 object, walk_node_from(hop, "sysctl", from), "%s has %s = %d", hop->node, sysctl,
			 value);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "sysctl", "%s", sysctl);
	fact_value(fact, "value", "%d", value);
}

/* A strict reverse path filter drops what comes by another interface than answers would take. */
static enum walk_result check_reverse(const struct walk_hop *hop)
{
	const json_t *in = walk_interface_named(hop->inspect, hop->in);
	long long all = json_int(hop->inspect, "rp_filter"), own = json_int(in, "rp_filter");
	struct walk_lookup back = walk_look_up(hop->inspect, hop->packet->to, hop->packet->from);
	char name[80];

	if ((all > own ? all : own) != 1 || back.unknown || !*hop->in)
		return WALK_FINE;
	if (back.route && !strcmp(json_text(back.route, "dev"), hop->in))
		return WALK_FINE;
	snprintf(name, sizeof(name), "net.ipv4.conf.%.16s.rp_filter", own == 1 ? hop->in : "all");
	not_forwarding(hop, name, 1);
	return WALK_BROKEN;
}

/* A server that forwards nothing: then the node before it has a wrong gateway. */
static bool is_no_router(const struct walk_hop *hop)
{
	const char *kind = json_text(model_plan(hop->walk->model, hop->node), "kind");
	struct walk_hop before = *hop;
	char more[80];

	if (!*kind || !strcmp(kind, "router"))
		return false;
	before.node = hop->previous;
	snprintf(more, sizeof(more), " by way of %.40s, which is no router", hop->node);
	fact_value(route_fact(&before, "walk.route_wrong", "sends to ", more), "gateway", "%s", hop->node);
	return true;
}

/* The node forwards the packet from one interface to another. */
static enum walk_result check_forward(const struct walk_hop *hop, const char *out)
{
	const json_t *in = walk_interface_named(hop->inspect, hop->in);
	char name[80];

	/* The packets that arrive are forwarded by the setting of their interface, which ip_forward sets for all. */
	if (in && model_port_int(in, "forwarding") == 0 && hop->previous && is_no_router(hop))
		return WALK_BROKEN;
	if (in && model_port_int(in, "forwarding") == 0) {
		bool all = model_port_int(hop->inspect, "ip_forward") == 0;

		snprintf(name, sizeof(name), "net.ipv4.conf.%.16s.forwarding", hop->in);
		not_forwarding(hop, all ? "net.ipv4.ip_forward" : name, 0);
		return WALK_BROKEN;
	}
	return walk_filter(hop->walk, hop->node, "forward", hop->packet, hop->in, out);
}

/* What makes frames late, few or small at the interface by which they leave. */
static enum walk_result check_shape(const struct walk_hop *hop, const json_t *out)
{
	const char *name = json_text(out, "name");
	long long mtu = model_port_int(out, "mtu");
	enum walk_result result = WALK_FINE;
	char object[WALK_OBJECT], from[WALK_OBJECT];
	const json_t *qdisc;
	json_t *fact;
	size_t i;

	json_array_foreach (json_object_get(hop->inspect, "qdiscs"), i, qdisc) {
		if (strcmp(json_text(qdisc, "dev"), name))
			continue;
		snprintf(object, sizeof(object), "filter %.60s", hop->node);
		fact = walk_fact(hop->walk, "walk.qdisc", object, walk_node_from(hop, "tc qdisc", from),
				 "%s has the queueing discipline %s at %s", hop->node,
				 json_text(qdisc, "kind"), name);
		fact_value(fact, "node", "%s", hop->node);
		fact_value(fact, "kind", "%s", json_text(qdisc, "kind"));
		result = WALK_UNKNOWN;
	}
	if (mtu <= 0 || mtu >= ETHERNET_MTU)
		return result;
	snprintf(object, sizeof(object), "address %.60s", hop->node);
	fact = walk_fact(hop->walk, "walk.mtu_small", object, walk_node_from(hop, "ip link", from),
			 "the MTU of %s of %s is %lld, not %d", name, hop->node, mtu, ETHERNET_MTU);
	fact_value(fact, "node", "%s", hop->node);
	fact_value(fact, "mtu", "%lld", mtu);
	return WALK_UNKNOWN;
}

/* From this node to the next. 0: the walk goes on at *next; else the result of the whole. */
static bool step(struct walk_hop *hop, enum walk_result *result, const char **next, const char **next_in)
{
	struct walk_lookup found = walk_look_up(hop->inspect, hop->packet->from, hop->packet->to);
	const json_t *route = found.route, *out;
	const char *type = json_text(route, "type"), *dev = json_text(route, "dev"),
		   *via = json_text(route, "via");
	uint32_t address = hop->packet->to;
	enum walk_result got = WALK_FINE;
	int owners = 0;

	*result = WALK_UNKNOWN;
	if (found.unknown)
		return false;
	*result = WALK_BROKEN;
	if (found.refused || (route && strcmp(type, "unicast") != 0)) {
		fact_value(route_fact(hop, "walk.blackhole", "drops what it sends to ",
				      found.refused ? " (a policy rule)" : ""),
			   "type", "%s", found.refused ? "rule" : type);
		return false;
	}
	if (!route) {
		no_route(hop);
		return false;
	}
	out = walk_interface_named(hop->inspect, dev);
	if (!is_phone(hop))
		got = walk_worse(walk_check_mask(hop, out), check_shape(hop, out));
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
		walk_duplicate(hop, address);
		got = WALK_BROKEN;
	}
	got = walk_worse(got, cross(hop, *next, out, address));
	got = walk_worse(got, walk_check_neighbour(hop, *next, address));
	*next_in = json_text(walk_interface(walk_node(hop->walk, *next), address), "name");
	*result = got;
	return true;
}

/* The way comes back to a node. The wrong route is at the first node that could send to the address itself, else at the last. */
static enum walk_result on_a_loop(struct walk_hop *hop, const char *const visited[], int n)
{
	for (int i = n - 1; i >= 0; i--)
		if (walk_is_near(walk_node(hop->walk, visited[i]), hop->packet->to))
			hop->node = visited[i];
	route_fact(hop, "walk.route_wrong", "sends packets to ", " in a circle");
	return WALK_BROKEN;
}

static bool was_at(const char *const visited[], int n, const char *node)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(visited[i], node))
			return true;
	return false;
}

enum walk_result walk_route(struct walk *walk, const char *from, const struct walk_packet *packet,
			    const char **server)
{
	struct walk_hop hop = {.walk = walk, .packet = packet, .node = from, .in = ""};
	enum walk_result all = WALK_FINE, one;
	const char *visited[WALK_HOPS];

	for (int n = 0; n < WALK_HOPS; n++) {
		const char *next = NULL, *in = "";

		hop.inspect = walk_node(walk, hop.node);
		if (!json_object_get(hop.inspect, "interfaces"))
			return walk_worse(all, WALK_UNKNOWN);
		if (*hop.in)
			all = walk_worse(all, check_reverse(&hop));
		if (walk_interface(hop.inspect, packet->to)) {
			if (server)
				*server = hop.node;
			return walk_worse(all, walk_filter(walk, hop.node, "input", packet, hop.in, ""));
		}
		visited[n] = hop.node;
		if (!step(&hop, &one, &next, &in))
			return walk_worse(all, one);
		all = walk_worse(all, one);
		if (was_at(visited, n + 1, next))
			return on_a_loop(&hop, visited, n + 1);
		hop.previous = hop.node;
		hop.node = next;
		hop.in = in;
	}
	return WALK_UNKNOWN;
}
