#include "phonelab/topology/load.h"

#include <stdlib.h>

#include "base/print.h"

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
