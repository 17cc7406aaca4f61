/* Closets: which switch is in which room, and the part of a lab that one room is. */
#include "phonelab/topology/settle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/peer.h"

/* --- settling --- */

const struct topology_closet *topology_closet_find(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->closets.n; i++)
		if (topology->closets.items[i].name && !strcmp(topology->closets.items[i].name, name))
			return &topology->closets.items[i];
	return NULL;
}

/* The core is always there; if the file does not list it, it is the last one. Its index. */
static size_t settle_core(struct topology *topology)
{
	const struct topology_closet *core = topology_closet_find(topology, TOPOLOGY_CORE);
	struct topology_closet *items;
	size_t n = topology->closets.n;

	if (core)
		return (size_t)(core - topology->closets.items);
	items = arena_alloc(&topology->arena, (n + 1) * sizeof(*items));
	memcpy(items, topology->closets.items, n * sizeof(*items));
	items[n].name = TOPOLOGY_CORE;
	topology->closets.items = items;
	topology->closets.n = n + 1;
	return n;
}

static const char *closet_name(const struct topology *topology, size_t index)
{
	const char *name = topology->closets.items[index].name;

	return name ? name : "?"; /* missing, which has been reported */
}

static void put_switches(struct topology *topology, size_t index, bool *listed)
{
	const struct topology_closet *closet = &topology->closets.items[index];

	for (size_t i = 0; i < closet->switches.n; i++) {
		const char *name = closet->switches.items[i];
		struct topology_switch *sw = name ? topology_switch_find(topology, name) : NULL;
		size_t at;

		if (!name) /* it is no name, which has been reported */
			continue;
		if (!sw) {
			topology_complain(topology, closet->at, "closets.switches",
					  "found the unknown switch \"%s\", expected one of `switches`",
					  name);
			continue;
		}
		at = (size_t)(sw - topology->switches.items);
		if (listed[at])
			topology_complain(
			    topology, closet->at, "closets.switches",
			    "found \"%s\" a second time, expected each switch in one closet (\"%s\" has it)",
			    name, closet_name(topology, sw->closet));
		else
			sw->closet = index;
		listed[at] = true;
	}
}

/* The console accepts the certificates of NAME and NAME-keeper as those of the closet NAME (phonelab/closet/tls.h), and a stack
 * has services of these names. So no closet may be called like the keeper of another one, or like the console. */
static void check_name(const struct topology *topology, const struct topology_closet *closet)
{
	static const char keeper[] = "-keeper";
	size_t length = closet->name ? strlen(closet->name) : 0, end = sizeof(keeper) - 1;

	if (closet->name && (!strcmp(closet->name, "console") ||
			     (length >= end && !strcmp(closet->name + length - end, keeper))))
		topology_complain(topology, closet->at, "closets.name",
				  "found \"%s\", expected a name other than `console` and NAME-keeper, which "
				  "are those of the console and of keepers",
				  closet->name);
}

/* A closet without switches has nothing to run. */
static void check_closet(const struct topology *topology, const struct topology_closet *closet)
{
	struct fail fail = {0};
	struct peer peer;

	check_name(topology, closet);
	if (closet->address && peer_parse(&peer, closet->address, 1, &fail))
		topology_complain(topology, closet->at, "closets.address", "%s", fail.text);
	for (const struct topology_closet *other = topology->closets.items; other < closet; other++)
		topology_same_name(topology, closet->name, other->name, other->at, closet->at,
				   "closets.name");
	if (!closet->switches.n && closet->name && strcmp(closet->name, TOPOLOGY_CORE))
		topology_complain(topology, closet->at, "closets.switches",
				  "found no switch, expected the switches of %s", closet->name);
}

void topology_settle_closets(struct topology *topology)
{
	bool *listed = arena_alloc(&topology->arena, (topology->switches.n + 1) * sizeof(*listed));
	bool any = false;
	size_t core;

	for (size_t i = 0; i < topology->switches.n; i++)
		topology->switches.items[i].number = i;
	if (!topology->closets.n)
		return;
	for (size_t i = 0; i < topology->closets.n; i++)
		check_closet(topology, &topology->closets.items[i]);
	core = settle_core(topology);
	for (size_t i = 0; i < topology->switches.n; i++)
		topology->switches.items[i].closet = core;
	for (size_t i = 0; i < topology->closets.n; i++)
		put_switches(topology, i, listed);
	for (size_t i = 0; i < topology->switches.n; i++)
		any = any || topology->switches.items[i].closet == core;
	if (!any)
		topology_complain(topology, topology->at, "closets",
				  "found no switch for `core`, expected at least one that no other closet "
				  "lists: servers and call managers are plugged in there");
}

const char *topology_core_switch(const struct topology *topology)
{
	const struct topology_closet *core = topology_closet_find(topology, TOPOLOGY_CORE);

	for (size_t i = 0; core && i < topology->switches.n; i++)
		if (&topology->closets.items[topology->switches.items[i].closet] == core)
			return topology->switches.items[i].name;
	return NULL;
}

void topology_check_core(const struct topology *topology, size_t switch_index, const struct yaml_node *object,
			 const char *path)
{
	const struct topology_switch *sw = &topology->switches.items[switch_index];
	const char *closet = topology_closet_of_switch(topology, sw);

	if (closet && strcmp(closet, TOPOLOGY_CORE) && topology_core_switch(topology))
		topology_complain(
		    topology, object, path,
		    "found a port of %s, which is in closet \"%s\", expected a port of a switch "
		    "in core, where all servers and call managers are",
		    sw->name, closet);
}

