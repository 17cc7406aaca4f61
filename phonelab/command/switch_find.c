#include "phonelab/command/switch_find.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET ".sock"

/* The switches with a control socket, as "sw1, sw2". */
static void list(const struct lab *lab, char *text, size_t size)
{
	struct dirent **entries;
	char path[256];
	size_t at = 0;
	int n;

	client_path(lab, "switches", path, sizeof(path));
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		size_t length = strlen(name);

		if (length > strlen(SOCKET) && !strcmp(name + length - strlen(SOCKET), SOCKET) &&
		    at + length + 3 < size)
			at += (size_t)snprintf(text + at, size - at, "%s%.*s", at ? ", " : "",
					       (int)(length - strlen(SOCKET)), name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int switch_find(const struct command_line *line, const char *command, struct lab *lab, char socket[80])
{
	char path[256], names[300] = "";
	int status = client_choose(line->lab, lab);

	if (status)
		return status;
	snprintf(socket, 80, "switches/%.40s.sock", line->word[0]);
	client_path(lab, socket, path, sizeof(path));
	if (!strchr(line->word[0], '/') && !access(path, F_OK))
		return 0;
	list(lab, names, sizeof(names));
	return exit_complain(EXIT_USAGE, "%s: unknown switch \"%s\"; switches of lab %s: %s", command,
			     line->word[0], lab->name, names);
}
