/* What people do to a lab with their hands: the switch's configuration, services, cables. */
#include "base/json_text.h"
#include "phonelab/command/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/command/switch_find.h"
#include "phonelab/lab/status_read.h"

static int run_configure(const struct command_line *line)
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
	fputs(json_text(reply, "text"), stdout);
	status = json_integer_value(json_object_get(reply, "errors")) ? EXIT_USAGE : EXIT_AS_ASKED;
	json_decref(reply);
	return status;
}

static int run_service(const struct command_line *line)
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
		return exit_complain(
		    EXIT_USAGE, "service: found \"%s\", expected start, stop, restart or status", action);
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
	printf("%s: %s\n", line->word[0], json_text(reply, "state"));
	json_decref(reply);
	return EXIT_AS_ASKED;
}

static int cable(const struct command_line *line, const char *verb)
{
	json_t *state, *reply = NULL;
	struct fail fail = {0};
	struct lab lab;
	const char *name;
	int status = client_choose(line->lab, &lab);

	if (status)
		return status;
	state = client_status(&lab, &fail);
	if (!state)
		return exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	name = status_read_find(state, line->word[0]);
	if (!name) {
		json_decref(state);
		return exit_complain(EXIT_USAGE, "%s: found \"%s\", expected a phone of lab %s", verb,
				     line->word[0], lab.name);
	}
	reply = client_call(&lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", verb, "node", name), 10000,
			    NULL, &fail);
	status = reply ? EXIT_AS_ASKED : exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	json_decref(reply);
	json_decref(state);
	return status;
}

static int run_plug(const struct command_line *line)
{
	return cable(line, "plug");
}

static int run_unplug(const struct command_line *line)
{
	return cable(line, "unplug");
}

const struct command command_configure = {
    .name = "configure",
    .synopsis = "SWITCH LINE...",
    .title = "configuration commands for a switch, a line each: \"interface Gi1/0/1\" \"no shutdown\"",
    .least = 2,
    .most = 64,
    .raw = true,
    .run = run_configure,
};
const struct command command_service = {
    .name = "service",
    .synopsis = "PROGRAM ACTION",
    .title = "start, stop, restart or status of a server's program: dhcp, tftp, tftp-http, cucm-pub",
    .least = 2,
    .most = 2,
    .run = run_service,
};
const struct command command_plug = {
    .name = "plug",
    .synopsis = "PHONE",
    .title = "plug the cable of a phone into its port",
    .least = 1,
    .most = 1,
    .run = run_plug,
};
const struct command command_unplug = {
    .name = "unplug",
    .synopsis = "PHONE",
    .title = "pull the cable of a phone",
    .least = 1,
    .most = 1,
    .run = run_unplug,
};
