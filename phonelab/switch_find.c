#include "phonelab/switch_find.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int switch_find(const struct command_line *line, const char *command, struct lab *lab, char socket[80])
{
	char path[256];
	int status = client_choose(line->lab, lab);

	if (status)
		return status;
	snprintf(socket, 80, "switches/%.40s.sock", line->word[0]);
	client_path(lab, socket, path, sizeof(path));
	if (!strchr(line->word[0], '/') && !access(path, F_OK))
		return 0;
	return command_complain(EXIT_USAGE, "%s: found \"%s\", expected a switch of lab %s", command,
				line->word[0], lab->name);
}
