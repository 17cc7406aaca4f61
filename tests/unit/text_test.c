#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void test_an_empty_text(void **state)
{
	struct text text = {0};
	char *bytes = text_take(&text);

	(void)state;
	assert_string_equal(bytes, "");
	free(bytes);
	text_free(&text);
}

static void test_it_grows(void **state)
{
	struct text text = {0};
	char *bytes;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_add(&text, "%03d,", i);
	assert_false(text.failed);
	assert_int_equal(text.length, 4000);
	assert_true(text.room > text.length);
	bytes = text_take(&text);
	assert_int_equal(strlen(bytes), 4000);
	assert_memory_equal(bytes + 3996, "999,", 5);
	free(bytes);
	assert_int_equal(text.length, 0);
	assert_null(text.bytes);
}

/* The room is exactly used up: the NUL still needs its byte. */
static void test_every_length_around_the_room(void **state)
{
	char part[1025];

	(void)state;
	memset(part, 'x', sizeof(part));
	for (size_t length = 250; length < 1025; length++) {
		struct text text = {0};

		text_add_bytes(&text, part, length);
		assert_int_equal(strlen(text.bytes), length);
		text_add(&text, "%s", "yz");
		assert_int_equal(strlen(text.bytes), length + 2);
		text_free(&text);
	}
}

static void test_bytes_with_nul(void **state)
{
	struct text text = {0};

	(void)state;
	text_add_bytes(&text, "a\0b", 3);
	text_add(&text, "c");
	assert_int_equal(text.length, 4);
	assert_memory_equal(text.bytes, "a\0bc", 5);
	text_free(&text);
}

static void test_columns(void **state)
{
	struct text text = {0};

	(void)state;
	text_to_column(&text, 2);
	text_add(&text, "a");
	text_to_column(&text, 2);
	text_add(&text, "\nbc");
	text_to_column(&text, 5);
	text_add(&text, "d");
	assert_string_equal(text.bytes, "  a\nbc   d");
	text_free(&text);
}

/* An addition that no memory can hold fails, and so does everything after it. */
static void test_failure_is_sticky(void **state)
{
	struct text text = {0};

	(void)state;
	text_add(&text, "kept");
	text_add_bytes(&text, "x", SIZE_MAX - 2);
	assert_true(text.failed);
	text_add(&text, "more");
	text_to_column(&text, 80);
	assert_int_equal(text.length, 4);
	assert_null(text_take(&text));
	assert_false(text.failed);
	text_add(&text, "again");
	assert_string_equal(text.bytes, "again");
	text_free(&text);
}

static void test_ends_with(void **state)
{
	(void)state;
	assert_true(text_ends_with("floor1.panel", ".panel"));
	assert_true(text_ends_with(".panel", ".panel"));
	assert_true(text_ends_with("floor1", ""));
	assert_false(text_ends_with("panel", ".panel"));
	assert_false(text_ends_with("floor1.panel.new", ".panel"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_empty_text),
	    cmocka_unit_test(test_it_grows),
	    cmocka_unit_test(test_every_length_around_the_room),
	    cmocka_unit_test(test_bytes_with_nul),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_failure_is_sticky),
	    cmocka_unit_test(test_ends_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
