#include "phonelab/lab/user_servers.h"

#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "cable/netns.h"
#include "phonelab/lab/user_command.h"

/* The ports at which phones ask a server, by its kind. */
static const struct service_port {
	const char *kind, *transport;
	unsigned port;
} ports[] = {
    {"dhcp", "udp", 67},	   {"tftp", "tcp", 6970},	  {"tftp", "udp", 69},
    {"call-manager", "tcp", 5060}, {"call-manager", "udp", 5060},
};
#define PORTS (sizeof(ports) / sizeof(ports[0]))

struct ports_of {
	const char *kind;
	json_t *listens;
};

static int read_ports(void *arg, struct fail *fail)
{
	const struct ports_of *of = arg;

	(void)fail;
	for (size_t i = 0; i < PORTS; i++) {
		char name[16];

		if (strcmp(ports[i].kind, of->kind))
			continue;
		snprintf(name, sizeof(name), "%s %u", ports[i].transport, ports[i].port);
		json_object_set_new(of->listens, name,
				    json_boolean(user_port_bound(ports[i].transport, ports[i].port)));
	}
	return 0;
}

/* The subnet of each VLAN: what a DHCP server can lease. */
static json_t *subnets_of(const struct topology *topology)
{
	json_t *subnets = json_object();

	for (size_t i = 0; i < topology->vlans.n; i++) {
		const struct topology_vlan *vlan = &topology->vlans.items[i];
		char id[12], address[16], text[24];

		if (!vlan->subnet.length)
			continue;
		snprintf(id, sizeof(id), "%d", vlan->id);
		snprintf(text, sizeof(text), "%s/%d", ipv4_format(vlan->subnet.address, address),
			 vlan->subnet.length);
		json_object_set_new(subnets, id, json_string(text));
	}
	return subnets;
}

static json_t *one(const struct status_source *source, const char *name, const char *kind,
		   const struct topology_owner *owner, const struct topology_plug *plug, size_t node)
{
	struct ports_of of = {.kind = kind};
	struct fail ignored = {0};
	char address[16];
	json_t *server;

	ipv4_format(plug->address, address);
	server = json_pack("{s:s,s:s,s:s,s:i,s:s}", "name", name, "kind", kind, "address", address, "vlan",
			   plug->vlan, "by", owner->run.at ? "run" : "external");
	if (!strcmp(kind, "dhcp"))
		json_object_set_new(server, "subnets", subnets_of(source->topology));
	/* A device that the user plugs in has its own network stack. */
	if (owner->run.at && source->nodes && source->nodes[node].netns >= 0) {
		of.listens = json_object();
		netns_call(source->nodes[node].netns, read_ports, &of, &ignored);
		json_object_set_new(server, "listens", of.listens);
	}
	return server;
}

json_t *user_servers_list(const struct status_source *source)
{
	const struct topology *topology = source->topology;
	json_t *list = json_array();

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		if (!topology_ours(&server->owner) && server->kind != TOPOLOGY_ROUTER)
			json_array_append_new(list, one(source, server->name,
							server->kind == TOPOLOGY_DHCP ? "dhcp" : "tftp",
							&server->owner, &server->plug, i));
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];
		json_t *server;

		if (topology_ours(&node->owner))
			continue;
		server = one(source, node->name, "call-manager", &node->owner, &node->plug,
			     topology->servers.n + i);
		json_object_set_new(server, "witness", json_boolean(node->registered.at != NULL));
		json_array_append_new(list, server);
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}
