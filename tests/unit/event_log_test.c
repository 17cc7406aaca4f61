#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/event_log.h"

static char path[64];

static int make_path(void **state)
{
	(void)state;
	strcpy(path, "/tmp/event_log_test.XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int drop_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void test_line(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	char line[512];
	FILE *file;

	(void)state;
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	event_log_write(log, 81234567, "SEP001122AABB01", 4, "dhcp.ack", "10.110.0.57/24",
			json_pack("{s:i}", "xid", 7));
	event_log_write(log, 81234568, "sw1", 0, "syslog", NULL, NULL);
	event_log_write(log, 81234569, "sw1", 0, "cdp.neighbor", "odd \xff byte and \"quote\"\n", NULL);
	assert_int_equal(event_log_lost(log), 0);
	event_log_close(log);
	file = fopen(path, "r");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line,
			    "{\"t\":81234567,\"node\":\"SEP001122AABB01\",\"step\":4,\"event\":\"dhcp.ack\","
			    "\"detail\":\"10.110.0.57/24\",\"evidence\":{\"xid\":7}}\n");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "{\"t\":81234568,\"node\":\"sw1\",\"event\":\"syslog\"}\n");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "{\"t\":81234569,\"node\":\"sw1\",\"event\":\"cdp.neighbor\","
				  "\"detail\":\"odd \\\\xff byte and \\\"quote\\\"\\n\"}\n");
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
}

/* Four processes append to one file; every line must be whole. */
static void test_lines_never_mix(void **state)
{
	enum { WRITERS = 4, LINES = 300 };
	char filler[700], *line = NULL;
	size_t size = 0;
	int lines = 0;
	FILE *file;

	(void)state;
	memset(filler, 'f', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = 0;
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			struct event_log *log;
			struct fail fail = {0};

			if (event_log_open(&log, path, &fail))
				_exit(1);
			for (int n = 0; n < LINES; n++)
				event_log_write(log, (uint64_t)n, "writer", 0, "test.line", filler, NULL);
			_exit(event_log_lost(log) ? 1 : 0);
		}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		wait(&status);
		assert_int_equal(status, 0);
	}
	file = fopen(path, "r");
	while (getline(&line, &size, file) > 0) {
		json_t *json = json_loads(line, 0, NULL);

		assert_non_null(json);
		json_decref(json);
		lines++;
	}
	free(line);
	fclose(file);
	assert_int_equal(lines, WRITERS * LINES);
}

/* How many lines of the file hold text; *last is the last of them. */
static unsigned count_lines(const char *text, char *last, size_t size)
{
	FILE *file = fopen(path, "r");
	char line[512];
	unsigned n = 0;

	while (fgets(line, sizeof(line), file))
		if (strstr(line, text)) {
			n++;
			snprintf(last, size, "%s", line);
		}
	fclose(file);
	return n;
}

/* A flood of one event is cut at the burst; its other events, and other nodes, are not affected. */
static void test_flood_is_limited(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	char last[512];

	(void)state;
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	for (uint64_t n = 0; n < 20000; n++)
		event_log_write(log, 1000000 + n, "sw1", 0, "lldp.neighbor", "Gi1/0/7", NULL);
	event_log_write(log, 1020000, "sw1", 0, "link.down", "Gi1/0/8", NULL);
	event_log_write(log, 1020000, "sw2", 0, "lldp.neighbor", "Gi1/0/7", NULL);
	assert_int_equal(count_lines("\"sw1\",\"event\":\"lldp.neighbor\"", last, sizeof(last)), 8192);
	assert_int_equal(event_log_lost(log), 20000 - 8192);
	assert_int_equal(count_lines("link.down", last, sizeof(last)), 1);
	assert_int_equal(count_lines("\"sw2\"", last, sizeof(last)), 1);
	/* 50 lines per second after that; the first of them has the number of lines that are missing. */
	for (unsigned n = 0; n < 100; n++)
		event_log_write(log, 2000000, "sw1", 0, "lldp.neighbor", "Gi1/0/7", NULL);
	assert_int_equal(count_lines("\"sw1\",\"event\":\"lldp.neighbor\"", last, sizeof(last)), 8192 + 50);
	assert_int_equal(count_lines("\"not_reported\":11808", last, sizeof(last)), 1);
	event_log_close(log);
}

/* 1,000 phones boot on one switch at the same moment: 4 syslog lines per phone. Nothing is lost. */
static void test_thousand_phones_lose_nothing(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	char node[20], last[512];

	(void)state;
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	for (unsigned phone = 0; phone < 1000; phone++) {
		snprintf(node, sizeof(node), "SEP0011%08X", phone);
		for (unsigned n = 0; n < 62; n++)
			event_log_write(log, 1, node, 0, "phone.console", "line", NULL);
		for (unsigned n = 0; n < 4; n++)
			event_log_write(log, 1, "sw1", 0, "syslog", "line", NULL);
	}
	assert_int_equal(event_log_lost(log), 0);
	assert_int_equal(count_lines("\"event\"", last, sizeof(last)), 66000);
	event_log_close(log);
}

