/* From a topology to the configuration of the call managers and servers. */
#include "phonelab/lab/plan.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/lab/clusters.h"
#include "phonelab/lab/self.h"

static const char *default_load(const struct topology *topology, const struct topology_phone_model *model)
{
	for (size_t i = 0; i < topology->cluster.loads.n; i++)
		if (!strcmp(topology->cluster.loads.items[i].model, model->name))
			return topology->cluster.loads.items[i].load;
	return model->load;
}

const char *plan_load(const struct topology *topology, const struct topology_phone *phone)
{
	return phone->row->load ? phone->row->load : default_load(topology, phone->row->model);
}

const char *plan_active_load(const struct topology *topology, const struct topology_phone *phone)
{
	return phone->row->active_load ? phone->row->active_load : plan_load(topology, phone);
}

const char *plan_inactive_load(const struct topology_phone *phone)
{
	return phone->row->inactive_load ? phone->row->inactive_load : phone->row->model->old_load;
}

const char *plan_password(const struct topology *topology, struct arena *arena, const char *device)
{
	return arena_format(arena, "secret-%s-%llu", device + 3, (unsigned long long)topology->seed);
}

static const struct cucm_app_dial_rule app_rules[] = {
    {.name = "National", .begins_with = "1", .digits = 11, .remove = 0, .prefix = "9"}};
static void plan_devices(struct topology *topology, struct cucm_plan *plan)
{
	size_t known = topology_known_phones(topology), count = 0;
	struct cucm_device *devices = arena_alloc(&topology->arena, (known + 1) * sizeof(*devices));

	for (size_t i = 0; i < known; i++) {
		const struct topology_phone *phone = &topology->phones[i];
		struct cucm_device *device = &devices[count];

		if (phone->row->cluster != topology->own)
			continue;
		*device = plan_device(topology, &topology->arena, phone->row);
		device->mac = phone->mac;
		device->lines = plan_lines(topology, phone);
		device->line_count = phone->line_count;
		count++;
	}
	plan->devices = devices;
	plan->device_count = count;
	plan->phones = count;
}

/* The TFTP service has every load that a phone may be configured to run. */
static void add_load(struct topology *topology, struct cucm_load *loads, size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(loads[i].name, name))
			return;
	loads[(*n)++] = (struct cucm_load){.name = name, .size = (size_t)topology->cluster.image_size * 1024};
}

static void plan_loads(struct topology *topology, struct cucm_plan *plan)
{
	size_t models = 0, n = 0;
	struct cucm_default_load *defaults;
	struct cucm_load *loads;

	while (topology_phone_model_at(models))
		models++;
	defaults = arena_alloc(&topology->arena, models * sizeof(*defaults));
	loads = arena_alloc(&topology->arena, (models + topology->rows.n) * sizeof(*loads));
	for (size_t i = 0; i < models; i++) {
		const struct topology_phone_model *model = topology_phone_model_at(i);

		defaults[i] = (struct cucm_default_load){model->name, default_load(topology, model)};
	}
	for (size_t i = 0; i < topology->rows.n; i++) {
		const struct topology_phone_row *row = &topology->rows.items[i];

		add_load(topology, loads, &n, row->load ? row->load : default_load(topology, row->model));
	}
	plan->default_loads = defaults;
	plan->default_load_count = models;
	plan->loads = loads;
	plan->load_count = n;
}

/* Options in the notation of dnsmasq. */
static const struct cucm_dhcp_option *other_options(struct topology *topology,
						    const struct topology_server *server)
{
	size_t n = server->options.others.n;
	struct cucm_dhcp_option *options = arena_alloc(&topology->arena, (n + 1) * sizeof(*options));

	for (size_t i = 0; i < n; i++)
		options[i].text =
		    arena_format(&topology->arena, "%d,%s", server->options.others.items[i].code,
				 server->options.others.items[i].value);
	return options;
}

static struct cucm_dhcp_server dhcp_server(struct topology *topology, const struct topology_server *server)
{
	const struct topology_vlan *net = server->plug.net;
	struct cucm_dhcp_pool *pool = arena_alloc(&topology->arena, sizeof(*pool));

	*pool = (struct cucm_dhcp_pool){.name = arena_format(&topology->arena, "vlan%d", net->id),
					.subnet = net->subnet.address,
					.prefix_length = (unsigned)net->subnet.length,
					.first = server->pool.first,
					.last = server->pool.last,
					.gateway = net->gateway,
					.lease_s = (unsigned)server->lease,
					.dns = server->options.dns.items,
					.dns_count = server->options.dns.n,
					.tftp_servers = server->options.tftp_servers.items,
					.tftp_server_count = server->options.tftp_servers.n,
					.tftp_name = server->options.tftp_name,
					.options = other_options(topology, server),
					.option_count = server->options.others.n};
	return (struct cucm_dhcp_server){.name = server->name,
					 .address = server->plug.address,
					 .no_dns = !server->dns,
					 .pools = pool,
					 .pool_count = 1};
}

