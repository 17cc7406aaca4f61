#include "phonelab/lab/device_notify.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cucm/cucm.h"
#include "cucm/rpc.h"
#include "phonelab/lab/plan.h"

#define RPC_MS	    2000
#define SOCKET_PATH 160
#define LEAVE_MS    2000
#define LEAVE_STEP  20

/* The path of the RPC of node i. False: nobody answers there. */
static bool node_socket(const struct provision *provision, size_t i, char socket[SOCKET_PATH])
{
	const struct topology_node *node = &provision->topology->cluster.nodes.items[i];

	snprintf(socket, SOCKET_PATH, PLAN_PREFIX "/cucm/%s/rpc", node->name);
	return topology_ours(&node->owner) && node->mode == TOPOLOGY_NODE_UP;
}

const char *device_notify(const struct provision *provision, const char *device, const char *action,
			  const char *stamp)
{
	const struct topology *topology = provision->topology;
	struct fail ignored = {0};
	char socket[SOCKET_PATH];

	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (node_socket(provision, i, socket) &&
		    !cucm_service_control(socket, device, action, stamp, RPC_MS, &ignored))
			return topology->cluster.nodes.items[i].name;
	return NULL;
}

const char *device_notify_apply(const struct provision *provision, const char *device)
{
	const struct cucm_device *found = cucm_plan_find(&provision->plan, device);
	char stamp[CUCM_STAMP];

	return found && !found->absent && !cucm_device_stamp(&provision->plan, found, stamp)
		   ? device_notify(provision, device, "apply-config", stamp)
		   : NULL;
}

static bool registered_at(const struct provision *provision, size_t i, const char *device)
{
	struct cucm_registration found;
	struct fail ignored = {0};
	char socket[SOCKET_PATH];

	return node_socket(provision, i, socket) &&
	       !cucm_registration(socket, device, &found, RPC_MS, &ignored);
}

const char *device_dismiss(const struct provision *provision, const char *device)
{
	const struct topology *topology = provision->topology;
	const char *by = device_notify(provision, device, "reset", NULL);

	for (size_t i = 0; by && i < topology->cluster.nodes.n; i++) {
		if (strcmp(by, topology->cluster.nodes.items[i].name))
			continue;
		for (int ms = 0; ms < LEAVE_MS && registered_at(provision, i, device); ms += LEAVE_STEP)
			poll(NULL, 0, LEAVE_STEP);
	}
	return by;
}

void device_forget(const struct provision *provision, const char *device)
{
	struct fail ignored = {0};
	char socket[SOCKET_PATH];

	for (size_t i = 0; i < provision->topology->cluster.nodes.n; i++)
		if (node_socket(provision, i, socket))
			cucm_forget(socket, device, RPC_MS, &ignored);
}

bool device_settle_arrival(const struct provision *provision, const char *device, const char **by)
{
	struct cucm_registration found;
	struct fail ignored = {0};
	char socket[SOCKET_PATH];
	bool by_number = false;

	*by = NULL;
	for (size_t i = 0; i < provision->topology->cluster.nodes.n; i++) {
		if (!node_socket(provision, i, socket) ||
		    cucm_registration(socket, device, &found, RPC_MS, &ignored))
			continue;
		if (!strcmp(found.number, device)) {
			*by = device_notify(provision, device, "reset", NULL);
			return *by != NULL;
		}
		by_number = true;
	}
	return by_number;
}
