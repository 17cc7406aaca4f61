#include <errno.h>

#include "phonelab/console/console.h"

struct route *console_route(const struct topology *topology, struct fail *fail)
{
	const char *names[ROUTE_CLOSETS];
	struct route *route;
	size_t n = 0;

	for (; n < topology->closets.n && n < ROUTE_CLOSETS; n++)
		names[n] = topology->closets.items[n].name;
	if (!n) {
		fail_set(fail, -EINVAL,
			 "%s: the topology has no closets; expected the key `closets` (docs/closets.md)",
			 topology->file);
		return NULL;
	}
	route = route_new(names, n);
	if (!route) {
		fail_set(fail, -ENOMEM, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < topology->switches.n; i++)
		route_place(route, topology->switches.items[i].name, topology->switches.items[i].closet);
	for (size_t i = 0; i < topology->phone_count; i++)
		route_place(route, topology->phones[i].name,
			    topology->switches.items[topology->phones[i].switch_index].closet);
	return route;
}
