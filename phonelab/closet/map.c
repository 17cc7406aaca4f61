#include "phonelab/closet/map.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/lab/lab_file.h"

int map_write(const struct route *route, const char *directory, struct fail *fail)
{
	json_t *closets = json_array(), *object;
	int err;

	for (size_t i = 0; i < route_count(route); i++)
		json_array_append_new(closets, json_string(route_name(route, i)));
	object = json_pack("{s:o,s:O}", "closets", closets, "nodes", route_nodes(route));
	err = lab_file_json(directory, CLIENT_CLOSETS, object, fail);
	json_decref(object);
	return err;
}

struct route *map_read(const struct lab *lab)
{
	const char *names[ROUTE_CLOSETS], *name;
	struct route *route = NULL;
	json_t *map, *closets, *value;
	char path[256];
	size_t n;

	client_path(lab, CLIENT_CLOSETS, path, sizeof(path));
	map = json_load_file(path, 0, NULL);
	closets = json_object_get(map, "closets");
	for (n = 0; n < json_array_size(closets) && n < ROUTE_CLOSETS; n++)
		names[n] = json_string_value(json_array_get(closets, n));
	if (n)
		route = route_new(names, n);
	if (route)
		json_object_foreach (json_object_get(map, "nodes"), name, value)
			route_place(route, name, (size_t)json_integer_value(value));
	json_decref(map);
	return route;
}

bool map_closet_of(const struct lab *lab, const char *node, char closet[64])
{
	struct route *route = client_is_console(lab) ? map_read(lab) : NULL;
	bool found = route != NULL;

	if (found)
		snprintf(closet, 64, "%s", route_name(route, route_node(route, node)));
	route_free(route);
	return found;
}
