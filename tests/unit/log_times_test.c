/* log.times: the length of each log, whenever it has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <event2/event.h>

#include "base/file.h"
#include "phonelab/supervise/log_times.h"

static char folder[64];

static void write_log(const char *name, const char *text)
{
	char path[160];
	struct fail fail = {0};

	snprintf(path, sizeof(path), "%s/log/%s", folder, name);
	assert_int_equal(file_write(path, text, strlen(text), &fail), 0);
}

/* Note the lengths once. */
static void note_once(void)
{
	struct event_base *base = event_base_new();
	struct log_times *times = NULL;
	struct fail fail = {0};

	assert_non_null(base);
	assert_int_equal(log_times_start(&times, base, folder, &fail), 0);
	log_times_stop(times);
	event_base_free(base);
}

static void test_lengths(void **state)
{
	char path[160], *text = NULL;
	unsigned long long t, length;
	struct fail fail = {0};

	(void)state;
	write_log("dhcp.log", "12345");
	write_log("a name.log", "no mark");
	note_once();
	snprintf(path, sizeof(path), "%s/log.times", folder);
	assert_int_equal(file_read(path, 1000, &text, NULL, &fail), 0);
	assert_int_equal(sscanf(text, "%llu dhcp.log %llu", &t, &length), 2);
	assert_int_equal(length, 5);
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));
	free(text);
}

static void test_no_folder(void **state)
{
	struct event_base *base = event_base_new();
	struct log_times *times = NULL;
	struct fail fail = {0};

	(void)state;
	assert_true(log_times_start(&times, base, "/nowhere", &fail) < 0);
	assert_null(times);
	assert_non_null(strstr(fail.text, "/nowhere/log.times"));
	event_base_free(base);
}

static int begin(void **state)
{
	char path[100];

	(void)state;
	strcpy(folder, "/tmp/phonelab-times-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return mkdir(path, 0700);
}

static int end(void **state)
{
	static const char *const files[] = {"log/dhcp.log", "log/a name.log", "log.times", "log", ""};
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_lengths, begin, end),
					   cmocka_unit_test(test_no_folder)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
