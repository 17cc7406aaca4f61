/* DHCP servers: their pools and options. */
#include "phonelab/topology/settle.h"

#include "base/ipv4.h"

static void default_pool(struct topology_server *server, const struct owners *owners)
{
	const struct key_prefix *subnet = &server->plug.net->subnet;
	uint32_t last = topology_prefix_last(subnet), hosts = last - subnet->address - 1;
	uint32_t first = subnet->address + (hosts >= 200 ? 50 : hosts / 4 + 1);

	for (size_t i = 0; i < owners->n; i++)
		if (topology_prefix_holds(subnet, owners->items[i].plug->address) &&
		    owners->items[i].plug->address >= first)
			first = owners->items[i].plug->address + 1;
	server->pool = (struct key_range){first, last - 1};
}

static void check_pool(struct topology *topology, const struct owners *owners, struct topology_server *server)
{
	const struct key_prefix *subnet;
	char a[16], b[16];

	/* An entry that is no map is reported as such. */
	if (!server->plug.net || server->at->kind != YAML_MAP)
		return;
	subnet = &server->plug.net->subnet;
	if (!yaml_tree_get(server->at, "pool"))
		default_pool(server, owners);
	if (!server->pool.first)
		return;
	if (server->pool.first <= subnet->address || server->pool.last >= topology_prefix_last(subnet)) {
		topology_complain(topology, server->at, "servers.pool",
				  "found %s-%s, expected host addresses of %s/%d",
				  ipv4_format(server->pool.first, a), ipv4_format(server->pool.last, b),
				  ipv4_format(subnet->address, (char[16]){0}), subnet->length);
		return;
	}
	for (size_t i = 0; i < owners->n; i++) {
		const struct owner *owner = &owners->items[i];

		if (owner->plug->address >= server->pool.first && owner->plug->address <= server->pool.last)
			topology_complain(
			    topology, server->at, "servers.pool",
			    "found a range with %s, the address of \"%s\", expected free addresses (line %u)",
			    ipv4_format(owner->plug->address, a), owner->name ? owner->name : "",
			    owner->plug->at->line);
	}
	for (struct topology_server *other = topology->servers.items; other < server; other++)
		if (other->kind == TOPOLOGY_DHCP && other->pool.first &&
		    other->pool.first <= server->pool.last && server->pool.first <= other->pool.last)
			topology_complain(
			    topology, server->at, "servers.pool",
			    "found addresses that the pool of \"%s\" has too, expected pools that do "
			    "not overlap (line %u)",
			    other->name ? other->name : "", other->at->line);
}

static void settle_options(struct topology *topology, struct topology_server *server)
{
	struct topology_dhcp_options *options = &server->options;
	bool given = yaml_tree_get(options->at, "150") != NULL;

	for (size_t i = 0; i < options->others.n; i++) {
		const struct key_option *option = &options->others.items[i];
		const char *why = option->code == 3 || option->code == 1 ? "the subnet and the router set it"
				  : option->code == 51			 ? "the key `lease` sets it"
				  : option->code >= 50 && option->code <= 61 && option->code != 60
				      ? "the DHCP protocol uses it itself"
				      : NULL;

		if (why)
			complain(topology->complaints, options->at, "servers.options",
				 "found the option %d, expected no such option: %s", option->code, why);
	}
	if (!given && !options->tftp_name) {
		uint32_t *items = arena_alloc(&topology->arena, (topology->servers.n + 1) * sizeof(*items));

		for (size_t i = 0; i < topology->servers.n; i++)
			if (topology->servers.items[i].kind == TOPOLOGY_TFTP &&
			    !topology->servers.items[i].cluster)
				items[options->tftp_servers.n++] = topology->servers.items[i].plug.address;
		options->tftp_servers.items = items;
	}
	options->no_tftp_servers = !options->tftp_servers.n;
	if (!yaml_tree_get(options->at, "6") && server->dns == 1) {
		options->dns.items = &server->plug.address;
		options->dns.n = 1;
	}
}

void topology_settle_dhcp(struct topology *topology, const struct owners *owners,
			  struct topology_server *server)
{
	check_pool(topology, owners, server);
	settle_options(topology, server);
}
