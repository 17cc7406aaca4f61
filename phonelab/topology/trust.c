/* Trust: on which side of a trunk are the DHCP servers? */
#include "phonelab/topology/owners.h"

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

void topology_settle_trust(struct topology *topology)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			uplink->trust_up = dhcp_beyond(topology, uplink->to_index, i);
			uplink->trust_down = dhcp_beyond(topology, i, uplink->to_index);
		}
}
