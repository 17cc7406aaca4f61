/*
 * A compose project of a user, examples/compose-project, joined with the containers of a lab: Kea and nginx of the project stand
 * in the network of external nodes. Their logs, and the table of the call manager, are the witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PROJECT "cd examples/compose-project && COMPOSE_PROJECT_NAME=%s %s"

static void the_phones_register_by_the_servers_of_the_project(void **state)
{
	static const char *const numbers[] = {"4711", "4712"};
	json_t *status;
	char *log;

	(void)state;
	compose_need();
	/* The layers stay for the next run, as those of the lab do. */
	compose_run("for t in kea nginx; do docker build -q --target $t -t phonelab/example-$t:$(ci/tag) "
		    "examples/compose-project || exit 1; done");
	compose_run(PROJECT " up -d", now.a, now.command);
	status = compose_registered(now.a, 2, "cucm", 120);
	for (size_t i = 0; i < 2; i++) {
		json_t *phone = json_array_get(json_object_get(status, "phones"), i);

		assert_string_equal(member(phone, "directory_number"), numbers[i]);
	}
	json_decref(status);
	log = compose_sh(0, PROJECT " logs --no-color kea nginx", now.a, now.command);
	assert_int_equal(LINES_WITH(log, "00:11:22:aa:bb:01", "lease 10.110.0.21 has been allocated"), 1);
	assert_int_equal(LINES_WITH(log, "00:11:22:aa:bb:02", "has been allocated"), 1);
	assert_int_equal(LINES_WITH(log, "10.110.0.21 ", "GET /SEP001122AABB01.cnf.xml", "\" 200 "), 1);
	free(log);
}

static void nothing_is_left(void **state)
{
	char *left;

	(void)state;
	compose_need();
	compose_run(PROJECT " --profile tools down -v -t 3 --rmi local", now.a, now.command);
	left = compose_sh(0,
			  "for what in 'ps -aq' 'volume ls -q' 'network ls -q'; do docker $what --filter "
			  "label=com.docker.compose.project=%s; done",
			  now.a);
	assert_string_equal(left, "");
	free(left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_phones_register_by_the_servers_of_the_project),
	    cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests_name("a compose project of a user", tests, compose_begin, compose_end);
}
