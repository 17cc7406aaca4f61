/* A class in containers: a compose project for each trainee. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

/* A class of one trainee whose lab is lab A of the group, because that has images and is taken down in any case. */
static char folder[300], file[400], bin[512];

static void write_class(void)
{
	char *dash = strrchr(now.a, '-');
	FILE *out;

	assert_non_null(dash);
	snprintf(file, sizeof(file), "%s/class.yaml", folder);
	out = fopen(file, "w");
	assert_non_null(out);
	fprintf(
	    out,
	    "name: %.*s\nexercise: quiet-day\nseed: 3\nruntime: compose\ncompose: %s/compose/compose.yaml\n"
	    "results: results.csv\ntrainees: [%s]\n",
	    (int)(dash - now.a), now.a, getcwd((char[400]){0}, 400), dash + 1);
	assert_int_equal(fclose(out), 0);
}

static void a_class_starts(void **state)
{
	char *text;

	(void)state;
	compose_need();
	snprintf(folder, sizeof(folder), "/tmp/phonelab-class-XXXXXX");
	assert_non_null(mkdtemp(folder));
	lab_bin("phonelab", bin);
	write_class();
	text = compose_sh(0, "%s exercise class %s", bin, file);
	assert_int_equal(LINES_WITH(text, "is ready"), 1);
	free(text);
	/* It does not start twice. */
	text = compose_sh(2, "%s exercise class %s 2>&1", bin, file);
	assert_non_null(strstr(text, "is running"));
	free(text);
	text = compose_sh(0, "%s exercise board %s", bin, file);
	assert_int_equal(LINES_WITH(text, "open", "quiet-day"), 1);
	free(text);
}

static void results_outlive_the_labs(void **state)
{
	char *text;

	(void)state;
	compose_need();
	compose_run("%s --lab %s exercise check --component none --cause nothing", bin, now.a);
	text = compose_sh(0, "%s exercise board %s --json", bin, file);
	assert_non_null(strstr(text, "\"points\": 100"));
	assert_non_null(strstr(text, "\"phase\": \"closed\""));
	free(text);
	compose_run("%s exercise class %s --down", bin, file);
	text = compose_sh(0, "%s exercise board %s --json", bin, file);
	assert_non_null(strstr(text, "\"points\": 100"));
	assert_non_null(strstr(text, "\"phase\": \"down\""));
	free(text);
	text = compose_sh(0,
			  "docker ps -aq --filter label=com.docker.compose.project=%s; "
			  "docker volume ls -q --filter label=com.docker.compose.project=%s",
			  now.a, now.a);
	assert_string_equal(text, "");
	free(text);
}

/* Ctrl-C while the project starts ends it. */
static void an_interrupted_start_leaves_nothing(void **state)
{
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(
	    -1,
	    "%s exercise class %s & p=$!; until docker ps -q --filter "
	    "label=com.docker.compose.project=%s | grep -q .; do sleep 0.1; done; kill -TERM $p; wait $p; "
	    "docker ps -aq --filter label=com.docker.compose.project=%s; "
	    "docker volume ls -q --filter label=com.docker.compose.project=%s",
	    bin, file, now.a, now.a, now.a);
	assert_string_equal(text, "");
	free(text);
	compose_run("rm -r %s", folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(a_class_starts),
						  cmocka_unit_test(results_outlive_the_labs),
						  cmocka_unit_test(an_interrupted_start_leaves_nothing)};

	return _cmocka_run_group_tests("compose: a class", tests, sizeof(tests) / sizeof(tests[0]),
				       compose_begin, compose_end);
}
