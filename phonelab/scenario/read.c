/* Read a scenario and its topology. */
#include "phonelab/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "phonelab/scenario/settle.h"

const char *settle_beside(struct scenario *scenario, const char *path)
{
	const char *file = scenario->file, *slash = strrchr(file, '/');

	return *path == '/' || !slash
		   ? path
		   : arena_format(&scenario->arena, "%.*s/%s", (int)(slash - file), file, path);
}

static const char *name_of(struct arena *arena, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path, *dot = strrchr(base, '.');

	return arena_copy(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

/* Read the topology. Its errors become complaints at the key `topology`. */
static void read_topology(struct scenario *scenario, struct complaints *complaints)
{
	struct complaints own = {0};
	const char *path;
	char *text, *line, *save = NULL;

	if (!scenario->topology_file)
		return;
	path = settle_beside(scenario, scenario->topology_file);
	scenario->topology = topology_read_changed(path, scenario->overrides, scenario->file,
						   scenario->phones > 0 ? (size_t)scenario->phones : 0, &own);
	if (scenario->topology) {
		if (scenario->seed != KEY_UNSET)
			scenario->topology->seed = scenario->seed;
		return;
	}
	text = complaints_text(&own);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		complain(complaints, settle_value_at(scenario->at, "topology"), "topology", "%s", line);
	free(text);
}

struct scenario *scenario_read(const char *path, struct complaints *complaints)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct settler settler = {.scenario = scenario, .complaints = complaints};
	const struct yaml_node *root;

	complaints->file = path;
	if (!scenario) {
		complain(complaints, NULL, NULL, "out of memory");
		return NULL;
	}
	scenario->file = arena_format(&scenario->arena, "%s", path);
	root = yaml_tree_read(path, &scenario->arena, complaints);
	if (root)
		shape_decode(&scenario_shape, root, &scenario->arena, complaints, scenario);
	if (root && root->kind == YAML_MAP)
		read_topology(scenario, complaints);
	if (!scenario->name)
		scenario->name = name_of(&scenario->arena, path);
	for (size_t i = 0; scenario->topology && i < scenario->timeline.n; i++)
		if (scenario->timeline.items[i].at)
			settle_entry(&settler, i);
	for (size_t i = 0; scenario->topology && i < scenario->expect.n; i++)
		if (scenario->expect.items[i].at)
			settle_expectation(&settler, &scenario->expect.items[i]);
	if (!complaints->n)
		settle_end(&settler);
	if (complaints->n) {
		scenario_free(scenario);
		return NULL;
	}
	return scenario;
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	topology_free(scenario->topology);
	arena_free(&scenario->arena);
	free(scenario);
}
