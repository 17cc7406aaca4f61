/* What commands do with a topology: find it by name, load it, set the pace of its phones. */
#include "phonelab/command/command.h"

#include <string.h>

#include "phone-sim/core/models.h"
#include "phonelab/lab/installed.h"
#include "phonelab/topology/topology.h"

struct topology *command_load_topology(const struct command_line *line, const char *word, size_t phones)
{
	char path[PATH_MAX];
	struct fail fail = {0};

	if (!installed_find(word, path, &fail))
		return load_topology(path, phones);
	exit_complain(EXIT_USAGE, "%s: %s", line->command->name, fail.text);
	return NULL;
}

int command_set_pace(const struct command_line *line, int option, struct topology *topology)
{
	const char *text = line->option[option].text;

	if (!text)
		return EXIT_AS_ASKED;
	if (strcmp(text, "fast") && strcmp(text, "real"))
		return exit_complain(EXIT_USAGE, "%s: --pace: found \"%s\", expected fast or real",
				     line->command->name, text);
	topology->pace = strcmp(text, "real") ? TOPOLOGY_PACE_FAST : TOPOLOGY_PACE_REAL;
	return EXIT_AS_ASKED;
}

uint32_t command_boot_ms(const char *model)
{
	const struct phone_model *row = phone_model_find(model);

	return row ? row->boot_ms : 0;
}
