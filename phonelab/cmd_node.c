/* `phonelab node`: one node of a rendered lab, in the namespaces that it is called in. This is what a
 * container runs. */
#include "phonelab/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "cable/node_mac.h"
#include "cucm/cucm.h"
#include "phonelab/keeper.h"
#include "phonelab/lab_file.h"
#include "phonelab/node.h"
#include "phonelab/node_run.h"
#include "phonelab/plan.h"
#include "phonelab/provision.h"
#include "phonelab/self.h"

enum { CHECK, PRINT, ROLE, MODEL };

#define CHECK_MS     3000
#define PLUGGED_IN_S 30 /* how long a server waits for its first link */
#define PROGRAMS     4
#define ARGUMENTS    48

enum what {
	WHAT_NOTHING, /* the topology has none such */
	WHAT_SWITCH,
	WHAT_SERVER,
	WHAT_RACK,
	WHAT_PHONE,
	WHAT_KEEPER,
};

struct what_node {
	enum what what;
	size_t index; /* of the switch, or of the node in the list */
	const char *name;
};

struct context {
	const struct command_line *line;
	struct topology *topology;
	struct node *nodes;
	size_t node_count;
	struct what_node it;
	char bin[512];
};

/* --- which node ----------------------------------------------------------------------------------------- */

static bool is_kind(const struct context *context, size_t i, const char *kind)
{
	size_t managers = context->topology->servers.n;
	bool publisher =
	    i >= managers && context->topology->cluster.nodes.items[i - managers].role == TOPOLOGY_PUBLISHER;

	if (i >= managers)
		return !strcmp(kind, publisher ? "publisher" : "subscriber");
	return !strcmp(context->nodes[i].kind, kind);
}

/* The number-th node of the kind; false when there is none such kind. */
static bool find_kind(struct context *context, const char *kind, size_t number)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router", "publisher", "subscriber"};
	static const struct what_node others[] = {
	    {WHAT_RACK, 0, "rack"}, {WHAT_PHONE, 0, "phone"}, {WHAT_KEEPER, 0, "keeper"}};
	const struct topology *topology = context->topology;
	bool known = false;

	if (!strcmp(kind, "switch")) {
		if (number <= topology->switches.n)
			context->it = (struct what_node){WHAT_SWITCH, number - 1,
							 topology->switches.items[number - 1].name};
		return true;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(kind, others[i].name)) {
			context->it = others[i];
			return true;
		}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known = known || !strcmp(kinds[i], kind);
	for (size_t i = 0; known && i < context->node_count; i++)
		if (is_kind(context, i, kind) && !--number)
			context->it = (struct what_node){WHAT_SERVER, i, context->nodes[i].name};
	return known;
}

static bool find_name(struct context *context, const char *name)
{
	for (size_t i = 0; i < context->node_count; i++)
		if (!strcmp(context->nodes[i].name, name)) {
			context->it = (struct what_node){WHAT_SERVER, i, context->nodes[i].name};
			return true;
		}
	for (size_t i = 0; i < context->topology->switches.n; i++)
		if (!strcmp(context->topology->switches.items[i].name, name)) {
			context->it =
			    (struct what_node){WHAT_SWITCH, i, context->topology->switches.items[i].name};
			return true;
		}
	for (size_t i = 0; i < context->topology->phone_count; i++)
		if (!strcmp(context->topology->phones[i].name, name)) {
			context->it = (struct what_node){WHAT_RACK, 0, "rack"};
			return true;
		}
	return false;
}

/* What find_kind would find it by. */
static void print_role(const struct context *context)
{
	static const char *const kinds[] = {"dhcp", "tftp", "router", "publisher", "subscriber"};
	size_t index = context->it.index, number = 0;

	switch (context->it.what) {
	case WHAT_NOTHING: return;
	case WHAT_SWITCH: printf("switch:%zu\n", index + 1); return;
	case WHAT_RACK: puts("rack:1"); return;
	case WHAT_PHONE: puts("phone:1"); return;
	case WHAT_KEEPER: puts("keeper:1"); return;
	case WHAT_SERVER: break;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (!is_kind(context, index, kinds[k]))
			continue;
		for (size_t i = 0; i <= index; i++)
			number += is_kind(context, i, kinds[k]);
		printf("%s:%zu\n", kinds[k], number);
	}
}

static int find(struct context *context, const char *text)
{
	char kind[40], *number;
	long n = 1;

	snprintf(kind, sizeof(kind), "%s", text);
	number = strchr(kind, ':');
	if (number) {
		char *end;

		*number++ = 0;
		n = strtol(number, &end, 10);
		if (*end || n < 1 || n > 1000)
			return command_complain(
			    EXIT_USAGE, "node: found \"%s\", expected a number after the colon", text);
	}
	if ((!number && find_name(context, text)) || find_kind(context, kind, (size_t)n))
		return 0;
	return command_complain(
	    EXIT_USAGE,
	    "node: found \"%s\", expected the name of a switch or server of lab %s, or switch, dhcp, "
	    "tftp, router, publisher, subscriber, rack, phone or keeper, each with :N for the N-th",
	    text, context->topology->name);
}

