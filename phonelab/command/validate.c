#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/lab/plan.h"
#include "phonelab/topology/load.h"
#include "phonelab/topology/keys.h"

enum { PHONES, SCHEMA, MARKDOWN };

static int print_schema(void)
{
	json_t *schema = shape_schema(&topology_shape, "phonelab topology");
	char *text = json_dumps(schema, JSON_INDENT(2));

	json_decref(schema);
	if (!text)
		return exit_complain(EXIT_DEFECT, "validate: out of memory");
	print_line(text);
	free(text);
	return EXIT_AS_ASKED;
}

static void print_count(size_t n, const char *one, const char *end)
{
	print_text("%zu %s%s%s", n, one, n == 1 ? "" : strcmp(one, "switch") ? "s" : "es", end);
}

static int run(const struct command_line *line)
{
	int status = EXIT_AS_ASKED;

	if (line->option[SCHEMA].given)
		return print_schema();
	if (line->option[MARKDOWN].given) {
		shape_markdown(&topology_shape, stdout);
		return EXIT_AS_ASKED;
	}
	if (!line->words)
		return exit_complain(EXIT_USAGE,
				     "validate: missing argument; usage: phonelab validate TOPOLOGY...");
	for (size_t i = 0; i < line->words; i++) {
		size_t phones = (size_t)line->option[PHONES].number;
		struct topology *topology = load_topology(line->word[i], phones);
		struct cucm_plan plan;
		struct fail fail = {0};

		if (!topology) {
			status = EXIT_USAGE;
			continue;
		}
		plan = plan_cucm(topology);
		if (cucm_plan_check(&plan, &fail)) {
			status = exit_complain(EXIT_USAGE, "%s: %s", line->word[i], fail.text);
			topology_free(topology);
			continue;
		}
		print_text("%s: ", line->word[i]);
		print_count(topology->phone_count, "phone", ", ");
		print_count(topology->switches.n, "switch", ", ");
		print_count(topology->servers.n, "server", ", ");
		print_count(topology->cluster.nodes.n, "call manager", ": valid\n");
		topology_free(topology);
	}
	return status;
}

const struct command command_validate = {
    .name = "validate",
    .synopsis = "[--phones N] TOPOLOGY... | --schema | --markdown",
    .title = "Check topologies, or print the JSON Schema of topologies for editors",
    .help = "All errors are printed as FILE:LINE:COLUMN: KEY: found X, expected Y (status 2).\n",
    .most = COMMAND_WORDS,
    .options = {{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
		{"--schema", NULL, OPTION_FLAG, NULL, 0, 0, "print the JSON Schema"},
		{"--markdown", NULL, OPTION_FLAG, NULL, 0, 0,
		 "print the reference of the keys in docs/topology.md"}},
    .run = run,
};
