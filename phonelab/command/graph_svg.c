/*
 * A topology as SVG. Each switch is a panel; what is plugged into it stands below its bar as boxes, servers first, with a
 * cable along each column. Lanes at the left join the switches that have an uplink.
 */
#include "phonelab/command/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"

#define BOX_W	       184
#define BOX_H	       40
#define CABLE	       14 /* from the left edge of a column to its boxes */
#define GAP_X	       10
#define GAP_Y	       10
#define MARGIN	       24
#define LANE	       16 /* between two lanes */
#define BAR	       44 /* of a switch */
#define PANEL_GAP      28
#define HEAD	       64 /* title */
#define NAME_MAX_CHARS 15 /* a device name; the tooltip has the whole name */

static const char style[] =
    "<style>"
    "svg{background:#fff;font-family:'DejaVu Sans',Verdana,sans-serif;font-size:11px}"
    ".t{font-size:20px;font-weight:bold;fill:#1c2733}.s{fill:#4a5a6a}"
    ".p{fill:#f4f6f8;stroke:#b9c3cd}.bar{fill:#24425f}.bt{fill:#fff;font-weight:bold;font-size:14px}"
    ".bs{fill:#dbe5ee}.b{stroke:#8796a5;fill:#fff}.n{font-weight:bold;fill:#1c2733}"
    ".server{fill:#e8f1fb}.router{fill:#f3ecfa}.manager{fill:#fdf1dc}.nic{fill:#fbe6e6}.phone{fill:#e9f6ec}"
    ".c{stroke:#7d8b99;fill:none}.u{stroke:#24425f;stroke-width:3;fill:none}"
    "@media (prefers-color-scheme:dark){svg{background:#14191f}.t,.n{fill:#e8edf2}.s{fill:#a9b6c2}"
    ".p{fill:#1b222a;stroke:#3a4753}.b{stroke:#566573}.server{fill:#1d3042}.router{fill:#2e2540}"
    ".manager{fill:#3b3018}.nic{fill:#402323}.phone{fill:#1c3524}.u{stroke:#7fa8d0}}"
    "</style>\n";

/* How the items of one switch are placed. */
struct panel {
	struct graph_items list;
	size_t servers; /* items before the first phone */
	int x, y, width, height, columns;
};

/* Few items stand in few columns, so that a picture of eight phones is not a strip. */
static int columns_for(size_t items)
{
	return items <= 16 ? 4 : items <= 48 ? 6 : 8;
}

static int rows_of(size_t items, int columns)
{
	return (int)((items + (size_t)columns - 1) / (size_t)columns);
}

static int grid_height(size_t items, int columns)
{
	return items ? rows_of(items, columns) * (BOX_H + GAP_Y) + GAP_Y : 0;
}

static bool place(const struct topology *topology, size_t sw, int columns, struct panel *panel)
{
	size_t phones;

	if (!graph_items(topology, sw, &panel->list))
		return false;
	while (panel->servers < panel->list.n && panel->list.items[panel->servers].kind != GRAPH_PHONE)
		panel->servers++;
	phones = panel->list.n - panel->servers;
	panel->columns = columns;
	panel->width = columns * (CABLE + BOX_W + GAP_X) + GAP_X;
	panel->height = BAR + grid_height(panel->servers, columns) + grid_height(phones, columns) +
			(panel->list.n ? 0 : GAP_Y);
	return true;
}

/* A name that fits into a box. Names of a topology are ASCII. */
static const char *shorten(const char *name, char text[NAME_MAX_CHARS + 4])
{
	if (strlen(name) <= NAME_MAX_CHARS)
		return name;
	snprintf(text, NAME_MAX_CHARS + 4, "%.*s\xe2\x80\xa6", NAME_MAX_CHARS - 1, name);
	return text;
}

