/* Repairs of nodes in a model: addresses, routes, rules, programs, sockets. */
#include "phonelab/why/retry_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/why/model.h"

#define MAIN_TABLE 254

static json_t *node_of(json_t *model, const json_t *fact)
{
	return (json_t *)model_node(model, fact_text(fact, "node"));
}

/* --- routes --- */

static uint32_t mask_of(int prefix)
{
	return prefix > 0 ? 0xffffffffu << (32 - prefix) : 0;
}

static bool has_route(const json_t *node, const char *to)
{
	const json_t *route;
	size_t i;

	json_array_foreach (json_object_get(node, "routes"), i, route)
		if (!strcmp(json_text(route, "to"), to) && !strcmp(json_text(route, "type"), "unicast"))
			return true;
	return false;
}

static void add_route(json_t *node, const char *to, const char *dev, const char *via)
{
	if (!has_route(node, to))
		json_array_append_new(json_object_get(node, "routes"),
				      json_pack("{s:s,s:s,s:i,s:i,s:s,s:s*}", "type", "unicast", "to", to,
						"metric", 0, "table", MAIN_TABLE, "dev", dev, "via", via));
}

/* The gateway of the plan for the subnet of an address; "": none, or the node has it itself. */
static const char *gateway_of(const json_t *model, const json_t *node, uint32_t address)
{
	const json_t *vlan, *interface, *one;
	const char *gateway = "";
	uint32_t subnet;
	size_t i, j;

	json_array_foreach (json_object_get(json_object_get(model, "plan"), "vlans"), i, vlan) {
		int prefix = (int)json_int(vlan, "prefix");

		if (prefix > 0 && prefix <= 32 && !ipv4_parse(&subnet, json_text(vlan, "subnet")) &&
		    !((subnet ^ address) & mask_of(prefix)))
			gateway = json_text(vlan, "gateway");
	}
	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			if (!strcmp(json_text(one, "address"), gateway))
				return "";
	return gateway;
}

/* The routes that a node has by its addresses and the plan: its subnets, and the default route. */
static bool restore_routes(const json_t *model, json_t *node)
{
	const json_t *interface, *one;
	size_t i, j;

	if (!json_is_array(json_object_get(node, "routes")))
		return false;
	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one) {
			const char *dev = json_text(interface, "name"), *gateway;
			int prefix = (int)json_int(one, "prefix");
			char subnet[IPV4_TEXT + 8];
			uint32_t address;

			if (ipv4_parse(&address, json_text(one, "address")) || prefix <= 0 || prefix > 32 ||
			    address >> 24 == 127)
				continue;
			ipv4_format(address & mask_of(prefix), subnet);
			snprintf(subnet + strlen(subnet), 8, "/%d", prefix);
			add_route(node, subnet, dev, NULL);
			gateway = gateway_of(model, node, address);
			if (*gateway)
				add_route(node, "0.0.0.0/0", dev, gateway);
		}
	return true;
}

/* Remove the routes that a test selects. How many. */
static size_t remove_routes(json_t *node, bool (*is)(const json_t *route, const char *text), const char *text)
{
	json_t *routes = json_object_get(node, "routes");
	size_t removed = 0;

	for (size_t i = json_array_size(routes); i-- > 0;)
		if (is(json_array_get(routes, i), text)) {
			json_array_remove(routes, i);
			removed++;
		}
	return removed;
}

static bool is_via(const json_t *route, const char *gateway)
{
	return !strcmp(json_text(route, "via"), gateway);
}

static bool is_type(const json_t *route, const char *type)
{
	return !strcmp(json_text(route, "type"), type);
}

static bool is_of_dev(const json_t *route, const char *dev)
{
	return !json_object_get(route, "via") && !strcmp(json_text(route, "dev"), dev);
}

static bool no_route(json_t *model, const json_t *fact)
{
	return restore_routes(model, node_of(model, fact));
}

