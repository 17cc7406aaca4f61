/* The owners of addresses, and lookups in routing tables. */
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/why/walk_internal.h"

#define MAIN_TABLE 254

/* --- owners of addresses --- */

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

const json_t *walk_interface_named(const json_t *node, const char *name)
{
	const json_t *interface;
	size_t i;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		if (!strcmp(json_text(interface, "name"), name))
			return interface;
	return NULL;
}

/* The node that the plan gives the address. */
const json_t *walk_planned_owner(const struct walk *walk, uint32_t address)
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
	const json_t *nodes = json_object_get(walk->model, "nodes"),
		     *planned = walk_planned_owner(walk, address);
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
	if (!owner && planned &&
	    !json_object_get(model_node(walk->model, json_text(planned, "name")), "interfaces")) {
		owner = json_text(planned, "name");
		n = 1;
	}
	if (count)
		*count = n;
	return owner;
}

/* --- one lookup --- */

bool walk_read_prefix(const char *text, struct walk_prefix *prefix)
{
	char address[IPV4_TEXT];

	prefix->length = 32;
	if (sscanf(text, "%15[0-9.]/%d", address, &prefix->length) < 1)
		return false;
	return !ipv4_parse(&prefix->address, address) && prefix->length >= 0 && prefix->length <= 32;
}

bool walk_holds(const struct walk_prefix *prefix, uint32_t address)
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
		struct walk_prefix prefix;

		if (json_int(route, "table") != table || json_object_get(route, "dead") ||
		    !walk_read_prefix(json_text(route, "to"), &prefix) || !walk_holds(&prefix, to))
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
	struct walk_prefix prefix;

	if (json_object_get(rule, "from") && walk_read_prefix(json_text(rule, "from"), &prefix) &&
	    !walk_holds(&prefix, from))
		return false;
	return !json_object_get(rule, "to") || !walk_read_prefix(json_text(rule, "to"), &prefix) ||
	       walk_holds(&prefix, to);
}

struct walk_lookup walk_look_up(const json_t *node, uint32_t from, uint32_t to)
{
	const json_t *rule;
	size_t i;

	if (!json_object_get(node, "routes"))
		return (struct walk_lookup){.unknown = true};
	/* The kernel lists them by priority. The last ones, of the tables main and default, are not listed. */
	json_array_foreach (json_object_get(node, "rules"), i, rule) {
		const json_t *route;

		if (json_int(rule, "priority") >= 32766 || !rule_fits(rule, from, to))
			continue;
		if (json_object_get(rule, "more"))
			return (struct walk_lookup){.unknown = true};
		if (json_int(rule, "action") > 5) /* blackhole, unreachable, prohibit */
			return (struct walk_lookup){.refused = true};
		route = best_route(node, json_int(rule, "table"), to);
		if (route)
			return (struct walk_lookup){.route = route};
	}
	return (struct walk_lookup){.route = best_route(node, MAIN_TABLE, to)};
}

bool walk_is_near(const json_t *node, uint32_t address)
{
	const json_t *route;
	struct walk_prefix prefix;
	size_t i;

	json_array_foreach (json_object_get(node, "routes"), i, route)
		if (!*json_text(route, "via") && !strcmp(json_text(route, "type"), "unicast") &&
		    walk_read_prefix(json_text(route, "to"), &prefix) && walk_holds(&prefix, address))
			return true;
	return false;
}
