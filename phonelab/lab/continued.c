#include "phonelab/lab/continued.h"

#include <stdbool.h>
#include <string.h>

#include "base/json_text.h"

/* Does the topology have CDP at the phone's port? Also if the phone is not of the topology. */
static bool has_cdp(const struct topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];
		const struct topology_switch *sw = &topology->switches.items[phone->switch_index];

		if (!strcmp(phone->name, name))
			return sw->external != 1 && topology_port_merged(sw, &phone->port).cdp;
	}
	return true;
}

static bool is_users(const json_t *user_servers, const char *address)
{
	const json_t *server;
	size_t i;

	json_array_foreach (user_servers, i, server)
		if (*address && !strcmp(json_text(server, "address"), address))
			return true;
	return false;
}

void continued_settle(const struct topology *topology, const json_t *user_servers, json_t *phones)
{
	json_t *phone;
	size_t i;

	json_array_foreach (phones, i, phone) {
		json_t *list = json_object_get(phone, "continued_without");

		for (size_t n = json_array_size(list); n > 0; n--) {
			const json_t *entry = json_array_get(list, n - 1);
			const char *code = json_text(entry, "code");

			if ((!strcmp(code, "cdp") && !has_cdp(topology, json_text(phone, "name"))) ||
			    (!strcmp(code, "http") && is_users(user_servers, json_text(entry, "server"))))
				json_array_remove(list, n - 1);
		}
		if (list && !json_array_size(list))
			json_object_del(phone, "continued_without");
	}
}
