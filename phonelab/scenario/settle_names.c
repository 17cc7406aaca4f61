#include "phonelab/scenario/settle.h"

#include <stdio.h>
#include <string.h>

#define NOT_RUN "found \"%.40s\", which is external: the lab does not run it"

const struct yaml_node *settle_value_at(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *value = yaml_tree_get(map, key);

	return value ? value : map;
}

void settle_list(char list[300], const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, 300 - used, "%s%s", used ? ", " : "", name);
}

int settle_only_one(struct settler *it, const struct yaml_node *map, const char *path,
		    const char *const *names)
{
	char all[300] = "";
	int found = -1;

	for (int i = 0; names[i]; i++) {
		settle_list(all, names[i]);
		if (!yaml_tree_get(map, names[i]))
			continue;
		if (found >= 0) {
			complain(it->complaints, settle_value_at(map, names[i]), path,
				 "found \"%s\" beside \"%s\", expected one of them", names[i], names[found]);
			return -1;
		}
		found = i;
	}
	if (found < 0)
		complain(it->complaints, map, path, "missing key; expected one of %s", all);
	return found;
}

/* The index of the phone that text names, or SIZE_MAX. */
static size_t find_phone(const struct topology *topology, const char *text)
{
	struct mac mac;
	bool is_mac = !mac_parse(&mac, text);

	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (!strcasecmp(phone->name, text) || (is_mac && mac_equal(&phone->mac, &mac)))
			return i;
		for (size_t l = 0; l < phone->line_count; l++)
			if (!strcmp(phone->lines[l], text))
				return i;
	}
	return SIZE_MAX;
}

size_t settle_phone_named(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
			  const char *others)
{
	const struct topology *topology = it->scenario->topology;
	size_t i = find_phone(topology, text);

	if (i == SIZE_MAX)
		complain(it->complaints, at, path,
			 "found \"%.40s\", expected %sa phone of the topology by device name (%s), MAC or "
			 "directory number (%s)",
			 text, others, topology->phones[0].name,
			 topology->phones[0].line_count ? topology->phones[0].lines[0] : "2001");
	return i;
}

const char *settle_switch_named(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name, bool runs)
{
	const struct topology *topology = it->scenario->topology;
	char all[300] = "";

	if (!name && topology->switches.n == 1)
		name = topology->switches.items[0].name;
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		settle_list(all, sw->name);
		if (!name || strcmp(sw->name, name))
			continue;
		if (!runs || sw->external != 1)
			return sw->name;
		complain(it->complaints, at, path, NOT_RUN, name);
		return NULL;
	}
	complain(it->complaints, at, path, "found %s%s%s, expected a switch of the topology: %s",
		 name ? "\"" : "", name ? name : "no switch", name ? "\"" : "", all);
	return NULL;
}

bool settle_node_exists(const struct topology *topology, const char *name)
{
	return topology_has_server(topology, name) || topology_switch_find(topology, name);
}

const char *settle_node_named(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name)
{
	const struct topology *topology = it->scenario->topology;
	size_t i;

	if (!name)
		return NULL; /* reported already */
	if (settle_node_exists(topology, name))
		return name;
	i = find_phone(topology, name);
	if (i != SIZE_MAX)
		return topology->phones[i].name;
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server, call manager, switch or phone of the topology", name);
	return NULL;
}

/* The name, unless the user plugs the node in; a program of the user has no second one for HTTP. */
static const char *run_by_lab(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name, const struct topology_owner *owner)
{
	size_t length = strlen(name);

	if (owner->external == 1)
		complain(it->complaints, at, path, NOT_RUN, name);
	else if (owner->run.at && length > 5 && !strcmp(name + length - 5, "-http"))
		complain(it->complaints, at, path,
			 "found \"%.40s\", expected %.*s: it is one program, which is yours", name,
			 (int)length - 5, name);
	else
		return name;
	return NULL;
}

const char *settle_service_named(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name)
{
	const struct topology *topology = it->scenario->topology;
	size_t length = name ? strlen(name) : 0;
	char server[80];

	if (!name)
		return NULL; /* reported already */
	snprintf(server, sizeof(server), "%.*s",
		 length > 5 && !strcmp(name + length - 5, "-http") ? (int)length - 5 : (int)length, name);
	for (size_t i = 0; i < topology->servers.n; i++)
		if (topology->servers.items[i].kind != TOPOLOGY_ROUTER &&
		    !strcmp(topology->servers.items[i].name, server))
			return run_by_lab(it, at, path, name, &topology->servers.items[i].owner);
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP &&
		    !strcmp(topology->cluster.nodes.items[i].name, name))
			return run_by_lab(it, at, path, name, &topology->cluster.nodes.items[i].owner);
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server or call manager that runs a program", name);
	return NULL;
}
