#include "phonelab/lab/simulated.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "phonelab/lab/plan.h"

/* Ask the simulator that has the namespace. interface: of a phone; NULL: the reply of a switch lists its interfaces. */
static json_t *netns_of(const char *socket, const char *node, const char *kind, const char *interface,
			int *fd, struct fail *fail)
{
	json_t *reply =
	    control_ask(socket, json_pack("{s:s,s:s}", "do", "netns", "node", node), 5000, fd, fail);

	if (reply && *fd < 0) {
		json_decref(reply);
		fail_set(fail, -EPROTO, "%s: the reply of its simulator has no namespace", node);
		return NULL;
	}
	if (!reply)
		return NULL;
	json_object_del(reply, "ok");
	json_object_set_new(reply, "kind", json_string(kind));
	if (interface)
		json_object_set_new(reply, "interface", json_string(interface));
	return reply;
}

json_t *netns_of_simulated(const struct topology *topology, const char *node, int *fd, struct fail *fail)
{
	char path[128];

	for (size_t i = 0; i < topology->switches.n; i++)
		if (!strcmp(topology->switches.items[i].name, node)) {
			plan_switch_socket(topology, i, path);
			if (topology->switches.items[i].external == 1 && access(path, F_OK)) {
				fail_set(fail, -ENOENT,
					 "%s is external and not plugged in; plug it in with: phonelab "
					 "attach %s -- "
					 "COMMAND",
					 node, node);
				return NULL;
			}
			return netns_of(path, node, "switch", NULL, fd, fail);
		}
	for (size_t i = 0; i < topology->phone_count; i++)
		if (!strcmp(topology->phones[i].name, node))
			return netns_of(PLAN_RACK_SOCKET, node, "phone", "eth0", fd, fail);
	if (!strncmp(node, "SEP", 3) && strlen(node) == DEVICE_TEXT - 1) {
		snprintf(path, sizeof(path), PLAN_PREFIX "/phones/%s.sock", node);
		if (!access(path, F_OK))
			return netns_of(path, node, "phone", "eth0", fd, fail);
	}
	fail_set(fail, -ENOENT, "unknown node \"%s\"; expected a phone, a server or a switch of the lab",
		 node);
	return NULL;
}
