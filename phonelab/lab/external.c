#include "phonelab/lab/external.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/lab/plan.h"

#define ASK_MS 1500

static const char *switch_of(const struct topology *topology, const struct node *node)
{
	return topology->switches.items[node->plugs[0].switch_index].name;
}

static json_t *ask(const struct topology *topology, const struct node *node, json_t *request, int *fd,
		   struct fail *fail)
{
	char path[128];

	plan_switch_socket(topology, node->plugs[0].switch_index, path);
	return control_ask(path, request, ASK_MS, fd, fail);
}

/* The node's port among those of its switch; borrowed. */
static json_t *port_in(const json_t *sw, const struct node *node)
{
	json_t *port;
	char name[24];
	size_t i;

	topology_port_format(&node->plugs[0].port, name);
	json_array_foreach (json_object_get(sw, "ports"), i, port)
		if (!strcmp(json_text(port, "name"), name))
			return port;
	return NULL;
}

json_t *external_port(const struct topology *topology, const struct node *node)
{
	struct fail ignored = {0};
	json_t *reply = ask(topology, node, json_pack("{s:s}", "do", "status"), NULL, &ignored);
	json_t *port = json_incref(port_in(json_object_get(reply, "switch"), node));

	json_decref(reply);
	return port;
}

bool external_link_up(const struct topology *topology, const struct node *node, struct fail *fail)
{
	json_t *port = external_port(topology, node);
	bool up = !strcmp(json_text(port, "link"), "up");
	const char *device = json_text(port, "device");
	char name[24];

	topology_port_format(&node->plugs[0].port, name);
	if (!up && *device)
		fail_set(fail, -EAGAIN, "%s is plugged into %s of %s, and the link is down", device, name,
			 switch_of(topology, node));
	else if (!up)
		fail_set(fail, -EAGAIN, "nothing is plugged into %s of %s", name, switch_of(topology, node));
	json_decref(port);
	return up;
}

int external_netns(const struct topology *topology, const struct node *node, char interface[16],
		   struct fail *fail)
{
	char name[24];
	json_t *reply;
	int fd = -1;

	topology_port_format(&node->plugs[0].port, name);
	reply = ask(topology, node, json_pack("{s:s,s:s}", "do", "far-end", "port", name), &fd, fail);
	snprintf(interface, 16, "%s", json_text_or(reply, "interface", "eth0"));
	json_decref(reply);
	return !reply ? -ENOENT : fd >= 0 ? fd : fail_set(fail, -EPROTO, "%s has no namespace", name);
}

int external_node_netns(const struct topology *topology, const struct node *node, char interface[16])
{
	struct fail ignored = {0};
	int fd =
	    node->external && node->netns >= 0 ? external_netns(topology, node, interface, &ignored) : -1;

	if (fd >= 0 || node->netns < 0)
		return fd;
	snprintf(interface, 16, "eth0");
	return fcntl(node->netns, F_DUPFD_CLOEXEC, 3);
}

static json_t *entry(const struct topology *topology, const struct node *node, const json_t *switches)
{
	const char *name = switch_of(topology, node);
	const json_t *sw, *port = NULL;
	char text[24], address[16];
	size_t i;

	json_array_foreach (switches, i, sw)
		if (!strcmp(json_text(sw, "name"), name))
			port = port_in(sw, node);
	topology_port_format(&node->plugs[0].port, text);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:b}", "name", node->name, "kind", node->kind, "address",
			 ipv4_format(node->plugs[0].address, address), "switch", name, "port", text,
			 "attached", !strcmp(json_text(port, "link"), "up"));
}

/* Has the patch panel of an external switch answered? */
static bool listens(const json_t *switches, const char *name)
{
	const json_t *sw;
	size_t i;

	json_array_foreach (switches, i, sw)
		if (!strcmp(json_text(sw, "name"), name))
			return json_array_size(json_object_get(sw, "ports"));
	return false;
}

json_t *external_list(const struct topology *topology, const json_t *switches)
{
	json_t *list = json_array();
	struct node *nodes = NULL;
	struct fail ignored = {0};
	size_t count = 0;

	if (!node_list(topology, &nodes, &count, &ignored))
		for (size_t i = 0; i < count; i++)
			if (nodes[i].external)
				json_array_append_new(list, entry(topology, &nodes[i], switches));
	free(nodes);
	for (size_t i = 0; i < topology->switches.n; i++) {
		const char *name = topology->switches.items[i].name;

		if (topology->switches.items[i].external == 1)
			json_array_append_new(list, json_pack("{s:s,s:s,s:b}", "name", name, "kind", "switch",
							      "attached", listens(switches, name)));
	}
	return list;
}
