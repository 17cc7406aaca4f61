#include "phonelab/command/command.h"

#include <stdio.h>

#include "phonelab/lab/lab_file.h"
#include "phonelab/topology/load.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/render.h"

enum { OUT, PHONES, NAME };

/* The name of the lab. An empty --name counts as omitted: an unset variable of a compose file becomes one. */
static const char *name_of(const struct command_line *line, const struct topology *topology)
{
	const char *name = line->option[NAME].text;

	return name && *name ? name : topology->name;
}

static int run(const struct command_line *line)
{
	size_t phones = (size_t)line->option[PHONES].number;
	struct topology *topology;
	struct cucm_plan plan;
	struct fail fail = {0};
	int err;

	if (!line->option[OUT].given)
		return exit_complain(EXIT_USAGE, "render: option --out DIR is required");
	topology = load_topology(line->word[0], phones);
	if (!topology)
		return EXIT_USAGE;
	plan = plan_cucm(topology);
	err = provision_recall(topology, &plan, line->option[OUT].text, &fail);
	if (!err)
		err = render_lab(topology, &plan, line->option[OUT].text, &fail);
	if (!err)
		err = lab_file_write(line->option[OUT].text, name_of(line, topology), line->word[0], phones,
				     &fail);
	topology_free(topology);
	if (err)
		return exit_complain(EXIT_USAGE, "render: %s", fail.text);
	print_text("rendered into %s\n", line->option[OUT].text);
	return EXIT_AS_ASKED;
}

const struct command command_render = {
    .name = "render",
    .synopsis = "TOPOLOGY --out DIR [--phones N] [--name LAB]",
    .title = "Write the files of a lab that " PLAN_PREFIX " contains",
    .least = 1,
    .most = 1,
    .options = {{"--out", "-o", OPTION_TEXT, "DIR", 0, 0, "output directory; created if missing"},
		{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
		{"--name", NULL, OPTION_TEXT, "LAB", 0, 0,
		 "name of the lab (default: the name of the topology)"}},
    .run = run,
};
