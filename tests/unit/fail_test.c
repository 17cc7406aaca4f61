#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/fail.h"

static void test_set(void **state)
{
	struct fail fail = {0};

	(void)state;
	assert_int_equal(fail_set(&fail, -EINVAL, "port %s: found %d", "Gi1/0/1", 7), -EINVAL);
	assert_string_equal(fail.text, "port Gi1/0/1: found 7");
}

static void test_set_from_itself(void **state)
{
	struct fail fail = {0};

	(void)state;
	fail_set(&fail, -EIO, "inner");
	fail_set(&fail, -EIO, "outer (%s)", fail.text);
	assert_string_equal(fail.text, "outer (inner)");
}

static void test_prefix(void **state)
{
	struct fail fail = {0};

	(void)state;
	fail_set(&fail, -EPROTO, "100%% wrong");
	assert_int_equal(fail_prefix(&fail, -EIO, "%s:%d", "sw1.json", 3), -EIO);
	assert_string_equal(fail.text, "sw1.json:3: 100% wrong");
}

static void test_long_text_is_cut(void **state)
{
	char text[2000];
	struct fail fail = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	fail_set(&fail, -EINVAL, "%s", text);
	assert_int_equal(strlen(fail.text), sizeof(fail.text) - 1);
	fail_prefix(&fail, -EINVAL, "%s", text);
	assert_int_equal(strlen(fail.text), sizeof(fail.text) - 1);
	fail_set(&fail, -EINVAL, "short");
	fail_prefix(&fail, -EINVAL, "where");
	assert_string_equal(fail.text, "where: short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_set_from_itself),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