static void draw_box(struct text *out, const struct graph_item *item, int x, int y)
{
	static const char *const classes[] = {[GRAPH_SERVER] = "server",
					      [GRAPH_ROUTER] = "router",
					      [GRAPH_MANAGER] = "manager",
					      [GRAPH_NIC] = "nic",
					      [GRAPH_PHONE] = "phone"};
	char name[NAME_MAX_CHARS + 4], vlan[16] = "";

	if (item->vlan)
		snprintf(vlan, sizeof(vlan), "VLAN %d", item->vlan);
	markup_add(out, "<g><title>%s, %s, %s%s%s</title><path class=\"c\" d=\"M%d %dh%d\"/>", item->name,
		   item->what, item->port, *item->address ? ", " : "", item->address, x - CABLE,
		   y + BOX_H / 2, CABLE);
	markup_add(out, "<rect class=\"b %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>",
		   classes[item->kind], x, y, BOX_W, BOX_H);
	markup_add(out, "<text class=\"n\" x=\"%d\" y=\"%d\">%s</text>", x + 8, y + 16,
		   shorten(item->name, name));
	markup_add(out, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", x + BOX_W - 8,
		   y + 16,
		   item->line	 ? item->line
		   : item->phone ? ""
				 : vlan);
	markup_add(out, "<text class=\"s\" x=\"%d\" y=\"%d\">%s \xc2\xb7 %s</text>", x + 8, y + 32,
		   item->port,
		   *item->address	     ? item->address
		   : item->kind == GRAPH_NIC ? "nic"
					     : item->what);
	markup_add(out, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></g>\n",
		   x + BOX_W - 8, y + 32, item->phone ? vlan : "");
}

/* Boxes row by row. The cables of a column come from the bar above. */
static void draw_grid(struct text *out, const struct panel *panel, size_t from, size_t to, int top)
{
	for (size_t i = from; i < to; i++) {
		int column = (int)(i - from) % panel->columns, row = (int)(i - from) / panel->columns;

		draw_box(out, &panel->list.items[i],
			 panel->x + GAP_X + column * (CABLE + BOX_W + GAP_X) + CABLE,
			 top + GAP_Y + row * (BOX_H + GAP_Y));
	}
}

/* The cable of a column goes from the bar to its lowest box. */
static void draw_cables(struct text *out, const struct panel *panel)
{
	size_t phones = panel->list.n - panel->servers;
	int servers_height = grid_height(panel->servers, panel->columns);

	for (int column = 0; column < panel->columns; column++) {
		int rows = ((int)phones - column + panel->columns - 1) / panel->columns;
		int server_rows = ((int)panel->servers - column + panel->columns - 1) / panel->columns;
		int end = BAR + (rows > 0 ? servers_height + rows * (BOX_H + GAP_Y)
					  : server_rows * (BOX_H + GAP_Y));

		if (rows <= 0 && server_rows <= 0)
			continue;
		markup_add(out, "<path class=\"c\" d=\"M%d %dV%d\"/>\n",
			   panel->x + GAP_X + column * (CABLE + BOX_W + GAP_X), panel->y + BAR,
			   panel->y + end - BOX_H / 2);
	}
}

static void add_count(struct text *out, const char *before, size_t n, const char *one, const char *many)
{
	markup_add(out, "%s%zu %s", before, n, n == 1 ? one : many);
}

