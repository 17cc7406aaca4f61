#include "cucm/config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"

#define RIS_RATE 15 /* requests per minute, CUCM's default */

void config_service(const struct cucm_plan *plan, const struct cucm_node *publisher, struct text *text)
{
	json_t *nodes = json_array(), *object;
	char address[IPV4_TEXT], *bytes;

	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign)
			json_array_append_new(nodes, json_string(plan->nodes[i].name));
	object = json_pack("{s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:i,s:o}", "directory", cucm_plan_prefix(plan),
			   "node", publisher->name, "domain", cucm_plan_domain(plan), "address",
			   ipv4_format(publisher->address, address), "port", CUCM_SERVICE_PORT, "user",
			   plan->axl_user ? plan->axl_user : "axluser", "password",
			   plan->axl_password ? plan->axl_password : CUCM_AXL_PASSWORD, "ris_rate", RIS_RATE,
			   "nodes", nodes);
	bytes = json_dumps(object, JSON_INDENT(2));
	json_decref(object);
	if (bytes)
		text_add(text, "%s\n", bytes);
	else
		text->failed = true;
	free(bytes);
}
