/* `phonelab node`: run one node of a rendered lab in the current namespaces. This is the program of a container. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/scenario/relay_serve.h"
#include "phonelab/client/foreign.h"
#include "phonelab/supervise/keeper.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/node.h"
#include "phonelab/supervise/node_role.h"
#include "phonelab/supervise/node_run.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/render.h"
#include "phonelab/lab/self.h"

#define PROGRAMS  4
#define ARGUMENTS 48

struct context {
	const struct command_line *line;
	struct node_choice choice;
	char bin[512];
};

/* --- running --- */

/* argv: the program, its own arguments, and the arguments after "--". */
static void simulator_arguments(const struct context *context, char path[600], const char *program,
				const char *const own[], char *argv[ARGUMENTS])
{
	size_t n = 0;

	snprintf(path, 600, "%s/%s", context->bin, program);
	argv[n++] = path;
	for (size_t i = 0; own[i] && n < ARGUMENTS - 1; i++)
		argv[n++] = (char *)own[i];
	for (char **rest = context->line->rest; rest && *rest && n < ARGUMENTS - 1; rest++)
		argv[n++] = *rest;
	argv[n] = NULL;
}

static int run_simulator(const struct context *context, const char *program, const char *const own[],
			 const char *name)
{
	char path[600], *argv[ARGUMENTS];
	struct node_program only = {.name = name, .argv = argv};
	struct node_job job = {.name = name,
			       .programs = &only,
			       .program_count = 1,
			       .rack = context->choice.it.kind == NODE_ROLE_RACK};

	simulator_arguments(context, path, program, own, argv);
	return node_run(&job);
}

static int run_configured(const struct context *context, const char *program, const char *folder)
{
	char config[200];
	bool panel = context->choice.it.kind == NODE_ROLE_SWITCH &&
		     context->choice.topology->switches.items[context->choice.it.index].external == 1;
	bool rack = context->choice.it.kind == NODE_ROLE_RACK;
	const char *const own[] = {"--config", config,
				   panel  ? "--panel-only"
				   : rack ? "--progress"
					  : NULL,
				   NULL};

	snprintf(config, sizeof(config), PLAN_PREFIX "/%s/%s.json", folder, context->choice.it.name);
	return run_simulator(context, program, own, context->choice.it.name);
}

/* A phone that the topology does not contain. It is provisioned in the call manager and takes a free port of the switch of
 * the topology's first phone. */
static int run_phone(const struct context *context)
{
	struct topology *topology = context->choice.topology;
	size_t at = topology->phone_count ? topology->phones[0].switch_index : 0;
	const char *model = context->line->option[OPT_NODE_MODEL].text;
	char panel[160], name[DEVICE_TEXT];
	struct mac mac;
	struct fail fail = {0};

	if (!model)
		model = topology->rows.n ? topology->rows.items[0].model->name : "7841";
	const char *const own[] = {
	    "--model",	  model,      "--panel",
	    panel,	  "--events", PLAN_PREFIX "/events.jsonl",
	    "--progress", "--pace",   topology->pace == TOPOLOGY_PACE_REAL ? "real" : "fast",
	    NULL};
	node_own_phone(&mac, name);
	snprintf(panel, sizeof(panel), PLAN_PREFIX "/switches/%s.panel", topology->switches.items[at].name);
	if (provision_phone(topology, &mac, model, &fail))
		return exit_complain(EXIT_DEFECT, "node: %s", fail.text);
	return run_simulator(context, "phone-sim", own, name);
}

static int run_server(const struct context *context)
{
	struct cucm_plan plan = plan_cucm(context->choice.topology);
	struct node *node = &context->choice.nodes[context->choice.it.index];
	struct node_program programs[PROGRAMS];
	struct node_job job = {.name = node->name, .node = node, .plan = &plan, .programs = programs};
	const struct foreign here = {.name = node->name, .netns = -1};
	struct server_programs all = {0};
	struct node_cable cable;
	char interface[16] = "";
	struct node_place place = {.interface = interface};
	struct fail fail = {0};
	int status, err;

	err = server_programs_read(&all, context->choice.topology, &plan, &fail);
	for (size_t i = 0; i < all.n && !err && node->runs && job.program_count < PROGRAMS; i++) {
		if (strcmp(all.items[i].node, node->name) != 0)
			continue;
		err = server_program_check(&all.items[i], &fail);
		programs[job.program_count++] =
		    (struct node_program){all.items[i].name, all.items[i].argv, &all.items[i]};
	}
	if (err) {
		server_programs_free(&all);
		return exit_complain(EXIT_DEFECT, "node: %s", fail.text);
	}
	/* A service of the user's may share the namespace, with interfaces of its own. */
	if (node->external && foreign_interface(&here, interface, &place.has_default, &fail)) {
		server_programs_free(&all);
		return exit_complain(EXIT_USAGE, "node: %s", fail.text);
	}
	node_cable_arguments(context->choice.topology, node, context->bin, NODE_PLUGGED_IN_S,
			     node->external ? &place : NULL, &cable);
	job.cable = cable.argv;
	status = node_run(&job);
	server_programs_free(&all);
	return status;
}

