/* Which containers a lab with closets needs. */
#include "phonelab/stack/stack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "phonelab/closet/mux.h"

#define SERVICE_NAME_MOST 63 /* of Docker Swarm, with the name of the stack */

void stack_switch_name(const struct topology *topology, const struct topology_switch *sw, char name[72])
{
	unsigned number = 1;

	for (const struct topology_switch *other = topology->switches.items; other < sw; other++)
		number += other->closet == sw->closet;
	if (number == 1)
		snprintf(name, 72, "%s-switch", topology_closet_of_switch(topology, sw));
	else
		snprintf(name, 72, "%s-switch-%u", topology_closet_of_switch(topology, sw), number);
}

/* --- what a stack cannot run --- */

static int reject(struct fail *fail, const char *name, const char *key, const char *reason)
{
	return fail_set(fail, -EINVAL, "%s has `%s`: %s", name, key, reason);
}

static int check_owner(const struct topology_owner *owner, const char *name, struct fail *fail)
{
	if (owner->run.at)
		return reject(fail, name, "run",
			      "a stack starts only servers of the lab; run it by yourself");
	if (owner->external == 1)
		return reject(fail, name, "external", "nothing can be plugged into a stack");
	return 0;
}

static int check(const struct topology *topology, struct fail *fail)
{
	int err = 0;

	if (!topology->closets.n)
		return fail_set(fail, -EINVAL,
				"the topology has no `closets`; add them, for example: closets: [{name: "
				"closet1, switches: [%s]}]",
				topology->switches.items[topology->switches.n - 1].name);
	for (size_t i = 0; i < topology->switches.n && !err; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		if (sw->external == 1)
			err = reject(fail, sw->name, "external", "nothing can be plugged into a stack");
		for (size_t j = 0; j < sw->ports.n && !err; j++)
			if (sw->ports.items[j].nic)
				err = reject(fail, sw->name, "nic",
					     "a container does not see the interfaces of its machine");
	}
	for (size_t i = 0; i < topology->servers.n && !err; i++)
		err = check_owner(&topology->servers.items[i].owner, topology->servers.items[i].name, fail);
	for (size_t i = 0; i < topology->cluster.nodes.n && !err; i++)
		err = check_owner(&topology->cluster.nodes.items[i].owner,
				  topology->cluster.nodes.items[i].name, fail);
	return err;
}

/* --- the services --- */

#define BASE_MIB     128 /* of a program that does not depend on the number of phones */
#define PER_PHONE(n) ((unsigned)(n)*2)

static struct stack_service *add(struct stack *stack, enum stack_role role, const char *closet,
				 const char *node)
{
	struct stack_service *service = &stack->services[stack->count++];

	*service = (struct stack_service){.closet = closet,
					  .role = role,
					  .node = node,
					  .capabilities = "NET_ADMIN",
					  .memory_mib = BASE_MIB,
					  .pids = 64};
	return service;
}

static void add_switch(struct stack *stack, const struct topology_switch *sw)
{
	const struct topology *topology = stack->topology;
	struct stack_service *service =
	    add(stack, STACK_SWITCH, topology_closet_of_switch(topology, sw), sw->name);

	stack_switch_name(topology, sw, service->name);
	service->capabilities = "NET_ADMIN NET_RAW";
	service->memory_mib += (unsigned)(sw->members * sw->model->ports);
}

static void add_servers(struct stack *stack)
{
	static const char *const capabilities[] = {[TOPOLOGY_DHCP] = "NET_ADMIN NET_RAW NET_BIND_SERVICE",
						   [TOPOLOGY_TFTP] = "NET_ADMIN NET_BIND_SERVICE",
						   [TOPOLOGY_ROUTER] = "NET_ADMIN"};
	const struct topology *topology = stack->topology;
	size_t phones = topology->phone_count;

	for (size_t i = 0; i < topology->servers.n; i++) {
		const struct topology_server *server = &topology->servers.items[i];
		struct stack_service *service = add(stack, STACK_SERVER, TOPOLOGY_CORE, server->name);

		snprintf(service->name, sizeof(service->name), "%s", server->name);
		service->capabilities = capabilities[server->kind];
		service->eth0 = STACK_ETH0_DROP;
		service->forwards = server->kind == TOPOLOGY_ROUTER;
		service->memory_mib += PER_PHONE(phones);
	}
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const struct topology_node *node = &topology->cluster.nodes.items[i];
		struct stack_service *service = add(stack, STACK_CALL_MANAGER, TOPOLOGY_CORE, node->name);

		snprintf(service->name, sizeof(service->name), "%s", node->name);
		service->eth0 = STACK_ETH0_DROP;
		service->memory_mib = 384 + PER_PHONE(phones);
		service->pids = 128;
	}
}

