/* Any topology; one that is accepted can be read for another number of phones, and merged with itself. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/document/yaml_tree.h"
#include "phonelab/topology/topology.h"
#include "tests/fuzz/support/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Either a topology or complaints, each with a place. */
static bool read_for(const char *path, const struct yaml_node *changes, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read_changed(path, changes, path, phones, &complaints);
	char *text = complaints_text(&complaints);

	assert(!topology == (complaints.n > 0));
	assert(!topology || topology->phone_count == 0 || topology->switches.n > 0);
	free(text);
	topology_free(topology);
	return topology;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = input_file(0, data, size);
	struct complaints complaints = {0};
	struct arena arena = {0};

	if (!read_for(path, NULL, 0))
		return 0;
	read_for(path, NULL, 24);
	read_for(path, yaml_tree_parse((const char *)data, size, &arena, &complaints), 0);
	arena_free(&arena);
	return 0;
}
