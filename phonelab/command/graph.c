#include "phonelab/command/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/client/terminal.h"
#include "phonelab/command/command.h"

static void add_uplinks(struct text *lines, const struct topology_switch *sw)
{
	char here[24], there[24];

	for (size_t u = 0; u < sw->uplinks.n; u++) {
		topology_port_format(&sw->uplinks.items[u].port, here);
		topology_port_format(&sw->uplinks.items[u].remote_port, there);
		text_add(lines, "%-10s trunk to %s %s\n", here, sw->uplinks.items[u].to, there);
	}
}

static void add_item(struct text *lines, const struct graph_item *item)
{
	text_add(lines, "%-10s %-16s %-14s", item->port, item->name, item->what);
	if (item->kind != GRAPH_NIC)
		text_add(lines, " vlan %-4d %s%s", item->vlan, item->phone ? "line " : "",
			 !item->phone ? item->address
			 : item->line ? item->line
				      : "-");
	text_add(lines, "\n");
}

/* The lines as branches of a tree; the last one is drawn differently. */
static void print_branches(char *lines)
{
	bool utf8 = terminal_utf8();
	const char *branch = utf8 ? "├─" : "|-", *last = utf8 ? "└─" : "`-";
	char *save = NULL, *line = strtok_r(lines, "\n", &save);

	while (line) {
		char *next = strtok_r(NULL, "\n", &save);

		print_text("  %s %s\n", next ? branch : last, line);
		line = next;
	}
}

static void print_tree(const struct topology *topology)
{
	print_text("%s\n", topology->name);
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];
		struct graph_items list;
		struct text lines = {0};
		char text[120];

		graph_switch_text(sw, text);
		print_text("\n%s (%s)\n", sw->name, text);
		add_uplinks(&lines, sw);
		if (graph_items(topology, i, &list))
			for (size_t n = 0; n < list.n; n++)
				add_item(&lines, &list.items[n]);
		if (lines.bytes && !lines.failed)
			print_branches(lines.bytes);
		text_free(&lines);
		free(list.items);
	}
}

static int print_drawing(const struct topology *topology,
			 void (*draw)(const struct topology *topology, struct text *out))
{
	struct text text = {0};
	int status = EXIT_AS_ASKED;

	draw(topology, &text);
	if (text.failed || !text.bytes)
		status = exit_complain(EXIT_DEFECT, "graph: out of memory");
	else
		print_text("%s", text.bytes);
	text_free(&text);
	return status;
}

int command_graph(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_GRAPH_PHONES].number;
	struct topology *topology = command_load_topology(line, line->word[0], phones);
	int status = EXIT_AS_ASKED;

	if (!topology)
		return EXIT_USAGE;
	if (line->option[OPT_GRAPH_SVG].given)
		status = print_drawing(topology, graph_svg);
	else if (line->option[OPT_GRAPH_DOT].given)
		status = print_drawing(topology, graph_dot);
	else if (line->option[OPT_GRAPH_JSON].given)
		status = command_print(graph_json(topology));
	else
		print_tree(topology);
	topology_free(topology);
	return status;
}
