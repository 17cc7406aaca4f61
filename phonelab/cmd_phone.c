/* Commands about one phone that the rack answers: console, messages, reset, restart. */
#include "phonelab/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "phonelab/client.h"

/* Ask the rack about the phone of the first word; the reply, or NULL with *status set and the reason printed.
 */
static json_t *ask(const struct command_line *line, const char *verb, int *status)
{
	struct lab lab;
	struct fail fail;
	json_t *all, *reply = NULL;
	char *name;

	*status = client_choose(line->lab, &lab);
	if (*status)
		return NULL;
	all = client_call(&lab, "lab.sock", json_pack("{s:s}", "do", "status"), 20000, NULL, &fail);
	if (!all) {
		*status = command_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
		return NULL;
	}
	name = client_phone(all, line->word[0]);
	json_decref(all);
	if (!name) {
		*status = command_complain(EXIT_USAGE, "%s: found \"%s\", expected a phone of lab %s", verb,
					   line->word[0], lab.name);
		return NULL;
	}
	reply = client_call(&lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", verb, "node", name), 10000,
			    NULL, &fail);
	free(name);
	if (!reply)
		*status = command_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	return reply;
}

static int print_lines(const struct command_line *line, const char *verb)
{
	int status;
	json_t *reply = ask(line, verb, &status), *text;
	size_t i;

	json_array_foreach(json_object_get(reply, "lines"), i, text) if (json_is_string(text))
	    puts(json_string_value(text));
	json_decref(reply);
	return status;
}

static int tell(const struct command_line *line, const char *verb)
{
	int status;
	json_t *reply = ask(line, verb, &status);

	if (reply)
		printf("%s: %s\n", line->word[0], verb);
	json_decref(reply);
	return status;
}

static int run_console(const struct command_line *line)
{
	return print_lines(line, "console");
}

static int run_messages(const struct command_line *line)
{
	return print_lines(line, "messages");
}

static int run_reset(const struct command_line *line)
{
	return tell(line, "reset");
}

static int run_restart(const struct command_line *line)
{
	return tell(line, "restart");
}

const struct command command_console = {.name = "console",
					.synopsis = "PHONE",
					.title = "the console log of a phone",
					.least = 1,
					.most = 1,
					.run = run_console};
const struct command command_messages = {.name = "messages",
					 .synopsis = "PHONE",
					 .title = "the status messages that a phone shows",
					 .least = 1,
					 .most = 1,
					 .run = run_messages};
const struct command command_reset = {.name = "reset",
				      .synopsis = "PHONE",
				      .title = "have a phone boot again",
				      .least = 1,
				      .most = 1,
				      .run = run_reset};
const struct command command_restart = {.name = "restart",
					.synopsis = "PHONE",
					.title = "have a phone fetch its configuration and register again",
					.least = 1,
					.most = 1,
					.run = run_restart};