/* The gateway is an address, or a node that has it. */
static bool route_wrong(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact);
	const char *gateway = fact_text(fact, "gateway");
	const json_t *interface, *one;
	size_t removed = *gateway ? remove_routes(node, is_via, gateway) : 0, i, j;

	json_array_foreach (json_object_get(model_node(model, gateway), "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			removed += remove_routes(node, is_via, json_text(one, "address"));
	return removed && restore_routes(model, node);
}

static bool blackhole(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact);

	return remove_routes(node, is_type, fact_text(fact, "type")) && restore_routes(model, node);
}

/* --- addresses --- */

static bool interface_up(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact), *interface;
	size_t i;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		if (model_is(interface, "up", false)) {
			json_object_set_new(interface, "up", json_true());
			json_object_set_new(interface, "running", json_true());
		}
	return restore_routes(model, node);
}

static json_t *interface_named(json_t *node, const char *name)
{
	json_t *interface;
	size_t i;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		if (!strcmp(json_text(interface, "name"), name))
			return interface;
	return NULL;
}

/* The address of the plan takes the place of those that its interface has. */
static bool address(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact), *interface;
	const json_t *plug;
	size_t i;

	json_array_foreach (json_object_get(model_plan(model, fact_text(fact, "node")), "plugs"), i, plug) {
		if (strcmp(json_text(plug, "address"), fact_text(fact, "address")))
			continue;
		interface = interface_named(node, json_text(plug, "interface"));
		if (!interface || json_int(plug, "prefix") <= 0)
			return false;
		json_object_set_new(interface, "addresses",
				    json_pack("[{s:s,s:O}]", "address", json_text(plug, "address"), "prefix",
					      json_object_get(plug, "prefix")));
		remove_routes(node, is_of_dev, json_text(interface, "name"));
		return restore_routes(model, node);
	}
	return false;
}

static bool mask(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact), *interface, *one;
	const json_t *plug;
	size_t i, j, k;

	json_array_foreach (json_object_get(model_plan(model, fact_text(fact, "node")), "plugs"), i, plug)
		json_array_foreach (json_object_get(node, "interfaces"), j, interface)
			json_array_foreach (json_object_get(interface, "addresses"), k, one) {
				if (strcmp(json_text(plug, "address"), json_text(one, "address")) ||
				    json_int(plug, "prefix") == json_int(one, "prefix"))
					continue;
				json_object_set(one, "prefix", json_object_get(plug, "prefix"));
				remove_routes(node, is_of_dev, json_text(interface, "name"));
			}
	return restore_routes(model, node);
}

static bool duplicate(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact), *interface, *list;
	size_t i;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface) {
		list = json_object_get(interface, "addresses");
		for (size_t j = json_array_size(list); j-- > 0;)
			if (!strcmp(json_text(json_array_get(list, j), "address"),
				    fact_text(fact, "address")))
				json_array_remove(list, j);
	}
	return node != NULL;
}

/* A wrong entry goes. If another device answers, it comes again: then nothing is repaired. */
static bool neighbour(json_t *model, const json_t *fact)
{
	const char *name = fact_text(fact, "node");
	json_t *node = node_of(model, fact), *list;

	if (strncmp(json_text(fact, "object"), "arp ", 4))
		return false;
	if (!node)
		node = json_object_get(json_object_get(model, "phones"), name);
	list = json_object_get(node, "neighbours");
	for (size_t i = json_array_size(list); i-- > 0;)
		if (!strcmp(json_text(json_array_get(list, i), "address"), fact_text(fact, "address")))
			json_array_remove(list, i);
	return list != NULL;
}

/* --- forwarding and rules --- */

static bool set_sysctl(json_t *model, const json_t *fact, const char *of_node, const char *of_interface,
		       int value)
{
	json_t *node = node_of(model, fact), *interface;
	size_t i;

	if (!node)
		return false;
	json_object_set_new(node, of_node, json_integer(value));
	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		json_object_set_new(interface, of_interface, json_integer(value));
	return true;
}