/* A file of 512 MiB does not grow any more. */
static void test_size_is_bounded(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	struct stat st;

	(void)state;
	assert_int_equal(truncate(path, 512 << 20), 0);
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	event_log_write(log, 1, "sw1", 0, "link.up", "Gi1/0/7", NULL);
	assert_int_equal(event_log_lost(log), 1);
	event_log_close(log);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 512 << 20);
}

static void limit_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk becomes full in the midst of a line, and has room again. */
static void test_torn_line(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	char text[1024] = "", *line, *end;
	FILE *file;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	event_log_write(log, 1, "sw1", 0, "x.y", "first", NULL);
	limit_size(70);
	event_log_write(log, 2, "sw1", 0, "x.y", "second", NULL);
	event_log_write(log, 3, "sw1", 0, "x.y", "third", NULL);
	assert_int_equal(event_log_lost(log), 2);
	limit_size(RLIM_INFINITY);
	event_log_write(log, 4, "sw1", 0, "x.y", "fourth", NULL);
	assert_int_equal(event_log_lost(log), 2);
	event_log_close(log);
	signal(SIGXFSZ, SIG_DFL);

	file = fopen(path, "re");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	line = strstr(text, "\n{\"t\":4");
	assert_non_null(line);
	end = strchr(line + 1, '\n');
	assert_non_null(end);
	assert_null(end[1] ? end : NULL);
	assert_non_null(strstr(line, "\"detail\":\"fourth\",\"not_reported\":2}"));
}

static void test_no_path_drops_everything(void **state)
{
	struct event_log *log;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(event_log_open(&log, NULL, &fail), 0);
	event_log_write(log, 1, "sw1", 0, "x.y", NULL, json_object());
	assert_int_equal(event_log_lost(log), 0);
	event_log_close(log);
	event_log_close(NULL);
}

/* Gathered lines are in the file after a flush, or when 64 KiB wait; each that does not get there is counted. */
static void test_gathered_lines(void **state)
{
	struct event_log *log;
	struct fail fail = {0};
	char filler[300], last[512];
	unsigned n;

	(void)state;
	memset(filler, 'f', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = 0;
	assert_int_equal(event_log_open(&log, path, &fail), 0);
	event_log_gather(log);
	event_log_write(log, 1, "sw1", 0, "x.y", NULL, NULL);
	event_log_write(log, 2, "sw1", 0, "x.z", NULL, NULL);
	assert_int_equal(count_lines("\"event\"", last, sizeof(last)), 0);
	event_log_flush(log);
	assert_int_equal(count_lines("\"event\"", last, sizeof(last)), 2);
	assert_non_null(strstr(last, "x.z"));
	for (n = 0; n < 300; n++)
		event_log_write(log, 3, "sw1", 0, "x.y", filler, NULL);
	n = count_lines(filler, last, sizeof(last));
	assert_true(n > 150 && n < 300);
	event_log_close(log);
	assert_int_equal(count_lines(filler, last, sizeof(last)), 300);
	assert_int_equal(event_log_open(&log, "/dev/full", &fail), 0);
	event_log_gather(log);
	event_log_write(log, 1, "sw1", 0, "x.y", NULL, NULL);
	event_log_write(log, 2, "sw1", 0, "x.y", NULL, NULL);
	assert_int_equal(event_log_lost(log), 0);
	event_log_flush(log);
	assert_int_equal(event_log_lost(log), 2);
	event_log_close(log);
}

static void test_failures(void **state)
{
	struct event_log *log = NULL;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(event_log_open(&log, "/nowhere/at/all/events.jsonl", &fail), -ENOENT);
	assert_null(log);
	assert_string_equal(fail.text, "/nowhere/at/all/events.jsonl: cannot open the event log: "
				       "No such file or directory");
	/* A full disk is counted, never fatal. */
	assert_int_equal(event_log_open(&log, "/dev/full", &fail), 0);
	event_log_write(log, 1, "sw1", 0, "x.y", NULL, NULL);
	event_log_write(log, 2, "sw1", 0, "x.y", NULL, NULL);
	assert_int_equal(event_log_lost(log), 2);
	event_log_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_line, make_path, drop_path),
	    cmocka_unit_test_setup_teardown(test_lines_never_mix, make_path, drop_path),
	    cmocka_unit_test_setup_teardown(test_flood_is_limited, make_path, drop_path),
	    cmocka_unit_test_setup_teardown(test_thousand_phones_lose_nothing, make_path, drop_path),
	    cmocka_unit_test_setup_teardown(test_size_is_bounded, make_path, drop_path),
	    cmocka_unit_test(test_torn_line),
	    cmocka_unit_test_setup_teardown(test_gathered_lines, make_path, drop_path),
	    cmocka_unit_test(test_no_path_drops_everything),
	    cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
