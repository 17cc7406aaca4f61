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

const char *settle_suggest(const struct nearest *nearest, char text[100])
{
	*text = 0;
	if (nearest->best)
		snprintf(text, 100, "; did you mean \"%.60s\"?", nearest->best);
	return text;
}

/* Offer the device name and the directory numbers of each phone. */
static void offer_phones(const struct topology *topology, struct nearest *nearest)
{
	for (size_t i = 0; i < topology->phone_count; i++) {
		nearest_offer(nearest, topology->phones[i].name);
		for (size_t l = 0; l < topology->phones[i].line_count; l++)
			nearest_offer(nearest, topology->phones[i].lines[l]);
	}
}

size_t settle_phone_named(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
			  const char *others)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(text);
	size_t i = find_phone(topology, text);
	char mean[100];

	if (i != SIZE_MAX)
		return i;
	if (!strncmp(others, "all", 3))
		nearest_offer(&nearest, "all");
	if (strstr(others, "any"))
		nearest_offer(&nearest, "any");
	offer_phones(topology, &nearest);
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected %sa phone of the topology by device name (%s), MAC or "
		 "directory number (%s)%s",
		 text, others, topology->phones[0].name,
		 topology->phones[0].line_count ? topology->phones[0].lines[0] : "2001",
		 settle_suggest(&nearest, mean));
	return SIZE_MAX;
}

const char *settle_switch_named(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name, bool runs)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(name ? name : "");
	char all[300] = "", mean[100];

	if (!name && topology->switches.n == 1)
		name = topology->switches.items[0].name;
	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		nearest_offer(&nearest, sw->name);
		settle_list(all, sw->name);
		if (!name || strcmp(sw->name, name))
			continue;
		if (!runs || sw->external != 1)
			return sw->name;
		complain(it->complaints, at, path, NOT_RUN, name);
		return NULL;
	}
	complain(it->complaints, at, path, "found %s%s%s, expected a switch of the topology: %s%s",
		 name ? "\"" : "", name ? name : "no switch", name ? "\"" : "", all,
		 settle_suggest(&nearest, mean));
	return NULL;
}

void settle_port_of(struct settler *it, const struct yaml_node *at, const char *path, const char *switch_name,
		    const struct key_port *port)
{
	const struct topology_switch *sw =
	    switch_name ? topology_switch_find(it->scenario->topology, switch_name) : NULL;
	char text[24];

	if (!sw || !port->member ||
	    (port->member <= sw->members && port->number >= 1 &&
	     port->number <= (port->uplink ? sw->model->uplinks : sw->model->ports)))
		return;
	topology_port_format(port, text);
	complain(it->complaints, at, path,
		 "found %s, expected a port of %s, which has %d member%s of %d ports and %d uplinks", text,
		 sw->name, (int)sw->members, sw->members == 1 ? "" : "s", sw->model->ports,
		 sw->model->uplinks);
}

const char *settle_node_named(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name, const char *also)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(name ? name : "");
	char mean[100];
	size_t i;

	if (!name)
		return NULL; /* reported already */
	if (topology_has_server(topology, name) || topology_switch_find(topology, name) ||
	    (also && !strcmp(name, also)))
		return name;
	i = find_phone(topology, name);
	if (i != SIZE_MAX)
		return topology->phones[i].name;
	for (i = 0; i < topology->servers.n; i++)
		nearest_offer(&nearest, topology->servers.items[i].name);
	for (i = 0; i < topology->cluster.nodes.n; i++)
		nearest_offer(&nearest, topology->cluster.nodes.items[i].name);
	for (i = 0; i < topology->switches.n; i++)
		nearest_offer(&nearest, topology->switches.items[i].name);
	offer_phones(topology, &nearest);
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server, call manager, switch or phone of the topology%s", name,
		 settle_suggest(&nearest, mean));
	return NULL;
}

/* Is the word the name, or the name and the suffix of its web server? Otherwise offer it as a candidate. */
static bool is_service(struct nearest *nearest, const char *word, const char *name, bool web, char http[40])
{
	snprintf(http, 40, "%.32s-http", name);
	if (!strcmp(word, name) || (web && !strcmp(word, http)))
		return true;
	nearest_offer(nearest, name);
	return false;
}

/* Is the word the TVS of a call manager, or the CAPF of the publisher? */
static bool is_trust_service(const struct topology *topology, const struct topology_node *node,
			     const char *word)
{
	size_t length = strlen(node->name);

	return topology_has_certificates(topology) && !strncmp(word, node->name, length) &&
	       (!strcmp(word + length, "-tvs") ||
		(node->role == TOPOLOGY_PUBLISHER && !strcmp(word + length, "-capf")));
}

bool settle_is_ours(struct settler *it, const struct yaml_node *at, const char *path, const char *name)
{
	const struct topology *topology = it->scenario->topology;
	bool external = false;

	for (size_t i = 0; i < topology->servers.n; i++)
		external = external || (topology->servers.items[i].owner.external == 1 &&
					!strcmp(topology->servers.items[i].name, name));
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		external = external || (topology->cluster.nodes.items[i].owner.external == 1 &&
					!strcmp(topology->cluster.nodes.items[i].name, name));
	if (external)
		complain(it->complaints, at, path, NOT_RUN, name);
	return !external;
}

const char *settle_service_named(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name)
{
	const struct topology *topology = it->scenario->topology;
	struct nearest nearest = nearest_to(name ? name : "");
	char http[40], mean[100];

	if (!name || !settle_is_ours(it, at, path, name))
		return NULL; /* reported already */
	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];

		if (server->kind != TOPOLOGY_ROUTER &&
		    is_service(&nearest, name, server->name,
			       server->kind == TOPOLOGY_TFTP && server->http != 0 && !server->owner.run.at,
			       http))
			return name;
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (topology->cluster.nodes.items[i].mode == TOPOLOGY_NODE_UP &&
		    (is_service(&nearest, name, topology->cluster.nodes.items[i].name, false, http) ||
		     is_trust_service(topology, &topology->cluster.nodes.items[i], name)))
			return name;
	complain(it->complaints, at, path,
		 "found \"%.40s\", expected a server or call manager that runs a program%s", name,
		 settle_suggest(&nearest, mean));
	return NULL;
}
