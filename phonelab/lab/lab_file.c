#include "phonelab/lab/lab_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "phonelab/document/arena.h"
#include "phonelab/lab/plan.h"

#define LAB_FILE      PLAN_PREFIX "/lab.json"
#define LAB_TOPOLOGY  PLAN_PREFIX "/topology.yaml"
#define TOPOLOGY_MOST (16L << 20)

int lab_file_json(const char *directory, const char *file, const json_t *object, struct fail *fail)
{
	char path[600], *text = json_dumps(object, JSON_INDENT(2));
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	err = text ? file_write(path, text, strlen(text), fail)
		   : fail_set(fail, -ENOMEM, "%s: out of memory", path);
	free(text);
	return err;
}

int lab_file_write(const char *directory, const char *name, const char *topology_path, size_t phones,
		   int pace, struct fail *fail)
{
	json_t *object = json_pack("{s:s,s:I,s:s}", "name", name, "phones", (json_int_t)phones, "pace",
				   pace == TOPOLOGY_PACE_REAL ? "real" : "fast");
	char path[600], *topology = NULL;
	size_t size = 0;
	int err = file_read(topology_path, TOPOLOGY_MOST, &topology, &size, fail);

	snprintf(path, sizeof(path), "%s/topology.yaml", directory);
	if (!err)
		err = file_write(path, topology, size, fail);
	if (!err)
		err = lab_file_json(directory, "lab.json", object, fail);
	free(topology);
	json_decref(object);
	return err;
}

/* *pace stays as it is if the file names none. */
static int read_lab(char name[40], size_t *phones, int *pace)
{
	json_t *object = json_load_file(LAB_FILE, 0, NULL);
	const char *text = NULL, *word = NULL;
	json_int_t count = 0;
	int err = json_unpack(object, "{s:s,s:I,s?s}", "name", &text, "phones", &count, "pace", &word);

	if (!err) {
		snprintf(name, 40, "%s", text);
		*phones = count > 0 ? (size_t)count : 0;
		if (word)
			*pace = strcmp(word, "real") ? TOPOLOGY_PACE_FAST : TOPOLOGY_PACE_REAL;
	}
	json_decref(object);
	return err ? -ENOENT : 0;
}

bool lab_file_here(char name[40])
{
	size_t phones;
	int pace;

	return !read_lab(name, &phones, &pace);
}

struct topology *lab_file_topology(struct fail *fail)
{
	struct complaints complaints = {0};
	struct topology *topology;
	size_t phones = 0;
	char name[40], *text;
	int pace = -1;

	if (read_lab(name, &phones, &pace)) {
		fail_set(fail, -ENOENT,
			 LAB_FILE
			 ": no lab is rendered here; render one with: phonelab render --out " PLAN_PREFIX
			 " TOPOLOGY");
		return NULL;
	}
	topology = topology_read(LAB_TOPOLOGY, phones, &complaints);
	if (topology) {
		topology->name = arena_format(&topology->arena, "%s", name);
		topology->pace = pace < 0 ? topology->pace : pace;
		return topology;
	}
	text = complaints_text(&complaints);
	fail_set(fail, -EINVAL, "%.*s", (int)strcspn(text ? text : "out of memory", "\n"),
		 text ? text : "out of memory");
	free(text);
	return NULL;
}
