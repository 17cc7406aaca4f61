/* A log as it grows, and a lease file as it is rewritten: what a viewer receives of them. */
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

#include "base/json_text.h"
#include "phonelab/web/followed.h"
#include "phonelab/web/under.h"

static char top[64];
static int folder;
static struct web_followed file;

static int begin(void **state)
{
	char line[200];

	(void)state;
	strcpy(top, "/tmp/phonelab-followed.XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(line, sizeof(line), "mkdir %s/log %s/dhcp", top, top);
	assert_int_equal(system(line), 0);
	folder = web_under_folder(top);
	assert_true(folder >= 0);
	return 0;
}

static int end(void **state)
{
	char line[200];

	(void)state;
	close(folder);
	snprintf(line, sizeof(line), "rm -r %s", top);
	return system(line);
}

static void put(const char *name, const char *mode, const void *bytes, size_t length)
{
	char path[200];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	out = fopen(path, mode);
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, length, out), length);
	fclose(out);
}

#define PUT(name, mode, text) put(name, mode, text, strlen(text))

/* The next part has this text; NULL: there is no part. */
static void expect(const char *text, bool first, long long skipped)
{
	json_t *part = web_followed_read(&file, folder);

	if (!text) {
		assert_null(part);
		return;
	}
	assert_non_null(part);
	assert_string_equal(json_text(part, "file"), file.name);
	assert_string_equal(json_text(part, "text"), text);
	assert_int_equal(json_is_true(json_object_get(part, "first")), first);
	assert_int_equal(json_int(part, "skipped"), skipped);
	json_decref(part);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
	    "",	       "log",	    "log/",	  "log/../x",	     "log/a/b",	   "log/.x", "log/-x",
	    "/leases", "../leases", "a/b/leases", "keys/signer.key", "dhcp/lease", "/log/x", "log/a b"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (web_followed_set(&file, bad[i]) != -EINVAL)
			fail_msg("\"%s\" is followed", bad[i]);
	assert_int_equal(web_followed_set(&file, "log/tftp-http.access"), 0);
	assert_false(file.whole);
	assert_int_equal(web_followed_set(&file, "dhcp/leases"), 0);
	assert_true(file.whole);
	assert_int_equal(web_followed_set(&file, "log/leases"), 0);
	assert_false(file.whole);
}

/* A line is sent when it is complete. */
static void test_growth(void **state)
{
	json_t *part;

	(void)state;
	assert_int_equal(web_followed_set(&file, "log/a.log"), 0);
	part = web_followed_read(&file, folder);
	assert_true(json_is_true(json_object_get(part, "missing")));
	json_decref(part);
	expect(NULL, false, 0); /* it is still missing */
	PUT("log/a.log", "w", "");
	expect("", true, 0);
	expect(NULL, false, 0);
	PUT("log/a.log", "a", "one\ntw");
	expect("one\n", false, 0);
	expect(NULL, false, 0);
	PUT("log/a.log", "a", "o\n");
	expect("two\n", false, 0);
	put("log/a.log", "a", "x\0y\xff\n", 5);
	expect("x y\\xff\n", false, 0);
	PUT("log/a.log", "w", "new\n"); /* shorter than before */
	expect("new\n", true, 0);
	PUT("log/a.log", "w", "");
	expect("", true, 0);
}

/* Of a large log only the end is sent, in whole lines; the rest is counted. */
static void test_skips(void **state)
{
	static char large[600000];
	json_t *part;

	(void)state;
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = i % 100 == 99 ? '\n' : 'x';
	assert_int_equal(web_followed_set(&file, "log/b.log"), 0);
	put("log/b.log", "w", large, sizeof(large));
	part = web_followed_read(&file, folder);
	assert_int_equal(json_int(part, "skipped") % 100, 0);
	assert_int_equal(json_int(part, "skipped") + (long long)strlen(json_text(part, "text")),
			 sizeof(large));
	assert_true(strlen(json_text(part, "text")) <= 256 << 10);
	assert_true(strlen(json_text(part, "text")) > (256 << 10) - 200);
	json_decref(part);
	expect(NULL, false, 0);
	memset(large, 'y', sizeof(large)); /* a line without an end does not wait for ever */
	put("log/b.log", "a", large, sizeof(large));
	part = web_followed_read(&file, folder);
	assert_int_equal(strlen(json_text(part, "text")), 256 << 10);
	json_decref(part);
	expect(NULL, false, 0);
}

/* A lease file is sent as a whole whenever it was changed, also in place. */
static void test_whole(void **state)
{
	(void)state;
	assert_int_equal(web_followed_set(&file, "dhcp/leases"), 0);
	PUT("dhcp/leases", "w", "1 a\n2 b\n");
	expect("1 a\n2 b\n", true, 0);
	expect(NULL, false, 0);
	usleep(20000); /* the clock of the file system */
	PUT("dhcp/leases", "w", "1 a\n3 c\n");
	expect("1 a\n3 c\n", true, 0);
	PUT("dhcp/leases", "w", "");
	expect("", true, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_skips),
	    cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests_name("web_followed", tests, begin, end);
}
