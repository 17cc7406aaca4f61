#ifndef CUCM_SERVICE_DRIVER_CONFIG_H
#define CUCM_SERVICE_DRIVER_CONFIG_H

#include <netinet/in.h>

#include "base/json_config.h"

/* cucm/NODE/service.json (docs/formats.md), which cucm/ writes. */
struct service_config {
	char *directory; /* the run directory */
	char *node;	 /* this node: the publisher */
	char *domain;
	struct in_addr address;
	int64_t port;
	char *user, *password;	  /* of basic authentication */
	int64_t ris_rate;	  /* requests per minute */
	struct config_list nodes; /* char *: the names of the nodes that the lab runs, in their order */
};

/* 0 or a negative errno with the reason. Free with service_config_free after success. */
int service_config_read(const char *path, struct service_config *config, struct fail *fail);
void service_config_free(struct service_config *config);

#endif