const char *topology_closet_of_switch(const struct topology *topology, const struct topology_switch *sw)
{
	return topology->closets.n ? topology->closets.items[sw->closet].name : NULL;
}

const char *topology_closet_of_phone(const struct topology *topology, const struct topology_phone *phone)
{
	return topology_closet_of_switch(topology, &topology->switches.items[phone->switch_index]);
}

size_t topology_known_phones(const struct topology *topology)
{
	return topology->phone_count + topology->external_count + topology->away_phones;
}

/* --- one closet of the lab --- */

/* The peer of an uplink to another closet: only the switch that has the uplink needs an address; the other one learns it from
 * keepalives. */
static int settle_peer(struct topology *topology, const struct topology_switch *sw,
		       struct topology_uplink *uplink, struct fail *fail)
{
	const struct topology_switch *to = &topology->switches.items[uplink->to_index];
	const struct topology_closet *there = &topology->closets.items[to->closet];

	if (uplink->peer)
		return 0;
	if (!there->address)
		return fail_set(fail, -EINVAL,
				"the uplink of %s to %s goes to closet \"%s\", which has no address; add "
				"`address: HOST` to the closet, or `peer: HOST[:PORT]` to the uplink",
				sw->name, to->name, there->name);
	uplink->peer = there->address;
	return 0;
}

static int settle_peers(struct topology *topology, size_t closet, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n && !err; j++) {
			struct topology_switch *sw = &topology->switches.items[i];
			struct topology_uplink *uplink = &sw->uplinks.items[j];

			if (!uplink->between)
				continue;
			uplink->over = TOPOLOGY_OVER_UDP;
			if (sw->closet == closet)
				err = settle_peer(topology, sw, uplink, fail);
		}
	return err;
}

/* The switches of the closet first; place[i]: where the switch i is then. */
static size_t sort_switches(struct topology *topology, size_t closet, size_t *place)
{
	size_t n = topology->switches.n, kept = 0, next = 0;
	struct topology_switch *sorted = arena_alloc(&topology->arena, (n + 1) * sizeof(*sorted));

	for (int away = 0; away < 2; away++) {
		for (size_t i = 0; i < n; i++)
			if ((topology->switches.items[i].closet != closet) == away) {
				place[i] = next;
				sorted[next++] = topology->switches.items[i];
			}
		if (!away)
			kept = next;
	}
	topology->switches.items = sorted;
	return kept;
}

static void move_plug(struct topology_plug *plug, const size_t *place)
{
	plug->switch_index = place[plug->switch_index];
}

static void renumber(struct topology *topology, const size_t *place)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			uplink->to_index = place[uplink->to_index];
		}
	for (size_t i = 0; i < topology->phone_count + topology->external_count; i++)
		topology->phones[i].switch_index = place[topology->phones[i].switch_index];
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		if (server->kind != TOPOLOGY_ROUTER)
			move_plug(&server->plug, place);
		for (size_t j = 0; j < server->interfaces.n; j++)
			move_plug(&server->interfaces.items[j], place);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		move_plug(&topology->cluster.nodes.items[i].plug, place);
}

enum whose { OURS, EXTERNAL, AWAY };

/* The phones of the closet first, then external ones, then those of other closets. */
static void sort_phones(struct topology *topology, size_t kept_switches)
{
	size_t simulated = topology->phone_count, total = simulated + topology->external_count, next = 0;
	struct topology_phone *sorted = arena_alloc(&topology->arena, (total + 1) * sizeof(*sorted));
	size_t ends[3];

	for (enum whose whose = OURS; whose <= AWAY; whose++) {
		for (size_t i = 0; i < total; i++)
			if ((i >= simulated					? EXTERNAL
			     : topology->phones[i].switch_index < kept_switches ? OURS
										: AWAY) == whose)
				sorted[next++] = topology->phones[i];
		ends[whose] = next;
	}
	topology->phone_count = ends[OURS];
	topology->external_count = ends[EXTERNAL] - ends[OURS];
	topology->away_phones = ends[AWAY] - ends[EXTERNAL];
	topology->phones = sorted;
}

static int complain_unknown(const struct topology *topology, const char *name, struct fail *fail)
{
	char list[400];
	size_t n = 0;

	if (!topology->closets.n)
		return fail_set(fail, -EINVAL, "unknown closet \"%s\"; the topology has no `closets`", name);
	for (size_t i = 0; i < topology->closets.n && n < sizeof(list) - 1; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
				      topology->closets.items[i].name);
	return fail_set(fail, -EINVAL, "unknown closet \"%s\"; expected one of %s", name, list);
}

int topology_keep_closet(struct topology *topology, const char *name, struct fail *fail)
{
	const struct topology_closet *closet = topology_closet_find(topology, name);
	size_t total = topology->switches.n, *place, index, kept;
	int err;

	if (!closet)
		return complain_unknown(topology, name, fail);
	index = (size_t)(closet - topology->closets.items);
	err = topology_check_closet_security(topology, fail);
	if (!err)
		err = settle_peers(topology, index, fail);
	if (err)
		return err;
	place = arena_alloc(&topology->arena, (total + 1) * sizeof(*place));
	kept = sort_switches(topology, index, place);
	renumber(topology, place);
	sort_phones(topology, kept);
	topology->switches.n = kept;
	topology->away_switches = total - kept;
	if (strcmp(name, TOPOLOGY_CORE))
		topology->servers.n = topology->cluster.nodes.n = 0;
	topology->closet = closet->name;
	return 0;
}
