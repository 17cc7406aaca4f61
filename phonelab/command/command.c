#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

static int find_option(const struct command *command, const char *word, size_t length)
{
	for (int i = 0; command->options[i].name; i++) {
		const struct command_option *option = &command->options[i];

		if (strlen(option->name) == length && !strncmp(option->name, word, length))
			return i;
		if (option->brief && strlen(option->brief) == length && !strncmp(option->brief, word, length))
			return i;
	}
	return -ENOENT;
}

static int unknown_option(const struct command *command, const char *word, struct fail *fail)
{
	struct nearest nearest = nearest_to(word);

	for (int i = 0; command->options[i].name; i++)
		nearest_offer(&nearest, command->options[i].name);
	if (nearest.best)
		return fail_set(fail, -EINVAL, "%s: unknown option \"%s\"; did you mean \"%s\"?",
				command->name, word, nearest.best);
	return fail_set(fail, -EINVAL, "%s: unknown option \"%s\"; usage: phonelab %s %s", command->name,
			word, command->name, command->synopsis);
}

static int take_value(const struct command *command, int i, const char *text, struct command_line *line,
		      struct fail *fail)
{
	const struct command_option *option = &command->options[i];
	char *end;

	line->option[i].given = true;
	line->option[i].text = text;
	if (option->kind == OPTION_LIST) {
		if (line->listed_n == COMMAND_LISTED)
			return fail_set(fail, -EINVAL, "%s: option %s is given more than %d times",
					command->name, option->name, COMMAND_LISTED);
		line->listed[line->listed_n++] = text;
	}
	if (option->kind != OPTION_NUMBER)
		return 0;
	errno = 0;
	line->option[i].number = strtol(text, &end, 10);
	if (errno || !*text || *end || line->option[i].number < option->min ||
	    line->option[i].number > option->max)
		return fail_set(fail, -EINVAL, "%s: %s needs a number from %ld to %ld, not \"%s\"",
				command->name, option->name, option->min, option->max, text);
	return 0;
}

/* Read the option at argv[*at]. If its value is an argument of its own, *at moves to that. */
static int take_option(const struct command *command, int argc, char **argv, int *at,
		       struct command_line *line, struct fail *fail)
{
	const char *word = argv[*at], *equals = word[1] == '-' ? strchr(word, '=') : NULL;
	int i = find_option(command, word, equals ? (size_t)(equals - word) : strlen(word));

	if (i < 0)
		return unknown_option(command, word, fail);
	if (line->option[i].given && command->options[i].kind != OPTION_LIST)
		return fail_set(fail, -EINVAL, "%s: option %s is given twice", command->name,
				command->options[i].name);
	if (command->options[i].kind == OPTION_FLAG) {
		if (equals)
			return fail_set(fail, -EINVAL, "%s: option %s takes no value", command->name,
					command->options[i].name);
		line->option[i].given = true;
		return 0;
	}
	if (equals)
		return take_value(command, i, equals + 1, line, fail);
	if (*at + 1 >= argc)
		return fail_set(fail, -EINVAL, "%s: option %s needs a value: %s", command->name,
				command->options[i].name, command->options[i].value);
	return take_value(command, i, argv[++*at], line, fail);
}

int command_parse(const struct command *command, int argc, char **argv, struct command_line *line,
		  struct fail *fail)
{
	memset(line, 0, sizeof(*line));
	line->command = command;
	for (int at = 0; at < argc; at++) {
		const char *word = argv[at];

		if (!strcmp(word, "--")) {
			line->rest = &argv[at + 1];
			break;
		}
		if (word[0] == '-' && word[1] && !(command->raw && line->words)) {
			int err = take_option(command, argc, argv, &at, line, fail);

			if (err)
				return err;
			continue;
		}
		if (line->words >= COMMAND_WORDS - 1 || line->words >= command->words.most)
			return fail_set(fail, -EINVAL,
					"%s: unexpected argument \"%s\"; usage: phonelab %s%s%s",
					command->name, word, command->name, *command->synopsis ? " " : "",
					command->synopsis);
		line->word[line->words++] = word;
	}
	if (line->words < command->words.least)
		return fail_set(fail, -EINVAL, "%s: missing argument; usage: phonelab %s %s", command->name,
				command->name, command->synopsis);
	return 0;
}

void command_help(const struct command *command)
{
	print_text("phonelab %s%s%s\n\n%s\n", command->name, *command->synopsis ? " " : "", command->synopsis,
		   command->title);
	if (command->help)
		print_text("\n%s", command->help);
	for (size_t i = 0; command->options[i].name; i++) {
		const struct command_option *option = &command->options[i];
		char left[64];

		snprintf(left, sizeof(left), "%s%s%s%s%s", option->brief ? option->brief : "",
			 option->brief ? ", " : "", option->name, option->value ? " " : "",
			 option->value ? option->value : "");
		print_text("%s  %-24s %s\n", i ? "" : "\n", left, option->doc);
	}
}

bool command_wants_json(const struct command_line *line)
{
	for (int i = 0; line->command->options[i].name; i++)
		if (!strcmp(line->command->options[i].name, "--json"))
			return line->option[i].given;
	return false;
}

int command_print(json_t *object)
{
	if (!object)
		return EXIT_DEFECT;
	print_json(object, JSON_INDENT(2));
	json_decref(object);
	return EXIT_AS_ASKED;
}
