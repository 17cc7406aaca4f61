/* The synopsis of a command as a grammar: what may stand at each place. Completion is built on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "phonelab/command/command.h"
#include "phonelab/command/completion.h"
#include "phonelab/command/synopsis.h"

/* The terms as "ls show ID", a value in capitals. */
static const char *joined(const struct synopsis_terms *terms)
{
	static char text[400];

	*text = 0;
	for (size_t i = 0; i < terms->n; i++) {
		const struct synopsis_term *term = &terms->items[i];

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", term->text);
	}
	return text;
}

static void expects(const struct command *command, const char *const words[], size_t count, const char *terms)
{
	struct synopsis_terms next;

	synopsis_next(command, words, count, &next);
	assert_string_equal(joined(&next), terms);
}
#define EXPECTS(command, terms, ...)                                                                         \
	expects(command, (const char *const[]){__VA_ARGS__, NULL},                                           \
		sizeof((const char *const[]){__VA_ARGS__, NULL}) / sizeof(char *) - 1, terms)

static void alternatives_follow_their_words(void **state)
{
	static const struct command fault = {.name = "fault",
					     .synopsis = "ls | show ID|FILE | clear [NUMBER|ID|all] | page"};

	(void)state;
	expects(&fault, NULL, 0, "ls show clear page");
	EXPECTS(&fault, "ID FILE", "show");
	EXPECTS(&fault, "NUMBER ID all", "clear");
	EXPECTS(&fault, "", "ls");
	EXPECTS(&fault, "", "clear", "3");
	EXPECTS(&fault, "", "no-such-verb");
}

static void options_are_no_places(void **state)
{
	static const struct command lint = {.name = "lint",
					    .synopsis =
						"[--phone SEP[,SEP]] [--json | --github] DIR | --server URL",
					    .options = {{"--phone", "-p", OPTION_TEXT, "SEP[,SEP]", 0, 0, ""},
							{"--json", NULL, OPTION_FLAG, NULL, 0, 0, ""},
							{"--github", NULL, OPTION_FLAG, NULL, 0, 0, ""},
							{"--server", NULL, OPTION_TEXT, "URL", 0, 0, ""}}};
	static const struct command nic = {.name = "nic",
					   .synopsis = "SWITCH:PORT NIC [--yes] | --detach SWITCH:PORT",
					   .options = {{"--yes", NULL, OPTION_FLAG, NULL, 0, 0, ""},
						       {"--detach", NULL, OPTION_FLAG, NULL, 0, 0, ""}}};

	(void)state;
	expects(&lint, NULL, 0, "DIR");
	EXPECTS(&lint, "", "folder");
	expects(&nic, NULL, 0, "SWITCH:PORT");
	EXPECTS(&nic, "NIC", "sw1:Gi1/0/1");
}

static void the_last_place_may_repeat(void **state)
{
	static const struct command test = {.name = "test", .synopsis = "FILE... | --check FILE..."};
	static const struct command set = {.name = "device", .synopsis = "ls | set PHONE KEY=VALUE..."};

	(void)state;
	EXPECTS(&test, "FILE", "a", "b", "c");
	EXPECTS(&set, "PHONE", "set");
	EXPECTS(&set, "KEY=VALUE", "set", "2001", "label=x", "load=y");
	EXPECTS(&set, "", "ls", "2001");
}

static void what_stands_behind_two_dashes(void **state)
{
	static const struct command attach = {
	    .name = "attach",
	    .synopsis = "NODE [--container NAME | -- CMD...]",
	    .options = {{"--container", NULL, OPTION_TEXT, "NAME", 0, 0, ""}}};
	static const struct command mcp = {.name = "mcp", .synopsis = ""};
	struct synopsis_terms terms;

	(void)state;
	expects(&attach, NULL, 0, "NODE");
	EXPECTS(&attach, "", "tftp");
	synopsis_rest(&attach, &terms);
	assert_string_equal(joined(&terms), "CMD");
	expects(&mcp, NULL, 0, "");
	synopsis_rest(&mcp, &terms);
	assert_int_equal(terms.n, 0);
}

static void brackets_inside_a_word_stay(void **state)
{
	static const struct command capture = {.name = "capture",
					       .synopsis = "[-w FILE] [NODE|SWITCH[:PORT]]",
					       .options = {{"-w", NULL, OPTION_TEXT, "FILE", 0, 0, ""}}};

	(void)state;
	expects(&capture, NULL, 0, "NODE SWITCH[:PORT]");
}

/* --- the table of commands --- */

static void has_row(const struct command *command, const struct synopsis_terms *terms)
{
	struct text out = {0};
	char *words[] = {"", NULL};

	for (size_t i = 0; i < terms->n; i++) {
		struct completion completion = {
		    .command = command, .word = "", .before = "", .lab = "no lab", .all = words, .out = &out};

		if (!terms->items[i].literal && !completion_value(&completion, terms->items[i].text))
			fail_msg("phonelab %s: completion does not know the value \"%s\"; add a row to "
				 "phonelab/command/completion_values.c",
				 command->name, terms->items[i].text);
		completion_end(&completion);
	}
	text_free(&out);
}

/* At every place that words of the table lead to. */
static void walk(const struct command *command, const char *words[4], size_t count)
{
	struct synopsis_terms terms;

	synopsis_next(command, words, count, &terms);
	has_row(command, &terms);
	for (size_t i = 0; i < terms.n && count < 3; i++) {
		words[count] = terms.items[i].text;
		walk(command, words, count + 1);
	}
}

static void completion_knows_every_value(void **state)
{
	struct synopsis_terms terms;
	const char *words[4];

	(void)state;
	for (const struct command *command = commands; command->name; command++) {
		walk(command, words, 0);
		synopsis_rest(command, &terms);
		has_row(command, &terms);
		for (const struct command_option *option = command->options; option->name; option++) {
			terms.n = 0;
			if (option->kind != OPTION_FLAG)
				synopsis_split(option->value, &terms);
			has_row(command, &terms);
		}
	}
}

/* A name that comes from a file or from the wire cannot act on the shell, nor add a line. */
static void only_plain_words_are_offered(void **state)
{
	struct text out = {0};
	struct completion completion = {.word = "s", .before = "--node=", .out = &out};

	(void)state;
	completion_offer(&completion, "sw1:Gi1/0/1", "a\tswitch\nx\033[2J");
	completion_offer(&completion, "tftp", "does not begin with s");
	completion_offer(&completion, "s;reboot", NULL);
	completion_offer(&completion, "s$(reboot)", NULL);
	completion_offer(&completion, "s\nsw2", NULL);
	completion_offer(&completion, "s t", NULL);
	assert_string_equal(out.bytes, "--node=sw1:Gi1/0/1\ta switch x [2J\n");
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(alternatives_follow_their_words),
	    cmocka_unit_test(options_are_no_places),
	    cmocka_unit_test(the_last_place_may_repeat),
	    cmocka_unit_test(what_stands_behind_two_dashes),
	    cmocka_unit_test(brackets_inside_a_word_stay),
	    cmocka_unit_test(completion_knows_every_value),
	    cmocka_unit_test(only_plain_words_are_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
