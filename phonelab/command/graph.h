#ifndef PHONELAB_COMMAND_GRAPH_H
#define PHONELAB_COMMAND_GRAPH_H

#include <jansson.h>
#include <stddef.h>

#include "base/text.h"
#include "phonelab/topology/topology.h"

/* What a drawing of a topology shows: what is plugged into each switch, in the order of the topology, phones last. */
enum graph_kind { GRAPH_SERVER, GRAPH_ROUTER, GRAPH_MANAGER, GRAPH_NIC, GRAPH_PHONE };

struct graph_item {
	enum graph_kind kind;
	const char *name; /* borrowed from the topology */
	const char *what; /* "dhcp", "publisher", "7841" */
	char port[24];
	int vlan;			    /* 0: none */
	char address[16];		    /* "" none */
	const char *line;		    /* of a phone, or NULL */
	const struct topology_phone *phone; /* NULL: no phone */
};

struct graph_items {
	struct graph_item *items;
	size_t n;
};

/* What is plugged into a switch. The caller frees items. False if memory is short. */
bool graph_items(const struct topology *topology, size_t sw, struct graph_items *out);

/* "C9200-48P, 1 x 48 ports, PoE 370 W per member". */
void graph_switch_text(const struct topology_switch *sw, char text[120]);

/* Append the drawing: as SVG of its own layout; as a graph for Graphviz's dot. */
void graph_svg(const struct topology *topology, struct text *out);
void graph_dot(const struct topology *topology, struct text *out);

/* The same as an object. NULL if memory is short. */
json_t *graph_json(const struct topology *topology);

#endif
