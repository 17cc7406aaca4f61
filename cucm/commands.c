#include "cucm/cucm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cucm/config.h"

/* Debian's directories of servers, which are not in every PATH. */
static const char server_path[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

struct commands {
	const struct cucm_plan *plan;
	struct cucm_command *list;
	size_t count;
	bool failed;
};

static void command_add(struct cucm_command *command, struct commands *commands, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void command_add(struct cucm_command *command, struct commands *commands, const char *format, ...)
{
	size_t at = 0;
	va_list args;

	while (command->argv[at])
		at++;
	va_start(args, format);
	if (at == CUCM_ARGS || vasprintf(&command->argv[at], format, args) < 0) {
		command->argv[at == CUCM_ARGS ? at - 1 : at] = NULL;
		commands->failed = true;
	}
	va_end(args);
}

/* The program's path, or its bare name if it is not found: running it then reports that it is missing. */
static void command_program(struct cucm_command *command, struct commands *commands, const char *program)
{
	const char *at = server_path;

	while (*at) {
		size_t length = strcspn(at, ":");
		char path[128];

		snprintf(path, sizeof(path), "%.*s/%s", (int)length, at, program);
		if (!access(path, X_OK)) {
			command_add(command, commands, "%s", path);
			return;
		}
		at += length + (at[length] == ':');
	}
	command_add(command, commands, "%s", program);
}

static struct cucm_command *commands_next(struct commands *commands, enum cucm_program program,
					  const char *node, const char *suffix)
{
	struct cucm_command *command = &commands->list[commands->count++];

	command->program = program;
	command->node = node;
	snprintf(command->name, sizeof(command->name), "%s%s", node, suffix);
	return command;
}

static void commands_dnsmasq(struct commands *commands, enum cucm_program program, const char *node)
{
	struct cucm_command *command = commands_next(commands, program, node, "");

	command_program(command, commands, "dnsmasq");
	command_add(command, commands, "-C");
	command_add(command, commands, "%s/%s/dnsmasq.conf", cucm_plan_prefix(commands->plan), node);
}

static void commands_lighttpd(struct commands *commands, const char *node)
{
	struct cucm_command *command = commands_next(commands, CUCM_PROGRAM_HTTP, node, "-http");

	command_program(command, commands, "lighttpd");
	command_add(command, commands, "-D");
	command_add(command, commands, "-f");
	command_add(command, commands, "%s/%s/lighttpd.conf", cucm_plan_prefix(commands->plan), node);
}

static void commands_kamailio(struct commands *commands, const char *node)
{
	struct cucm_command *command = commands_next(commands, CUCM_PROGRAM_KAMAILIO, node, "");
	const char *prefix = cucm_plan_prefix(commands->plan);

	command_program(command, commands, "kamailio");
	command_add(command, commands, "-f");
	command_add(command, commands, "%s/cucm/%s/kamailio.cfg", prefix, node);
	command_add(command, commands, "-Y"); /* run directory */
	command_add(command, commands, "%s/cucm/%s", prefix, node);
	command_add(command, commands, "-m");
	command_add(command, commands, "%u", config_kamailio_shared(commands->plan));
	command_add(command, commands, "-M");
	command_add(command, commands, "%u", config_kamailio_private(commands->plan));
	command_add(command, commands, "-DD"); /* no daemon */
	command_add(command, commands, "-E");  /* log to standard error */
}

static void commands_service(struct commands *commands, const char *node)
{
	struct cucm_command *command = commands_next(commands, CUCM_PROGRAM_SERVICE, node, "-service");
	const char *bin = commands->plan->bin;

	command_add(command, commands, "%s%scucm-service", bin ? bin : "", bin ? "/" : "");
	command_add(command, commands, "--config");
	command_add(command, commands, "%s/cucm/%s/service.json", cucm_plan_prefix(commands->plan), node);
}

/* A service that `cucm-service` knows by its name: "cucm-pub-tvs". */
static void commands_named(struct commands *commands, enum cucm_program program, const char *node,
			   const char *service)
{
	const char *bin = commands->plan->bin;
	struct cucm_command *command;
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "-%s", service);
	command = commands_next(commands, program, node, suffix);
	command_add(command, commands, "%s%scucm-service", bin ? bin : "", bin ? "/" : "");
	command_add(command, commands, "%s", service);
	command_add(command, commands, "%s/cucm/%s/%s.json", cucm_plan_prefix(commands->plan), node, service);
}

int cucm_command_lines(const struct cucm_plan *plan, struct cucm_command **list, size_t *count,
		       struct fail *fail)
{
	size_t most = plan->dhcp_server_count + 2 * plan->tftp_server_count + 2 * plan->node_count + 2;
	bool certificates = cucm_plan_certificates(plan) && cucm_plan_publisher(plan);
	struct commands commands = {.plan = plan, .list = calloc(most + 1, sizeof(*commands.list))};

	if (!commands.list)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->dhcp_server_count; i++)
		commands_dnsmasq(&commands, CUCM_PROGRAM_DHCP, plan->dhcp_servers[i].name);
	for (size_t i = 0; i < plan->tftp_server_count; i++) {
		const struct cucm_tftp_server *server = &plan->tftp_servers[i];

		if (!server->no_tftp)
			commands_dnsmasq(&commands, CUCM_PROGRAM_TFTP, server->name);
		if (!server->no_http)
			commands_lighttpd(&commands, server->name);
	}
	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign)
			commands_kamailio(&commands, plan->nodes[i].name);
	if (cucm_plan_publisher(plan))
		commands_service(&commands, cucm_plan_publisher(plan)->name);
	for (size_t i = 0; i < plan->node_count && certificates; i++)
		if (!plan->nodes[i].foreign)
			commands_named(&commands, CUCM_PROGRAM_TVS, plan->nodes[i].name, "tvs");
	if (certificates)
		commands_named(&commands, CUCM_PROGRAM_CAPF, cucm_plan_publisher(plan)->name, "capf");
	if (commands.failed) {
		cucm_commands_free(commands.list, commands.count);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	*list = commands.list;
	*count = commands.count;
	return 0;
}

void cucm_commands_free(struct cucm_command *commands, size_t count)
{
	if (!commands)
		return;
	for (size_t i = 0; i < count; i++)
		for (char **arg = commands[i].argv; *arg; arg++)
			free(*arg);
	free(commands);
}
