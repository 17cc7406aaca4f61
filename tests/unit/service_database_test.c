/* Queries on the publisher's database: what executeSQLQuery may read, and how much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "cucm-service/driver/database.h"
#include "cucm/config.h"
#include "tests/support/cucm_plan.h"

#define MOST (1u << 20)

static char path[64];
static struct sample_plan *sample;
static struct database *database;

static int begin(void **state)
{
	struct fail fail = {0};
	int fd;

	(void)state;
	strcpy(path, "/tmp/phonelab-service-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	sample = sample_plan_new("/run/phonelab", 3);
	sample->line[0].auth_password = "secret-word";
	if (config_database(&sample->plan, path, NULL, &fail) ||
	    config_database_number(path, "2999", "spare", &fail) || database_open(&database, path, &fail))
		fail_msg("%s", fail.text);
	return 0;
}

static int end(void **state)
{
	static const char *const parts[] = {"", "-wal", "-shm"};
	char file[80];

	(void)state;
	database_close(database);
	sample_plan_free(sample);
	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, parts[i]);
		unlink(file);
	}
	return 0;
}

/* The first column of the first row, in a buffer of this function. */
static const char *reads(const char *sql)
{
	static char text[100];
	struct fail fail = {0};
	json_t *rows = database_query(database, sql, MOST, &fail), *value;
	const char *key;

	if (!rows)
		fail_msg("%s: %s", sql, fail.text);
	*text = 0;
	json_object_foreach (json_array_get(rows, 0), key, value) {
		snprintf(text, sizeof(text), "%s", json_string_value(value));
		break;
	}
	json_decref(rows);
	return text;
}

static void rejects(const char *sql, int err)
{
	struct fail fail = {0};
	json_t *rows = database_query(database, sql, MOST, &fail);

	if (rows || !fail.err || (err && fail.err != err))
		fail_msg("%s: %d %s", sql, fail.err, fail.text);
	assert_null(strstr(fail.text, "secret"));
}

static void the_tables_of_cucm_are_read(void **state)
{
	(void)state;
	assert_string_equal(reads("select name from device order by name"), "SEP001122AABB01");
	assert_string_equal(reads("select count(*) from device"), "3");
	assert_string_equal(reads("select description from numplan where dnorpattern = '2999'"), "spare");
	assert_string_equal(
	    reads("select n.dnorpattern from device d join devicenumplanmap m on m.fkdevice = "
		  "d.pkid join numplan n on n.pkid = m.fknumplan join typemodel t on t.enum = "
		  "d.tkmodel join typeclass c on c.enum = d.tkclass join devicepool p on p.pkid "
		  "= d.fkdevicepool where d.name = 'SEP001122AABB02'"),
	    "2002");
	assert_string_equal(reads("select userid from enduser"), "SEP001122AABB01");
	assert_string_equal(reads("select count(*) from enduser"), "3");
	assert_string_equal(reads("select username from subscriber"), "SEP001122AABB01");
	assert_string_equal(reads("select paramvalue from processconfig"), "0");
	assert_string_equal(reads("with x as (select name n from device) select upper(n) from x order by n"),
			    "SEP001122AABB01");
}

static void credentials_and_tables_of_the_lab_are_not(void **state)
{
	(void)state;
	rejects("select password from subscriber", 0);
	rejects("select ha1 from main.subscriber", 0);
	rejects("select * from SUBSCRIBER", 0);
	rejects("select id from subscriber", 0);
	rejects("select name from device where exists (select 1 from subscriber where ha1 like 'a%')", 0);
	rejects("with x as (select password p from subscriber) select p from x", 0);
	rejects("select value from setting", 0);
	rejects("select count(*) from setting", 0);
	rejects("select name from arrival", 0);
	rejects("select count(*) from arrival", 0);
	rejects("select sql from sqlite_master", 0);
	rejects("select * from pragma_database_list", 0);
	rejects("pragma table_info(subscriber)", 0);
	rejects("attach '/etc/passwd' as x", 0);
	/* The table is as before. */
	assert_string_equal(reads("select count(*) from device"), "3");
}

static void a_value_is_limited(void **state)
{
	(void)state;
	assert_string_equal(reads("select length(zeroblob(8000000))"), "8000000");
	rejects("select length(zeroblob(9000000))", 0);
	rejects("select length(replace(hex(zeroblob(4000000)), '0', 'aaaa'))", 0);
	rejects("select hex(zeroblob(3000000))", -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_tables_of_cucm_are_read, begin, end),
	    cmocka_unit_test_setup_teardown(credentials_and_tables_of_the_lab_are_not, begin, end),
	    cmocka_unit_test_setup_teardown(a_value_is_limited, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
