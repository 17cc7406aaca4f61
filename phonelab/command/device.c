/* phonelab device: the device table of the call managers, as an administrator sees and changes it. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"

#define CALL_MS 20000
#define PACE_MS 25 /* between two devices of --all: a call manager does not reset its phones at one time */

/* One action of the command. */
struct device_command {
	const struct command_line *line;
	struct lab lab;
	const char *action;
};

/* Ask the lab; takes request, to which "do" and "action" are added. NULL with *status set and the reason printed. */
static json_t *ask(const struct device_command *command, json_t *request, int *status)
{
	struct fail fail = {0};
	json_t *reply;

	json_object_set_new(request, "do", json_string("device"));
	json_object_set_new(request, "action", json_string(command->action));
	reply = client_call(&command->lab, "lab.sock", request, CALL_MS, NULL, &fail);
	if (!reply) {
		bool usage = fail.err == -EINVAL || fail.err == -ENOENT || fail.err == -EEXIST ||
			     fail.err == -EOPNOTSUPP;

		*status = exit_complain(usage ? EXIT_USAGE : EXIT_DEFECT, "device %s: %s", command->action,
					fail.text);
	}
	return reply;
}

/* The reply without what is for programs that restore the lab. */
static void print_reply(json_t *reply)
{
	json_object_del(reply, "ok");
	json_object_del(reply, "before");
	command_print(json_incref(reply));
}

/* --- ls and show --- */

static const char *shown(const json_t *object, const char *key)
{
	return json_text_or(object, key, "-");
}

static int list(const struct device_command *command)
{
	json_t *reply, *devices, *device, *number;
	int status = EXIT_AS_ASKED;
	bool clusters;
	size_t i, j;

	reply = ask(command, json_object(), &status);
	devices = json_object_get(reply, "devices");
	clusters = *json_text(json_array_get(devices, 0), "cluster");
	if (reply && command_wants_json(command->line)) {
		print_reply(reply);
		devices = NULL;
	} else if (reply) {
		print_text("%-15s  %-5s  %-18s  %-15s  %-17s  %s%s\n", "NAME", "MODEL", "REGISTRATION",
			   "IPV4", "WITH", clusters ? "CLUSTER           " : "", "LINES");
	}
	json_array_foreach (devices, i, device) {
		print_text("%-15s  %-5s  %-18s  %-15s  %-17s  ", json_text(device, "name"),
			   json_text(device, "model"), json_text(device, "registration"),
			   shown(device, "ipv4"), shown(device, "registered_with"));
		if (clusters)
			print_text("%-16s  ", json_text(device, "cluster"));
		json_array_foreach (json_object_get(device, "lines"), j, number)
			print_text("%s%s", j ? ", " : "", json_string_value(number));
		print_text("\n");
	}
	json_decref(reply);
	return status;
}

static void print_time(const char *title, const json_t *entry)
{
	if (json_is_object(entry))
		print_text("%-20s %s, %s, reason %d (%s)\n", title, shown(entry, "at"),
			   json_text(entry, "node"), (int)json_int(entry, "code"), shown(entry, "reason"));
}

static void print_page(const json_t *page)
{
	static const char *const rows[][2] = {{"Model", "model"},
					      {"Description", "description"},
					      {"Cluster", "cluster"},
					      {"Registration", "registration"},
					      {"Registered with", "registered_with"},
					      {"IPv4 address", "ipv4"},
					      {"Active load", "active_load"},
					      {"Inactive load", "inactive_load"},
					      {"Download status", "download_status"},
					      {"Configured load", "load"},
					      {"User locale", "locale"},
					      {"Softkey template", "softkeys"}};
	const json_t *line, *node;
	size_t i;

	print_text("%s\n\n", json_text(page, "name"));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (json_object_get(page, rows[i][1]))
			print_text("%-20s %s\n", rows[i][0], shown(page, rows[i][1]));
	print_text("%-20s ", "Call manager group");
	json_array_foreach (json_object_get(page, "call_manager_group"), i, node)
		print_text("%s%s", i ? ", " : "", json_string_value(node));
	print_text("\n");
	json_array_foreach (json_object_get(page, "lines"), i, line)
		print_text("Line %-15zu %s \"%s\"%s\n", i + 1, json_text(line, "number"),
			   json_text(line, "label"),
			   json_is_true(json_object_get(line, "registered")) ? ", registered" : "");
	print_time("Last registered", json_object_get(page, "last_registered"));
	print_time("Last unregistered", json_object_get(page, "last_unregistered"));
	print_time("Last rejected", json_object_get(page, "last_rejected"));
}

