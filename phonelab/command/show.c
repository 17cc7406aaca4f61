#include "phonelab/command/command.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/client/client.h"
#include "phonelab/command/switch_find.h"

int command_show(const struct command_line *line)
{
	struct lab lab;
	struct fail fail = {0};
	char socket[80];
	json_t *args, *reply;
	const char *text;
	int status = switch_find(line, "show", &lab, socket);

	if (status)
		return status;
	args = json_array();
	for (size_t i = 1; i < line->words; i++)
		json_array_append_new(args, json_string(line->word[i]));
	reply =
	    client_call(&lab, socket, json_pack("{s:s,s:o}", "do", "show", "args", args), 10000, NULL, &fail);
	if (!reply)
		return exit_complain(EXIT_USAGE, "show %s: %s", line->word[0], fail.text);
	text = json_string_value(json_object_get(reply, "text"));
	print_text("%s", text ? text : "");
	/* As on a real switch, an error message is a line that begins with "% ". */
	status = text && (!strncmp(text, "% ", 2) || strstr(text, "\n% ")) ? EXIT_USAGE : EXIT_AS_ASKED;
	json_decref(reply);
	return status;
}
