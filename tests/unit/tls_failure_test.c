/* Failed TLS handshakes in Kamailio's log, and the alarms of them. The lines are those of Kamailio 5.6.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cucm/alarm.h"
#include "cucm/tls_failure.h"

#define ACCEPT(pid, rest)                                                                                    \
	" 8(" pid ") ERROR: tls [tls_util.h:50]: tls_err_ret(): TLS accept:error:" rest " (sni: unknown)"
#define SOURCE(pid, from) " 8(" pid ") ERROR: tls [tls_server.c:1334]: tls_h_read_f(): src addr: " from
#define VERIFY		  "0A000086:SSL routines::certificate verify failed"
#define CIPHER		  "0A0000C1:SSL routines::no shared cipher"

static struct tls_failure_reader reader;
static struct tls_failure failure;

static bool feed(const char *line)
{
	return tls_failure_read(&reader, line, &failure);
}

static int begin(void **state)
{
	(void)state;
	memset(&reader, 0, sizeof(reader));
	memset(&failure, 0, sizeof(failure));
	return 0;
}

static void expect(const char *address, unsigned port, unsigned code, const char *why)
{
	assert_string_equal(failure.address, address);
	assert_int_equal(failure.port, port);
	assert_int_equal(failure.code, code);
	assert_string_equal(failure.why, why);
}

static void test_one(void **state)
{
	(void)state;
	assert_false(feed(" 8(37) ERROR: tls [tls_server.c:1330]: tls_h_read_f(): protocol level error"));
	assert_false(feed(ACCEPT("37", VERIFY)));
	assert_true(feed(SOURCE("37", "10.110.0.57:47680")));
	expect("10.110.0.57", 47680, 10, "certificate verify failed");
	/* The report is complete: the address alone is no other one. */
	assert_false(feed(SOURCE("37", "10.110.0.57:47680")));
	assert_false(feed(ACCEPT("37", CIPHER)));
	assert_true(feed(SOURCE("37", "10.110.0.58:1")));
	expect("10.110.0.58", 1, 12, "no shared cipher");
}

static void test_workers_interleave(void **state)
{
	(void)state;
	assert_false(feed(ACCEPT("37", VERIFY)));
	assert_false(feed(ACCEPT("38", CIPHER)));
	assert_true(feed(SOURCE("37", "10.110.0.1:2")));
	expect("10.110.0.1", 2, 10, "certificate verify failed");
	assert_true(feed(SOURCE("38", "10.110.0.3:4")));
	expect("10.110.0.3", 4, 12, "no shared cipher");
	/* More workers than places: the oldest report is given up, the newest are read. */
	for (int pid = 100; pid < 100 + TLS_FAILURE_WORKERS + 3; pid++) {
		char line[200];

		snprintf(line, sizeof(line), " 8(%d) ERROR: tls [a]: f(): TLS accept:error:" VERIFY, pid);
		assert_false(feed(line));
	}
	assert_true(feed(SOURCE("110", "10.110.0.5:6")));
	assert_false(feed(SOURCE("100", "10.110.0.5:6")));
}

/* The name that the peer asks for (SNI) is in the line; only letters of the reason go into the alarm. */
static void test_hostile_lines(void **state)
{
	static const char *const none[] = {
	    "",
	    "(): TLS accept:error:",
	    "(): src addr: 10.0.0.1:1",
	    " 8(37) ERROR: <core> [x]: f(): TLS accept:error:" VERIFY,
	    " 8(0) ERROR: tls [x]: f(): TLS accept:error:" VERIFY,
	    " 8(37) NOTICE: {1 1 REGISTER x} <script>: (): TLS accept:error:" VERIFY,
	    SOURCE("37", "10.110.0.57:47680"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(feed(none[i]));
	assert_false(feed(SOURCE("37", "10.110.0.57:47680")));
	assert_false(feed(ACCEPT("37", VERIFY)));
	assert_false(feed(SOURCE("37", "999.1.1.1:5")));
	assert_false(feed(ACCEPT("37", VERIFY)));
	assert_false(feed(SOURCE("37", "[2001:db8::1]:5")));
	assert_false(feed(" 8(37) ERROR: tls [x]: f(): TLS accept:error:0A:SSL routines:"));
	assert_true(feed(SOURCE("37", "10.110.0.57:5")));
	expect("10.110.0.57", 5, 10, "unknown error");
	assert_false(
	    feed(" 8(37) ERROR: tls [x]: f(): TLS accept:error:0A:SSL routines::a\x1b[1m]: %s (sni: b)"));
	assert_true(feed(SOURCE("37", "10.110.0.57:5")));
	expect("10.110.0.57", 5, 10, "a");
}

static void test_alarm(void **state)
{
	const struct cucm_device device = {.mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 1}}, .model = "7841"};
	const struct cucm_plan plan = {.cluster = "C"};
	struct text text = {0};
	struct alarm alarm;

	(void)state;
	failure =
	    (struct tls_failure){.address = "10.110.0.57", .port = 5, .code = 12, .why = "no shared cipher"};
	tls_failure_alarm(&failure, &plan, "cucm-pub", &device, &text);
	assert_string_equal(
	    text.bytes, "%UC_CALLMANAGER-3-EndPointTransientConnection: "
			"%[DeviceName=SEP001122AABB01][IPAddress=10.110.0.57][Protocol=SIP]"
			"[DeviceType=622][Reason=12][ConnectingPort=5061][AppID=Cisco CallManager]"
			"[ClusterID=C][NodeID=cucm-pub]: the TLS handshake has failed: no shared cipher\n");
	assert_true(alarm_read(text.bytes, &alarm));
	assert_int_equal(alarm.kind, ALARM_TRANSIENT);
	assert_string_equal(alarm.reason->name, "invalidTLSCipher");
	text_free(&text);
	failure.code = 10;
	tls_failure_alarm(&failure, &plan, "cucm-pub", NULL, &text);
	assert_true(alarm_read(text.bytes, &alarm));
	assert_string_equal(alarm.device, "");
	assert_string_equal(alarm.address, "10.110.0.57");
	assert_string_equal(alarm.reason->name, "authenticationError");
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_one, begin),
	    cmocka_unit_test_setup(test_workers_interleave, begin),
	    cmocka_unit_test_setup(test_hostile_lines, begin),
	    cmocka_unit_test_setup(test_alarm, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
