/* Kamailio checks its configuration file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "cucm/cucm.h"
#include "cucm/config.h"
#include "tests/support/cucm_bench.h"
#include "tests/support/sandbox.h"

static int bench_begin(void **state)
{
	struct cucm_bench *bench;

	cucm_bench_begin(state, 4, true);
	bench = *state;
	bench->sample->plan.load_count = 0;
	return 0;
}

/* Render, and run "kamailio -c" on the node's file: returns its exit status; text receives its output. */
static int check(struct cucm_bench *bench, const char *node, char *text, size_t size)
{
	struct cucm_command *commands;
	size_t count;
	char file[160], folder[128];
	const char *argv[] = {NULL, "-c", "-f", file, "-Y", folder, NULL};
	int status = -1;

	cucm_bench_render(bench);
	snprintf(folder, sizeof(folder), "%s/cucm/%s", bench->directory, node);
	snprintf(file, sizeof(file), "%s/kamailio.cfg", folder);
	assert_int_equal(cucm_command_lines(&bench->sample->plan, &commands, &count, &bench->fail), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(commands[i].name, node))
			argv[0] = commands[i].argv[0];
	assert_non_null(argv[0]);
	status = sandbox_command(-1, 20000, text, size, argv);
	cucm_commands_free(commands, count);
	return status;
}

static void accepted(struct cucm_bench *bench, const char *node)
{
	char text[8192];

	if (check(bench, node, text, sizeof(text)) || !strstr(text, "config file ok"))
		fail_msg("%s", text);
	if (strstr(text, "ERROR") || strstr(text, "WARNING"))
		fail_msg("%s", text);
}

static void test_both_nodes(void **state)
{
	accepted(*state, "cucm-pub");
	accepted(*state, "cucm-sub");
}

static void test_digest(void **state)
{
	struct cucm_bench *bench = *state;

	bench->sample->plan.digest = true;
	accepted(bench, "cucm-pub");
}

static void test_many_phones(void **state)
{
	struct cucm_bench *bench = *state;

	bench->sample->plan.phones = 1000;
	accepted(bench, "cucm-pub");
}

static void test_expiry(void **state)
{
	struct cucm_bench *bench = *state;

	bench->sample->plan.expires_max_s = 3;
	bench->sample->plan.expires_min_s = 2;
	accepted(bench, "cucm-pub");
}

/* The check works: an invalid template is refused. */
static void test_broken_is_refused(void **state)
{
	struct cucm_bench *bench = *state;
	char text[8192], path[128];
	const char *argv[] = {"/usr/sbin/kamailio", "-c", "-f", path, NULL};
	FILE *file;

	accepted(bench, "cucm-pub");
	snprintf(path, sizeof(path), "%s/cucm/cucm-pub/kamailio.cfg", bench->directory);
	file = fopen(path, "ae");
	assert_non_null(file);
	fputs("route[BROKEN] { no_such_function(); }\n", file);
	fclose(file);
	assert_int_not_equal(sandbox_command(-1, 20000, text, sizeof(text), argv), 0);
}

static void test_template_is_embedded(void **state)
{
	size_t size;
	const char *template = kamailio_template(&size);

	(void)state;
	assert_true(size > 4096);
	assert_memory_equal(template, "# The call manager", 18);
	assert_int_equal(template[size - 1], '\n');
}

static int rows(struct cucm_bench *bench, const char *sql)
{
	char path[128];
	sqlite3 *database;
	sqlite3_stmt *statement;
	int value;

	snprintf(path, sizeof(path), "%s/cucm/cucm-sub/cucm.sqlite", bench->directory);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return value;
}

static void test_database_follows_the_plan(void **state)
{
	struct cucm_bench *bench = *state;
	struct cucm_device *device = &bench->sample->device[0];

	assert_int_equal(cucm_render(&bench->sample->plan, bench->directory, &bench->fail), 0);
	assert_int_equal(rows(bench, "select count(*) from device"), 4);
	assert_int_equal(rows(bench, "select count(*) from line"), 4);
	assert_int_equal(rows(bench, "select count(*) from subscriber"), 4);
	assert_int_equal(rows(bench, "select model from device where name = 'SEP001122AABB01'"), 622);
	device->absent = true;
	assert_int_equal(
	    cucm_write_device_database(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	assert_int_equal(rows(bench, "select count(*) from device"), 3);
	assert_int_equal(rows(bench, "select count(*) from line where number = '2001'"), 0);
	assert_int_equal(rows(bench, "select count(*) from subscriber"), 3);
	device->absent = false;
	assert_int_equal(
	    cucm_write_device_database(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	assert_int_equal(rows(bench, "select count(*) from device"), 4);
	device->not_in_nodes = true;
	assert_int_equal(cucm_render(&bench->sample->plan, bench->directory, &bench->fail), 0);
	assert_int_equal(rows(bench, "select count(*) from device"), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, cucm_bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(test_both_nodes),
	    TEST(test_digest),
	    TEST(test_many_phones),
	    TEST(test_expiry),
	    TEST(test_broken_is_refused),
	    TEST(test_template_is_embedded),
	    TEST(test_database_follows_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, cucm_bench_over);
}
