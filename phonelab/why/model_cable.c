/* Which device is at which port, and the way between switches. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/model.h"

#define SWITCHES 64
#define LINKS	 256

struct model_place model_place_of(const json_t *model, const char *device, size_t *count)
{
	struct model_place place = {NULL, NULL};
	const char *name, *port_name;
	json_t *sw, *port;

	*count = 0;
	json_object_foreach (json_object_get(model, "switches"), name, sw) {
		json_object_foreach (json_object_get(sw, "ports"), port_name, port) {
			if (strcmp(json_text(port, "device"), device) != 0)
				continue;
			if (!(*count)++)
				place = (struct model_place){name, port_name};
		}
	}
	return place;
}

/* The plug of the plan with that address, else with that interface, else the only one. */
static const json_t *plug_of(const json_t *plan, const char *interface, const char *address)
{
	const json_t *plugs = json_object_get(plan, "plugs"), *plug;
	size_t i;

	json_array_foreach (plugs, i, plug)
		if (address && !strcmp(json_text(plug, "address"), address))
			return plug;
	json_array_foreach (plugs, i, plug)
		if (interface && !strcmp(json_text(plug, "interface"), interface))
			return plug;
	return json_array_size(plugs) == 1 ? json_array_get(plugs, 0) : NULL;
}

/* Does the plan have a plug of the node there? */
static bool is_planned(const json_t *plan, struct model_place place)
{
	const json_t *plug;
	size_t i;

	json_array_foreach (json_object_get(plan, "plugs"), i, plug)
		if (!strcmp(json_text(plug, "switch"), place.sw) &&
		    !strcmp(json_text(plug, "port"), place.port))
			return true;
	return false;
}

struct model_place model_node_port(const json_t *model, const char *node, const char *interface,
				   const char *address, const json_t **plug)
{
	const json_t *planned = plug_of(model_plan(model, node), interface, address);
	struct model_place plan = {json_object_get(planned, "switch") ? json_text(planned, "switch") : NULL,
				   json_text(planned, "port")};
	size_t count;
	struct model_place cable = model_place_of(model, node, &count);

	if (plug)
		*plug = planned;
	/* The cable may have been moved; of several cables only the plan knows which is which. */
	if (count == 1 && (!planned || (strcmp(model_device_at(model, plan), node) != 0 &&
					!is_planned(model_plan(model, node), cable))))
		return cable;
	return planned ? plan : (struct model_place){NULL, NULL};
}

/* --- the way between switches --- */

struct graph {
	struct model_link links[LINKS];
	size_t n;
};

static bool same(struct model_place a, struct model_place b)
{
	return a.sw && b.sw && !strcmp(a.sw, b.sw) && !strcmp(a.port, b.port);
}

static bool in_graph(const struct graph *graph, struct model_place place)
{
	for (size_t i = 0; i < graph->n; i++)
		if (same(graph->links[i].near, place) || same(graph->links[i].far, place))
			return true;
	return false;
}

static void add_planned(const json_t *model, struct graph *graph)
{
	const json_t *link;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(model, "plan"), "trunks"), i, link) {
		const json_t *near = json_array_get(link, 0), *far = json_array_get(link, 1);

		if (graph->n < LINKS)
			graph->links[graph->n++] =
			    (struct model_link){{json_text(near, "switch"), json_text(near, "port")},
						{json_text(far, "switch"), json_text(far, "port")},
						link};
	}
}

/* Cables between switches that the plan does not have, or without a plan. */
static void add_cables(const json_t *model, struct graph *graph)
{
	const json_t *switches = json_object_get(model, "switches");
	const char *name, *port_name;
	json_t *sw, *port;

	json_object_foreach ((json_t *)switches, name, sw) {
		json_object_foreach (json_object_get(sw, "ports"), port_name, port) {
			const char *far = json_text(port, "device");
			struct model_place here = {name, port_name}, there = {NULL, NULL};
			const char *far_name;
			json_t *far_port;

			if (!*far || !json_object_get(switches, far) || in_graph(graph, here))
				continue;
			json_object_foreach (json_object_get(json_object_get(switches, far), "ports"),
					     far_name, far_port)
				if (!there.sw && !strcmp(json_text(far_port, "device"), name) &&
				    !in_graph(graph, (struct model_place){far, far_name}))
					there = (struct model_place){far, far_name};
			if (there.sw && graph->n < LINKS)
				graph->links[graph->n++] = (struct model_link){here, there, NULL};
		}
	}
}

static int number_of(const char *names[SWITCHES], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* Breadth first: names[0] is from, back[i] the link that led to names[i]. The number of the switch to, or -1. */
static int search(const struct graph *graph, const char *from, const char *to, const char *names[SWITCHES],
		  struct model_link back[SWITCHES])
{
	int n = 1;

	names[0] = from;
	for (int at = 0; at < n; at++) {
		if (!strcmp(names[at], to))
			return at;
		for (size_t i = 0; i < graph->n && n < SWITCHES; i++) {
			struct model_link link = graph->links[i];

			if (!strcmp(link.far.sw, names[at]))
				link = (struct model_link){link.far, link.near, link.plan};
			if (strcmp(link.near.sw, names[at]) || number_of(names, n, link.far.sw) >= 0)
				continue;
			back[n] = link;
			names[n++] = link.far.sw;
		}
	}
	return -1;
}

int model_switch_path(const json_t *model, const char *from, const char *to, struct model_link *links,
		      int most)
{
	struct graph graph = {.n = 0};
	struct model_link back[SWITCHES], reversed[SWITCHES];
	const char *names[SWITCHES];
	int at, n = 0;

	add_planned(model, &graph);
	add_cables(model, &graph);
	at = search(&graph, from, to, names, back);
	if (at < 0)
		return -1;
	while (at > 0) {
		reversed[n++] = back[at];
		at = number_of(names, at, back[at].near.sw);
	}
	if (n > most)
		return -1;
	for (int i = 0; i < n; i++)
		links[i] = reversed[n - 1 - i];
	return n;
}

struct model_place model_mac_place(const json_t *model, const char *mac)
{
	struct model_place found = {NULL, NULL};
	const char *name;
	json_t *sw, *entry;
	size_t i;

	json_object_foreach (json_object_get(model, "switches"), name, sw) {
		json_array_foreach (json_object_get(sw, "macs"), i, entry) {
			const char *port = json_text(entry, "port");
			const char *device = json_text(model_port(model, name, port), "device");
			bool trunk = json_object_get(json_object_get(model, "switches"), device) != NULL;

			if (!strcmp(json_text(entry, "mac"), mac) && (!found.sw || !trunk))
				found = (struct model_place){name, port};
		}
	}
	return found;
}
