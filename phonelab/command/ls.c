#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/lab/ended.h"

/* "office ended 14:02: rack was killed by signal 9 (Killed)" */
static void print_ended(void *arg, const char *lab, time_t when, const char *reason)
{
	char time[16] = "";
	struct tm tm;

	(void)arg;
	if (localtime_r(&when, &tm))
		strftime(time, sizeof(time), "%H:%M", &tm);
	print_text("%s ended %s: %s\n", lab, time, reason);
}

static void add_ended(void *arg, const char *lab, time_t when, const char *reason)
{
	json_array_append_new(arg, json_pack("{s:s,s:I,s:o}", "lab", lab, "ended", (json_int_t)when, "reason",
					     json_text_new(reason)));
}

static json_t *lab_object(const struct lab *lab)
{
	bool compose = *lab->container;

	if (compose)
		return json_pack("{s:s,s:s,s:s}", "lab", lab->name, "state", "compose", "topology",
				 lab->topology);
	return json_pack("{s:s,s:s,s:s,s:I,s:I}", "lab", lab->name, "state", lab->up ? "up" : "starting",
			 "topology", lab->topology, "phones", (json_int_t)lab->phones, "since",
			 (json_int_t)lab->since);
}

static int print_object(const struct lab *list, size_t count)
{
	json_t *labs = json_array(), *ended = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(labs, lab_object(&list[i]));
	ended_each(add_ended, ended);
	return command_print(json_pack("{s:o,s:o}", "labs", labs, "ended", ended));
}

int command_ls(const struct command_line *line)
{
	struct lab *list;
	struct fail fail = {0};
	size_t count;

	if (client_labs(&list, &count, &fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	containers_labs(&list, &count);
	if (command_wants_json(line)) {
		int status = print_object(list, count);

		free(list);
		return status;
	}
	if (count)
		print_text("%-20s %-9s %7s %9s  %s\n", "LAB", "STATE", "PHONES", "SINCE", "TOPOLOGY");
	for (size_t i = 0; i < count; i++) {
		struct tm tm;
		char since[16] = "";

		if (*list[i].container) {
			print_text("%-20s %-9s %7s %9s  %s\n", list[i].name, "compose", "-", "-",
				   list[i].topology);
			continue;
		}
		if (localtime_r(&list[i].since, &tm))
			strftime(since, sizeof(since), "%H:%M:%S", &tm);
		print_text("%-20s %-9s %7ld %9s  %s\n", list[i].name, list[i].up ? "up" : "starting",
			   list[i].phones, since, list[i].topology);
	}
	free(list);
	ended_each(print_ended, NULL);
	return EXIT_AS_ASKED;
}

int command_down(const struct command_line *line)
{
	const char *name = line->words ? line->word[0] : line->lab;
	struct lab lab;
	struct fail fail = {0};
	int status;

	if (client_find(name, &lab, &fail) == -ENOENT && !containers_find(name, &lab))
		return exit_complain(
		    EXIT_USAGE, "%s is a lab of containers; end it with: " CLIENT_COMPOSE " -p %s down -v",
		    lab.name, lab.name);
	status = client_choose(name, &lab);
	if (status)
		return status;
	if (client_down(lab.name, 30000, &fail))
		return exit_complain(EXIT_DEFECT, "%s", fail.text);
	if (command_wants_json(line))
		return command_print(json_pack("{s:s,s:s}", "lab", lab.name, "state", "down"));
	print_text("lab %s is down\n", lab.name);
	return EXIT_AS_ASKED;
}