static void add_phones(struct stack *stack, const char *closet)
{
	const struct topology *topology = stack->topology;
	struct stack_service *service;
	size_t phones = 0;

	for (size_t i = 0; i < topology->phone_count; i++)
		phones += !strcmp(topology_closet_of_phone(topology, &topology->phones[i]), closet);
	if (!phones)
		return;
	service = add(stack, STACK_PHONES, closet, "rack");
	snprintf(service->name, sizeof(service->name), "%s-phones", closet);
	/* SYS_ADMIN is for netns-helper, which makes a namespace per phone. */
	service->capabilities = "SYS_ADMIN NET_ADMIN NET_RAW NET_BIND_SERVICE";
	service->eth0 = STACK_ETH0_DROP;
	service->memory_mib = 256 + PER_PHONE(phones);
}

static void add_keeper(struct stack *stack, const char *closet)
{
	struct stack_service *service = add(stack, STACK_KEEPER, closet, "keeper");

	snprintf(service->name, sizeof(service->name), "%s-keeper", closet);
	/* The extra device that a fault may plug in runs there; its cable is eth0. SYS_ADMIN is for exec and capture, which enter
	 * the namespaces of phones and switches. */
	service->capabilities = "SYS_ADMIN NET_ADMIN NET_RAW NET_BIND_SERVICE";
	service->eth0 = STACK_ETH0_RENAME;
	/* A process per channel of the console, and the programs of `exec` and `capture`. */
	service->pids = 64 + 2 * MUX_CHANNELS;
	service->memory_mib += 256 + PER_PHONE(stack->topology->phone_count);
}

/* It asks the keepers, and needs nothing of the machine. One process holds all connections, with a window per channel; commands run
 * beside it, and what `collect` packs is in /tmp, which is memory. */
static void add_console(struct stack *stack)
{
	struct stack_service *service = add(stack, STACK_CONSOLE, TOPOLOGY_CORE, NULL);
	unsigned windows = (unsigned)stack->topology->closets.n * (MUX_CHANNELS * MUX_WINDOW >> 20);

	snprintf(service->name, sizeof(service->name), STACK_CONSOLE_NAME);
	service->capabilities = "";
	service->memory_mib += STACK_CONSOLE_TMP_MIB + windows + PER_PHONE(stack->topology->phone_count);
}

/* A server's name is the name of its service: no other service may have it. */
static int check_names(const struct stack *stack, struct fail *fail)
{
	for (size_t i = 0; i < stack->count; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(stack->services[i].name, stack->services[j].name))
				return fail_set(
				    fail, -EINVAL,
				    "two services of the stack would have the name \"%s\"; rename "
				    "the server, the call manager or the closet",
				    stack->services[i].name);
	for (size_t i = 0; i < stack->count; i++) {
		const char *name = stack->services[i].name;
		size_t length = strlen(stack->name) + 1 + strlen(name);

		if (length > SERVICE_NAME_MOST || name[strlen(name) - 1] == '-')
			return fail_set(
			    fail, -EINVAL,
			    "the service %s_%s would have a name of %zu characters%s, expected up to %d and "
			    "a letter or digit at the end; give the stack a shorter one with --name, or "
			    "rename the server, the call manager or the closet",
			    stack->name, name, length,
			    name[strlen(name) - 1] == '-' ? " and a hyphen at its end" : "",
			    SERVICE_NAME_MOST);
	}
	return 0;
}

int stack_list(struct stack *stack, struct fail *fail)
{
	struct topology *topology = stack->topology;
	size_t most = topology->switches.n + topology->servers.n + topology->cluster.nodes.n +
		      2 * topology->closets.n + 1; /* 1: the console */
	int err = check(topology, fail);

	err = err ? err : topology_check_closet_security(topology, fail);
	if (err)
		return err;
	stack->services = arena_alloc(&topology->arena, most * sizeof(*stack->services));
	for (size_t i = 0; i < topology->switches.n; i++)
		add_switch(stack, &topology->switches.items[i]);
	add_servers(stack);
	for (size_t i = 0; i < topology->closets.n; i++)
		add_phones(stack, topology->closets.items[i].name);
	for (size_t i = 0; i < topology->closets.n; i++)
		add_keeper(stack, topology->closets.items[i].name);
	add_console(stack);
	return check_names(stack, fail);
}