static int show(const struct device_command *command)
{
	int status = EXIT_AS_ASKED;
	json_t *reply, *page;

	reply = ask(command, json_pack("{s:s}", "phone", command->line->word[1]), &status);
	page = json_object_get(reply, "device");
	if (page && command_wants_json(command->line))
		command_print(json_incref(page));
	else if (page)
		print_page(page);
	json_decref(reply);
	return status;
}

/* --- set, add, remove --- */

/* Lists are written with commas. */
static json_t *value_of(const char *key, const char *value)
{
	json_t *items;

	if (strcmp(key, "line") && strcmp(key, "call_manager_group"))
		return json_text_new(value);
	items = json_array();
	for (const char *end; *value; value = *end ? end + 1 : end) {
		end = value + strcspn(value, ",");
		json_array_append_new(items, json_stringn(value, (size_t)(end - value)));
	}
	return items;
}

/* The words KEY=VALUE from the third on, into set; `model` of `add` into request. 0, or an exit status with the reason
 * printed. */
static int read_settings(const struct device_command *command, json_t *request, json_t *set)
{
	const struct command_line *line = command->line;

	for (size_t i = 2; i < line->words; i++) {
		const char *equals = strchr(line->word[i], '=');
		char key[60];

		if (!equals || equals == line->word[i] || equals - line->word[i] >= (long)sizeof(key))
			return exit_complain(EXIT_USAGE,
					     "device %s: found \"%s\", expected KEY=VALUE such as line=2001",
					     command->action, line->word[i]);
		memcpy(key, line->word[i], (size_t)(equals - line->word[i]));
		key[equals - line->word[i]] = 0;
		if (json_object_get(set, key))
			return exit_complain(EXIT_USAGE, "device %s: %s is given twice", command->action,
					     key);
		if (!strcmp(key, "model") && !strcmp(command->action, "add"))
			json_object_set_new(request, key, json_text_new(equals + 1));
		else
			json_object_set_new(set, key, value_of(key, equals + 1));
	}
	return 0;
}

static int change(const struct device_command *command)
{
	const struct command_line *line = command->line;
	bool apply = !line->option[OPT_DEVICE_NO_APPLY].given, removes = !strcmp(command->action, "remove");
	json_t *set = json_object(), *reply;
	json_t *request = json_pack("{s:s,s:o,s:b}", "phone", line->word[1], "set", set, "apply", apply);
	const char *by;
	int status;

	if (!strcmp(command->action, "add"))
		json_object_set_new(request, "model", json_string("7841"));
	status = read_settings(command, request, set);
	if (status) {
		json_decref(request);
		return status;
	}
	reply = ask(command, request, &status);
	by = json_string_value(json_object_get(reply, "by"));
	removes = removes || json_is_false(json_object_get(reply, "provisioned"));
	if (reply && command_wants_json(line))
		print_reply(reply);
	else if (reply && !strcmp(command->action, "add"))
		print_text("%s: added with directory number %s\n", json_text(reply, "phone"),
			   json_text(reply, "number"));
	else if (reply)
		print_text("%s: %s; %s%s\n", json_text(reply, "phone"),
			   removes ? "removed" : "file and rows written",
			   by	   ? "notified by "
			   : apply ? "it is not registered"
				   : "it is not notified",
			   by ? by : "");
	json_decref(reply);
	return status;
}