/* --- running -------------------------------------------------------------------------------------------- */

/* PROGRAM, its own arguments, and those after "--". */
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
	struct node_job job = {.name = name, .programs = &only, .program_count = 1};

	simulator_arguments(context, path, program, own, argv);
	return node_run(&job);
}

static int run_configured(const struct context *context, const char *program, const char *folder)
{
	char config[200];
	const char *const own[] = {"--config", config, NULL};

	snprintf(config, sizeof(config), PLAN_PREFIX "/%s/%s.json", folder, context->it.name);
	return run_simulator(context, program, own, context->it.name);
}

/* The phone of this host: its MAC is made from the host's name, as phone-sim itself does. */
static void own_phone(struct mac *mac, char name[DEVICE_TEXT])
{
	char host[256] = "phone";

	gethostname(host, sizeof(host) - 1);
	node_mac(mac, host, "eth0");
	mac_format_device(mac, name);
}

/* A phone that nobody wired before: the call manager learns of it, and it takes any free port of the switch
 * that the first phone of the topology is at. */
static int run_phone(const struct context *context)
{
	struct topology *topology = context->topology;
	size_t at = topology->phone_count ? topology->phones[0].switch_index : 0;
	const char *model = context->line->option[MODEL].text;
	char panel[160], name[DEVICE_TEXT];
	struct mac mac;
	struct fail fail;

	if (!model)
		model = topology->rows.n ? topology->rows.items[0].model->name : "7841";
	const char *const own[] = {"--model",  model,
				   "--panel",  panel,
				   "--events", PLAN_PREFIX "/events.jsonl",
				   "--pace",   topology->pace == TOPOLOGY_PACE_REAL ? "real" : "fast",
				   NULL};
	own_phone(&mac, name);
	snprintf(panel, sizeof(panel), PLAN_PREFIX "/switches/%s.panel", topology->switches.items[at].name);
	if (provision_phone(topology, &mac, model, &fail))
		return command_complain(EXIT_DEFECT, "node: %s", fail.text);
	return run_simulator(context, "phone-sim", own, name);
}

static int run_server(const struct context *context)
{
	struct cucm_plan plan = plan_cucm(context->topology);
	struct node *node = &context->nodes[context->it.index];
	struct node_program programs[PROGRAMS];
	struct node_job job = {.name = node->name, .node = node, .plan = &plan, .programs = programs};
	struct cucm_command *list = NULL;
	struct node_cable cable;
	struct fail fail;
	size_t count = 0;
	int status;

	if (cucm_command_lines(&plan, &list, &count, &fail))
		return command_complain(EXIT_DEFECT, "node: %s", fail.text);
	for (size_t i = 0; i < count && node->runs && job.program_count < PROGRAMS; i++)
		if (!strcmp(list[i].node, node->name))
			programs[job.program_count++] =
			    (struct node_program){list[i].name, list[i].argv, &list[i]};
	node_cable_arguments(context->topology, node, context->bin, PLUGGED_IN_S, &cable);
	job.cable = cable.argv;
	status = node_run(&job);
	cucm_commands_free(list, count);
	return status;
}

/* What is not there has nothing to do, and does that until it is told to end. */
static int run_nothing(const char *text, const struct topology *topology)
{
	const struct node_job job = {.name = "nothing"};

	printf("%s: the topology of lab %s has none; nothing to do\n", text, topology->name);
	fflush(stdout);
	return node_run(&job);
}

static int run_node(const struct context *context, const char *text)
{
	switch (context->it.what) {
	case WHAT_NOTHING: return run_nothing(text, context->topology);
	case WHAT_SWITCH: return run_configured(context, "switch-sim", "switches");
	case WHAT_RACK: return run_configured(context, "phone-sim", "phones");
	case WHAT_PHONE: return run_phone(context);
	case WHAT_KEEPER: return keeper_run(context->topology, context->bin);
	case WHAT_SERVER:
		if (context->nodes[context->it.index].silent)
			return run_nothing(text, context->topology);
		return run_server(context);
	}
	return EXIT_DEFECT;
}

/* --- its health ----------------------------------------------------------------------------------------- */

static json_t *ask(const char *socket, struct fail *fail)
{
	json_t *request = json_pack("{s:s}", "do", "status");
	json_t *reply = control_call(socket, request, CHECK_MS, NULL, fail);

	json_decref(request);
	return reply;
}

static int check_switch(const struct context *context, struct fail *fail)
{
	char socket[128];
	json_t *reply;

	plan_switch_socket(context->topology, context->it.index, socket);
	reply = ask(socket, fail);
	json_decref(reply);
	return reply ? 0 : -EAGAIN;
}

