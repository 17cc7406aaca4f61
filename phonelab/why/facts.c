#include "phonelab/why/facts.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

const json_t *why_rung(const struct why_case *it, int step)
{
	return json_array_get(json_object_get(it->phone, "steps"), (size_t)step - 1);
}

bool why_step_has(const struct why_case *it, int step, const char *text)
{
	return strcasestr(json_text(why_rung(it, step), "detail"), text) != NULL;
}

/* The next service of the kind, from number *i on; NULL if there is none. */
static const json_t *next_service(const struct why_case *it, const char *kind, size_t *i)
{
	const json_t *services = json_object_get(it->status, "services"), *service;

	while ((service = json_array_get(services, (*i)++)))
		if (!strcmp(json_text(service, "kind"), kind))
			break;
	return service;
}

bool why_address_is_foreign(const struct why_case *it, const char *kind, const char *address)
{
	const json_t *service;
	size_t i = 0;

	while ((service = next_service(it, kind, &i)))
		if (!strcmp(json_text(service, "address"), address))
			return false;
	json_array_foreach (json_object_get(it->status, "user_servers"), i, service)
		if (!strcmp(json_text(service, "kind"), kind) &&
		    !strcmp(json_text(service, "address"), address))
			return false;
	return json_object_get(it->status, "services") && *address;
}

const json_t *why_port_of_node(const struct why_case *it, const char *node)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach (json_object_get(it->status, "switches"), i, sw) {
		json_array_foreach (json_object_get(sw, "ports"), j, port) {
			if (!strcmp(json_text(port, "device"), node))
				return port;
		}
	}
	return NULL;
}

const char *why_service_node(const struct why_case *it, const char *kind)
{
	size_t i = 0;

	return json_text(next_service(it, kind, &i), "node");
}

bool why_not_provisioned(const struct why_case *it)
{
	return why_step_has(it, LADDER_CONFIG, "not provisioned");
}
