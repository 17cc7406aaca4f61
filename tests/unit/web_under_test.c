/* Files below a folder: nothing that a path or a link names outside of it is opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phonelab/web/under.h"

static char top[64];
static int folder;

static const char *path_of(const char *name, char path[200])
{
	snprintf(path, 200, "%s/%s", top, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	char path[200];
	FILE *out = fopen(path_of(name, path), "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int begin(void **state)
{
	char path[200];

	(void)state;
	strcpy(top, "/tmp/phonelab-under.XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(mkdir(path_of("in", path), 0755), 0);
	assert_int_equal(mkdir(path_of("in/run", path), 0755), 0);
	write_file("in/run/a", "inside");
	write_file("secret", "outside");
	folder = web_under_folder(path_of("in", path));
	assert_true(folder >= 0);
	return 0;
}

static int end(void **state)
{
	char line[100];

	(void)state;
	close(folder);
	snprintf(line, sizeof(line), "rm -rf %s", top);
	return system(line);
}

static void a_file_inside_is_opened(void **state)
{
	char text[20] = "";
	off_t size = 0;
	int fd = web_under_file(folder, "run/a", &size), sub;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(size, 6);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 6);
	assert_string_equal(text, "inside");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	sub = web_under_subfolder(folder, "run");
	assert_true(sub >= 0);
	close(sub);
}

static void no_path_leads_out(void **state)
{
	char path[200];

	(void)state;
	assert_int_equal(web_under_file(folder, "../secret", NULL), -EXDEV);
	assert_int_equal(web_under_file(folder, "run/../../secret", NULL), -EXDEV);
	assert_int_equal(web_under_file(folder, path_of("secret", path), NULL), -EXDEV);
	assert_int_equal(web_under_file(folder, "/etc/passwd", NULL), -EXDEV);
	assert_int_equal(web_under_subfolder(folder, ".."), -EXDEV);
	assert_int_equal(web_under_file(folder, "run/none", NULL), -ENOENT);
	assert_int_equal(web_under_folder("/no/such/folder"), -ENOENT);
}

static void no_link_is_followed(void **state)
{
	char path[200], to[200];

	(void)state;
	assert_int_equal(symlink(path_of("secret", to), path_of("in/run/absolute", path)), 0);
	assert_int_equal(symlink("../../secret", path_of("in/run/relative", path)), 0);
	assert_int_equal(symlink("a", path_of("in/run/inside", path)), 0);
	assert_int_equal(symlink(top, path_of("in/away", path)), 0);
	assert_int_equal(web_under_file(folder, "run/absolute", NULL), -ELOOP);
	assert_int_equal(web_under_file(folder, "run/relative", NULL), -ELOOP);
	assert_int_equal(web_under_file(folder, "run/inside", NULL), -ELOOP);
	assert_int_equal(web_under_file(folder, "away/secret", NULL), -ELOOP);
	assert_int_equal(web_under_subfolder(folder, "away"), -ELOOP);
}

/* A FIFO does not wait for a writer; folders and devices are not read. */
static void only_regular_files(void **state)
{
	char path[200];

	(void)state;
	assert_int_equal(mkfifo(path_of("in/run/fifo", path), 0600), 0);
	assert_int_equal(web_under_file(folder, "run/fifo", NULL), -EINVAL);
	assert_int_equal(web_under_file(folder, "run", NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_inside_is_opened),
	    cmocka_unit_test(no_path_leads_out),
	    cmocka_unit_test(no_link_is_followed),
	    cmocka_unit_test(only_regular_files),
	};

	return cmocka_run_group_tests_name("web_under", tests, begin, end);
}
