/* A topology for Graphviz: a node per switch, and tables of what is plugged into it, so that 96 phones stay readable. */
#include "phonelab/command/graph.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/markup.h"

#define TABLE_ROWS 16

/* A quoted string of the language: a quote and a backslash are escaped. */
static void add_quoted(struct text *out, const char *value)
{
	text_add(out, "\"");
	for (; *value; value++)
		text_add(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	text_add(out, "\"");
}

static const char *colour_of(enum graph_kind kind)
{
	static const char *const colours[] = {[GRAPH_SERVER] = "#e8f1fb",
					      [GRAPH_ROUTER] = "#f3ecfa",
					      [GRAPH_MANAGER] = "#fdf1dc",
					      [GRAPH_NIC] = "#fbe6e6",
					      [GRAPH_PHONE] = "#e9f6ec"};

	return colours[kind];
}

static void add_cell(struct text *out, const char *value)
{
	markup_add(out, "<td align=\"left\">%s</td>", value);
}

static void add_row(struct text *out, const struct graph_item *item)
{
	char vlan[16] = "";

	if (item->vlan)
		snprintf(vlan, sizeof(vlan), "VLAN %d", item->vlan);
	markup_add(out, "<tr><td align=\"left\" bgcolor=\"%s\"><b>%s</b></td>", colour_of(item->kind),
		   item->name);
	add_cell(out, item->what);
	add_cell(out, item->port);
	add_cell(out, vlan);
	add_cell(out, item->line ? item->line : item->address);
	text_add(out, "</tr>");
}

/* Is the item the first of a table? The phones have tables of their own. */
static bool begins_table(const struct graph_items *list, size_t i, size_t rows)
{
	return !i || rows == TABLE_ROWS ||
	       (list->items[i].kind == GRAPH_PHONE) != (list->items[i - 1].kind == GRAPH_PHONE);
}

static void add_tables(const struct topology *topology, size_t sw, struct text *out)
{
	struct graph_items list;
	size_t rows = 0, tables = 0;

	if (!graph_items(topology, sw, &list))
		out->failed = true;
	for (size_t i = 0; i < list.n; i++) {
		if (begins_table(&list, i, rows)) {
			if (i)
				text_add(out, "</table>>];\n");
			text_add(out, "  ");
			add_quoted(out, topology->switches.items[sw].name);
			text_add(out,
				 " -- \"table %zu.%zu\";\n  \"table %zu.%zu\" [shape=plain, label=<<table "
				 "border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\">",
				 sw, tables, sw, tables);
			tables++;
			rows = 0;
		}
		add_row(out, &list.items[i]);
		rows++;
	}
	if (list.n)
		text_add(out, "</table>>];\n");
	free(list.items);
}

static void add_switch(const struct topology *topology, size_t i, struct text *out)
{
	const struct topology_switch *sw = &topology->switches.items[i];
	char here[24], there[24], text[120];

	graph_switch_text(sw, text);
	text_add(out, "  ");
	add_quoted(out, sw->name);
	markup_add(out,
		   " [shape=box, style=filled, margin=\"0.3,0.1\", fillcolor=\"%s\", label=<<b>%s</b><br/>%s",
		   "#dbe5ee", sw->name, text);
	for (size_t u = 0; u < sw->uplinks.n; u++) {
		topology_port_format(&sw->uplinks.items[u].port, here);
		topology_port_format(&sw->uplinks.items[u].remote_port, there);
		markup_add(out, "<br/>%s to %s %s", here, sw->uplinks.items[u].to, there);
	}
	text_add(out, ">];\n");
	for (size_t u = 0; u < sw->uplinks.n; u++) {
		text_add(out, "  ");
		add_quoted(out, sw->name);
		text_add(out, " -- ");
		add_quoted(out, sw->uplinks.items[u].to);
		text_add(out, " [penwidth=3, constraint=false];\n");
	}
	add_tables(topology, i, out);
}

void graph_dot(const struct topology *topology, struct text *out)
{
	text_add(out, "graph ");
	add_quoted(out, topology->name);
	text_add(
	    out,
	    " {\n  rankdir=LR; ranksep=1; nodesep=0.3; fontname=\"sans-serif\";\n"
	    "  node [fontname=\"sans-serif\", fontsize=10]; edge [fontname=\"sans-serif\", fontsize=9];\n");
	for (size_t i = 0; i < topology->switches.n; i++)
		add_switch(topology, i, out);
	text_add(out, "}\n");
}
