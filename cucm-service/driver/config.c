#include "cucm-service/driver/config.h"

#include "cucm-service/core/limit.h"
#include "cucm/plan.h"
#include "cucm/states.h"

static const struct config_key node_key = {.type = CONFIG_STRING, .min = 1, .max = 64};

#define ROW(key, kind, member, ...) CONFIG_ROW(key, kind, struct service_config, member, __VA_ARGS__)
static const struct config_key keys[] = {
    ROW("directory", STRING, directory, .required = true, .min = 1, .max = 200),
    ROW("node", STRING, node, .required = true, .min = 1, .max = 64),
    ROW("domain", STRING, domain, .required = true, .min = 1, .max = 100),
    ROW("address", IPV4, address, .required = true),
    ROW("port", INTEGER, port, .min = 1, .max = 65535),
    ROW("user", STRING, user, .required = true, .min = 1, .max = 100),
    ROW("password", STRING, password, .required = true, .min = 1, .max = 100),
    ROW("ris_rate", INTEGER, ris_rate, .min = 1, .max = LIMIT_MOST),
    ROW("nodes", LIST, nodes, .required = true, .min = 1, .max = CUCM_NODES, .element = &node_key,
	.element_size = sizeof(char *)),
    {0},
};

int service_config_read(const char *path, struct service_config *config, struct fail *fail)
{
	*config = (struct service_config){.port = CUCM_SERVICE_PORT, .ris_rate = 15};
	return json_config_read(path, keys, config, fail);
}

void service_config_free(struct service_config *config)
{
	json_config_free(keys, config);
}
