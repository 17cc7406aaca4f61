#include "phonelab/closet/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"

struct route {
	char *names[ROUTE_CLOSETS];
	size_t n, core;
	json_t *nodes; /* by name: the number of the closet */
};

struct route *route_new(const char *const closets[], size_t n)
{
	struct route *route = calloc(1, sizeof(*route));

	if (!route)
		return NULL;
	route->nodes = json_object();
	for (size_t i = 0; i < n && i < ROUTE_CLOSETS; i++) {
		route->names[i] = strdup(closets[i]);
		if (!route->names[i])
			break;
		if (!strcmp(closets[i], ROUTE_CORE))
			route->core = i;
		route->n++;
	}
	if (route->nodes && route->n == n)
		return route;
	route_free(route);
	return NULL;
}

void route_free(struct route *route)
{
	if (!route)
		return;
	for (size_t i = 0; i < route->n; i++)
		free(route->names[i]);
	json_decref(route->nodes);
	free(route);
}

void route_place(struct route *route, const char *node, size_t i)
{
	json_object_set_new(route->nodes, node, json_integer((json_int_t)(i < route->n ? i : route->core)));
}

json_t *route_nodes(const struct route *route)
{
	return route->nodes;
}

size_t route_count(const struct route *route)
{
	return route->n;
}

const char *route_name(const struct route *route, size_t i)
{
	return route->names[i];
}

int route_find(const struct route *route, const char *closet)
{
	for (size_t i = 0; i < route->n; i++)
		if (!strcmp(route->names[i], closet))
			return (int)i;
	return -ENOENT;
}

size_t route_core(const struct route *route)
{
	return route->core;
}

bool route_is_placed(const struct route *route, const char *node)
{
	return json_object_get(route->nodes, node) != NULL;
}

size_t route_node(const struct route *route, const char *node)
{
	const json_t *found = json_object_get(route->nodes, node);

	return found ? (size_t)json_integer_value(found) : route->core;
}

/* A file names its node up to the first dot: sw1.json, SEP001122AABB01.state, rack.log. */
static size_t node_of_file(const struct route *route, const char *name)
{
	char node[64];

	snprintf(node, sizeof(node), "%.*s", (int)strcspn(name, "./"), name);
	return route_node(route, node);
}

size_t route_file(const struct route *route, const char *file)
{
	static const char *const by_node[] = {"phones/flash/", "switches/", "phones/", "log/", "nodes/"};

	for (size_t i = 0; i < sizeof(by_node) / sizeof(by_node[0]); i++)
		if (!strncmp(file, by_node[i], strlen(by_node[i])))
			return node_of_file(route, file + strlen(by_node[i]));
	return route->core;
}

bool route_passes(const char *file)
{
	static const char *const own[] = {
	    "lab.sock",	     "phones/rack.sock", "nodes/rack.sock", "events.jsonl",  "lab.json",
	    "topology.yaml", "unclean",		 "test.lock",	    "exercises.csv", "closets.json"};
	static const char *const folders[] = {"closets", "intended", "backup"};

	/* With a suffix it is the same file while it is written. */
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		size_t length = strlen(own[i]);

		if (!strncmp(file, own[i], length) && (!file[length] || file[length] == '.'))
			return false;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t length = strlen(folders[i]);

		if (!strncmp(file, folders[i], length) && (!file[length] || file[length] == '/'))
			return false;
	}
	return !text_ends_with(file, ".panel");
}

int route_rack_request(const struct route *route, const json_t *request)
{
	const char *node = json_text(request, "node");
	const json_t *place = json_array_get(json_object_get(json_object_get(request, "plan"), "places"), 0);

	if (!*node)
		node = json_text(place, "name");
	return *node ? (int)route_node(route, node) : -EINVAL;
}

long long route_fault_number(const struct route *route, size_t i, long long number)
{
	return (number - 1) * (long long)route->n + (long long)i + 1;
}

bool route_fault_split(const struct route *route, long long console_number, size_t *i, long long *number)
{
	if (console_number < 1)
		return false;
	*i = (size_t)((console_number - 1) % (long long)route->n);
	*number = (console_number - 1) / (long long)route->n + 1;
	return true;
}
