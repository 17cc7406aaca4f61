#include "phonelab/lab/lab_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/document/arena.h"
#include "phonelab/document/yaml_write.h"
#include "phonelab/lab/plan.h"

#define LAB_FILE      PLAN_PREFIX "/lab.json"
#define TOPOLOGY_MOST (16L << 20)
#define INTENDED      "intended"
#define PATH_ROOM     600

int lab_file_json(const char *directory, const char *file, const json_t *object, struct fail *fail)
{
	char path[PATH_ROOM], *text = json_dumps(object, JSON_INDENT(2));
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	err = text ? file_write(path, text, strlen(text), fail)
		   : fail_set(fail, -ENOMEM, "%s: out of memory", path);
	free(text);
	return err;
}

static const char *pace_name(int pace)
{
	return pace == TOPOLOGY_PACE_REAL ? "real" : "fast";
}

static json_t *lab_object(const char *name, const struct topology *topology)
{
	json_t *object = json_pack("{s:s,s:I,s:s}", "name", name, "phones", (json_int_t)topology->scaled_to,
				   "pace", pace_name(topology->pace));

	if (topology->closet)
		json_object_set_new(object, "closet", json_string(topology->closet));
	return object;
}

int lab_file_write(const char *directory, const char *name, const struct topology *topology,
		   struct fail *fail)
{
	json_t *object = lab_object(name, topology);
	char path[PATH_ROOM], *text = NULL;
	size_t size = 0;
	int err = file_read(topology->file, TOPOLOGY_MOST, &text, &size, fail);

	snprintf(path, sizeof(path), "%s/topology.yaml", directory);
	if (!err)
		err = file_write(path, text, size, fail);
	if (!err)
		err = lab_file_json(directory, "lab.json", object, fail);
	free(text);
	json_decref(object);
	return err;
}

bool lab_file_same(const char *directory, const char *name, const struct topology *topology)
{
	json_t *object = lab_object(name, topology), *there;
	char path[PATH_ROOM], *text = NULL, *other = NULL;
	size_t size = 0, other_size = 0;
	struct fail ignored = {0};
	bool same;

	snprintf(path, sizeof(path), "%s/lab.json", directory);
	there = json_load_file(path, 0, NULL);
	snprintf(path, sizeof(path), "%s/topology.yaml", directory);
	same = json_equal(object, there) && !file_read(path, TOPOLOGY_MOST, &other, &other_size, &ignored) &&
	       !file_read(topology->file, TOPOLOGY_MOST, &text, &size, &ignored) && size == other_size &&
	       !memcmp(text, other, size);
	free(text);
	free(other);
	json_decref(object);
	json_decref(there);
	return same;
}

/* Directories of the user's programs are relative to the file, which will be in another folder. The tree is the topology's
 * own, and nothing reads it again. */
static void set_directory(struct topology *topology, const struct yaml_node *at, const char *directory)
{
	static struct yaml_node key = {.kind = YAML_SCALAR, .text = "directory"};
	struct yaml_node *map = (struct yaml_node *)(uintptr_t)at, *value;

	if (!at || !directory)
		return;
	value = arena_alloc(&topology->arena, sizeof(*value));
	*value = (struct yaml_node){.kind = YAML_SCALAR, .text = directory, .quoted = true};
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->entries[i].key->text, key.text)) {
			map->entries[i].value = value;
			return;
		}
	yaml_tree_add(map, (struct yaml_entry){&key, value}, &topology->arena);
}

static void set_directories(struct topology *topology)
{
	for (size_t i = 0; i < topology->servers.n; i++)
		set_directory(topology, topology->servers.items[i].owner.run.at,
			      topology->servers.items[i].owner.run.directory);
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		set_directory(topology, node->owner.run.at, node->owner.run.directory);
		set_directory(topology, node->registered.at, node->registered.directory);
	}
}

int lab_file_write_intended(const char *directory, struct topology *topology, size_t cluster,
			    struct fail *fail)
{
	json_t *object =
	    json_pack("{s:s,s:I,s:I,s:s}", "name", topology->name, "phones", (json_int_t)topology->scaled_to,
		      "seed", (json_int_t)topology->seed, "pace", pace_name(topology->pace));
	char folder[PATH_ROOM], path[PATH_ROOM + 20];
	struct text text = {0};
	int err;

