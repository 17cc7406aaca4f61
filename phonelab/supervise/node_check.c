#include "phonelab/supervise/node_role.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "cable/link.h"
#include "cable/node_mac.h"
#include "cable/rtnl.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/program.h"
#include "phonelab/lab/server_program.h"
#include "phonelab/lab/status_read.h"

#define CHECK_MS 3000

void node_own_phone(struct mac *mac, char name[DEVICE_TEXT])
{
	char host[256] = "phone";

	gethostname(host, sizeof(host) - 1);
	node_mac(mac, host, "eth0");
	mac_format_device(mac, name);
}

/* Does the process at that control socket reply? */
static int check_reply(const char *socket, const char *verb, struct fail *fail)
{
	json_t *reply = control_ask(socket, json_pack("{s:s}", "do", verb), CHECK_MS, NULL, fail);

	json_decref(reply);
	return reply ? 0 : -EAGAIN;
}

static int check_switch(const struct node_choice *choice, struct fail *fail)
{
	char socket[128];

	plan_switch_socket(choice->topology, choice->it.index, socket);
	return check_reply(socket, "status", fail);
}

/* Are all phones of that control socket registered, at least with their primary line? */
static int check_phones(const char *socket, struct fail *fail)
{
	json_t *reply = control_ask(socket, json_pack("{s:s}", "do", "status"), CHECK_MS, NULL, fail), *phone;
	size_t i, registered = 0, all = json_array_size(json_object_get(reply, "phones"));

	if (!reply)
		return -EAGAIN;
	json_array_foreach (json_object_get(reply, "phones"), i, phone)
		registered += status_read_registered(phone) || status_read_partly(phone);
	json_decref(reply);
	return all && registered == all
		   ? 0
		   : fail_set(fail, -EAGAIN, "%zu of %zu phones are registered", registered, all);
}

static int check_server(const struct node_choice *choice, struct fail *fail)
{
	struct cucm_plan plan = plan_cucm(choice->topology);
	struct node *node = &choice->nodes[choice->it.index];
	struct server_programs programs = {0};
	int err = node->silent ? 0 : node_has_addresses(node, fail);

	if (!err)
		err = server_programs_read(&programs, choice->topology, &plan, fail);
	for (size_t i = 0; i < programs.n && !err && node->runs; i++)
		if (!strcmp(programs.items[i].node, node->name))
			err = server_program_ready(&programs.items[i], node->plugs[0].address, PLAN_PREFIX,
						   -1, CHECK_MS, fail);
	server_programs_free(&programs);
	return err;
}

static int check_phone(struct fail *fail)
{
	char socket[128], name[DEVICE_TEXT];
	struct mac mac;

	node_own_phone(&mac, name);
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/phones/%s.sock", name);
	return check_phones(socket, fail);
}

/* Does the process of the container answer, whatever its programs do? */
static int check_alive(const struct node_choice *choice, struct fail *fail)
{
	char socket[128];

	switch (choice->it.kind) {
	case NODE_ROLE_NOTHING: break;
	case NODE_ROLE_SWITCH: return check_switch(choice, fail);
	case NODE_ROLE_RACK: return check_reply(PLAN_RACK_SOCKET, "status", fail);
	case NODE_ROLE_PHONE: return check_phone(fail);
	case NODE_ROLE_SERVER:
		if (choice->nodes[choice->it.index].silent)
			break;
		plan_node_socket(choice->it.name, socket);
		return check_reply(socket, "inspect", fail);
	case NODE_ROLE_KEEPER: return check_reply(PLAN_PREFIX "/lab.sock", "alive", fail);
	}
	return 0;
}

int node_make_room(const char *name, struct fail *fail)
{
	struct fail none = {0};
	struct rtnl *rtnl;
	int index, err = rtnl_open(&rtnl, -1, fail);

	if (err)
		return err;
	index = link_index(rtnl, "eth0", &none);
	if (index > 0)
		err = name ? link_rename(rtnl, index, name, fail) : link_delete(rtnl, index, fail);
	rtnl_close(rtnl);
	return err;
}

int node_check(const struct node_choice *choice, bool alive, struct fail *fail)
{
	if (alive)
		return check_alive(choice, fail);
	if (program_stands_still_in_part(1))
		return fail_set(fail, -EAGAIN, "a process of this node is stopped by a signal");
	switch (choice->it.kind) {
	case NODE_ROLE_NOTHING: break;
	case NODE_ROLE_SWITCH: return check_switch(choice, fail);
	case NODE_ROLE_RACK: return check_phones(PLAN_RACK_SOCKET, fail);
	case NODE_ROLE_PHONE: return check_phone(fail);
	case NODE_ROLE_SERVER: return check_server(choice, fail);
	case NODE_ROLE_KEEPER: return check_reply(PLAN_PREFIX "/lab.sock", "nodes", fail);
	}
	return 0;
}