static int run_keeper(const struct context *context)
{
	const struct command_line *line = context->line;
	const struct keeper_tls tls = {line->option[OPT_NODE_LISTEN].text, line->option[OPT_NODE_CA].text,
				       line->option[OPT_NODE_CERTIFICATE].text};

	return keeper_run(context->choice.topology, context->bin, tls.listen ? &tls : NULL);
}

/* A node that the topology does not define: log that, and wait for the signal to exit. */
static int run_nothing(const char *text, const struct topology *topology)
{
	const struct node_job job = {.name = "nothing"};

	print_text("%s: the topology of lab %s does not define this node; nothing to do\n", text,
		   topology->name);
	fflush(stdout);
	return node_run(&job);
}

static int run_node(const struct context *context, const char *text)
{
	switch (context->choice.it.kind) {
	case NODE_ROLE_NOTHING: return run_nothing(text, context->choice.topology);
	case NODE_ROLE_SWITCH: return run_configured(context, "switch-sim", "switches");
	case NODE_ROLE_RACK: return run_configured(context, "phone-sim", "phones");
	case NODE_ROLE_PHONE: return run_phone(context);
	case NODE_ROLE_KEEPER: return run_keeper(context);
	case NODE_ROLE_SERVER:
		if (context->choice.nodes[context->choice.it.index].silent)
			return run_nothing(text, context->choice.topology);
		return run_server(context);
	}
	return EXIT_DEFECT;
}

static int check(const struct context *context)
{
	const char *name = context->choice.it.name;
	struct fail fail = {0};

	if (node_check(&context->choice, context->line->option[OPT_NODE_ALIVE].given, &fail)) {
		print_text("%s\n", fail.text);
		return EXIT_ASSERTION;
	}
	print_text("%s is healthy\n", name ? name : "nothing");
	return EXIT_AS_ASKED;
}

/* --- the command --- */

static void print_role(const struct node_choice *choice)
{
	char role[40];

	node_role_text(choice, role);
	if (*role)
		print_line(role);
}

/* What a container of a stack does first: it renders the run directory of its closet, and makes room for the cable. */
static int prepare(const struct command_line *line, struct fail *fail)
{
	const char *file = line->option[OPT_NODE_TOPOLOGY].text, *name = line->option[OPT_NODE_NAME].text;
	const char *closet = line->option[OPT_NODE_CLOSET].text, *eth0 = line->option[OPT_NODE_ETH0].text;
	struct topology *topology;
	int err = 0;

	if (file) {
		topology = load_topology(file, (size_t)line->option[OPT_NODE_PHONES].number);
		if (!topology)
			return fail_set(fail, -EINVAL, "%s cannot be used", file);
		if (closet)
			err = topology_keep_closet(topology, closet, fail);
		if (!err)
			err = render_run_once(topology, name ? name : topology->name, PLAN_PREFIX, fail);
		topology_free(topology);
	}
	return err || !eth0 ? err : node_make_room(strcmp(eth0, "drop") ? eth0 : NULL, fail);
}

int command_node(const struct command_line *line)
{
	struct context context = {.line = line};
	const char *text = line->words ? line->word[0] : getenv("PHONELAB_NODE");
	struct fail fail = {0};
	int status;

	if (line->option[OPT_NODE_RELAY].given)
		return relay_serve();
	if (!text || !*text)
		return exit_complain(EXIT_USAGE, "node: missing argument; name a node or set PHONELAB_NODE");
	if (prepare(line, &fail))
		return exit_complain(EXIT_USAGE, "node: %s", fail.text);
	context.choice.topology = lab_file_topology(&fail);
	if (!context.choice.topology)
		return exit_complain(EXIT_USAGE, "node: %s", fail.text);
	self_folder(context.bin, sizeof(context.bin));
	if (node_list(context.choice.topology, &context.choice.nodes, &context.choice.node_count, &fail))
		status = exit_complain(EXIT_DEFECT, "node: %s", fail.text);
	else if (node_role_find(&context.choice, text, &fail))
		status = exit_complain(EXIT_USAGE, "node: %s", fail.text);
	else
		status = EXIT_AS_ASKED;
	if (!status && line->option[OPT_NODE_ROLE].given)
		print_role(&context.choice);
	else if (!status && line->option[OPT_NODE_PRINT].given)
		print_line(context.choice.it.name ? context.choice.it.name : "");
	else if (!status)
		status = line->option[OPT_NODE_CHECK].given ? check(&context) : run_node(&context, text);
	free(context.choice.nodes);
	topology_free(context.choice.topology);
	return status;
}