	if (topology->closet)
		json_object_set_new(object, "closet", json_string(topology->closet));
	if (topology->clusters.n)
		json_object_set_new(object, "cluster", json_integer((json_int_t)cluster));
	snprintf(folder, sizeof(folder), "%s/" INTENDED, directory);
	snprintf(path, sizeof(path), "%s/topology.yaml", folder);
	err = file_make_directory(folder, fail);
	set_directories(topology);
	yaml_tree_write(topology->at, &text);
	if (!err)
		err = file_write_text(path, &text, fail);
	else
		text_free(&text);
	if (!err)
		err = lab_file_json(folder, "lab.json", object, fail);
	json_decref(object);
	return err;
}

/* The topology of a folder with topology.yaml and lab.json; NULL with the reason. */
static struct topology *read_topology(const char *folder, const json_t *lab, struct fail *fail)
{
	struct complaints complaints = {0};
	json_int_t phones = json_integer_value(json_object_get(lab, "phones"));
	const json_t *seed = json_object_get(lab, "seed");
	struct topology *topology;
	char path[PATH_ROOM], *text;

	snprintf(path, sizeof(path), "%s/topology.yaml", folder);
	topology = topology_read(path, phones > 0 ? (size_t)phones : 0, &complaints);
	if (topology) {
		topology->name = arena_format(&topology->arena, "%s", json_text(lab, "name"));
		if (seed)
			topology->seed = json_integer_value(seed);
		if (*json_text(lab, "pace"))
			topology->pace = strcmp(json_text(lab, "pace"), pace_name(TOPOLOGY_PACE_REAL))
					     ? TOPOLOGY_PACE_FAST
					     : TOPOLOGY_PACE_REAL;
		if (!*json_text(lab, "closet") ||
		    !topology_keep_closet(topology, json_text(lab, "closet"), fail))
			return topology;
		topology_free(topology);
		return NULL;
	}
	text = complaints_text(&complaints);
	fail_set(fail, -EINVAL, "%.*s", (int)strcspn(text ? text : "out of memory", "\n"),
		 text ? text : "out of memory");
	free(text);
	return NULL;
}

static struct topology *read_intended(const char *directory, bool whole, struct fail *fail)
{
	static const char *const folders[] = {"/" INTENDED, ""};
	struct topology *topology = NULL;
	json_t *lab = NULL;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !lab; i++) {
		char folder[PATH_ROOM], path[PATH_ROOM + 20];

		snprintf(folder, sizeof(folder), "%s%s", directory, folders[i]);
		snprintf(path, sizeof(path), "%s/lab.json", folder);
		lab = json_load_file(path, 0, NULL);
		if (lab)
			topology = read_topology(folder, lab, fail);
	}
	if (!lab)
		fail_set(fail, -ENOENT, "%s: the topology is not stored here", directory);
	if (topology && topology->clusters.n && !whole)
		topology_keep_cluster(topology, (size_t)json_int(lab, "cluster"));
	json_decref(lab);
	return topology;
}

struct topology *lab_file_intended(const char *directory, struct fail *fail)
{
	return read_intended(directory, false, fail);
}

struct topology *lab_file_whole(const char *directory, struct fail *fail)
{
	return read_intended(directory, true, fail);
}

/* lab.json of this lab of containers; NULL without one. */
static json_t *read_lab(void)
{
	json_t *lab = json_load_file(LAB_FILE, 0, NULL);
	const char *name;
	json_int_t phones;

	if (!json_unpack(lab, "{s:s,s:I}", "name", &name, "phones", &phones))
		return lab;
	json_decref(lab);
	return NULL;
}

bool lab_file_here(char name[40])
{
	json_t *lab = read_lab();

	if (lab)
		snprintf(name, 40, "%s", json_text(lab, "name"));
	json_decref(lab);
	return lab != NULL;
}

struct topology *lab_file_topology(struct fail *fail)
{
	json_t *lab = read_lab();
	struct topology *topology = lab ? read_topology(PLAN_PREFIX, lab, fail) : NULL;

	if (!lab)
		fail_set(fail, -ENOENT,
			 LAB_FILE
			 ": no lab is rendered here; render one with: phonelab render --out " PLAN_PREFIX
			 " TOPOLOGY");
	json_decref(lab);
	return topology;
}
