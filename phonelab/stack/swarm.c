/* The stack file of Docker Swarm. It contains only what `docker stack deploy` applies: the engine ignores security_opt, the short
 * form of tmpfs, network_mode and the conditions of depends_on without an error (compose/stack.md). */
#include "phonelab/stack/stack.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define PATH_ROOM 600

static const char head[] =
    "# A stack for Docker Swarm, written by `phonelab stack`. Deploy it with ./nodes (or docker stack "
    "deploy): see\n"
    "# compose/stack.md of phonelab.\n"
    "#\n"
    "# Each service runs on the machine with the label phonelab.CLOSET=yes. All services of a closet share "
    "its volume. They start\n"
    "# in any order: the first one renders the volume, and each waits for what it needs.\n"
    "version: \"3.9\"\n"
    "\n"
    "x-container: &container\n"
    "  image: \"%s\"\n"
    "  init: true\n"
    "  read_only: true\n"
    "  cap_drop: [ALL]\n"
    "  networks: [trunk]\n"
    "  configs: [{source: topology, target: /topology.yaml}]\n"
    "  stop_grace_period: 10s\n"
    "  healthcheck:\n"
    "    # Only that the node answers: the engine replaces an unhealthy container, and a fault may have "
    "stopped a service.\n"
    "    test: [CMD, as-phonelab, /usr/bin/phonelab, node, --check, --alive]\n"
    "    interval: 5s\n"
    "    timeout: 10s\n"
    "    retries: 6\n"
    "    start_period: 60s\n"
    "\n"
    "services:\n";

/* "NET_ADMIN NET_RAW" as "net_admin,net_raw", or in capitals with ", ". */
static void add_capabilities(struct text *text, const char *capabilities, bool capitals)
{
	for (const char *p = capabilities; *p; p++) {
		if (*p == ' ')
			text_add(text, capitals ? ", " : ",");
		else
			text_add(text, "%c", capitals ? *p : tolower((unsigned char)*p));
	}
}

static void add_command(const struct stack *stack, const struct stack_service *service, struct text *text)
{
	text_add(text, "    entrypoint: [as-phonelab, /usr/bin/phonelab, %s, --topology, /topology.yaml, ",
		 service->role == STACK_CONSOLE ? "console" : "node");
	if (service->role != STACK_CONSOLE)
		text_add(text, "--closet, %s, ", service->closet);
	text_add(text, "--name, \"%s\"", stack->name);
	if (stack->topology->scaled_to)
		text_add(text, ", --phones, \"%zu\"", stack->topology->scaled_to);
	if (service->eth0 != STACK_ETH0_KEEP)
		text_add(text, ", --eth0, %s", service->eth0 == STACK_ETH0_DROP ? "drop" : STACK_MANAGEMENT);
	if (service->role == STACK_KEEPER)
		text_add(text, ", --listen-tls, 0.0.0.0");
	text_add(text, "]\n");
}

static void add_secrets(const struct stack_service *service, struct text *text)
{
	static const char owner[] = "uid: \"900\", gid: \"900\", mode: 0400}";

	if (service->role == STACK_SWITCH)
		text_add(text, "    secrets: [{source: trunk, target: phonelab-trunk, %s]\n", owner);
	else if (service->role == STACK_KEEPER)
		text_add(text,
			 "    secrets:\n"
			 "      - {source: ca, target: phonelab-ca.pem, %s\n"
			 "      - {source: %s-keeper, target: phonelab-keeper.pem, %s\n",
			 owner, service->closet, owner);
	else if (service->role == STACK_CONSOLE)
		text_add(text,
			 "    secrets:\n"
			 "      - {source: ca, target: phonelab-ca.pem, %s\n"
			 "      - {source: console, target: phonelab-console.pem, %s\n",
			 owner, owner);
}

/* The console answers lab.sock as a keeper does, so it has the same health check. */
static void add_console_parts(struct text *text)
{
	text_add(text, "    environment: {PHONELAB_NODE: \"keeper:1\", PHONELAB_CAPS: \"\"}\n"
		       "    cap_add: [SETUID, SETGID, KILL]\n");
}

