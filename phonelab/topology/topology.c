#include "phonelab/topology/topology.h"
#include "phonelab/topology/settle.h"

#include <stdlib.h>
#include <string.h>

#include "base/print.h"

/* "topologies/office.yaml" names the lab "office". */
static const char *name_of_file(struct topology *topology, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path, *dot = strrchr(base, '.');
	char *name =
	    arena_copy(&topology->arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));

	for (char *p = name; *p; p++)
		if (!(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z'))
			*p = '-';
	if (strlen(name) > 32)
		name[32] = 0;
	return *name ? name : "lab";
}

struct topology *topology_read(const char *path, size_t phones, struct complaints *complaints)
{
	return topology_read_changed(path, NULL, NULL, phones, complaints);
}

struct topology *topology_read_changed(const char *path, const struct yaml_node *changes,
				       const char *changes_file, size_t phones, struct complaints *complaints)
{
	struct topology *topology = calloc(1, sizeof(*topology));
	struct yaml_node *root;

	complaints->file = path;
	if (!topology) {
		complain(complaints, NULL, NULL, "out of memory");
		return NULL;
	}
	topology->complaints = complaints;
	root = yaml_tree_read(path, &topology->arena, complaints);
	if (root) {
		topology->file = arena_copy(&topology->arena, path, strlen(path));
		if (changes && root->kind == YAML_MAP)
			yaml_tree_merge(root, yaml_tree_copy(changes, changes_file, &topology->arena),
					&topology->arena);
		shape_decode(&topology_shape, root, &topology->arena, complaints, topology);
		if (!topology->name)
			topology->name = name_of_file(topology, path);
		topology_settle_clusters(topology);
		topology->scaled_to = phones;
		if (phones)
			topology_scale(topology, phones);
		topology_settle_vlans(topology);
		topology_settle_closets(topology);
		topology_settle_switches(topology);
		topology_expand_phones(topology);
		topology_settle_servers(topology);
		topology_settle_owners(topology);
		topology_settle_security(topology);
		topology_settle_phones(topology);
	}
	if (complaints->n) {
		topology_free(topology);
		return NULL;
	}
	topology->complaints = NULL;
	return topology;
}

struct topology *load_topology(const char *path, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(path, phones, &complaints);
	char *text;

	if (topology)
		return topology;
	text = complaints_text(&complaints);
	print_to(stderr, "%s", text ? text : "phonelab: out of memory\n");
	free(text);
	return NULL;
}

void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	arena_free(&topology->arena);
	free(topology);
}
