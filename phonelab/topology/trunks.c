/* Uplinks over UDP. */
#include "phonelab/topology/settle.h"

#include <string.h>

#include "base/peer.h"

/* Has the file the key? If it has and the value is unset, the value was wrong, and a complaint is made. */
static bool given(const struct topology_uplink *uplink, const char *key)
{
	return yaml_tree_get(uplink->at, key) != NULL;
}

/* Keys that only a trunk over UDP has. */
static void check_cable(const struct topology *topology, const struct topology_uplink *uplink)
{
	static const char expected[] = "found on an uplink over a cable, expected with `over: udp`";

	if (uplink->peer)
		topology_complain(topology, uplink->at, "switches.uplinks.peer", expected);
	if (uplink->vni != KEY_UNSET)
		topology_complain(topology, uplink->at, "switches.uplinks.vni", expected);
	if (uplink->keepalive != 1)
		topology_complain(topology, uplink->at, "switches.uplinks.keepalive", expected);
}

/* A trunk between closets is a cable while the whole lab runs on one machine, and over UDP otherwise. So it may have the keys
 * of both, and all of them have defaults. */
static void check_between(const struct topology *topology, const struct topology_uplink *uplink)
{
	if (uplink->over == TOPOLOGY_OVER_CABLE && given(uplink, "over"))
		topology_complain(
		    topology, uplink->at, "switches.uplinks.over",
		    "found cable between two closets, expected udp or nothing: no cable joins two "
		    "machines");
}

void topology_settle_trunk(const struct topology *topology, const struct topology_switch *sw,
			   struct topology_uplink *uplink, const struct topology_switch *to)
{
	struct fail fail = {0};
	struct peer peer;

	uplink->between = topology->closets.n && sw->closet != to->closet;
	if (uplink->between)
		check_between(topology, uplink);
	if (uplink->over != TOPOLOGY_OVER_UDP && !uplink->between) {
		const struct yaml_node *over = yaml_tree_get(uplink->at, "over");

		if (!over || (over->text && !strcmp(over->text, "cable")))
			check_cable(topology, uplink);
		return;
	}
	if (!uplink->peer && !given(uplink, "peer") && !uplink->between)
		topology_complain(topology, uplink->at, "switches.uplinks.peer",
				  "missing, expected HOST[:PORT] of %s, because the uplink is over UDP",
				  to->name);
	else if (uplink->peer && peer_parse(&peer, uplink->peer, 1, &fail))
		topology_complain(topology, uplink->at, "switches.uplinks.peer", "%s", fail.text);
	if (uplink->vni == KEY_UNSET && !given(uplink, "vni") && !uplink->between)
		topology_complain(
		    topology, uplink->at, "switches.uplinks.vni",
		    "missing, expected a number from 1 to 16777215, because the uplink is over UDP");
	if (to->external == 1 && uplink->keepalive)
		topology_complain(
		    topology, uplink->at, "switches.uplinks.keepalive",
		    "found on, expected off, because %s is external: only switches of phonelab answer "
		    "keepalives",
		    to->name);
	else if (to->external != 1 && !uplink->keepalive)
		topology_complain(topology, uplink->at, "switches.uplinks.keepalive",
				  "found off, expected on: %s learns from keepalives where %s is", to->name,
				  sw->name);
}

/* Does the trunk end at this switch? */
static bool ends_at(const struct topology *topology, const struct topology_switch *owner,
		    const struct topology_uplink *uplink, size_t sw)
{
	return (size_t)(owner - topology->switches.items) == sw || uplink->to_index == sw;
}

static void check_vni(const struct topology *topology, const struct topology_switch *owner,
		      const struct topology_uplink *uplink)
{
	for (const struct topology_switch *sw = topology->switches.items; sw <= owner; sw++)
		for (const struct topology_uplink *other = sw->uplinks.items;
		     other < sw->uplinks.items + sw->uplinks.n && other != uplink; other++)
			if ((other->over == TOPOLOGY_OVER_UDP || other->between) &&
			    other->vni == uplink->vni &&
			    (ends_at(topology, owner, uplink, (size_t)(sw - topology->switches.items)) ||
			     ends_at(topology, owner, uplink, other->to_index))) {
				topology_complain(
				    topology, uplink->at, "switches.uplinks.vni",
				    "found %d a second time at one switch, expected a VNI of its own for "
				    "each of its trunks",
				    (int)uplink->vni);
				return;
			}
}

static bool vni_used(const struct topology *topology, int64_t vni)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++)
			if (topology->switches.items[i].uplinks.items[j].vni == vni)
				return true;
	return false;
}

/* The trunks between closets get 101 and up, the same in every part of the lab. */
static void choose_vnis(struct topology *topology)
{
	int64_t next = 101;

	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			if (!uplink->between || uplink->vni != KEY_UNSET || given(uplink, "vni"))
				continue;
			while (vni_used(topology, next))
				next++;
			uplink->vni = next;
		}
}

void topology_settle_vnis(struct topology *topology)
{
	choose_vnis(topology);
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			const struct topology_switch *sw = &topology->switches.items[i];
			const struct topology_uplink *uplink = &sw->uplinks.items[j];

			if ((uplink->over == TOPOLOGY_OVER_UDP || uplink->between) &&
			    uplink->vni != KEY_UNSET)
				check_vni(topology, sw, uplink);
		}
}