/* The run directory: that of the closet; the console has its own. A volume keeps the owner that the directory has in the image,
 * a tmpfs of a stack does not. */
static void add_volumes(const struct stack_service *service, struct text *text)
{
	bool console = service->role == STACK_CONSOLE;

	text_add(text,
		 "    volumes:\n"
		 "      - {type: volume, source: %s, target: /run/phonelab}\n"
		 "      - {type: tmpfs, target: /tmp, tmpfs: {size: %u}}\n",
		 console ? STACK_CONSOLE_VOLUME : service->closet,
		 console ? STACK_CONSOLE_TMP_MIB << 20 : 16u << 20);
}

static void add_environment(const struct stack_service *service, struct text *text)
{
	text_add(text, "    environment: {PHONELAB_NODE: \"%s\", PHONELAB_CAPS: \"", service->node);
	add_capabilities(text, service->capabilities, false);
	text_add(text, "\"%s}\n",
		 service->role == STACK_SWITCH ? ", PHONELAB_TRUNK_SECRET_FILE: /run/secrets/phonelab-trunk"
					       : "");
}

static void add_service(const struct stack *stack, const struct stack_service *service, struct text *text)
{
	text_add(text, "  %s:\n    <<: *container\n", service->name);
	add_command(stack, service, text);
	if (service->role == STACK_CONSOLE) {
		add_console_parts(text);
	} else {
		add_environment(service, text);
		text_add(text, "    cap_add: [SETUID, SETGID, KILL, ");
		add_capabilities(text, service->capabilities, true);
		text_add(text, "]\n");
	}
	if (service->forwards)
		text_add(text, "    sysctls: {net.ipv4.ip_forward: \"1\"}\n");
	if (service->eth0 == STACK_ETH0_DROP)
		text_add(text,
			 "    dns: [127.0.0.1] # no server: a lab cannot reach the resolver of the engine\n");
	add_secrets(service, text);
	add_volumes(service, text);
	text_add(text,
		 "    deploy:\n"
		 "      replicas: 1\n"
		 "      endpoint_mode: dnsrr\n"
		 "      placement: {constraints: [\"node.labels.phonelab.%s == yes\"]}\n"
		 "      resources: {limits: {memory: %uM, pids: %u}}\n"
		 "      restart_policy: {condition: any, delay: 1s}\n"
		 "      update_config: {order: stop-first}\n",
		 service->closet, service->memory_mib, service->pids);
}

/* Secrets and the topology cannot be changed while a service uses them: a changed topology has another name. */
static void add_rest(const struct stack *stack, struct text *text)
{
	const struct topology *topology = stack->topology;

	text_add(text, "\n# No service has a way out of this network.\nnetworks:\n"
		       "  trunk: {driver: overlay, internal: true}\n\nvolumes:\n"
		       "  " STACK_CONSOLE_VOLUME ": {}\n");
	for (size_t i = 0; i < topology->closets.n; i++)
		text_add(text, "  %s: {}\n", topology->closets.items[i].name);
	text_add(text,
		 "\nconfigs:\n  topology: {name: \"%s-topology-%s\", file: ./topology.yaml}\n"
		 "\nsecrets:\n  trunk: {file: ./secrets/trunk}\n  ca: {file: ./secrets/ca.pem}\n"
		 "  console: {file: ./secrets/console.pem}\n",
		 stack->name, stack->digest);
	for (size_t i = 0; i < topology->closets.n; i++)
		text_add(text, "  %s-keeper: {file: ./secrets/%s-keeper.pem}\n",
			 topology->closets.items[i].name, topology->closets.items[i].name);
}

int stack_write_swarm(const struct stack *stack, struct fail *fail)
{
	struct text text = {0};
	char path[PATH_ROOM];

	text_add(&text, head,
		 stack->image ? stack->image : "${PHONELAB_IMAGE:?is not set; use ./nodes deploy}");
	for (size_t i = 0; i < stack->count; i++)
		add_service(stack, &stack->services[i], &text);
	add_rest(stack, &text);
	snprintf(path, sizeof(path), "%s/stack.yaml", stack->directory);
	return file_write_text(path, &text, fail);
}
