/* `phonelab completion`: the scripts of the shells, and the words that they offer. */
#include "phonelab/command/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define SCRIPT(shell)                                                                                        \
	"completion_" shell ":\n .incbin \"phonelab/command/completion/phonelab." shell "\"\n .byte 0\n"
__asm__(".pushsection .rodata\n" SCRIPT("bash") SCRIPT("zsh") SCRIPT("fish") ".popsection\n");
/* clang-format on */

extern const char completion_bash[], completion_zsh[], completion_fish[];

/* --- what is offered --- */

/* May a shell insert the text as it is? Names of a lab may come from a file, from the wire, or from a machine. */
static bool is_plain(const char *text)
{
	const char *c = text;

	while (isalnum((unsigned char)*c) || (*c && strchr("-_.,:/@%+=#", *c)))
		c++;
	return *text && !*c;
}

void completion_offer(struct completion *completion, const char *text, const char *about)
{
	if (strncmp(text, completion->word, strlen(completion->word)) != 0 || !is_plain(text))
		return;
	text_add(completion->out, "%s%s\t", completion->before, text);
	for (const char *c = about ? about : ""; *c; c++)
		text_add(completion->out, "%c", iscntrl((unsigned char)*c) ? ' ' : *c);
	text_add(completion->out, "\n");
}

static void offer_terms(struct completion *completion, const struct synopsis_terms *terms)
{
	for (size_t i = 0; i < terms->n; i++) {
		if (terms->items[i].literal)
			completion_offer(completion, terms->items[i].text, NULL);
		else
			completion_value(completion, terms->items[i].text);
	}
}

/* Has one of the words already given the option? */
static bool is_given(const struct command_option *option, char *const *words)
{
	size_t length = strlen(option->name);

	for (; *words && words[1]; words++) /* the last one is being typed */
		if (!strcmp(*words, option->name) || (option->brief && !strcmp(*words, option->brief)) ||
		    (!strncmp(*words, option->name, length) && (*words)[length] == '='))
			return true;
	return false;
}

/* The first `most` options of the row, without those that are given already. */
static void offer_options(struct completion *completion, const struct command *command, size_t most)
{
	const struct command_option *option = command->options;

	for (; option->name && (size_t)(option - command->options) < most; option++) {
		if (is_given(option, completion->all))
			continue;
		completion_offer(completion, option->name, option->doc);
		if (option->brief)
			completion_offer(completion, option->brief, option->doc);
	}
}

static void offer_commands(struct completion *completion)
{
	for (size_t i = 0; commands[i].name; i++)
		completion_offer(completion, commands[i].name, commands[i].title);
	if (completion->command == &command_global)
		completion_offer(completion, command_help_row.name, command_help_row.title);
}

/* --- reading the line --- */

static const struct command_option *option_of(const struct command *command, const char *word, size_t length)
{
	for (const struct command_option *option = command->options; option->name; option++)
		if ((strlen(option->name) == length && !strncmp(option->name, word, length)) ||
		    (option->brief && strlen(option->brief) == length &&
		     !strncmp(option->brief, word, length)))
			return option;
	return NULL;
}

/* The option that the word names: of the command, or one of phonelab itself that may stand behind a command. */
static const struct command_option *find_option(const struct command *command, const char *word,
						size_t length)
{
	const struct command_option *option = option_of(command, word, length);

	if (option || command == &command_global)
		return option;
	option = option_of(&command_global, word, length);
	return option && option - command_global.options < COMMAND_GLOBAL_ANYWHERE ? option : NULL;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; commands[i].name; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return strcmp(name, command_help_row.name) ? NULL : &command_help_row;
}

/* Note the value of --lab. */
static void take_value(struct completion *completion, const struct command_option *option, const char *value)
{
	if (!strcmp(option->name, "--lab"))
		completion->lab = value;
}

/* The place of the last word: what the words before it have said. */
struct reading {
	const char *place[COMMAND_WORDS];
	const struct command_option *value_of; /* the word is the value of this option */
	bool rest;			       /* it stands behind "--" */
	size_t rest_at;			       /* the first word behind "--" */
	bool unknown;			       /* no such command */
};

