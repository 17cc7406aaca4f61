/* The upload of a problem report to an HTTP server on the loopback interface of the sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "phone-sim/driver/upload.h"
#include "tests/support/command.h"
#include "tests/support/sandbox.h"

#define PORT	   8082
#define FILE_BYTES "\x1f\x8b\0\r\n--binary"

static struct bench {
	struct event_base *base;
	struct evhttp *server;
	int answer;    /* status of the server */
	size_t filler; /* octets of the body of its answer */
	char target[100], type[200], body[4096], host[60];
	size_t length;
	int ends, status; /* reported by the upload */
	char detail[200];
	uint32_t expected;
} bench;

static void on_request(struct evhttp_request *request, void *arg)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	struct evbuffer *out = evbuffer_new();

	(void)arg;
	assert_int_equal(evhttp_request_get_command(request), EVHTTP_REQ_POST);
	snprintf(bench.target, sizeof(bench.target), "%s", evhttp_request_get_uri(request));
	snprintf(bench.type, sizeof(bench.type), "%s", evhttp_find_header(headers, "Content-Type"));
	snprintf(bench.host, sizeof(bench.host), "%s", evhttp_find_header(headers, "Host"));
	bench.length = (size_t)evbuffer_remove(in, bench.body, sizeof(bench.body) - 1);
	for (size_t i = 0; i < bench.filler; i++)
		evbuffer_add(out, "x", 1);
	evhttp_send_reply(request, bench.answer, "Answer", out);
	evbuffer_free(out);
}

static void on_expected(void *arg, uint32_t address)
{
	(void)arg;
	bench.expected = address;
}

static void on_done(void *arg, int status, const char *detail)
{
	(void)arg;
	bench.ends++;
	bench.status = status;
	snprintf(bench.detail, sizeof(bench.detail), "%s", detail);
}

