/* Names in braces, and FILE#ID. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/document/braces.h"
#include "phonelab/document/file_id.h"

static void test_names(void **state)
{
	static const char *const plain[] = {"",	     "abc",  "x{8}",  "x{1,3}", "{\"drop\":{}}", "{}",	"{a",
					    "{a b}", "{8a}", "{a-b}", "}a{",	"{{8}}",	 "{é}", NULL};
	struct braces_name found;

	(void)state;
	for (const char *const *text = plain; *text; text++)
		if (braces_next(*text, &found))
			fail_msg("\"%s\" contains a name", *text);
	assert_true(braces_next("x{8}{ab_1}y", &found));
	assert_int_equal(found.length, 4);
	assert_memory_equal(found.name, "ab_1", 4);
	assert_string_equal(found.open, "{ab_1}y");
	assert_string_equal(found.after, "y");
	assert_true(braces_next("{{a}}", &found));
	assert_string_equal(found.open, "{a}}");
	assert_true(braces_next("{_}", &found) && braces_next("{A9}", &found));
}

static const char *value(const void *arg, const char *name, size_t length)
{
	return length == 1 && *name == 'a' ? arg : NULL;
}

static void test_expansion(void **state)
{
	struct text out = {0};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(braces_expand("{a}-{8}-{a}{", value, "{a}", &out, &fail), 0);
	assert_string_equal(out.bytes, "{a}-{8}-{a}{");
	assert_int_equal(braces_expand("", value, "", &out, &fail), 0);
	text_free(&out);
	assert_int_equal(braces_expand("{a}{fone}", value, "1", &out, &fail), -EINVAL);
	assert_string_equal(fail.text, "unknown name {fone}");
	text_free(&out);
}

static size_t complaints_about(const char *pattern)
{
	struct complaints complaints = {0};

	braces_check_regex(&complaints, NULL, "match", pattern);
	return complaints.n;
}

static void test_regular_expressions(void **state)
{
	char longer[3000];

	(void)state;
	assert_int_equal(complaints_about(NULL), 0);
	assert_int_equal(complaints_about("^{phone}[0-9]{8}$"), 0);
	assert_int_equal(complaints_about("("), 1);
	assert_int_equal(complaints_about("{8}{phone"), 1);
	/* The whole expression is checked, however long it is. */
	memset(longer, 'a', sizeof(longer));
	memcpy(longer + sizeof(longer) - 2, "(", 2);
	assert_int_equal(complaints_about(longer), 1);
}

static void test_file_and_id(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(file_id_is_file("a.yaml") && file_id_is_file("a.yml#b") && file_id_is_file("/dev/stdin"));
	assert_false(file_id_is_file("dhcp-no-option-150"));
	assert_null(file_id_split("a.yaml", path));
	assert_string_equal(path, "a.yaml");
	assert_string_equal(file_id_split("a#1/b.yaml#two", path), "two");
	assert_string_equal(path, "a#1/b.yaml");
	assert_string_equal(file_id_split("b.yaml#", path), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_expansion),
	    cmocka_unit_test(test_regular_expressions),
	    cmocka_unit_test(test_file_and_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
