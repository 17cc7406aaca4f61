/* Conditions of the rules: facts of a case. */
#include "phonelab/why/facts.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

#define FLAPPING_US 10000000

const json_t *why_rung(const struct why_case *it, int step)
{
	return json_array_get(json_object_get(it->phone, "steps"), (size_t)step - 1);
}

bool why_step_has(const struct why_case *it, int step, const char *text)
{
	return strcasestr(json_text(why_rung(it, step), "detail"), text) != NULL;
}

bool why_detail_has(const struct why_case *it)
{
	return !it->text || strcasestr(json_text(it->rung, "detail"), it->text);
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

bool why_service_is(const struct why_case *it, const char *kind, const char *state)
{
	const json_t *service;
	size_t i = 0, all = 0, so = 0;

	for (; (service = next_service(it, kind, &i)); all++)
		so += !strcmp(json_text(service, "state"), state);
	return all && so == all;
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

bool why_port_shut(const struct why_case *it)
{
	const json_t *service;
	size_t i = 0;

	while ((service = next_service(it, it->text, &i)))
		if (!strcmp(json_text(why_port_of_node(it, json_text(service, "node")), "admin"), "down"))
			return true;
	return false;
}

long long why_voice_vlan(const struct why_case *it)
{
	return json_integer_value(json_object_get(why_port(it, NULL), "voice_vlan"));
}

bool why_link_flaps(const struct why_case *it)
{
	size_t n = json_array_size(it->events), lost = 0, i;
	long long newest = json_int(json_array_get(it->events, n - 1), "t");
	const json_t *event;

	json_array_foreach (it->events, i, event) {
		lost += !strcmp(json_text(event, "event"), "link.down") &&
			strcmp(json_text(event, "node"), it->name) != 0 &&
			json_int(event, "t") > newest - FLAPPING_US;
	}
	return lost > 2;
}

bool why_not_provisioned(const struct why_case *it)
{
	return why_step_has(it, LADDER_CONFIG, "not provisioned");
}
