/* Files that faults change, when a write fails: nothing is left behind, and the file is what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "phonelab/fault/files.h"

#define OLD "one\n"

/* write() of this program: 0 bytes without an errno, as some file systems do, or interrupted once. */
static enum { WRITE_NORMAL, WRITE_NOTHING, WRITE_INTERRUPTED } writes;

ssize_t write(int fd, const void *bytes, size_t length)
{
	if (writes == WRITE_NOTHING) {
		errno = 0;
		return 0;
	}
	if (writes == WRITE_INTERRUPTED) {
		writes = WRITE_NORMAL;
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, length);
}

struct scratch {
	char directory[64], path[96];
	struct fault_files *files;
	json_t *vars;
	struct fail fail;
};

static size_t names_in(const char *path)
{
	DIR *directory = opendir(path);
	size_t n = 0;

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

static void put(const struct scratch *scratch, const char *text)
{
	FILE *out = fopen(scratch->path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void contains(const struct scratch *scratch, const char *text)
{
	char found[200] = "";
	FILE *in = fopen(scratch->path, "r");

	assert_non_null(in);
	found[fread(found, 1, sizeof(found) - 1, in)] = 0;
	fclose(in);
	assert_string_equal(found, text);
}

static int begin(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	strcpy(scratch->directory, "/tmp/fault-files-XXXXXX");
	if (!mkdtemp(scratch->directory))
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "%s/a.conf", scratch->directory);
	scratch->files = fault_files_new(scratch->directory);
	scratch->vars = json_object();
	put(scratch, OLD);
	*state = scratch;
	return 0;
}

static int end(void **state)
{
	struct scratch *scratch = *state;
	char command[128];

	writes = WRITE_NORMAL;
	snprintf(command, sizeof(command), "rm -rf %s", scratch->directory);
	fault_files_free(scratch->files);
	json_decref(scratch->vars);
	free(scratch);
	return system(command);
}

static int write_text(struct scratch *scratch, const char *text)
{
	const struct fault_action action = {.what = FAULT_DO_WRITE, .file = "a.conf", .text = text};

	scratch->fail = (struct fail){0};
	return fault_files_do(scratch->files, 1, &action, scratch->vars, &scratch->fail);
}

/* The new content does not fit: 4096 bytes are written, then write() fails. */
static void test_a_short_write(void **state)
{
	struct scratch *scratch = *state;
	struct rlimit before, small;
	char text[10000];
	size_t descriptors = names_in("/proc/self/fd");
	int err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = write_text(scratch, text);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -EFBIG);
	assert_non_null(strstr(scratch->fail.text, "a.conf"));
	contains(scratch, OLD);
	assert_int_equal(names_in("/proc/self/fd"), descriptors);
	/* ".", ".." and the file. */
	assert_int_equal(names_in(scratch->directory), 3);
}

static void test_a_write_of_nothing(void **state)
{
	struct scratch *scratch = *state;

	writes = WRITE_NOTHING;
	assert_int_equal(write_text(scratch, "new\n"), -EIO);
	writes = WRITE_NORMAL;
	contains(scratch, OLD);
	assert_int_equal(names_in(scratch->directory), 3);
}

static void test_an_interrupted_write(void **state)
{
	struct scratch *scratch = *state;

	writes = WRITE_INTERRUPTED;
	assert_int_equal(write_text(scratch, "new\n"), 0);
	contains(scratch, "new\n");
}

/* A file that cannot be read is an error, not an empty file. */
static void test_an_unreadable_file(void **state)
{
	struct scratch *scratch = *state;

	unlink(scratch->path);
	assert_int_equal(mkdir(scratch->path, 0755), 0);
	assert_int_equal(write_text(scratch, "new\n"), -EISDIR);
	assert_int_equal(scratch->fail.err, -EISDIR);
}

/* Permissions survive a change and its end. */
static void test_the_mode(void **state)
{
	struct scratch *scratch = *state;
	struct fail fail = {0};
	struct stat info;

	assert_int_equal(chmod(scratch->path, 0640), 0);
	assert_int_equal(write_text(scratch, "new\n"), 0);
	assert_int_equal(stat(scratch->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_int_equal(fault_files_undo(scratch->files, 1, &fail), 0);
	assert_int_equal(stat(scratch->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	contains(scratch, OLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_short_write, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_write_of_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(test_an_interrupted_write, begin, end),
	    cmocka_unit_test_setup_teardown(test_an_unreadable_file, begin, end),
	    cmocka_unit_test_setup_teardown(test_the_mode, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
