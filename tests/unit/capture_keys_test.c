/* The key log in a capture: lines that are written whole, and those that were there before are left out. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "phonelab/lab/capture_keys.h"
#include "wire/cursor.h"

static char folder[] = "/tmp/phonelab-keys-XXXXXX";
static char log_path[100], out_path[100];
static int log_fd, out;
static struct capture_keys *keys;

static void add(const char *text)
{
	assert_int_equal(write(log_fd, text, strlen(text)), strlen(text));
}

static int begin(void **state)
{
	struct fail fail = {0};

	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	snprintf(out_path, sizeof(out_path), "%s/out", folder);
	log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	out = open(out_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	add("CLIENT_RANDOM before\n");
	keys = calloc(1, sizeof(*keys));
	assert_non_null(keys);
	keys->log = capture_keys_open(log_path, &fail);
	assert_true(keys->log >= 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(keys->log);
	close(log_fd);
	close(out);
	free(keys);
	unlink(log_path);
	unlink(out_path);
	rmdir(folder);
	return 0;
}

/* What the blocks of the file hold, one after the other. */
static size_t content(char *text, size_t size)
{
	static uint8_t bytes[400000];
	ssize_t n = pread(out, bytes, sizeof(bytes), 0);
	size_t at = 0, length = 0;

	while (at < (size_t)n) {
		uint32_t block = bytes[at + 4] | (uint32_t)bytes[at + 5] << 8 | (uint32_t)bytes[at + 6] << 16;
		uint32_t lines =
		    bytes[at + 12] | (uint32_t)bytes[at + 13] << 8 | (uint32_t)bytes[at + 14] << 16;

		assert_int_equal(bytes[at], 0x0a);
		assert_true(length + lines < size);
		memcpy(text + length, bytes + at + 16, lines);
		length += lines;
		at += block;
	}
	text[length] = 0;
	return length;
}

static void whole_lines_that_are_new(void **state)
{
	char text[200];

	(void)state;
	assert_int_equal(capture_keys_write(keys, out), 0);
	assert_int_equal(content(text, sizeof(text)), 0);
	add("CLIENT_RANDOM a b\nCLIENT_");
	assert_int_equal(capture_keys_write(keys, out), 0);
	content(text, sizeof(text));
	assert_string_equal(text, "CLIENT_RANDOM a b\n");
	add("RANDOM c d\n");
	assert_int_equal(capture_keys_write(keys, out), 0);
	assert_int_equal(capture_keys_write(keys, out), 0);
	content(text, sizeof(text));
	assert_string_equal(text, "CLIENT_RANDOM a b\nCLIENT_RANDOM c d\n");
}

/* More than a block has room for: nothing is lost, and no line is cut. */
static void many_lines(void **state)
{
	static char all[300000], text[300001];
	size_t length = 0;

	(void)state;
	for (int i = 0; length < sizeof(all) - 20; i++)
		length += (size_t)snprintf(all + length, sizeof(all) - length, "CLIENT_RANDOM %d\n", i);
	add(all);
	assert_int_equal(capture_keys_write(keys, out), 0);
	assert_int_equal(content(text, sizeof(text)), length);
	assert_string_equal(text, all);
}

/* A file that is no key log does not stop the capture. */
static void a_line_without_end(void **state)
{
	static char all[CAPTURE_KEYS_ROOM + 11], text[CAPTURE_KEYS_ROOM + 100];

	(void)state;
	memset(all, 'x', sizeof(all) - 1);
	add(all);
	add("\nlast\n");
	assert_int_equal(capture_keys_write(keys, out), 0);
	content(text, sizeof(text));
	assert_string_equal(strchr(text, '\n'), "\nlast\n");
}

static void no_log(void **state)
{
	struct fail fail = {0};

	(void)state;
	assert_int_equal(capture_keys_open("/tmp/phonelab-keys-none/log", &fail), -ENOENT);
	unlink(out_path);
	assert_int_equal(symlink(log_path, out_path), 0);
	assert_int_equal(capture_keys_open(out_path, &fail), -ELOOP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(whole_lines_that_are_new),
	    TEST(many_lines),
	    TEST(a_line_without_end),
	    TEST(no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
