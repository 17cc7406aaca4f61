/*
 * Broken topologies and the exact text that a person reads for each: tests/golden/topology/NN-name.yaml and
 * .err. Every case must fail, and say all that is wrong with it, by file, line, column, key, found, expected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/topology.h"

#define FOLDER "tests/golden/topology"

static char *read_all(const char *path)
{
	char *text = NULL;
	size_t room = 0;
	FILE *in = fopen(path, "re");

	if (!in)
		fail_msg("%s: cannot be opened", path);
	if (getdelim(&text, &room, 0, in) < 0)
		fail_msg("%s: is empty", path);
	fclose(in);
	return text;
}

static void every_case(void **state)
{
	glob_t found;
	size_t wrong = 0;

	(void)state;
	assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 40);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct complaints complaints = {0};
		struct topology *topology = topology_read(found.gl_pathv[i], 0, &complaints);
		char path[512], *want, *got;

		if (topology)
			fail_msg("%s: taken as valid", found.gl_pathv[i]);
		snprintf(path, sizeof(path), "%.*s.err", (int)strlen(found.gl_pathv[i]) - 5,
			 found.gl_pathv[i]);
		want = read_all(path);
		got = complaints_text(&complaints);
		if (strcmp(want, got)) {
			print_error("%s: expected\n%sbut it says\n%s", found.gl_pathv[i], want, got);
			wrong++;
		}
		free(want);
		free(got);
	}
	globfree(&found);
	assert_int_equal(wrong, 0);
}

static void a_missing_file(void **state)
{
	struct complaints complaints = {0};
	char *text;

	(void)state;
	assert_null(topology_read("no-such.yaml", 0, &complaints));
	text = complaints_text(&complaints);
	assert_string_equal(text, "no-such.yaml: cannot be read: No such file or directory\n");
	free(text);
}

static void a_directory(void **state)
{
	struct complaints complaints = {0};
	char *text;

	(void)state;
	assert_null(topology_read(".", 0, &complaints));
	text = complaints_text(&complaints);
	assert_string_equal(text, ".: found a directory, expected a file\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case),
	    cmocka_unit_test(a_missing_file),
	    cmocka_unit_test(a_directory),
	};

	if (chdir(FOLDER)) {
		fputs("topology_golden_test: " FOLDER " is not here: run it from the top of the tree\n",
		      stderr);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
