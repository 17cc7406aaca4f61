/* Commands about one phone that the rack answers: console, messages, reset, restart. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/rpc.h"
#include "phonelab/client/client.h"
#include "phonelab/lab/status_read.h"

#define RPC_MS 5000

/* The phone of the first word, in a lab with its status. */
struct asked {
	struct lab lab;
	json_t *status;
	const char *name; /* borrowed from status */
};

static void forget(struct asked *asked)
{
	json_decref(asked->status);
}

/* 0, or an exit status with the reason printed. Forget it in either case. */
static int find(const struct command_line *line, const char *verb, struct asked *asked)
{
	struct fail fail = {0};
	int status = client_choose(line->lab, &asked->lab);

	asked->status = NULL;
	asked->name = NULL;
	if (status)
		return status;
	asked->status = client_status(&asked->lab, &fail);
	if (!asked->status)
		return exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	asked->name = status_read_find(asked->status, line->word[0]);
	if (!asked->name)
		return exit_complain(EXIT_USAGE, "%s: found \"%s\", expected a phone of lab %s", verb,
				     line->word[0], asked->lab.name);
	return 0;
}

/* Ask the rack about the phone; the reply, or NULL with *status set and the reason printed. */
static json_t *ask_rack(const struct asked *asked, const char *verb, int *status)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(&asked->lab, "phones/rack.sock",
			json_pack("{s:s,s:s}", "do", verb, "node", asked->name), 10000, NULL, &fail);

	*status = reply ? 0 : exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	return reply;
}

static int print_lines(const struct command_line *line, const char *verb)
{
	struct asked asked;
	json_t *reply = NULL, *text;
	int status = find(line, verb, &asked);
	size_t i;

	if (!status)
		reply = ask_rack(&asked, verb, &status);
	forget(&asked);
	json_array_foreach (json_object_get(reply, "lines"), i, text)
		if (json_is_string(text))
			puts(json_string_value(text));
	json_decref(reply);
	return status;
}

/* The call manager that has the phone in its location table; NULL when none has. */
static const char *call_manager_of(const struct asked *asked)
{
	json_t *node, *device;
	size_t i, j;

	json_array_foreach (json_object_get(asked->status, "cluster"), i, node) {
		json_array_foreach (json_object_get(node, "registered"), j, device) {
			if (!strcmp(json_string_value(device), asked->name))
				return json_string_value(json_object_get(node, "name"));
		}
	}
	return NULL;
}

/* As the administration page of the cluster does it: the call manager tells the phone. One that is not
 * registered cannot be told; it is done by hand, at the phone. */
static int tell(const struct command_line *line, const char *verb)
{
	char file[128], socket[512];
	const char *node;
	struct asked asked;
	struct fail fail = {0};
	int status = find(line, verb, &asked), told = -ENOENT;

	if (status) {
		forget(&asked);
		return status;
	}
	node = call_manager_of(&asked);
	if (node) {
		snprintf(file, sizeof(file), "cucm/%s/rpc", node);
		client_path(&asked.lab, file, socket, sizeof(socket));
		told = cucm_service_control(socket, asked.name, verb, RPC_MS, &fail);
	}
	if (!told)
		printf("%s: %s, by %s\n", asked.name, verb, node);
	else if (told != -ENOENT)
		status = exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	else {
		json_decref(ask_rack(&asked, verb, &status));
		if (!status)
			printf("%s: %s, by hand: it is not registered\n", asked.name, verb);
	}
	forget(&asked);
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
				      .title = "have the call manager reset a phone: it boots again",
				      .least = 1,
				      .most = 1,
				      .run = run_reset};
const struct command command_restart = {
    .name = "restart",
    .synopsis = "PHONE",
    .title = "have the call manager restart a phone: it reads its files and registers again",
    .least = 1,
    .most = 1,
    .run = run_restart};