/* --- apply, reset, restart --- */

static int control_all(const struct device_command *command)
{
	struct device_command ls = *command;
	json_t *reply, *device, *sent = json_array(), *missed = json_array();
	int status = EXIT_AS_ASKED;
	size_t i;

	ls.action = "ls";
	reply = ask(&ls, json_object(), &status);
	json_array_foreach (json_object_get(reply, "devices"), i, device) {
		json_t *name = json_object_get(device, "name"), *done;

		done = ask(command, json_pack("{s:O}", "phone", name), &status);
		if (done)
			json_array_append(json_is_string(json_object_get(done, "by")) ? sent : missed, name);
		json_decref(done);
		poll(NULL, 0, PACE_MS);
	}
	if (!status && json_array_size(missed))
		status = EXIT_ASSERTION;
	if (reply && command_wants_json(command->line))
		command_print(json_pack("{s:s,s:O,s:O}", "done", command->action, "notified", sent,
					"not_registered", missed));
	else if (reply)
		print_text("%s: %zu devices notified, %zu not registered\n", command->action,
			   json_array_size(sent), json_array_size(missed));
	json_decref(reply);
	json_decref(sent);
	json_decref(missed);
	return status;
}

static int control(const struct device_command *command)
{
	const struct command_line *line = command->line;
	int status = EXIT_AS_ASKED;
	const char *by;
	json_t *reply;

	reply = ask(command, json_pack("{s:s}", "phone", line->word[1]), &status);
	by = json_string_value(json_object_get(reply, "by"));
	if (reply && command_wants_json(line)) {
		print_reply(reply);
		status = by ? EXIT_AS_ASKED : EXIT_ASSERTION;
	} else if (by) {
		print_text("%s: %s, by %s\n", json_text(reply, "phone"), command->action, by);
	} else if (reply) {
		status = exit_complain(EXIT_ASSERTION, "device %s: %s is not registered", command->action,
				       json_text(reply, "phone"));
	}
	json_decref(reply);
	return status;
}

/* --- the command --- */

static const struct {
	const char *name, *usage;
	size_t least, most;
	int (*run)(const struct device_command *command);
} actions[] = {
    {"ls", "ls", 1, 1, list},
    {"show", "show PHONE", 2, 2, show},
    {"set", "set PHONE KEY=VALUE...", 3, COMMAND_WORDS, change},
    {"add", "add NAME [KEY=VALUE...]", 2, COMMAND_WORDS, change},
    {"remove", "remove PHONE", 2, 2, change},
    {"apply", "apply PHONE | --all", 2, 2, control},
    {"reset", "reset PHONE | --all", 2, 2, control},
    {"restart", "restart PHONE | --all", 2, 2, control},
};

int command_device(const struct command_line *line)
{
	struct device_command command = {.line = line, .action = line->word[0]};
	bool all = line->option[OPT_DEVICE_ALL].given;
	size_t i = 0;
	int status;

	while (i < sizeof(actions) / sizeof(actions[0]) && strcmp(actions[i].name, line->word[0]))
		i++;
	if (i == sizeof(actions) / sizeof(actions[0]))
		return exit_complain(EXIT_USAGE,
				     "device: unknown action \"%s\"; actions: ls, show, set, add, remove, "
				     "apply, reset, restart",
				     line->word[0]);
	if (all ? actions[i].run != control || line->words != 1
		: line->words < actions[i].least || line->words > actions[i].most)
		return exit_complain(EXIT_USAGE, "device %s: wrong arguments; usage: phonelab device %s",
				     line->word[0], actions[i].usage);
	status = client_choose(line->lab, &command.lab);
	if (status)
		return status;
	return all ? control_all(&command) : actions[i].run(&command);
}
