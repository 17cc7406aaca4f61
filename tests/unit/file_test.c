#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char directory[64], path[96];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/file_test.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/file", directory);
	return 0;
}

static int remove_directory(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static unsigned entries(void)
{
	DIR *dir = opendir(directory);
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void assert_content(const char *expected)
{
	struct fail fail = {0};
	size_t length;
	char *bytes;

	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, &fail), 0);
	assert_string_equal(bytes, expected);
	assert_int_equal(length, strlen(expected));
	free(bytes);
}

static void test_write_and_replace(void **state)
{
	struct text text = {0};
	struct fail fail = {0};
	struct stat status;

	(void)state;
	assert_int_equal(file_write(path, "old", 3, &fail), 0);
	assert_content("old");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	text_add(&text, "new");
	assert_int_equal(file_write_text(path, &text, &fail), 0);
	assert_null(text.bytes);
	assert_content("new");
	assert_int_equal(file_write_text(path, &text, &fail), 0);
	assert_content("");
	assert_int_equal(entries(), 1);
}

static void test_mode_whatever_the_umask_is(void **state)
{
	mode_t mask = umask(0777);
	struct fail fail = {0};
	struct stat status;

	(void)state;
	assert_int_equal(file_write_mode(path, "x", 1, 0664, &fail), 0);
	umask(mask);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0664);
}

