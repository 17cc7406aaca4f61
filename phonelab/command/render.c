#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "phonelab/lab/render.h"
#include "phonelab/topology/topology.h"

/* The name of the lab. An empty --name counts as omitted: an unset variable of a compose file becomes one. */
static const char *name_of(const struct command_line *line, const struct topology *topology)
{
	const char *name = line->option[OPT_RENDER_NAME].text;

	return name && *name ? name : topology->name;
}

/* Each closet in a folder of its own below directory. A closet is cut out of a topology that was read for it. */
static int render_closets(const struct command_line *line, const struct topology *whole,
			  const char *directory, struct fail *fail)
{
	int err = whole->closets.n
		      ? file_make_directory(directory, fail)
		      : fail_set(fail, -EINVAL, "%s: the topology has no `closets`", whole->file);

	for (size_t i = 0; i < whole->closets.n && !err; i++) {
		struct topology *topology = load_topology(whole->file, whole->scaled_to);
		char folder[600];

		if (!topology)
			return fail_set(fail, -EINVAL, "%s cannot be read again", whole->file);
		topology->pace = whole->pace;
		snprintf(folder, sizeof(folder), "%s/%s", directory, whole->closets.items[i].name);
		err = topology_keep_closet(topology, whole->closets.items[i].name, fail);
		if (!err)
			err = render_run(topology, name_of(line, topology), folder, fail);
		topology_free(topology);
	}
	return err;
}

static int render(const struct command_line *line, struct topology *topology, struct fail *fail)
{
	const char *closet = line->option[OPT_RENDER_CLOSET].text;
	int err;

	if (line->option[OPT_RENDER_CLOSETS].given)
		return render_closets(line, topology, line->option[OPT_RENDER_CLOSETS].text, fail);
	err = closet ? topology_keep_closet(topology, closet, fail) : 0;
	return err ? err
		   : render_run(topology, name_of(line, topology), line->option[OPT_RENDER_OUT].text, fail);
}

int command_render(const struct command_line *line)
{
	size_t phones = (size_t)line->option[OPT_RENDER_PHONES].number;
	bool closets = line->option[OPT_RENDER_CLOSETS].given;
	const char *directory = line->option[closets ? OPT_RENDER_CLOSETS : OPT_RENDER_OUT].text;
	struct topology *topology;
	struct fail fail = {0};
	json_t *object;
	int err;

	if (line->option[OPT_RENDER_OUT].given == closets ||
	    (closets && line->option[OPT_RENDER_CLOSET].given))
		return exit_complain(
		    EXIT_USAGE, "render: option --out DIR is required, or --closets DIR instead of --out "
				"and --closet");
	topology = command_load_topology(line, line->word[0], phones);
	if (!topology)
		return EXIT_USAGE;
	if (command_set_pace(line, OPT_RENDER_PACE, topology)) {
		topology_free(topology);
		return EXIT_USAGE;
	}
	err = render(line, topology, &fail);
	object = json_pack("{s:s,s:s,s:I}", "lab", name_of(line, topology), "directory", directory, "phones",
			   (json_int_t)topology->phone_count);
	topology_free(topology);
	if (!err && command_wants_json(line))
		return command_print(object);
	json_decref(object);
	if (err)
		return exit_complain(EXIT_USAGE, "render: %s", fail.text);
	print_text("rendered into %s\n", directory);
	return EXIT_AS_ASKED;
}
