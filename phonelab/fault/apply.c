/* What the lab does not run, no fault can break: servers, call managers and switches of the user. */
#include "phonelab/fault/target.h"

#include <errno.h>
#include <string.h>

/* What a program of the user's has none of. */
#define CONFIGURATION "configuration of the lab's"

static const struct topology_owner *owner_named(const struct topology *topology, const char *name,
						size_t length)
{
	for (size_t i = 0; i < topology->servers.n; i++)
		if (strlen(topology->servers.items[i].name) == length &&
		    !strncmp(topology->servers.items[i].name, name, length))
			return &topology->servers.items[i].owner;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (strlen(topology->cluster.nodes.items[i].name) == length &&
		    !strncmp(topology->cluster.nodes.items[i].name, name, length))
			return &topology->cluster.nodes.items[i].owner;
	return NULL;
}

const struct topology_server *fault_target_server(const struct topology *topology, int kind,
						  const char *service)
{
	const struct topology_server *ours = NULL, *run = NULL, *first = NULL;

	for (size_t i = topology->servers.n; i-- > 0;) {
		const struct topology_server *server = &topology->servers.items[i];

		if (server->kind != kind)
			continue;
		if (service && !strcmp(server->name, service))
			return server;
		first = server;
		if (topology_ours(&server->owner))
			ours = server;
		else if (server->owner.run.at)
			run = server;
	}
	return ours ? ours : run ? run : first;
}

static int not_run(const char *name, struct fail *fail)
{
	return fail_set(fail, -EINVAL, "%s is external: the lab does not run it", name);
}

/* A fault needs what only the lab's own servers have. */
static int not_ours(const char *name, const struct topology_owner *owner, const char *what, struct fail *fail)
{
	if (topology_ours(owner))
		return 0;
	if (owner->external == 1)
		return not_run(name, fail);
	return fail_set(fail, -EINVAL, "%s is a program of yours: the lab has no %s of it", name, what);
}

/* The name in braces at the start of a text ("{dhcp}/leases"), or the word that it starts with. */
static const char *named(const struct topology *topology, const char *text, const char *service,
			 size_t *length)
{
	const struct topology_server *server = NULL;

	*length = strcspn(text, "/");
	if (!strncmp(text, "{dhcp}", 6))
		server = fault_target_server(topology, TOPOLOGY_DHCP, service);
	else if (!strncmp(text, "{tftp}", 6))
		server = fault_target_server(topology, TOPOLOGY_TFTP, service);
	else if (!strncmp(text, "{cm", 3) && text[3] >= '1' &&
		 (size_t)(text[3] - '1') < topology->cluster.nodes.n && text[4] == '}')
		text = topology->cluster.nodes.items[text[3] - '1'].name;
	else
		return text;
	text = server ? server->name : text;
	*length = strlen(text);
	return text;
}

static int every_manager(const struct topology *topology, bool program, const char *what, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < topology->cluster.nodes.n && !err; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];

		if (node->mode == TOPOLOGY_NODE_UP && (!program || node->owner.external == 1))
			err = not_ours(node->name, &node->owner, what, fail);
	}
	return err;
}

/* The program of a server: those of the user can be stopped and started too. */
static int check_service(const struct topology *topology, const char *text, const char *service,
			 struct fail *fail)
{
	const struct topology_owner *owner;
	const char *name;
	size_t length;

	if (!strcmp(text, FAULT_CALL_MANAGERS))
		return every_manager(topology, true, CONFIGURATION, fail);
	name = named(topology, text, service, &length);
	owner = owner_named(topology, name, length);
	if (owner && owner->external == 1)
		return not_run(name, fail);
	if (owner && owner->run.at && strstr(text, "}-http"))
		return fail_set(fail, -EINVAL, "%s is a program of yours: it has no %s-http", name, name);
	return 0;
}

/* The files that phones fetch. */
static int check_tree(const struct topology *topology, struct fail *fail)
{
	int err = 0;

	if (topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL)
		return fail_set(fail, -EINVAL,
				"the topology has `devices: external`: the lab has no files of the phones");
	for (size_t i = 0; i < topology->servers.n && !err; i++)
		if (topology->servers.items[i].kind == TOPOLOGY_TFTP)
			err = not_ours(topology->servers.items[i].name, &topology->servers.items[i].owner,
				       "files", fail);
	return err;
}

static int check_file(const struct topology *topology, const char *path, const char *service,
		      struct fail *fail)
{
	const struct topology_owner *owner;
	const char *name;
	size_t length;

	if (!strncmp(path, "tftp/", 5))
		return check_tree(topology, fail);
	if (!strncmp(path, "cucm/", 5))
		return every_manager(topology, false, CONFIGURATION, fail);
	name = named(topology, path, service, &length);
	owner = owner_named(topology, name, length);
	return owner ? not_ours(name, owner, CONFIGURATION, fail) : 0;
}

static int check_switch(const struct topology *topology, const struct fault *fault,
			const struct fault_target *target, struct fail *fail)
{
	const struct topology_phone *phone;
	size_t sw = 0;

	if (fault_target_phone(topology, target, fault, &phone, fail))
		return fail->err;
	if (phone)
		sw = phone->switch_index;
	if (target->port)
		fault_target_port(topology, target->port, &sw);
	return sw < topology->switches.n && topology->switches.items[sw].external == 1
		   ? not_run(topology->switches.items[sw].name, fail)
		   : 0;
}

static int check_action(const struct topology *topology, const struct fault *fault,
			const struct fault_target *target, const struct fault_action *action,
			struct fail *fail)
{
	int err;

	switch ((enum fault_do)action->what) {
	case FAULT_DO_CONFIGURE:
	case FAULT_DO_WIRE: return check_switch(topology, fault, target, fail);
	case FAULT_DO_STOP:
	case FAULT_DO_KILL:
	case FAULT_DO_PAUSE:
	case FAULT_DO_RESTART: return check_service(topology, action->service, target->service, fail);
	case FAULT_DO_EDIT:
	case FAULT_DO_REMOVE:
	case FAULT_DO_TRUNCATE:
	case FAULT_DO_CORRUPT:
	case FAULT_DO_WRITE:
	case FAULT_DO_COPY:
	case FAULT_DO_SIGN:
	case FAULT_DO_CHMOD:
	case FAULT_DO_CERTIFY:
	case FAULT_DO_ESTRANGE:
		err = check_file(topology, action->file, target->service, fail);
		return !err && action->from ? check_file(topology, action->from, target->service, fail) : err;
	case FAULT_DO_SQL:
	case FAULT_DO_SETTING:
		if (topology->cluster.devices == TOPOLOGY_DEVICES_EXTERNAL)
			return fail_set(
			    fail, -EINVAL,
			    "the topology has `devices: external`: the call managers have no device table");
		return every_manager(topology, false, "device table", fail);
	case FAULT_DO_REFUSE:
	case FAULT_DO_FORGET: return every_manager(topology, false, "location table", fail);
	case FAULT_DO_PLUG:
	case FAULT_DO_UNPLUG: return 0;
	}
	return 0;
}

int fault_target_provisions(const struct topology *topology, struct fail *fail)
{
	int err = check_tree(topology, fail);

	return err ? err : every_manager(topology, false, "device table", fail);
}

int fault_target_applies(const struct topology *topology, const struct fault *fault,
			 const struct fault_target *target, struct fail *fail)
{
	for (size_t i = 0; i < fault->inject.n; i++)
		if (check_action(topology, fault, target, &fault->inject.items[i], fail))
			return fail_prefix(fail, fail->err, "%s cannot be applied", fault->id);
	return 0;
}