/* A reader that has the old file open still reads the old bytes: the file is replaced and not rewritten. */
static void test_readers_see_the_old_file_or_the_new_one(void **state)
{
	struct fail fail = {0};
	char bytes[4] = "";
	int fd;

	(void)state;
	assert_int_equal(file_write(path, "old", 3, &fail), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(file_write(path, "new", 3, &fail), 0);
	assert_int_equal(read(fd, bytes, 3), 3);
	assert_string_equal(bytes, "old");
	close(fd);
	assert_content("new");
}

#define WRITES 300

static void *write_many(void *arg)
{
	size_t length = 200000;
	char *bytes = malloc(length);
	struct fail fail = {0};
	intptr_t failures = 0;

	memset(bytes, *(const char *)arg, length);
	for (int i = 0; i < WRITES; i++)
		failures += file_write(path, bytes, length, &fail) != 0;
	free(bytes);
	return (void *)failures;
}

/* Two writers at once: each file that a reader sees was written by one of them. */
static void test_two_writers(void **state)
{
	pthread_t writers[2];
	struct fail fail = {0};

	(void)state;
	assert_int_equal(file_write(path, "a", 1, &fail), 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, write_many, i ? "b" : "a");
	for (int i = 0; i < WRITES; i++) {
		size_t length;
		char *bytes;

		assert_int_equal(file_read(path, 1 << 20, &bytes, &length, &fail), 0);
		assert_true(length == 1 || length == 200000);
		for (size_t at = 0; at < length; at++)
			if (bytes[at] != bytes[0])
				fail_msg("the file mixes two writers");
		free(bytes);
	}
	for (int i = 0; i < 2; i++) {
		void *failures;

		pthread_join(writers[i], &failures);
		assert_null(failures);
	}
	assert_int_equal(entries(), 1);
}

static void test_a_failed_text_is_not_written(void **state)
{
	struct text text = {.failed = true};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(file_write(path, "old", 3, &fail), 0);
	assert_int_equal(file_write_text(path, &text, &fail), -ENOMEM);
	assert_content("old");
}

/* A short write: the limit of the file size lets the first bytes pass only. */
static void test_short_write_leaves_the_old_file(void **state)
{
	struct rlimit limit, small;
	static char bytes[100000];
	struct fail fail = {0};
	char expected[160];
	int err;

	(void)state;
	assert_int_equal(file_write(path, "old", 3, &fail), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 5000;
	setrlimit(RLIMIT_FSIZE, &small);
	err = file_write(path, bytes, sizeof(bytes), &fail);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(fail.err, -EFBIG);
	snprintf(expected, sizeof(expected), "%s: File too large", path);
	assert_string_equal(fail.text, expected);
	assert_content("old");
	assert_int_equal(entries(), 1);
}

static void test_writes_that_cannot_start(void **state)
{
	struct fail fail = {0};
	char missing[128];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none/file", directory);
	assert_int_equal(file_write(missing, "x", 1, &fail), -ENOENT);
	assert_int_equal(mkdir(path, 0755), 0); /* a directory cannot be replaced */
	assert_int_equal(file_write(path, "x", 1, &fail), -EISDIR);
	assert_int_equal(entries(), 1);
}

static void test_limit_of_a_read(void **state)
{
	struct fail fail = {0};
	char expected[160];
	size_t length;
	char *bytes;

	(void)state;
	for (size_t size = 4090; size < 4100; size++) { /* around the first allocation */
		char *sample = malloc(size);

		memset(sample, 's', size);
		assert_int_equal(file_write(path, sample, size, &fail), 0);
		assert_int_equal(file_read(path, size, &bytes, &length, &fail), 0);
		assert_int_equal(length, size);
		assert_int_equal(strlen(bytes), size);
		free(bytes);
		bytes = NULL;
		assert_int_equal(file_read(path, size - 1, &bytes, &length, &fail), -EFBIG);
		snprintf(expected, sizeof(expected), "%s: the file is larger than %zu bytes", path, size - 1);
		assert_string_equal(fail.text, expected);
		assert_null(bytes);
		free(sample);
	}
	snprintf(expected, sizeof(expected), "%s/none", directory);
	assert_int_equal(file_read(expected, 1, &bytes, NULL, &fail), -ENOENT);
	assert_int_equal(file_read(directory, 1, &bytes, NULL, &fail), -EISDIR);
}

static void *write_to_pipe(void *arg)
{
	static char bytes[200000];
	int fd = *(int *)arg;

	memset(bytes, 'p', sizeof(bytes));
	assert_int_equal(file_write_all(fd, bytes, sizeof(bytes)), 0); /* more than a pipe holds */
	close(fd);
	return NULL;
}

static void test_read_from_a_pipe(void **state)
{
	struct fail fail = {0};
	pthread_t writer;
	size_t length;
	int pipes[2];
	char *bytes;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pthread_create(&writer, NULL, write_to_pipe, &pipes[1]);
	assert_int_equal(file_read_fd(pipes[0], "a pipe", 200000, &bytes, &length, &fail), 0);
	pthread_join(writer, NULL);
	assert_int_equal(length, 200000);
	free(bytes);
	close(pipes[0]);
	assert_int_equal(file_read_fd(pipes[0], "a pipe", 1, &bytes, NULL, &fail), -EBADF);
	assert_string_equal(fail.text, "a pipe: Bad file descriptor");
}

static void test_make_directory(void **state)
{
	struct fail fail = {0};
	struct stat status;
	char deep[128];

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b//c/", directory);
	assert_int_equal(file_make_directory(deep, &fail), 0);
	assert_int_equal(stat(deep, &status), 0);
	assert_true(S_ISDIR(status.st_mode));
	assert_int_equal(file_make_directory(deep, &fail), 0);
	assert_int_equal(file_make_directory("/", &fail), 0);
	assert_int_equal(file_write(path, "x", 1, &fail), 0);
	assert_int_equal(file_make_directory(path, &fail), -ENOTDIR);
	snprintf(deep, sizeof(deep), "%s/d", path);
	assert_int_equal(file_make_directory(deep, &fail), -ENOTDIR);
	assert_int_equal(file_make_directory("", &fail), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_write_and_replace),
	    TEST(test_mode_whatever_the_umask_is),
	    TEST(test_readers_see_the_old_file_or_the_new_one),
	    TEST(test_two_writers),
	    TEST(test_a_failed_text_is_not_written),
	    TEST(test_short_write_leaves_the_old_file),
	    TEST(test_writes_that_cannot_start),
	    TEST(test_limit_of_a_read),
	    TEST(test_read_from_a_pipe),
	    TEST(test_make_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
