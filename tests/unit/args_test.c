/* The command line: options, words, and the messages for wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "phonelab/command/command.h"

static int read_line(const struct command *command, struct command_line *line, struct fail *fail, int argc,
		     const char *const *words)
{
	char *argv[16];

	for (int i = 0; i < argc; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	argv[argc] = NULL;
	/* line.rest points into argv, which ends with this function: callers only compare it with NULL. */
	return command_parse(command, argc, argv, line, fail);
}

#define READ(command, ...)                                                                                   \
	read_line(command, &line, &fail, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),      \
		  (const char *[]){__VA_ARGS__})

static int run_sample(const struct command_line *line)
{
	return line ? 0 : 1;
}

static const struct command sample = {
    .name = "sample",
    .synopsis = "[-d] [--name LAB] [--phones N] WORD",
    .title = "A command like the others",
    .words = {1, 2},
    .options = {{"-d", "--detach", OPTION_FLAG, NULL, 0, 0, ""},
		{"--name", NULL, OPTION_TEXT, "LAB", 0, 0, ""},
		{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, ""}},
    .run = run_sample,
};
static const struct command raw = {
    .name = "raw", .synopsis = "WORD...", .title = "", .words = {1, 9}, .raw = true, .run = run_sample};

static void test_valid_lines(void **state)
{
	struct command_line line;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(READ(&sample, "-d", "--name", "one", "--phones=12", "file"), 0);
	assert_true(line.option[0].given);
	assert_string_equal(line.option[1].text, "one");
	assert_int_equal(line.option[2].number, 12);
	assert_string_equal(line.word[0], "file");
	assert_int_equal(READ(&sample, "a", "--detach", "b"), 0);
	assert_int_equal(line.words, 2);
	assert_true(line.option[0].given);
	assert_int_equal(READ(&sample, "a", "--", "-x", "--name"), 0);
	assert_non_null(line.rest);
	assert_false(line.option[1].given);
	assert_int_equal(READ(&raw, "sw1", "-x", "--name"), 0);
	assert_int_equal(line.words, 3);
	assert_int_equal(READ(&sample, "-"), 0);
}

static void test_invalid_lines(void **state)
{
	struct command_line line;
	struct fail fail = {0};

	(void)state;
	assert_int_not_equal(READ(&sample, "--phone", "3", "file"), 0);
	assert_string_equal(fail.text, "sample: unknown option \"--phone\"; did you mean \"--phones\"?");
	assert_int_not_equal(READ(&sample, "file", "--zzzzzzzzzz"), 0);
	assert_string_equal(fail.text, "sample: unknown option \"--zzzzzzzzzz\"; usage: phonelab sample "
				       "[-d] [--name LAB] [--phones N] WORD");
	assert_int_not_equal(READ(&sample, "file", "--phones", "0"), 0);
	assert_string_equal(fail.text, "sample: --phones needs a number from 1 to 4096, not \"0\"");
	assert_int_not_equal(READ(&sample, "file", "--phones", "4x"), 0);
	assert_int_not_equal(READ(&sample, "file", "--phones", ""), 0);
	assert_int_not_equal(READ(&sample, "file", "--name"), 0);
	assert_string_equal(fail.text, "sample: option --name needs a value: LAB");
	assert_int_not_equal(READ(&sample, "file", "-d", "-d"), 0);
	assert_string_equal(fail.text, "sample: option -d is given twice");
	assert_int_not_equal(READ(&sample, "--detach=yes", "file"), 0);
	assert_int_not_equal(READ(&sample, "-d"), 0);
	assert_string_equal(fail.text, "sample: missing argument; usage: phonelab sample [-d] [--name LAB] "
				       "[--phones N] WORD");
	assert_int_not_equal(READ(&sample, "a", "b", "c"), 0);
	assert_string_equal(
	    fail.text,
	    "sample: unexpected argument \"c\"; usage: phonelab sample [-d] [--name LAB] [--phones N] WORD");
}

/* Every command has a help text and a function, and its name is unique. */
static void test_table(void **state)
{
	size_t n = 0;

	(void)state;
	for (; commands[n].name; n++) {
		assert_non_null(commands[n].run);
		assert_true(strlen(commands[n].title) > 10);
		assert_non_null(commands[n].synopsis);
		assert_true(commands[n].words.least <= commands[n].words.most);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(commands[i].name, commands[n].name);
		for (size_t i = 0; commands[n].options[i].name; i++) {
			const struct command_option *option = &commands[n].options[i];

			assert_true(strlen(option->doc) > 5);
			assert_true((option->kind == OPTION_FLAG) == (option->value == NULL));
			assert_true(option->kind != OPTION_NUMBER || option->min < option->max);
		}
	}
	assert_true(n >= 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid_lines),
	    cmocka_unit_test(test_invalid_lines),
	    cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
