#include "phonelab/topology/load.h"

#include <stdio.h>
#include <stdlib.h>

struct topology *load_topology(const char *path, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(path, phones, &complaints);
	char *text;

	if (topology)
		return topology;
	text = complaints_text(&complaints);
	fputs(text ? text : "phonelab: out of memory\n", stderr);
	free(text);
	return NULL;
}
