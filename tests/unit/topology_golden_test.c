/*
 * Broken topologies and the exact text that a person reads for each: tests/golden/topology/NN-name.yaml and
 * .err. Every case must fail and report every error by file, line, column, key, value found and value expected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "phonelab/topology/topology.h"
#include "tests/support/golden.h"

#define FOLDER "tests/golden/topology"

static bool taken(const char *path, struct complaints *complaints)
{
	return topology_read(path, 0, complaints) != NULL;
}

static void every_case(void **state)
{
	(void)state;
	golden_refused(".", 40, taken);
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