/* Read one word before the last one. */
static void read_word(struct completion *completion, struct reading *reading, const char *word, size_t at)
{
	const char *equals = strchr(word, '=');
	const struct command_option *option;

	if (reading->value_of) {
		take_value(completion, reading->value_of, word);
		reading->value_of = NULL;
	} else if (reading->rest || reading->unknown) {
		return;
	} else if (!strcmp(word, "--")) {
		reading->rest = true;
		reading->rest_at = at + 1;
	} else if (*word == '-' && word[1] && !(completion->command->raw && completion->places)) {
		option =
		    find_option(completion->command, word, equals ? (size_t)(equals - word) : strlen(word));
		if (option && option->kind != OPTION_FLAG && equals)
			take_value(completion, option, equals + 1);
		else if (option && option->kind != OPTION_FLAG)
			reading->value_of = option;
	} else if (completion->command == &command_global) {
		completion->command = find_command(word);
		reading->unknown = !completion->command;
		if (reading->unknown)
			completion->command = &command_global;
	} else if (completion->places < COMMAND_WORDS) {
		reading->place[completion->places++] = word;
	}
}

static void offer_value(struct completion *completion, const struct command_option *option)
{
	struct synopsis_terms terms = {0};

	if (option->kind != OPTION_FLAG)
		synopsis_split(option->value, &terms);
	offer_terms(completion, &terms);
}

/* Offer what may stand in the place of the last word. */
static void offer(struct completion *completion, const struct reading *reading)
{
	const char *word = completion->word, *equals = strchr(word, '=');
	struct synopsis_terms terms = {0};
	const struct command_option *option;
	char before[80];

	if (reading->value_of) {
		offer_value(completion, reading->value_of);
	} else if (reading->rest) {
		synopsis_rest(completion->command, &terms);
		completion->command_at = reading->rest_at;
		offer_terms(completion, &terms);
	} else if (*word == '-' && !(completion->command->raw && completion->places)) {
		option = equals ? find_option(completion->command, word, (size_t)(equals - word)) : NULL;
		if (option) {
			snprintf(before, sizeof(before), "%s=", option->name);
			completion->before = before;
			completion->word = equals + 1;
			offer_value(completion, option);
			completion->before = "";
		} else if (!equals) {
			offer_options(completion, completion->command, COMMAND_OPTIONS);
			if (completion->command != &command_global)
				offer_options(completion, &command_global, COMMAND_GLOBAL_ANYWHERE);
		}
	} else if (!reading->unknown) {
		if (completion->command == &command_global || completion->command == &command_help_row)
			offer_commands(completion);
		else
			synopsis_next(completion->command, completion->place, completion->places, &terms);
		offer_terms(completion, &terms);
	}
}

/* Print what the shell adds, then one offered word per line, a tab and what it is. */
static int print_words(const struct command_line *line)
{
	static const char *const adds[] = {"nothing", "files", "folders", "command"};
	struct text out = {0};
	struct completion completion = {.command = &command_global,
					.word = "",
					.before = "",
					.lab = line->lab,
					.all = line->rest,
					.out = &out};
	struct reading reading = {0};
	size_t n = 0;
	char *words;

	completion.place = reading.place;
	while (line->rest[n])
		n++;
	for (size_t i = 0; i + 1 < n; i++)
		read_word(&completion, &reading, line->rest[i], i);
	if (n)
		completion.word = line->rest[n - 1];
	offer(&completion, &reading);
	completion_end(&completion);
	words = text_take(&out);
	if (!words)
		return EXIT_DEFECT;
	if (completion.add == COMPLETION_COMMAND)
		print_text("%s %zu\n", adds[completion.add], completion.command_at);
	else
		print_text("%s\n", adds[completion.add]);
	print_text("%s", words);
	free(words);
	return EXIT_AS_ASKED;
}

int command_completion(const struct command_line *line)
{
	static const struct {
		const char *shell, *script;
	} rows[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

	if (!strcmp(line->word[0], "words") && line->rest)
		return print_words(line);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(line->word[0], rows[i].shell)) {
			print_text("%s", rows[i].script);
			return EXIT_AS_ASKED;
		}
	return exit_complain(EXIT_USAGE, "completion: unknown shell \"%s\"; shells: bash, zsh, fish",
			     line->word[0]);
}
