/* Commands that repair a lab: the configuration of a switch, and services. */
#include "phonelab/command/command.h"

#include <jansson.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/command/switch_find.h"

int command_configure(const struct command_line *line)
{
	char socket[80];
	json_t *lines, *reply;
	struct fail fail = {0};
	struct lab lab;
	int status = switch_find(line, "configure", &lab, socket);

	if (status)
		return status;
	lines = json_array();
	for (size_t i = 1; i < line->words; i++)
		json_array_append_new(lines, json_string(line->word[i]));
	reply = client_call(&lab, socket, json_pack("{s:s,s:o}", "do", "configure", "lines", lines), 10000,
			    NULL, &fail);
	if (!reply)
		return exit_complain(EXIT_DEFECT, "configure: %s", fail.text);
	print_text("%s", json_text(reply, "text"));
	status = json_integer_value(json_object_get(reply, "errors")) ? EXIT_USAGE : EXIT_AS_ASKED;
	json_decref(reply);
	return status;
}

int command_service(const struct command_line *line)
{
	const char *action = line->word[1];
	struct fail fail = {0};
	struct lab lab;
	json_t *reply;
	int status = client_choose(line->lab, &lab);

	if (status)
		return status;
	if (strcmp(action, "start") && strcmp(action, "stop") && strcmp(action, "restart") &&
	    strcmp(action, "status"))
		return exit_complain(EXIT_USAGE,
				     "service: unknown action \"%s\"; actions: start, stop, restart, status",
				     action);
	if (!strcmp(action, "start"))
		action = "run";
	if (!strcmp(action, "status"))
		action = "state";
	reply =
	    client_call(&lab, "lab.sock",
			json_pack("{s:s,s:s,s:s}", "do", "program", "name", line->word[0], "action", action),
			20000, NULL, &fail);
	if (!reply)
		return exit_complain(EXIT_USAGE, "service: %s", fail.text);
	print_text("%s: %s\n", line->word[0], json_text(reply, "state"));
	json_decref(reply);
	return EXIT_AS_ASKED;
}
