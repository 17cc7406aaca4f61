#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/markup.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

/* The format and its arguments give this markup. */
#define assert_markup(expected, ...)                                                                         \
	do {                                                                                                 \
		struct text out = {0};                                                                       \
		markup_add(&out, __VA_ARGS__);                                                               \
		assert_false(out.failed);                                                                    \
		assert_string_equal(out.bytes, expected);                                                    \
		text_free(&out);                                                                             \
	} while (0)

static void test_the_format_is_markup_and_values_are_not(void **state)
{
	struct text text = {0};

	(void)state;
	assert_markup("<a href=\"&amp;&lt;&gt;&quot;&apos;\">100%</a>", "<a href=\"%s\">%d%%</a>", "&<>\"'",
		      100);
	assert_markup("&lt;/td&gt;&lt;", "%s%c", "</td>", '<');
	markup_add_value(&text, NULL);
	markup_add_value(&text, "a<b");
	assert_string_equal(text.bytes, "a&lt;b");
	text_free(&text);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_markup("-1 4294967295 ff FF 17", "%d %u %x %X %o", -1, 4294967295u, 255, 255, 15);
	assert_markup("-5000000000 18446744073709551615", "%ld %llu", -5000000000L, 18446744073709551615ull);
	assert_markup("18446744073709551615 007 +7", "%zu %03d %+d", (size_t)-1, 7, 7);
	assert_markup("1.50 1e+06 2.5e+00", "%.2f %g %.1e", 1.5, 1e6, 2.5);
	assert_markup("   42|42   ", "%*d|%-*d", 5, 42, 5, 42);
}

static void test_precision_and_width(void **state)
{
	static const char slice[3] = {'a', '<', 'b'}; /* no NUL */

	(void)state;
	assert_markup("a&lt;b", "%.*s", 3, slice);
	assert_markup("[]", "[%.*s]", 0, slice);
	assert_markup("all", "%.*s", -1, "all");
	assert_markup("ab", "%.2s", "abc");
	assert_markup("[  &lt;][&lt;  ]", "[%3s][%-3s]", "<", "<");
	assert_markup("[&lt;  ]", "[%*s]", -3, "<");
}

static void test_invalid_utf8(void **state)
{
	(void)state;
	assert_markup("h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x93\x9e", "%s",
		      "h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x93\x9e");
	assert_markup(BAD "<", "%s<", "\xff");
	assert_markup(BAD BAD "a", "%s",
		      "\xc0\xbc"
		      "a");				  /* overlong < */
	assert_markup(BAD BAD BAD, "%s", "\xed\xa0\x80"); /* a surrogate */
	assert_markup(BAD BAD "\"", "%s\"", "\xe2\x82");  /* cut off */
	assert_markup(BAD, "%.*s", 1, "\xc3\xa9");
}

static void test_characters_that_xml_forbids(void **state)
{
	char bytes[2] = "";

	(void)state;
	for (int c = 1; c < 0x20; c++) {
		bytes[0] = (char)c;
		if (c == '\t' || c == '\n' || c == '\r')
			assert_markup(bytes, "%s", bytes);
		else
			assert_markup(BAD, "%s", bytes);
	}
	assert_markup("\x7f", "%s", "\x7f");
	assert_markup(BAD BAD, "%s", "\xef\xbf\xbe\xef\xbf\xbf"); /* U+FFFE, U+FFFF */
	assert_markup("\xef\xbf\xbc", "%s", "\xef\xbf\xbc");
}

static void test_failure_is_sticky(void **state)
{
	struct text text = {.failed = true};

	(void)state;
	markup_add(&text, "<%s %5s %d>", "a", "b", 1);
	markup_add_value(&text, "c");
	assert_true(text.failed);
	assert_int_equal(text.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_format_is_markup_and_values_are_not),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_precision_and_width),
	    cmocka_unit_test(test_invalid_utf8),
	    cmocka_unit_test(test_characters_that_xml_forbids),
	    cmocka_unit_test(test_failure_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