static void draw_panel(struct text *out, const struct topology_switch *sw, const struct panel *panel)
{
	char text[120];
	int top = panel->y + BAR;

	graph_switch_text(sw, text);
	markup_add(out, "<rect class=\"p\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		   panel->x, panel->y, panel->width, panel->height);
	markup_add(out, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		   panel->x, panel->y, panel->width, BAR);
	markup_add(out, "<text class=\"bt\" x=\"%d\" y=\"%d\">%s</text>", panel->x + 14, panel->y + 19,
		   sw->name);
	markup_add(out, "<text class=\"bs\" x=\"%d\" y=\"%d\">%s \xc2\xb7 ", panel->x + 14, panel->y + 35,
		   text);
	add_count(out, "", panel->list.n - panel->servers, "phone", "phones");
	text_add(out, "</text>\n");
	draw_cables(out, panel);
	draw_grid(out, panel, 0, panel->servers, top);
	draw_grid(out, panel, panel->servers, panel->list.n,
		  top + grid_height(panel->servers, panel->columns));
}

static int find_switch(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		if (!strcmp(topology->switches.items[i].name, name))
			return (int)i;
	return -1;
}

static int count_uplinks(const struct topology *topology)
{
	int n = 0;

	for (size_t i = 0; i < topology->switches.n; i++)
		n += (int)topology->switches.items[i].uplinks.n;
	return n;
}

/* Each uplink has a lane of its own. Its ports stand at the right end of the two bars, one below the other. */
static void draw_uplinks(struct text *out, const struct topology *topology, const struct panel *panels)
{
	char here[24], there[24];
	int lane = 0;

	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t u = 0; u < topology->switches.items[i].uplinks.n; u++) {
			const struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[u];
			int other = find_switch(topology, uplink->to), x = MARGIN + LANE * lane++;
			int y = panels[i].y + 8 + 6 * (int)(u % 5), y2;

			if (other < 0)
				continue;
			y2 = panels[other].y + BAR - 8 - 6 * (int)(i % 5);
			topology_port_format(&uplink->port, here);
			topology_port_format(&uplink->remote_port, there);
			markup_add(out, "<g><title>%s %s to %s %s</title>", topology->switches.items[i].name,
				   here, uplink->to, there);
			markup_add(out, "<path class=\"u\" d=\"M%d %dH%dV%dH%d\"/></g>\n", panels[i].x, y, x,
				   y2, panels[other].x);
			markup_add(
			    out,
			    "<text class=\"bs\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s to %s %s</text>\n",
			    panels[i].x + panels[i].width - 14 - 220 * (int)(u % 3), panels[i].y + 19, here,
			    uplink->to, there);
		}
}

static void draw_title(struct text *out, const struct topology *topology)
{
	markup_add(out, "<text class=\"t\" x=\"%d\" y=\"34\">%s</text>", MARGIN, topology->name);
	markup_add(out, "<text class=\"s\" x=\"%d\" y=\"52\">", MARGIN);
	add_count(out, "", topology->phone_count, "phone", "phones");
	add_count(out, ", ", topology->switches.n, "switch", "switches");
	add_count(out, ", ", topology->servers.n, "server", "servers");
	add_count(out, ", ", topology->cluster.nodes.n, "call manager", "call managers");
	text_add(out, "</text>\n");
}

void graph_svg(const struct topology *topology, struct text *out)
{
	struct panel *panels = calloc(topology->switches.n + 1, sizeof(*panels));
	int y = HEAD, width = 0, left = MARGIN + LANE * count_uplinks(topology);
	size_t most = 0;

	out->failed = out->failed || !panels;
	for (size_t i = 0; i < topology->switches.n && panels; i++) {
		struct graph_items list;

		if (graph_items(topology, i, &list) && list.n > most)
			most = list.n;
		free(list.items);
	}
	for (size_t i = 0; i < topology->switches.n && !out->failed; i++) {
		out->failed = !place(topology, i, columns_for(most), &panels[i]);
		panels[i].x = left;
		panels[i].y = y;
		y += panels[i].height + PANEL_GAP;
		width = panels[i].width;
	}
	markup_add(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" "
		   "viewBox=\"0 0 %d "
		   "%d\">\n<title>Lab %s</title>\n",
		   left + width + MARGIN, y, left + width + MARGIN, y, topology->name);
	text_add(out, "%s", style);
	draw_title(out, topology);
	for (size_t i = 0; i < topology->switches.n && !out->failed; i++)
		draw_panel(out, &topology->switches.items[i], &panels[i]);
	if (!out->failed)
		draw_uplinks(out, topology, panels);
	text_add(out, "</svg>\n");
	for (size_t i = 0; i < topology->switches.n && panels; i++)
		free(panels[i].list.items);
	free(panels);
}
