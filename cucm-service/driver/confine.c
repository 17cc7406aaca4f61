#include "cucm-service/driver/confine.h"

#include <stdio.h>

void service_confine_begin(struct confine *confine, const char *service)
{
	/* No capability: the ports are above 1023. */
	*confine = (struct confine){.program = service, .calls = CONFINE_CALLS_FOLDERS};
}

void service_confine_node(struct confine *confine, const char *directory, const char *node)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/cucm/%s", directory, node);
	confine_add(confine, path, CONFINE_WRITE);
}
