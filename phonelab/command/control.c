/* Commands that a control socket of the lab executes: show and configure on a switch, service on a program. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"

int command_unknown_switch(const struct command_line *line, const struct lab *lab, const char *unknown)
{
	char path[256], names[300] = "";
	size_t at = 0;
	glob_t found;

	client_path(lab, "switches/*.sock", path, sizeof(path));
	if (!glob(path, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc && at < sizeof(names); i++) {
			const char *name = strrchr(found.gl_pathv[i], '/') + 1;

			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%.*s", i ? ", " : "",
					       (int)(strlen(name) - strlen(".sock")), name);
		}
	globfree(&found);
	return exit_complain(EXIT_USAGE, "%s: unknown switch \"%s\"; switches of lab %s: %s",
			     line->command->name, unknown, lab->name, names);
}

/* Send the words after the name of the switch as the list `key` of a request. 0 with the reply, or NULL and the reason
 * in fail, or an exit status with the reason printed. */
static int ask_switch(const struct command_line *line, const char *key, json_t **reply, struct fail *fail)
{
	char socket[80], path[256];
	struct lab lab;
	json_t *words;
	int status = client_choose(line->lab, &lab);

	if (status)
		return status;
	snprintf(socket, sizeof(socket), "switches/%.40s.sock", line->word[0]);
	client_path(&lab, socket, path, sizeof(path));
	if (strchr(line->word[0], '/') || access(path, F_OK))
		return command_unknown_switch(line, &lab, line->word[0]);
	words = json_array();
	for (size_t i = 1; i < line->words; i++)
		json_array_append_new(words, json_string(line->word[i]));
	*reply = client_call(&lab, socket, json_pack("{s:s,s:o}", "do", line->command->name, key, words),
			     10000, NULL, fail);
	return 0;
}

int command_show(const struct command_line *line)
{
	struct fail fail = {0};
	json_t *reply;
	const char *text;
	int status = ask_switch(line, "args", &reply, &fail);

	if (status)
		return status;
	if (!reply)
		return exit_complain(EXIT_USAGE, "show %s: %s", line->word[0], fail.text);
	text = json_text(reply, "text");
	if (command_wants_json(line))
		command_print(json_pack("{s:s,s:s}", "switch", line->word[0], "text", text));
	else
		print_text("%s", text);
	/* As on a real switch, an error message is a line that begins with "% ". */
	status = !strncmp(text, "% ", 2) || strstr(text, "\n% ") ? EXIT_USAGE : EXIT_AS_ASKED;
	json_decref(reply);
	return status;
}

int command_configure(const struct command_line *line)
{
	struct fail fail = {0};
	json_t *reply;
	int status = ask_switch(line, "lines", &reply, &fail);

	if (status)
		return status;
	if (!reply)
		return exit_complain(fail.err == -EOPNOTSUPP ? EXIT_USAGE : EXIT_DEFECT, "configure: %s",
				     fail.text);
	if (command_wants_json(line))
		command_print(json_pack("{s:s,s:s,s:I}", "switch", line->word[0], "text",
					json_text(reply, "text"), "errors",
					(json_int_t)json_int(reply, "errors")));
	else
		print_text("%s", json_text(reply, "text"));
	status = json_int(reply, "errors") ? EXIT_USAGE : EXIT_AS_ASKED;
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
	if (command_wants_json(line))
		command_print(
		    json_pack("{s:s,s:s}", "program", line->word[0], "state", json_text(reply, "state")));
	else
		print_text("%s: %s\n", line->word[0], json_text(reply, "state"));
	json_decref(reply);
	return EXIT_AS_ASKED;
}
