/* The pace of phones: the option --pace, and how long phones boot. */
#include "phonelab/command/command.h"

#include <string.h>

#include "phone-sim/core/models.h"
#include "phonelab/topology/topology.h"

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
