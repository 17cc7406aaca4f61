#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

static const char *clean(const char *text)
{
	static char out[256];

	return utf8_clean(text, out, sizeof(out));
}

static void test_lengths(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		uint32_t point;
	} valid[] = {
	    {"a", 1, 'a'},
	    {"\x7f", 1, 0x7f},
	    {"\xc2\x80", 2, 0x80},
	    {"\xdf\xbf", 2, 0x7ff},
	    {"\xe0\xa0\x80", 3, 0x800},
	    {"\xed\x9f\xbf", 3, 0xd7ff},
	    {"\xee\x80\x80", 3, 0xe000},
	    {"\xef\xbf\xbf", 3, 0xffff},
	    {"\xf0\x90\x80\x80", 4, 0x10000},
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};
	static const char *const invalid[] = {
	    "\x80",
	    "\xbf",
	    "\xc0\x80",
	    "\xc1\xbf",
	    "\xe0\x9f\xbf",
	    "\xed\xa0\x80",
	    "\xed\xbf\xbf",
	    "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80",
	    "\xf5\x80\x80\x80",
	    "\xff",
	    "\xc2"
	    "a",
	    "\xe2\x82"
	    "a",
	    "\xf0\x9f\x93"
	    "a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		assert_int_equal(utf8_length(valid[i].bytes, strlen(valid[i].bytes)), valid[i].length);
		assert_int_equal(utf8_code_point(valid[i].bytes, valid[i].length), valid[i].point);
		for (size_t cut = 0; cut < valid[i].length; cut++)
			assert_int_equal(utf8_length(valid[i].bytes, cut), 0);
	}
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_int_equal(utf8_length(invalid[i], strlen(invalid[i])), 0);
}

static void test_plain_text_is_unchanged(void **state)
{
	(void)state;
	assert_string_equal(clean(""), "");
	assert_string_equal(clean("a\tb\nc \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\x9e"),
			    "a\tb\nc \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\x9e");
}

static void test_control_characters(void **state)
{
	char bytes[3] = "", expected[16] = "\\x00";

	(void)state;
	for (int c = 1; c < 0x20; c++) {
		bytes[0] = (char)c;
		expected[2] = "0123456789abcdef"[c >> 4];
		expected[3] = "0123456789abcdef"[c & 15];
		assert_string_equal(clean(bytes), c == '\t' || c == '\n' ? bytes : expected);
	}
	assert_string_equal(clean("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
	/* C1: U+009B is an introducer of escape sequences of its own. */
	assert_string_equal(clean("\xc2\x9b"
				  "31m"),
			    "\\u{9b}31m");
	assert_string_equal(clean("\xc2\x80\xc2\x9f\xc2\xa0"), "\\u{80}\\u{9f}\xc2\xa0");
	/* The same as one byte of Latin-1 is not UTF-8. */
	assert_string_equal(clean("\x9b"
				  "31m"),
			    "\\x9b31m");
}

static void test_bidirectional_controls(void **state)
{
	(void)state;
	assert_string_equal(clean("a\xe2\x80\xae"
				  "b"),
			    "a\\u{202e}b");
	assert_string_equal(clean("\xe2\x81\xa6\xe2\x81\xa9"), "\\u{2066}\\u{2069}");
	assert_string_equal(clean("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"), "\\u{200e}\\u{200f}\\u{61c}");
	assert_string_equal(clean("\xe2\x80\xa8\xef\xbb\xbf"), "\\u{2028}\\u{feff}");
	/* Letters that are written from right to left stay. */
	assert_string_equal(clean("\xd7\x90"), "\xd7\x90");
}

static void test_invalid_bytes(void **state)
{
	(void)state;
	assert_string_equal(clean("\xc0\x9b\xff"), "\\xc0\\x9b\\xff");
	assert_string_equal(clean("\xe2\x82"), "\\xe2\\x82");
	assert_string_equal(clean("\xe2"
				  "a"),
			    "\\xe2"
			    "a");
	assert_string_equal(clean("\xe0\x82\x9b"), "\\xe0\\x82\\x9b"); /* an overlong U+009B */
}

/* With every size: never more bytes than that, and never a part of a character or of an escape. */
static void test_cut(void **state)
{
	static const char text[] = "a\xe2\x82\xac\x1b\xe2\x80\xaez";
	static const size_t ends[] = {0, 1, 4, 8, 16, 17}; /* after: nothing, a, euro, \x1b, \u{202e}, z */
	char out[32], one = '!';

	(void)state;
	for (size_t size = 1; size <= sizeof(out) - 1; size++) {
		size_t expected = 0;

		memset(out, '#', sizeof(out));
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			if (ends[i] < size)
				expected = ends[i];
		assert_ptr_equal(utf8_clean(text, out, size), out);
		assert_int_equal(strlen(out), expected);
		assert_int_equal(out[size], '#');
	}
	utf8_clean(text, &one, 0);
	assert_int_equal(one, '!');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_plain_text_is_unchanged),
	    cmocka_unit_test(test_control_characters),
	    cmocka_unit_test(test_bidirectional_controls),
	    cmocka_unit_test(test_invalid_bytes),
	    cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
