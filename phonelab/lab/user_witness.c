#include "phonelab/lab/user_witness.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/lab/external.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/lab/user_command.h"

/* "sip:2001@pbx.example;transport=tcp" -> "2001" */
static void user_part(const char *word, size_t length, char *user, size_t size)
{
	snprintf(user, size, "%.*s", (int)length, word);
	if (!strncasecmp(user, "sip:", 4) || !strncasecmp(user, "sips:", 5)) {
		char *start = strchr(user, ':') + 1;

		memmove(user, start, strlen(start) + 1);
	}
	user[strcspn(user, "@;>")] = 0;
}

/* The number that the phone displays, that its call manager has bound, or its name. */
static bool is_phone(const json_t *phone, const char *user)
{
	const json_t *number;
	size_t i;

	if (!strcasecmp(json_text(phone, "name"), user) ||
	    !strcmp(json_text(phone, "directory_number"), user))
		return true;
	json_array_foreach (json_object_get(phone, "registered_lines"), i, number)
		if (!strcmp(json_string_value(number), user))
			return true;
	return false;
}

static void add_once(json_t *registered, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (registered, i, entry)
		if (!strcmp(json_string_value(entry), name))
			return;
	json_array_append_new(registered, json_string(name));
}

void user_witness_read(const char *output, const json_t *phones, json_t *registered)
{
	for (const char *line = output; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strspn(line, " \t\r<\"");
		size_t length = strcspn(word, " \t\r\n>\"");
		const json_t *phone;
		char user[120];
		bool found = false;
		size_t i;

		if (!length || *word == '#')
			continue;
		user_part(word, length, user, sizeof(user));
		json_array_foreach (phones, i, phone) {
			if (!is_phone(phone, user))
				continue;
			add_once(registered, json_text(phone, "name"));
			found = true;
		}
		if (!found)
			add_once(registered, user);
	}
}

int user_witness_ask(const struct status_source *source, size_t i, const json_t *phones, json_t *registered,
		     struct fail *fail)
{
	const struct topology_node *node = &source->topology->cluster.nodes.items[i];
	const struct topology_witness *witness = &node->registered;
	struct arena arena = {0};
	char name[64], interface[16];
	struct user_command command = {
	    .name = name,
	    .argv = user_command_arguments(&arena, witness->command.items, witness->command.n),
	    .directory = witness->directory,
	    .environment = user_command_variables(&arena, node->name, node->plug.address, NULL),
	    .netns = -1,
	    .timeout_ms = (int)witness->timeout * 1000};
	struct text output = {0};
	int plugged = -1, err;

	snprintf(name, sizeof(name), "%s: `registered.command`", node->name);
	/* The servers come before the call managers. */
	if (source->nodes)
		command.netns = plugged = external_node_netns(
		    source->topology, &source->nodes[source->topology->servers.n + i], interface);
	err = user_command_run(&command, &output, fail);
	if (plugged >= 0)
		close(plugged);
	if (!err && output.bytes)
		user_witness_read(output.bytes, phones, registered);
	text_free(&output);
	arena_free(&arena);
	return err;
}
