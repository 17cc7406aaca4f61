/* What is printed for a person cannot act on the terminal: base/print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/print.h"

static char printed[16384];

static int saved = -1, captured = -1;

/* Standard output goes to a file until end_capture, which reads it into `printed`. */
static void begin_capture(void)
{
	char path[] = "/tmp/phonelab-print-XXXXXX";

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	captured = mkstemp(path);
	assert_true(captured >= 0);
	unlink(path);
	dup2(captured, STDOUT_FILENO);
}

static void end_capture(void)
{
	ssize_t n;

	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	n = pread(captured, printed, sizeof(printed) - 1, 0);
	close(saved);
	close(captured);
	assert_true(n >= 0);
	printed[n] = 0;
}

static void test_text(void **state)
{
	(void)state;
	begin_capture();
	print_text("%s|%d\n", "a\033[31m\xc2\x9b\xe2\x80\xae\x7f\xff\tGr\xc3\xbc\xc3\x9f", 7);
	print_line("line\r");
	end_capture();
	assert_string_equal(printed,
			    "a\\x1b[31m\\u{9b}\\u{202e}\\x7f\\xff\tGr\xc3\xbc\xc3\x9f|7\nline\\x0d\n");
}

/* Longer than any buffer of a fixed size, and every byte grows. */
static void test_long_text(void **state)
{
	char value[3001];

	(void)state;
	memset(value, '\033', 3000);
	value[3000] = 0;
	begin_capture();
	print_text("%s", value);
	end_capture();
	assert_int_equal(strlen(printed), 4 * 3000);
}

static void test_json(void **state)
{
	json_t *value = json_pack("{s:s}", "a", "\033\xc2\x9b");

	(void)state;
	begin_capture();
	print_json(value, JSON_COMPACT);
	end_capture();
	assert_string_equal(printed, "{\"a\":\"\\u001B\\u009B\"}\n");
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_long_text),
	    cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
