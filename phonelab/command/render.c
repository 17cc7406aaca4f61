#include "phonelab/command/command.h"

#include <stdio.h>

#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/render.h"
#include "phonelab/topology/topology.h"

/* The name of the lab. An empty --name counts as omitted: an unset variable of a compose file becomes one. */
static const char *name_of(const struct command_line *line, const struct topology *topology)
{
	const char *name = line->option[OPT_RENDER_NAME].text;

	return name && *name ? name : topology->name;
}

int command_render(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_RENDER_PHONES].number;
	struct topology *topology;
	struct cucm_plan plan;
	struct fail fail = {0};
	json_t *object;
	int err;

	if (!line->option[OPT_RENDER_OUT].given)
		return exit_complain(EXIT_USAGE, "render: option --out DIR is required");
	topology = load_topology(line->word[0], phones);
	if (!topology)
		return EXIT_USAGE;
	if (command_set_pace(line, OPT_RENDER_PACE, topology)) {
		topology_free(topology);
		return EXIT_USAGE;
	}
	plan = plan_cucm(topology);
	provision_recall(topology, &plan, line->option[OPT_RENDER_OUT].text);
	err = render_lab(topology, &plan, line->option[OPT_RENDER_OUT].text, &fail);
	if (!err)
		err = lab_file_write(line->option[OPT_RENDER_OUT].text, name_of(line, topology),
				     line->word[0], phones, topology->pace, &fail);
	object = json_pack("{s:s,s:s,s:I}", "lab", name_of(line, topology), "directory",
			   line->option[OPT_RENDER_OUT].text, "phones", (json_int_t)topology->phone_count);
	topology_free(topology);
	if (!err && command_wants_json(line))
		return command_print(object);
	json_decref(object);
	if (err)
		return exit_complain(EXIT_USAGE, "render: %s", fail.text);
	print_text("rendered into %s\n", line->option[OPT_RENDER_OUT].text);
	return EXIT_AS_ASKED;
}
