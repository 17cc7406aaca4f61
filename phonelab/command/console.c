/* `phonelab console --topology` and `phonelab keeper`: one lab of several closets. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "phonelab/client/client.h"
#include "phonelab/closet/mirror.h"
#include "phonelab/closet/serve.h"
#include "phonelab/closet/map.h"
#include "phonelab/console/console.h"
#include "phonelab/topology/topology.h"

#define SECRETS "/run/secrets/phonelab-"

static struct tls_files files_of(const struct command_line *line, int ca, int certificate, const char *own)
{
	const char *named[] = {line->option[ca].text, line->option[certificate].text};

	return (struct tls_files){named[0] ? named[0] : SECRETS "ca.pem", named[1] ? named[1] : own};
}

/* --- the console --- */

/* The value of --closet: NAME=HOST[:PORT]. */
static int take_peer(const struct route *route, const char *text, struct peer *peers, struct fail *fail)
{
	const char *equals = strchr(text, '=');
	char name[64];
	int closet;

	if (!equals)
		return fail_set(fail, -EINVAL, "--closet %s: expected NAME=HOST[:PORT]", text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	closet = route_find(route, name);
	if (closet < 0) {
		char names[400] = "";
		size_t used = 0;

		for (size_t i = 0; i < route_count(route) && used < sizeof(names); i++)
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
						 route_name(route, i));
		return fail_set(fail, -EINVAL,
				"--closet %s: unknown closet \"%s\"; closets of the topology: %s", text, name,
				names);
	}
	if (peer_parse(&peers[closet], equals + 1, TLS_PORT, fail))
		return fail_prefix(fail, fail->err, "--closet %s", text);
	return 0;
}

static int find_peers(const struct command_line *line, const struct route *route, struct peer *peers,
		      struct fail *fail)
{
	for (size_t i = 0; i < route_count(route); i++) {
		peers[i].port = TLS_PORT;
		snprintf(peers[i].host, sizeof(peers[i].host), "%s-keeper", route_name(route, i));
	}
	for (size_t i = 0; i < line->listed_n; i++)
		if (take_peer(route, line->listed[i], peers, fail))
			return fail->err;
	return 0;
}

static int run_console(const struct command_line *line)
{
	struct peer peers[ROUTE_CLOSETS];
	struct console_options options = {
	    .files = files_of(line, OPT_CONSOLE_CA, OPT_CONSOLE_CERTIFICATE, SECRETS "console.pem"),
	    .peers = peers,
	    .name = line->option[OPT_CONSOLE_NAME].text};
	struct fail fail = {0};
	int status;

	options.topology = command_load_topology(line, line->option[OPT_CONSOLE_TOPOLOGY].text,
						 (size_t)line->option[OPT_CONSOLE_PHONES].number);
	if (!options.topology)
		return EXIT_USAGE;
	if (!options.name)
		options.name = options.topology->name;
	options.route = console_route(options.topology, &fail);
	if (!options.route || find_peers(line, options.route, peers, &fail))
		status = exit_complain(EXIT_USAGE, "console: %s", fail.text);
	else
		status = console_run(&options);
	route_free(options.route);
	topology_free(options.topology);
	return status;
}

int command_console(const struct command_line *line)
{
	if (line->option[OPT_CONSOLE_TOPOLOGY].given && !line->words)
		return run_console(line);
	if (line->words == 1 && !line->option[OPT_CONSOLE_TOPOLOGY].given)
		return command_in_rack(line);
	return exit_complain(EXIT_USAGE,
			     "console: expected a phone, or --topology; usage: phonelab console %s",
			     line->command->synopsis);
}

/* --- the keeper --- */

int command_keeper(const struct command_line *line)
{
	const char *listen = line->option[OPT_KEEPER_LISTEN].text;
	struct serve_options options = {
	    .files = files_of(line, OPT_KEEPER_CA, OPT_KEEPER_CERTIFICATE, SECRETS "keeper.pem"),
	    .lab = line->words ? line->word[0] : line->lab};
	struct fail fail = {0};
	struct peer peer;

	if (peer_parse(&peer, listen ? listen : "0.0.0.0", TLS_PORT, &fail))
		return exit_complain(EXIT_USAGE, "keeper: --listen-tls: %s", fail.text);
	options.address = peer.host;
	options.port = peer.port;
	return serve_run(&options);
}

/* --- commands that read files --- */

static bool is_action(const struct command_line *line, const char *const actions[])
{
	while (*actions && strcmp(*actions, line->word[0]) != 0)
		actions++;
	return *actions;
}

/* Does this use of the command read files of a running lab? */
static bool reads_files(const struct command_line *line)
{
	static const char *const of_faults[] = {"proof", "healed", NULL};
	static const char *const of_exercises[] = {"start", "new", "check", NULL};

	if (line->command->run == command_why)
		return !line->option[OPT_WHY_FOLDER].given && !line->option[OPT_WHY_CAPTURE].given;
	if (line->command->run == command_fault)
		return is_action(line, of_faults);
	if (line->command->run == command_exercise)
		return is_action(line, of_exercises);
	return true;
}

void command_copy_files(const struct command_line *line)
{
	struct fail ignored = {0};
	struct lab lab;

	if (reads_files(line) && !client_find(line->lab, &lab, &ignored))
		mirror_refresh(&lab);
}

int command_needs_machine(const struct command_line *line, const struct lab *lab)
{
	char node[CLIENT_NODE], closet[64];

	snprintf(node, sizeof(node), "%.*s", (int)strcspn(line->word[0], ":"), line->word[0]);
	if (!map_closet_of(lab, node, closet))
		return 0;
	return exit_complain(
	    EXIT_USAGE,
	    "%s: %s is in closet %s: run this command on the machine of that closet, with the lab "
	    "of the closet",
	    line->command->name, node, closet);
}
