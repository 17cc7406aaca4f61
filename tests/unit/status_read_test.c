/* Reading the object of `status --json`: phones by every name that a user may give, and the open step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "phonelab/lab/status_read.h"
#include "phonelab/lab/user_witness.h"

static const char text[] =
    "{\"events_lost\":7,\"phones\":["
    "{\"name\":\"SEP001122AABB01\",\"state\":\"registered\",\"directory_number\":\"2001\",\"lines\":["
    "\"2001\"],"
    "\"steps\":[{\"n\":1,\"state\":\"done\"},{\"n\":2,\"state\":\"skipped\"}]},"
    "{\"name\":\"SEP001122AABB02\",\"state\":\"claims-registered\",\"directory_number\":null,"
    "\"lines\":[\"2002\",\"2003\"],\"steps\":[{\"n\":1,\"state\":\"done\"},{\"n\":2,\"state\":\"active\"},"
    "{\"n\":3,\"state\":\"pending\"}]},"
    "{\"name\":\"SEP001122AABB03\",\"state\":\"partly "
    "registered\",\"directory_number\":\"2004\",\"steps\":[]}]}";

static void test_find(void **state)
{
	static const char *const names[][2] = {{"SEP001122AABB01", "SEP001122AABB01"},
					       {"sep001122aabb02", "SEP001122AABB02"},
					       {"00:11:22:aa:bb:02", "SEP001122AABB02"},
					       {"0011.22aa.bb01", "SEP001122AABB01"},
					       {"2001", "SEP001122AABB01"},
					       {"2003", "SEP001122AABB02"}};
	json_t *status = json_loads(text, 0, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(status_read_find(status, names[i][0]), names[i][1]);
	assert_null(status_read_find(status, "2099"));
	assert_null(status_read_find(status, ""));
	assert_null(status_read_named(status, "phones", "2001"));
	assert_null(status_read_find(NULL, "2001"));
	json_decref(status);
}

static void test_steps(void **state)
{
	json_t *status = json_loads(text, 0, NULL);
	const json_t *first = status_read_named(status, "phones", "SEP001122AABB01");
	const json_t *second = status_read_named(status, "phones", "SEP001122AABB02");

	(void)state;
	assert_true(status_read_registered(first));
	assert_false(status_read_registered(second));
	assert_false(status_read_partly(first));
	assert_false(status_read_registered(status_read_named(status, "phones", "SEP001122AABB03")));
	assert_true(status_read_partly(status_read_named(status, "phones", "SEP001122AABB03")));
	assert_null(status_read_open_step(first));
	assert_int_equal(json_integer_value(json_object_get(status_read_open_step(second), "n")), 2);
	json_decref(status);
}

static void test_lost(void **state)
{
	json_t *status = json_loads(text, 0, NULL), *none = json_object();
	char line[160];

	(void)state;
	assert_true(status_read_lost(status, line));
	assert_string_equal(
	    line,
	    "7 events are missing in events.jsonl: too many per second, or the file or the disk is full");
	assert_false(status_read_lost(none, line));
	json_decref(none);
	json_decref(status);
}

static void test_witness_output(void **state)
{
	static const struct {
		const char *output, *registered;
	} rows[] = {
	    {"", "[]"},
	    {"2001\n", "[\"SEP001122AABB01\"]"},
	    {"2001", "[\"SEP001122AABB01\"]"},
	    {"# all\r\n\r\n sip:2001@pbx.example;transport=tcp 120 s\r\n<sips:2003@10.0.0.1>\n",
	     "[\"SEP001122AABB01\",\"2003\"]"},
	    {"sep001122aabb02\n\"2001\" <sip:9@x>\nsip:2001@a\n",
	     "[\"SEP001122AABB02\",\"SEP001122AABB01\"]"},
	    {"alice@pbx\nalice@pbx\n", "[\"alice\"]"},
	};
	json_t *phones =
	    json_loads("[{\"name\":\"SEP001122AABB01\",\"directory_number\":\"2001\"},"
		       "{\"name\":\"SEP001122AABB02\",\"directory_number\":null,\"lines\":[\"2003\"]}]",
		       0, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *registered = json_array();
		char *got;

		user_witness_read(rows[i].output, phones, registered);
		got = json_dumps(registered, JSON_COMPACT);
		assert_string_equal(got, rows[i].registered);
		free(got);
		json_decref(registered);
	}
	json_decref(phones);
}

/* Without a witness there is only the word of the phone; with one that does not list it, a claim stays a claim. */
static void test_by_word(void **state)
{
	json_t *word = json_loads("{\"state\":\"claims-registered\",\"witness\":false}", 0, NULL);
	json_t *claim = json_loads("{\"state\":\"claims-registered\"}", 0, NULL);

	(void)state;
	assert_true(status_read_by_word(word));
	assert_false(status_read_by_word(claim));
	assert_false(status_read_registered(word));
	json_decref(word);
	json_decref(claim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_witness_output), cmocka_unit_test(test_by_word),
	    cmocka_unit_test(test_find),	   cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
