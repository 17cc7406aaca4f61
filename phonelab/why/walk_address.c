/* Addresses: of interfaces, in the neighbour tables, and those that two nodes have. */
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/why/walk_internal.h"

const char *walk_node_from(const struct walk_hop *hop, const char *command, char text[WALK_OBJECT])
{
	snprintf(text, WALK_OBJECT, "%.60s: %.30s", hop->node, command);
	return text;
}

/* An interface of a node that is switched off. */
bool walk_is_off(struct walk *walk, const char *node, const json_t *interface)
{
	char object[WALK_OBJECT], from[WALK_OBJECT];

	if (!model_is(interface, "up", false))
		return false;
	snprintf(object, sizeof(object), "address %.60s", node);
	snprintf(from, sizeof(from), "%.60s: ip link", node);
	fact_value(walk_fact(walk, "walk.interface_down", object, from, "the interface %s of %s is down",
			     json_text(interface, "name"), node),
		   "node", "%s", node);
	return true;
}

/* The addresses of an interface of the plan: "10.20.0.33, .."; without one of all interfaces. */
static void add_addresses(const json_t *inspect, const char *name, struct text *text)
{
	const json_t *interface = walk_interface_named(inspect, name), *one;
	size_t i, j;

	if (interface) {
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			text_add(text, "%s%s", text->length ? ", " : "", json_text(one, "address"));
		return;
	}
	json_array_foreach (json_object_get(inspect, "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one)
			if (strncmp(json_text(one, "address"), "127.", 4) != 0)
				text_add(text, "%s%s", text->length ? ", " : "", json_text(one, "address"));
}

bool walk_lost_address(struct walk *walk, const char *node, const json_t *plug)
{
	const json_t *inspect = model_node(walk->model, node);
	const char *address = json_text(plug, "address");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	struct text has = {0};
	uint32_t ip;
	json_t *fact;

	if (!json_object_get(inspect, "interfaces") || ipv4_parse(&ip, address) ||
	    walk_interface(inspect, ip))
		return false;
	add_addresses(inspect, json_text(plug, "interface"), &has);
	snprintf(object, sizeof(object), "address %.60s", node);
	snprintf(from, sizeof(from), "%.60s: ip address", node);
	fact = walk_fact(walk, has.length ? "walk.address_wrong" : "walk.address_missing", object, from,
			 "%s does not have the address %s (it has %s)", node, address,
			 has.length ? has.bytes : "none");
	fact_value(fact, "node", "%s", node);
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "found", "%s", has.length ? has.bytes : "");
	text_free(&has);
	return true;
}

/* Of the plan's addresses of a node, does it miss one? */
bool walk_lost_any(struct walk *walk, const char *node)
{
	const json_t *plug;
	bool lost = false;
	size_t i;

	json_array_foreach (json_object_get(model_plan(walk->model, node), "plugs"), i, plug)
		lost = walk_lost_address(walk, node, plug) || lost;
	return lost;
}

static void conflict(const struct walk_hop *hop, const char *owner, const json_t *neighbour)
{
	const char *mac = json_text(neighbour, "mac"), *address = json_text(neighbour, "address"), *name,
		   *other = NULL;
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
	fact = walk_fact(hop->walk, "walk.arp_conflict", object, walk_node_from(hop, "ip neigh", from),
			 "%s has the MAC address %s for %s, which is not that of %s", hop->node, mac, address,
			 owner);
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
enum walk_result walk_check_neighbour(const struct walk_hop *hop, const char *owner, uint32_t next)
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
		fact_value(walk_fact(hop->walk, "walk.arp_failed", object,
				     walk_node_from(hop, "ip neigh", from),
				     "%s got no answer to ARP for %s of %s", hop->node, text, owner),
			   "address", "%s", text);
		return WALK_UNKNOWN;
	}
	return WALK_FINE;
}

/* Two nodes have it. */
void walk_duplicate(const struct walk_hop *hop, uint32_t address)
{
	const json_t *planned = walk_planned_owner(hop->walk, address);
	char text[IPV4_TEXT], object[WALK_OBJECT], from[WALK_OBJECT];
	const char *name;
	json_t *node, *fact;

	ipv4_format(address, text);
	json_object_foreach (json_object_get(hop->walk->model, "nodes"), name, node) {
		if (!walk_interface(node, address) || (planned && !strcmp(name, json_text(planned, "name"))))
			continue;
		snprintf(object, sizeof(object), "address %.60s", name);
		snprintf(from, sizeof(from), "%.60s: ip address", name);
		fact = walk_fact(hop->walk, "walk.address_duplicate", object, from,
				 "%s has the address %s of %s", name, text,
				 planned ? json_text(planned, "name") : hop->walk->it->name);
		fact_value(fact, "address", "%s", text);
		fact_value(fact, "node", "%s", name);
	}
}

/* A mask that differs from the plan's makes a node take far addresses for near ones, or near ones for far ones. */
enum walk_result walk_check_mask(const struct walk_hop *hop, const json_t *interface)
{
	const json_t *one, *plug;
	size_t i, j;

	json_array_foreach (json_object_get(interface, "addresses"), i, one)
		json_array_foreach (json_object_get(model_plan(hop->walk->model, hop->node), "plugs"), j,
				    plug) {
			long long found = json_int(one, "prefix"), planned = json_int(plug, "prefix");
			char object[WALK_OBJECT], from[WALK_OBJECT];
			json_t *fact;

			if (strcmp(json_text(plug, "address"), json_text(one, "address")) || !planned ||
			    found == planned)
				continue;
			snprintf(object, sizeof(object), "address %.60s", hop->node);
			fact = walk_fact(hop->walk, "walk.mask_wrong", object,
					 walk_node_from(hop, "ip address", from),
					 "%s has %s/%lld; its subnet has /%lld", hop->node,
					 json_text(one, "address"), found, planned);
			fact_value(fact, "node", "%s", hop->node);
			fact_value(fact, "found", "%lld", found);
			fact_value(fact, "expected", "%lld", planned);
			return WALK_BROKEN;
		}
	return WALK_FINE;
}