static void plan_servers(struct topology *topology, struct cucm_plan *plan)
{
	size_t n = topology->servers.n;
	struct cucm_dhcp_server *dhcp = arena_alloc(&topology->arena, (n + 1) * sizeof(*dhcp));
	struct cucm_tftp_server *tftp = arena_alloc(&topology->arena, (n + 1) * sizeof(*tftp));

	for (size_t i = 0; i < n; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		if (!topology_ours(&server->owner))
			continue;
		if (server->kind == TOPOLOGY_DHCP && !topology->own)
			dhcp[plan->dhcp_server_count++] = dhcp_server(topology, server);
		if (server->kind == TOPOLOGY_TFTP && server->cluster == topology->own)
			tftp[plan->tftp_server_count++] =
			    (struct cucm_tftp_server){.name = server->name,
						      .address = server->plug.address,
						      .no_tftp = !server->tftp,
						      .no_http = !server->http};
	}
	plan->dhcp_servers = dhcp;
	plan->tftp_servers = tftp;
}

/* The nodes of the cluster are the first ones of the topology: an index is the same in both. */
static void plan_nodes(struct topology *topology, struct cucm_plan *plan)
{
	struct cucm_node *nodes = arena_alloc(&topology->arena, topology->cluster.nodes.n * sizeof(*nodes));
	size_t count = 0;

	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		if (node->cluster != topology->own)
			continue;
		nodes[count++] = (struct cucm_node){
		    .name = node->name,
		    .role = node->role == TOPOLOGY_PUBLISHER ? CUCM_ROLE_PUBLISHER : CUCM_ROLE_SUBSCRIBER,
		    .address = node->plug.address,
		    .foreign = !topology_ours(&node->owner)};
	}
	plan->nodes = nodes;
	plan->node_count = count;
}

/* The DNS servers know the servers of all clusters. */
static void plan_names(struct topology *topology, struct cucm_plan *plan)
{
	size_t nodes = topology->cluster.nodes.n + topology->away_nodes;
	size_t servers = topology->servers.n + topology->away_servers;
	struct cucm_dns_name *names;

	if (!topology->clusters.n || topology->own)
		return;
	names = arena_alloc(&topology->arena, (nodes + servers) * sizeof(*names));
	plan->dns_names = names;
	for (size_t i = 0; i < nodes; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		if (node->cluster)
			names[plan->dns_name_count++] =
			    (struct cucm_dns_name){node->name, node->plug.address};
	}
	for (size_t i = 0; i < servers; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		if (server->cluster)
			names[plan->dns_name_count++] =
			    (struct cucm_dns_name){server->name, server->plug.address};
	}
}

static const enum cucm_itl itls[] = {[TOPOLOGY_ITL_NORMAL] = CUCM_ITL_SIGNED,
				     [TOPOLOGY_ITL_NONE] = CUCM_ITL_NONE,
				     [TOPOLOGY_ITL_FORGED] = CUCM_ITL_FORGED};

static void plan_security(const struct topology *topology, struct cucm_plan *plan)
{
	static const enum cucm_release releases[] = {[TOPOLOGY_RELEASE_11_5] = CUCM_RELEASE_11_5,
						     [TOPOLOGY_RELEASE_12_0] = CUCM_RELEASE_12_0,
						     [TOPOLOGY_RELEASE_14] = CUCM_RELEASE_14};
	const struct topology_certificates *certificates = &topology->cluster.certificates;

	if (!topology_has_certificates(topology))
		return;
	plan->release = releases[topology->cluster.release];
	plan->mixed = topology->cluster.security == TOPOLOGY_MIXED;
	if (certificates->at)
		plan->subject = (struct cucm_subject){.organisation = certificates->organisation,
						      .unit = certificates->unit,
						      .country = certificates->country,
						      .rsa_bits = certificates->key_size ? 4096 : 2048,
						      .days = (unsigned)(certificates->validity / 86400)};
}

#define SEED_STEP 1000003u

struct cucm_plan plan_cucm(struct topology *topology)
{
	char bin[512];
	struct cucm_plan plan = {.prefix = clusters_prefix(topology, topology->own, &topology->arena),
				 .cluster = topology->cluster.name,
				 .domain = topology->cluster.domain,
				 .time_zone = topology->cluster.time_zone,
				 .ntp = topology->cluster.ntp.items,
				 .ntp_count = topology->cluster.ntp.n,
				 .problem_report_url = topology->cluster.problem_report_url,
				 /* The names of two authorities differ. */
				 .seed = (uint64_t)topology->seed + topology->own * SEED_STEP,
				 .auto_registration = topology->cluster.auto_registration != NULL,
				 .axl_user = topology->cluster.axl_user,
				 .axl_password = topology->cluster.axl_password,
				 .app_dial_rules = app_rules,
				 .app_dial_rule_count = sizeof(app_rules) / sizeof(app_rules[0]),
				 .digest = topology->cluster.digest,
				 .expires_max_s = (unsigned)topology->cluster.expires,
				 .itl = itls[topology->cluster.itl],
				 .foreign_devices = topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL};

	self_folder(bin, sizeof(bin));
	plan.bin = arena_format(&topology->arena, "%s", bin);
	plan_nodes(topology, &plan);
	if (plan.foreign_devices)
		plan.phones = topology_known_phones(topology);
	else
		plan_devices(topology, &plan);
	plan_loads(topology, &plan);
	plan_servers(topology, &plan);
	plan_names(topology, &plan);
	clusters_set_groups(topology, &topology->arena, &plan, NULL);
	plan_security(topology, &plan);
	return plan;
}

uint64_t plan_run_bytes(const struct topology *topology)
{
	uint64_t image = (uint64_t)topology->cluster.image_size << 10;

	return (1ull << 30) + topology->phone_count * ((2ull << 20) + 16 * image);
}