static bool forwarding(json_t *model, const json_t *fact)
{
	return set_sysctl(model, fact, "ip_forward", "forwarding", 1);
}

static bool rp_filter(json_t *model, const json_t *fact)
{
	return set_sysctl(model, fact, "rp_filter", "rp_filter", 0);
}

/* The rule, or the policy of the chain, that the fact is about: by its place in the list. */
static bool rule(json_t *model, const json_t *fact)
{
	json_t *ruleset = json_object_get(node_of(model, fact), "filter"), *one;
	const char *place = fact_text(fact, "place");
	size_t at = strtoul(place, NULL, 10);

	one = *place ? json_array_get(ruleset, at) : NULL;
	if (json_object_get(one, "chain"))
		return !json_object_set_new(json_object_get(one, "chain"), "policy", json_string("accept"));
	return json_object_get(one, "rule") && !json_array_remove(ruleset, at);
}

/* --- programs --- */

static void add_listener(json_t *node, const char *protocol, const char *address, int port)
{
	json_t *listeners = json_object_get(node, "listeners");

	json_array_append_new(
	    listeners, json_pack("{s:s,s:s,s:i}", "protocol", protocol, "address", address, "port", port));
}

static const struct usual {
	const char *kind, *protocol;
	int port;
} usual[] = {{"dhcp", "udp", 67},   {"dhcp", "udp", 53},	   {"tftp", "udp", 69},
	     {"http", "tcp", 6970}, {"call-manager", "tcp", 5060}, {"call-manager", "udp", 5060}};

/* A program that runs listens where a program of its kind does. */
static bool program(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact), *one;
	const char *object = json_text(fact, "object");
	bool found = false;
	size_t i;

	json_array_foreach (json_object_get(node, "programs"), i, one) {
		bool stopped = !strcmp(json_text(one, "state"), "stopped");

		if (strncmp(object, "process ", 8) || strcmp(json_text(one, "name"), object + 8))
			continue;
		json_object_set_new(one, "state", json_string("running"));
		json_object_del(one, "paused_workers");
		json_object_del(one, "missing_workers");
		for (size_t u = 0; stopped && u < sizeof(usual) / sizeof(usual[0]); u++)
			if (!strcmp(usual[u].kind, json_text(one, "kind")))
				add_listener(node, usual[u].protocol, "0.0.0.0", usual[u].port);
		found = true;
	}
	return found;
}

static bool listener(json_t *model, const json_t *fact)
{
	json_t *node = node_of(model, fact);

	if (!json_is_array(json_object_get(node, "listeners")))
		return false;
	add_listener(node, fact_text(fact, "protocol"), fact_text(fact, "address"),
		     atoi(fact_text(fact, "port")));
	return true;
}

static const struct repair {
	const char *fact;
	bool (*make)(json_t *model, const json_t *fact);
} repairs[] = {
    {"walk.no_route", no_route},
    {"walk.no_route_back", no_route},
    {"walk.route_wrong", route_wrong},
    {"walk.blackhole", blackhole},
    {"walk.interface_down", interface_up},
    {"walk.address_missing", address},
    {"walk.address_wrong", address},
    {"walk.mask_wrong", mask},
    {"walk.address_duplicate", duplicate},
    {"walk.arp_conflict", neighbour},
    {"walk.not_forwarding", forwarding},
    {"walk.rp_filter", rp_filter},
    {"walk.filter", rule},
    {"walk.process_stopped", program},
    {"walk.process_paused", program},
    {"walk.worker_paused", program},
    {"walk.worker_missing", program},
    {"walk.no_listener", listener},
    {"walk.listener_elsewhere", listener},
};

bool retry_repair_node(json_t *model, const json_t *fact, bool *known)
{
	for (size_t i = 0; i < sizeof(repairs) / sizeof(repairs[0]); i++)
		if (!strcmp(repairs[i].fact, json_text(fact, "fact"))) {
			*known = true;
			return repairs[i].make(model, fact);
		}
	return false;
}
