/* Servers and call managers of the user: programs that the lab starts, and nodes that the user plugs in. */
#include "phonelab/topology/settle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ipv4.h"

bool topology_ours(const struct topology_owner *owner)
{
	return !owner->run.at && owner->external != 1;
}

bool topology_has_external(const struct topology *topology)
{
	bool found = false;

	for (size_t i = 0; i < topology->servers.n; i++)
		found = found || topology->servers.items[i].owner.external == 1;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		found = found || topology->cluster.nodes.items[i].owner.external == 1;
	for (size_t i = 0; i < topology->switches.n; i++)
		found = found || topology->switches.items[i].external == 1;
	return found;
}

/* A directory is relative to the file of the topology. */
static const char *absolute(struct topology *topology, const char *directory)
{
	const char *slash = strrchr(topology->file, '/');
	int length = slash ? (int)(slash - topology->file) : 0;
	char here[PATH_MAX] = "";

	if (!directory || *directory == '/')
		return directory;
	if (*topology->file != '/' && !getcwd(here, sizeof(here)))
		return directory;
	return arena_format(&topology->arena, "%s%s%.*s/%s", here, length && *here ? "/" : "", length,
			    topology->file, directory);
}

/* What decides about the lab's own servers has no effect on a server of the user. */
static void check_keys(const struct topology *topology, const struct topology_server *server)
{
	static const char *const keys[] = {"pool", "lease", "dns", "options", "http", "tftp"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char path[40];

		snprintf(path, sizeof(path), "servers.%s", keys[i]);
		if (yaml_tree_get(server->at, keys[i]))
			topology_complain(
			    topology, server->at, path,
			    "found on a server of yours, expected only on a server that the lab "
			    "runs: the configuration of your server decides");
	}
}

/* "http://HOST[:PORT][/PATH]" */
static bool read_url(struct topology_ready *ready)
{
	static const char scheme[] = "http://";
	unsigned long port = 80;
	const char *host, *after;
	char name[64], *end;

	if (strncmp(ready->http, scheme, strlen(scheme)) != 0)
		return false;
	host = ready->http + strlen(scheme);
	after = host + strcspn(host, ":/");
	snprintf(name, sizeof(name), "%.*s", (int)(after - host), host);
	if (*after == ':') {
		port = strtoul(after + 1, &end, 10);
		if (end == after + 1 || port < 1 || port > 65535)
			return false;
		after = end;
	}
	ready->http_port = (unsigned)port;
	ready->http_path = *after ? after : "/";
	return *ready->http_path == '/' &&
	       !ipv4_parse(&ready->http_address, strcmp(name, "localhost") ? name : "127.0.0.1");
}

static void settle_ready(const struct topology *topology, struct topology_ready *ready, const char *path)
{
	static const char *const kinds[] = {"tcp", "udp", "http", "command"};
	int given = 0;

	if (!ready->at)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		given += yaml_tree_get(ready->at, kinds[i]) != NULL;
	if (given != 1)
		complain(topology->complaints, ready->at, path,
			 "found %d of tcp, udp, http and command, expected one of them", given);
	if (ready->http && !read_url(ready))
		complain(topology->complaints, yaml_tree_get(ready->at, "http"), path,
			 "found \"%s\", expected a URL such as http://127.0.0.1:8080/ready: an IPv4 address "
			 "or localhost",
			 ready->http);
}

static void check_environment(const struct topology *topology, const struct yaml_node *map, const char *path)
{
	for (size_t i = 0; map && i < map->n; i++) {
		const struct yaml_node *name = map->entries[i].key;

		if (!*name->text || strchr(name->text, '=') || map->entries[i].value->kind != YAML_SCALAR)
			complain(topology->complaints, name, path,
				 "found the variable \"%s\", expected NAME: TEXT", name->text);
	}
}

/* kind: "servers", or topology_node_path. */
static void settle_owner(struct topology *topology, struct topology_owner *owner, const struct yaml_node *at,
			 const char *kind)
{
	char path[60];

	snprintf(path, sizeof(path), "%s.external", kind);
	if (owner->run.at && owner->external == 1)
		topology_complain(
		    topology, at, path,
		    "found with `run`, expected one of them: with `run` the lab starts your program, with "
		    "`external` you plug something in");
	if (!owner->run.at)
		return;
	if (yaml_tree_get(owner->run.at, "command") && !owner->run.command.n) {
		snprintf(path, sizeof(path), "%s.run.command", kind);
		complain(topology->complaints, owner->run.at, path,
			 "found an empty list, expected a program and its arguments");
	}
	owner->run.directory = absolute(topology, owner->run.directory);
	snprintf(path, sizeof(path), "%s.run.ready", kind);
	settle_ready(topology, &owner->run.ready, path);
	snprintf(path, sizeof(path), "%s.run.environment", kind);
	check_environment(topology, owner->run.environment, path);
}

static void settle_node(struct topology *topology, struct topology_node *node)
{
	const char *kind = topology_node_path(node);
	bool ours = topology_ours(&node->owner);

	settle_owner(topology, &node->owner, node->at, kind);
	if (!ours && node->mode != TOPOLOGY_NODE_UP)
		topology_complain(topology, node->at, arena_format(&topology->arena, "%s.mode", kind),
				  "found on a call manager of yours, expected only on one that the lab runs");
	if (ours && node->registered.at)
		topology_complain(
		    topology, node->at, arena_format(&topology->arena, "%s.registered", kind),
		    "found on a call manager that the lab runs, expected only with `run` or `external`: "
		    "the lab asks its own call managers itself");
	node->registered.directory = absolute(topology, node->registered.directory);
	if (ours && topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL && topology->cluster.digest == 1)
		topology_complain(topology, topology->cluster.at, "cluster.digest",
				  "found with `devices: external`, expected off: call manager \"%s\" has no "
				  "passwords without a device table",
				  node->name ? node->name : "");
}

void topology_settle_owners(struct topology *topology)
{
	for (size_t i = 0; i < topology->servers.n; i++) {
		struct topology_server *server = &topology->servers.items[i];

		settle_owner(topology, &server->owner, server->at, "servers");
		if (!topology_ours(&server->owner))
			check_keys(topology, server);
		if (server->kind == TOPOLOGY_ROUTER && server->owner.external == 1)
			topology_complain(topology, server->at, "servers.external",
					  "found on a router, expected on a server of kind dhcp or tftp");
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		settle_node(topology, &topology->cluster.nodes.items[i]);
}