static int begin(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.answer = 200;
	bench.base = event_base_new();
	bench.server = evhttp_new(bench.base);
	evhttp_set_gencb(bench.server, on_request, NULL);
	assert_int_equal(evhttp_bind_socket(bench.server, "127.0.0.1", PORT), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	evhttp_free(bench.server);
	event_base_free(bench.base);
	return 0;
}

static int start(struct upload **upload, const char *url, struct fail *fail)
{
	static const struct text file = {.bytes = (char *)FILE_BYTES, .length = sizeof(FILE_BYTES) - 1};
	int ns, err;
	struct upload_order order = {.base = bench.base,
				     .url = url,
				     .domain = "",
				     .device = "SEP001122AABB01",
				     .serial = "FCH12345ABC",
				     .user = "",
				     .file_name = "probrep-20141021-162840.tar.gz",
				     .file = &file,
				     .expect = on_expected,
				     .done = on_done};

	assert_int_equal(netns_self(&ns, fail), 0);
	order.ns = ns;
	err = upload_start(upload, &order, fail);
	netns_leave(ns); /* closes it: the upload has a descriptor of its own */
	return err;
}

static void run_to_the_end(void)
{
	uint64_t limit = clock_now_us() + UINT64_C(10000000) * PATIENCE;
	const struct timeval pause = {.tv_usec = 20000};

	while (!bench.ends && clock_now_us() < limit) {
		event_base_loopexit(bench.base, &pause);
		event_base_dispatch(bench.base);
	}
	assert_int_equal(bench.ends, 1);
}

static void the_four_fields_arrive(void **state)
{
	struct fail fail = {0};
	struct upload *upload;
	char boundary[100], part[600];

	(void)state;
	assert_int_equal(start(&upload, "http://127.0.0.1:8082/prt/upload.php?a=b", &fail), 0);
	run_to_the_end();
	assert_int_equal(bench.status, 200);
	assert_int_equal(bench.expected, 0x7f000001);
	assert_string_equal(bench.target, "/prt/upload.php?a=b");
	assert_string_equal(bench.host, "127.0.0.1:8082");
	assert_int_equal(sscanf(bench.type, "multipart/form-data; boundary=%99s", boundary), 1);
	snprintf(part, sizeof(part),
		 "--%s\r\nContent-Disposition: form-data; name=\"devicename\"\r\n\r\nSEP001122AABB01\r\n"
		 "--%s\r\nContent-Disposition: form-data; name=\"serialno\"\r\n\r\nFCH12345ABC\r\n"
		 "--%s\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\n\r\n",
		 boundary, boundary, boundary);
	assert_memory_equal(bench.body, part, strlen(part));
	assert_non_null(
	    strstr(bench.body, "name=\"prt_file\"; filename=\"probrep-20141021-162840.tar.gz\"\r\n"));
	assert_non_null(memmem(bench.body, bench.length, "\r\n\r\n" FILE_BYTES "\r\n",
			       sizeof("\r\n\r\n" FILE_BYTES "\r\n") - 1));
	snprintf(part, sizeof(part), "\r\n--%s--\r\n", boundary);
	assert_memory_equal(bench.body + bench.length - strlen(part), part, strlen(part));
}

static void failures_are_reported(void **state)
{
	struct fail fail = {0};
	struct upload *upload;

	(void)state;
	bench.answer = 500;
	assert_int_equal(start(&upload, "http://127.0.0.1:8082/", &fail), 0);
	run_to_the_end();
	assert_int_equal(bench.status, 500);
	assert_non_null(strstr(bench.detail, "HTTP 500"));
	bench.ends = 0;
	assert_int_equal(start(&upload, "http://127.0.0.1:9/", &fail), 0);
	run_to_the_end();
	assert_int_equal(bench.status, 0);
	assert_non_null(strstr(bench.detail, "127.0.0.1 does not answer"));
}

/* A server that sends without end must not fill the memory of the rack. */
static void a_long_answer_is_not_read(void **state)
{
	struct fail fail = {0};
	struct upload *upload;

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* of the server here, when the upload closes; phone-sim ignores it too */
	bench.filler = 60 * 1024;
	assert_int_equal(start(&upload, "http://127.0.0.1:8082/", &fail), 0);
	run_to_the_end();
	assert_int_equal(bench.status, 200);
	bench.ends = 0;
	bench.filler = 70 * 1024;
	assert_int_equal(start(&upload, "http://127.0.0.1:8082/", &fail), 0);
	run_to_the_end();
	assert_int_equal(bench.status, 0);
	assert_string_equal(bench.detail, "127.0.0.1 sends an answer longer than 64 KiB");
}

static void other_urls_are_refused(void **state)
{
	static const char *const urls[] = {"", "https://127.0.0.1/", "http:///x", "ftp://127.0.0.1/",
					   "http://prt.example/"};
	struct upload *upload;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct fail fail = {0};

		assert_int_equal(start(&upload, urls[i], &fail), -EINVAL);
		assert_true(fail.text[0]);
	}
}

static void a_cancelled_upload_reports_nothing(void **state)
{
	struct fail fail = {0};
	struct upload *upload;

	(void)state;
	assert_int_equal(start(&upload, "http://127.0.0.1:8082/", &fail), 0);
	upload_cancel(upload);
	event_base_loop(bench.base, EVLOOP_NONBLOCK);
	assert_int_equal(bench.ends, 0);
	upload_cancel(NULL);
}

static int tests_of_this_file(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_four_fields_arrive, begin, end),
	    cmocka_unit_test_setup_teardown(failures_are_reported, begin, end),
	    cmocka_unit_test_setup_teardown(a_long_answer_is_not_read, begin, end),
	    cmocka_unit_test_setup_teardown(other_urls_are_refused, begin, end),
	    cmocka_unit_test_setup_teardown(a_cancelled_upload_reports_nothing, begin, end),
	};
	struct fail fail = {0};

	if (netns_loopback_up(-1, &fail))
		fail_msg("%s", fail.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests_of_this_file, 60);
}
