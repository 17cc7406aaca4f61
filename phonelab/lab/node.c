#include "phonelab/lab/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/lab/plan.h"
#include "base/ipv4.h"

int node_list(const struct topology *topology, struct node **nodes, size_t *count, struct fail *fail)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router"};
	struct node *list = calloc(topology->servers.n + topology->cluster.nodes.n + 1, sizeof(*list));

	*nodes = list;
	*count = 0;
	if (!list)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];
		bool router = server->kind == TOPOLOGY_ROUTER;

		list[(*count)++] = (struct node){.name = server->name,
						 .kind = kinds[server->kind],
						 .netns = -1,
						 .plugs = router ? server->interfaces.items : &server->plug,
						 .plug_count = router ? server->interfaces.n : 1,
						 .router = router,
						 .runs = server->owner.external != 1,
						 .external = server->owner.external == 1,
						 .owner = &server->owner};
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		list[(*count)++] =
		    (struct node){.name = node->name,
				  .kind = "call-manager",
				  .netns = -1,
				  .plugs = &node->plug,
				  .plug_count = 1,
				  .silent = node->mode == TOPOLOGY_NODE_SILENT,
				  .runs = node->mode == TOPOLOGY_NODE_UP && node->owner.external != 1,
				  .external = node->owner.external == 1,
				  .owner = &node->owner};
	}
	return 0;
}

int node_reject_external(const struct node *nodes, size_t count, const char *name, struct fail *fail)
{
	for (size_t i = 0; i < count; i++)
		if (nodes[i].external && !strcmp(nodes[i].name, name))
			return fail_set(fail, -EOPNOTSUPP, "%s is external: the lab does not run it", name);
	return 0;
}

/* Routes to the other subnets of the lab through the gateway. */
static void add_routes(const struct topology *topology, const struct topology_plug *plug, char *text,
		       size_t size)
{
	size_t used = strlen(text);
	char network[16], gateway[16];

	/* One more always fits: ",route=255.255.255.255/32=255.255.255.255". */
	for (size_t i = 0; i < topology->vlans.n && used + 48 < size; i++) {
		const struct topology_vlan *vlan = &topology->vlans.items[i];

		if (vlan != plug->net && vlan->subnet.length)
			used +=
			    (size_t)snprintf(text + used, size - used, ",route=%s/%d=%s",
					     ipv4_format(vlan->subnet.address, network), vlan->subnet.length,
					     ipv4_format(plug->net->gateway, gateway));
	}
}

static void plug_text(const struct topology *topology, const struct node *node, size_t i,
		      const struct node_place *place, char *text, size_t size)
{
	const struct topology_plug *plug = &node->plugs[i];
	char panel[160], port[24], interface[16], address[16], gateway[16];
	bool routed = !node->router && plug->net->gateway;

	plan_switch_panel(topology, plug->switch_index, panel);
	topology_port_format(&plug->port, port);
	ipv4_format(plug->address, address);
	snprintf(interface, sizeof(interface), "eth%zu", i);
	snprintf(text, size, "panel=%s,port=%s,interface=%s,address=%s/%d", panel, port,
		 place && place->interface ? place->interface : interface, address, plug->net->subnet.length);
	if (routed && place && place->has_default)
		add_routes(topology, plug, text, size);
	else if (routed)
		snprintf(text + strlen(text), size - strlen(text), ",gateway=%s",
			 ipv4_format(plug->net->gateway, gateway));
}

void node_cable_arguments(const struct topology *topology, const struct node *node, const char *bin,
			  unsigned timeout_s, const struct node_place *place, struct node_cable *cable)
{
	size_t n = 0;

	snprintf(cable->path, sizeof(cable->path), "%s/cable", bin);
	snprintf(cable->timeout, sizeof(cable->timeout), "%u", timeout_s);
	cable->argv[n++] = cable->path;
	cable->argv[n++] = (char *)"--node";
	cable->argv[n++] = (char *)node->name;
	cable->argv[n++] = (char *)"--timeout";
	cable->argv[n++] = cable->timeout;
	if (node->router)
		cable->argv[n++] = (char *)"--forward";
	for (size_t i = 0; i < node->plug_count && i < NODE_PLUGS; i++) {
		plug_text(topology, node, i, place, cable->plug[i], sizeof(cable->plug[i]));
		cable->argv[n++] = (char *)"--plug";
		cable->argv[n++] = cable->plug[i];
	}
	cable->argv[n] = NULL;
}

int node_has_addresses(void *arg, struct fail *fail)
{
	const struct node *node = arg;
	struct ifaddrs *list;
	size_t found = 0;

	if (getifaddrs(&list))
		return fail_set(fail, -errno, "getifaddrs: %s", strerror(errno));
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		struct sockaddr_in in;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_RUNNING))
			continue;
		memcpy(&in, i->ifa_addr, sizeof(in));
		for (size_t p = 0; p < node->plug_count; p++)
			found += ntohl(in.sin_addr.s_addr) == node->plugs[p].address;
	}
	freeifaddrs(list);
	if (found < node->plug_count)
		return fail_set(fail, -EAGAIN, "%s: %zu of %zu interfaces are up", node->name, found,
				node->plug_count);
	return 0;
}
