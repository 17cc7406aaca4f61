/* Several clusters: the names that servers and phones give, and a topology as one of the clusters sees it. */
#include <errno.h>
#include <string.h>

#include "phonelab/topology/settle.h"

size_t topology_cluster_count(const struct topology *topology)
{
	return 1 + topology->clusters.n;
}

const char *topology_cluster_name(const struct topology *topology, size_t i)
{
	return i ? topology->clusters.items[i - 1].name : topology->cluster.name;
}

size_t topology_cluster_find(const struct topology *topology, const char *name)
{
	size_t i = 0, count = topology_cluster_count(topology);

	/* A cluster has no name if the file has an error there. */
	while (i < count &&
	       (!topology_cluster_name(topology, i) || strcmp(topology_cluster_name(topology, i), name) != 0))
		i++;
	return i;
}

bool topology_cluster_has_certificates(const struct topology *topology, size_t i)
{
	return (i ? topology->clusters.items[i - 1].release : topology->cluster.release) != KEY_UNSET;
}

bool topology_cluster_is_mixed(const struct topology *topology, size_t i)
{
	return (i ? topology->clusters.items[i - 1].security : topology->cluster.security) == TOPOLOGY_MIXED;
}

const char *topology_node_path(const struct topology_node *node)
{
	return node->cluster ? "clusters.nodes" : "cluster.nodes";
}

/* --- reading --- */

/* The nodes of all clusters in one list: their ports, addresses and names are those of one lab. */
static void join_nodes(struct topology *topology)
{
	size_t total = topology->cluster.nodes.n, n = total;
	struct topology_node *nodes;

	for (size_t i = 0; i < topology->clusters.n; i++)
		total += topology->clusters.items[i].nodes.n;
	if (total == n)
		return;
	nodes = arena_alloc(&topology->arena, total * sizeof(*nodes));
	if (n)
		memcpy(nodes, topology->cluster.nodes.items, n * sizeof(*nodes));
	for (size_t i = 0; i < topology->clusters.n; i++)
		for (size_t j = 0; j < topology->clusters.items[i].nodes.n; j++) {
			nodes[n] = topology->clusters.items[i].nodes.items[j];
			nodes[n++].cluster = i + 1;
		}
	topology->cluster.nodes.items = nodes;
	topology->cluster.nodes.n = total;
}

/* "old, new" */
static const char *names(struct topology *topology)
{
	const char *text = "";

	for (size_t i = 0; i < topology_cluster_count(topology); i++)
		if (topology_cluster_name(topology, i))
			text = arena_format(&topology->arena, "%s%s%s", text, *text ? ", " : "",
					    topology_cluster_name(topology, i));
	return text;
}

/* The number of the cluster that a server or a phone names; 0 for NULL. */
static size_t cluster_named(struct topology *topology, const char *name, const struct yaml_node *at,
			    const char *path)
{
	size_t i = name ? topology_cluster_find(topology, name) : 0;

	if (i < topology_cluster_count(topology))
		return i;
	topology_complain(topology, at, path, "found \"%s\", expected a cluster of the lab: %s", name,
			  names(topology));
	return 0;
}

static void check_cluster(const struct topology *topology, size_t i)
{
	const struct topology_other_cluster *cluster = &topology->clusters.items[i - 1];
	bool served = false;

	if (!cluster->name)
		return;
	if (topology_cluster_find(topology, cluster->name) < i) {
		topology_complain(topology, cluster->at, "clusters.name",
				  "found \"%s\" a second time, expected a unique name of a cluster",
				  cluster->name);
		return;
	}
	for (size_t s = 0; s < topology->servers.n; s++)
		served = served || (topology->servers.items[s].kind == TOPOLOGY_TFTP &&
				    topology->servers.items[s].cluster == i);
	if (!served)
		topology_complain(topology, cluster->at, "clusters.name",
				  "found \"%s\" without a TFTP server, expected a server of kind tftp with "
				  "`cluster: %s`",
				  cluster->name, cluster->name);
}

void topology_settle_clusters(struct topology *topology)
{
	join_nodes(topology);
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		server->cluster =
		    cluster_named(topology, server->cluster_name, server->at, "servers.cluster");
	}
	for (size_t i = 0; i < topology->rows.n; i++) {
		struct topology_phone_row *row = &topology->rows.items[i];

		row->cluster = cluster_named(topology, row->cluster_name, row->at, "phones.cluster");
	}
	for (size_t i = 1; i < topology_cluster_count(topology); i++)
		check_cluster(topology, i);
	if (!topology->clusters.n)
		return;
	if (topology->closets.n)
		topology_complain(topology, topology->at, "closets",
				  "found closets and several clusters, expected one of them: several "
				  "clusters run in native labs on one machine only");
	if (topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL)
		topology_complain(topology, topology->cluster.at, "cluster.devices",
				  "found external with several clusters, expected only where the lab writes "
				  "the files of the phones");
}

/* --- one of them --- */

/* Those of cluster i first, then the others, each in their order. Returns how many are first. */
static size_t part_nodes(struct topology *topology, size_t i)
{
	size_t total = topology->cluster.nodes.n, kept = 0, n = 0;
	struct topology_node *nodes = arena_alloc(&topology->arena, (total + 1) * sizeof(*nodes));

	for (int others = 0; others < 2; others++)
		for (size_t j = 0; j < total; j++)
			if ((topology->cluster.nodes.items[j].cluster != i) == others) {
				nodes[n++] = topology->cluster.nodes.items[j];
				kept += !others;
			}
	topology->cluster.nodes.items = nodes;
	return kept;
}

static size_t part_servers(struct topology *topology, size_t i)
{
	size_t total = topology->servers.n, kept = 0, n = 0;
	struct topology_server *servers = arena_alloc(&topology->arena, (total + 1) * sizeof(*servers));

	for (int others = 0; others < 2; others++)
		for (size_t j = 0; j < total; j++) {
			const struct topology_server *server = &topology->servers.items[j];

			if ((server->kind == TOPOLOGY_TFTP && server->cluster != i) == others) {
				servers[n++] = *server;
				kept += !others;
			}
		}
	topology->servers.items = servers;
	return kept;
}

void topology_keep_cluster(struct topology *topology, size_t i)
{
	size_t nodes = topology->cluster.nodes.n, servers = topology->servers.n;

	if (i) {
		const struct topology_other_cluster *other = &topology->clusters.items[i - 1];
		struct topology_cluster *cluster = &topology->cluster;

		cluster->at = other->at;
		cluster->name = other->name;
		cluster->security = other->security;
		cluster->release = other->release;
		cluster->certificates = other->certificates;
		cluster->auto_registration = NULL;
	}
	topology->own = i;
	topology->cluster.nodes.n = part_nodes(topology, i);
	topology->away_nodes = nodes - topology->cluster.nodes.n;
	topology->servers.n = part_servers(topology, i);
	topology->away_servers = servers - topology->servers.n;
}

int topology_check_one_cluster(const struct topology *topology, struct fail *fail)
{
	if (!topology->clusters.n)
		return 0;
	return fail_set(fail, -EINVAL,
			"topology %s has several clusters, which run in a native lab on one machine only; "
			"start it with: phonelab up",
			topology->name);
}