/* Are all phones of that control socket registered? */
static int check_phones(const char *socket, struct fail *fail)
{
	json_t *reply = ask(socket, fail), *phone;
	size_t i, registered = 0, all = json_array_size(json_object_get(reply, "phones"));

	if (!reply)
		return -EAGAIN;
	json_array_foreach(json_object_get(reply, "phones"), i, phone)
	{
		const char *state = json_string_value(json_object_get(phone, "state"));

		registered += state && !strcmp(state, "registered");
	}
	json_decref(reply);
	return all && registered == all
		   ? 0
		   : fail_set(fail, -EAGAIN, "%zu of %zu phones are registered", registered, all);
}

static int check_server(const struct context *context, struct fail *fail)
{
	struct cucm_plan plan = plan_cucm(context->topology);
	struct node *node = &context->nodes[context->it.index];
	struct cucm_command *list = NULL;
	size_t count = 0;
	int rc = node->silent ? 0 : node_has_addresses(node, fail);

	if (!rc)
		rc = cucm_command_lines(&plan, &list, &count, fail);
	for (size_t i = 0; i < count && !rc && node->runs; i++)
		if (!strcmp(list[i].node, node->name))
			rc = cucm_ready(&plan, &list[i], PLAN_PREFIX, -1, CHECK_MS, fail);
	cucm_commands_free(list, count);
	return rc;
}

static int check_phone(struct fail *fail)
{
	char socket[128], name[DEVICE_TEXT];
	struct mac mac;

	own_phone(&mac, name);
	snprintf(socket, sizeof(socket), PLAN_PREFIX "/phones/%s.sock", name);
	return check_phones(socket, fail);
}

static int check_keeper(struct fail *fail)
{
	json_t *request = json_pack("{s:s}", "do", "nodes");
	json_t *reply = control_call(PLAN_PREFIX "/lab.sock", request, CHECK_MS, NULL, fail);

	json_decref(request);
	json_decref(reply);
	return reply ? 0 : -EAGAIN;
}

static int check(const struct context *context)
{
	struct fail fail = {.text = ""};
	int rc = 0;

	switch (context->it.what) {
	case WHAT_NOTHING: break;
	case WHAT_SWITCH: rc = check_switch(context, &fail); break;
	case WHAT_RACK: rc = check_phones(PLAN_RACK_SOCKET, &fail); break;
	case WHAT_PHONE: rc = check_phone(&fail); break;
	case WHAT_SERVER: rc = check_server(context, &fail); break;
	case WHAT_KEEPER: rc = check_keeper(&fail); break;
	}
	if (rc) {
		printf("%s\n", fail.text);
		return EXIT_ASSERTION;
	}
	printf("%s is healthy\n", context->it.name ? context->it.name : "nothing");
	return EXIT_AS_ASKED;
}

/* --- the command ---------------------------------------------------------------------------------------- */

static int run(const struct command_line *line)
{
	struct context context = {.line = line};
	const char *text = line->words ? line->word[0] : getenv("PHONELAB_NODE");
	struct fail fail;
	int status;

	if (!text || !*text)
		return command_complain(EXIT_USAGE,
					"node: found no node, expected one, or PHONELAB_NODE to be set");
	context.topology = lab_file_topology(&fail);
	if (!context.topology)
		return command_complain(EXIT_USAGE, "node: %s", fail.text);
	self_folder(context.bin, sizeof(context.bin));
	status = node_list(context.topology, &context.nodes, &context.node_count, &fail)
		     ? command_complain(EXIT_DEFECT, "node: %s", fail.text)
		     : find(&context, text);
	if (!status && line->option[ROLE].said)
		print_role(&context);
	else if (!status && line->option[PRINT].said)
		puts(context.it.name ? context.it.name : "");
	else if (!status)
		status = line->option[CHECK].said ? check(&context) : run_node(&context, text);
	free(context.nodes);
	topology_free(context.topology);
	return status;
}

const struct command command_node = {
    .name = "node",
    .synopsis = "[NODE] [--check | --print] [-- ARGUMENT...]",
    .title = "run one node of a rendered lab here: what a container does",
    .help =
	"NODE is a name, or switch, dhcp, tftp, router, publisher, subscriber, rack, phone or keeper, with "
	":2 for the second;\n"
	"PHONELAB_NODE unless said. What is rendered under " PLAN_PREFIX
	" is run in the calling namespaces:\n"
	"its cables, then its programs. One that the topology lacks does nothing until it is told to end.\n"
	"A phone takes its MAC from the host's name and is added to the call manager first.\n"
	"The keeper holds faults in place and has programs stopped and started: it answers lab.sock.\n"
	"Arguments after -- go to the simulator.\n",
    .most = 1,
    .options = {{"--check", NULL, OPTION_FLAG, NULL, 0, 0,
		 "is it healthy? 0 when it is, else 1 with the reason"},
		{"--print", NULL, OPTION_FLAG, NULL, 0, 0, "print its name"},
		{"--role", NULL, OPTION_FLAG, NULL, 0, 0,
		 "print what it is: dhcp:1, switch:2, rack:1 for a phone of the rack"},
		{"--model", NULL, OPTION_TEXT, "MODEL", 0, 0,
		 "of a phone; that of the topology's first unless said"}},
    .run = run,
};
