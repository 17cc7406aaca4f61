#include "phonelab/command/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "phonelab/topology/topology.h"
#include "base/ipv4.h"

/* The branches of a tree. The last one is drawn differently, so each is held until the next one is added. */
struct branches {
	bool any;
	char held[160];
};

static void branch_add(struct branches *branches, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void branch_add(struct branches *branches, const char *format, ...)
{
	va_list args;

	if (branches->any)
		print_text("  ├─ %s\n", branches->held);
	va_start(args, format);
	vsnprintf(branches->held, sizeof(branches->held), format, args);
	va_end(args);
	branches->any = true;
}

static void branch_end(struct branches *branches)
{
	if (branches->any)
		print_text("  └─ %s\n", branches->held);
	branches->any = false;
}

static void print_plugs(struct branches *branches, size_t sw, const struct topology_plug *plugs, size_t n,
			const char *name, const char *what)
{
	char port[24], address[16];

	for (size_t i = 0; i < n; i++) {
		if (plugs[i].switch_index != sw)
			continue;
		topology_port_format(&plugs[i].port, port);
		branch_add(branches, "%-10s %-16s %-14s vlan %-4d %s", port, name, what, plugs[i].vlan,
			   ipv4_format(plugs[i].address, address));
	}
}

static void print_servers(const struct topology *topology, size_t sw, struct branches *branches)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router"};

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];
		bool router = server->kind == TOPOLOGY_ROUTER;

		print_plugs(branches, sw, router ? server->interfaces.items : &server->plug,
			    router ? server->interfaces.n : 1, server->name, kinds[server->kind]);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		print_plugs(branches, sw, &node->plug, 1, node->name,
			    node->role == TOPOLOGY_PUBLISHER ? "publisher" : "subscriber");
	}
}

static void print_nics(const struct topology_switch *sw, struct branches *branches)
{
	char port[24];

	for (size_t i = 0; i < sw->ports.n; i++) {
		topology_port_format(&sw->ports.items[i].port, port);
		if (sw->ports.items[i].nic)
			branch_add(branches, "%-10s %-16s interface of this machine", port,
				   sw->ports.items[i].nic);
	}
}

static void print_phones(const struct topology *topology, size_t sw, struct branches *branches)
{
	char port[24];

	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (phone->switch_index != sw)
			continue;
		topology_port_format(&phone->port, port);
		branch_add(branches, "%-10s %-16s %-14s vlan %-4d line %s", port, phone->name,
			   phone->row->model->name, phone->net ? phone->net->id : 0,
			   phone->line_count ? phone->lines[0] : "-");
	}
}

static void print_tree(const struct topology *topology)
{
	struct branches branches = {0};
	char here[24], there[24];

	print_text("%s\n", topology->name);
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		print_text("\n%s (%s, %d x %d ports, PoE %.0f W per member)\n", sw->name, sw->model_name,
			   (int)sw->members, sw->model->ports, (double)sw->poe_budget / 1000);
		for (size_t u = 0; u < sw->uplinks.n; u++) {
			topology_port_format(&sw->uplinks.items[u].port, here);
			topology_port_format(&sw->uplinks.items[u].remote_port, there);
			branch_add(&branches, "%-10s trunk to %s %s", here, sw->uplinks.items[u].to, there);
		}
		print_nics(sw, &branches);
		print_servers(topology, i, &branches);
		print_phones(topology, i, &branches);
		branch_end(&branches);
	}
}

static void dot_plugs(const struct topology *topology, const struct topology_plug *plugs, size_t n,
		      const char *name)
{
	char port[24], address[16];

	for (size_t i = 0; i < n; i++) {
		topology_port_format(&plugs[i].port, port);
		print_text("  \"%s\" -- \"%s\" [taillabel=\"%s\", headlabel=\"%s\"];\n",
			   topology->switches.items[plugs[i].switch_index].name, name, port,
			   ipv4_format(plugs[i].address, address));
	}
}

static void print_dot(const struct topology *topology)
{
	char port[24];

	print_text("graph \"%s\" {\n  overlap=false; splines=true; fontsize=10;\n", topology->name);
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		print_text("  \"%s\" [shape=box3d, label=\"%s\\n%s\"];\n", sw->name, sw->name,
			   sw->model_name);
		for (size_t u = 0; u < sw->uplinks.n; u++)
			print_text("  \"%s\" -- \"%s\" [style=bold, label=trunk];\n", sw->name,
				   sw->uplinks.items[u].to);
		for (size_t n = 0; n < sw->ports.n; n++)
			if (sw->ports.items[n].nic)
				print_text("  \"%s\" -- \"%s\" [style=dashed];\n", sw->name,
					   sw->ports.items[n].nic);
	}
	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];
		bool router = server->kind == TOPOLOGY_ROUTER;

		print_text("  \"%s\" [shape=%s];\n", server->name, router ? "diamond" : "cylinder");
		dot_plugs(topology, router ? server->interfaces.items : &server->plug,
			  router ? server->interfaces.n : 1, server->name);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		print_text("  \"%s\" [shape=cylinder, style=bold];\n", topology->cluster.nodes.items[i].name);
		dot_plugs(topology, &topology->cluster.nodes.items[i].plug, 1,
			  topology->cluster.nodes.items[i].name);
	}
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		topology_port_format(&phone->port, port);
		print_text(
		    "  \"%s\" [shape=note, label=\"%s\\n%s %s\"];\n  \"%s\" -- \"%s\" [taillabel=\"%s\"];\n",
		    phone->name, phone->name, phone->row->model->name,
		    phone->line_count ? phone->lines[0] : "-",
		    topology->switches.items[phone->switch_index].name, phone->name, port);
	}
	print_line("}");
}

int command_graph(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_GRAPH_PHONES].number;
	struct topology *topology = load_topology(line->word[0], phones);

	if (!topology)
		return EXIT_USAGE;
	if (line->option[OPT_GRAPH_DOT].given)
		print_dot(topology);
	else
		print_tree(topology);
	topology_free(topology);
	return EXIT_AS_ASKED;
}
