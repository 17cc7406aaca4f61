#include "phonelab/command/command.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/lab/plan.h"
#include "phonelab/topology/topology.h"

static void print_count(size_t n, const char *one, const char *end)
{
	print_text("%zu %s%s%s", n, one, n == 1 ? "" : strcmp(one, "switch") ? "s" : "es", end);
}

static void print_object(const char *file, const struct topology *topology)
{
	json_t *object = json_pack(
	    "{s:s,s:s,s:I,s:I,s:I,s:I}", "file", file, "name", topology->name, "phones",
	    (json_int_t)topology->phone_count, "switches", (json_int_t)topology->switches.n, "servers",
	    (json_int_t)topology->servers.n, "call_managers", (json_int_t)topology->cluster.nodes.n);

	print_json(object, JSON_COMPACT);
	json_decref(object);
}

int command_validate(const struct command_line *line)
{
	int status = EXIT_AS_ASKED;

	if (line->option[OPT_VALIDATE_SCHEMA].given)
		return command_print(shape_schema(&topology_shape, "phonelab topology"));
	if (line->option[OPT_VALIDATE_MARKDOWN].given) {
		shape_markdown(&topology_shape, stdout);
		return EXIT_AS_ASKED;
	}
	if (!line->words)
		return exit_complain(EXIT_USAGE,
				     "validate: missing argument; usage: phonelab validate TOPOLOGY...");
	for (size_t i = 0; i < line->words; i++) {
		size_t phones = (size_t)line->option[OPT_VALIDATE_PHONES].number;
		struct topology *topology = command_load_topology(line, line->word[i], phones);
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
		if (command_wants_json(line)) {
			print_object(line->word[i], topology);
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
