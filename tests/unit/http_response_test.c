#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <event2/buffer.h>

#include "phone-sim/driver/http_response.h"

struct got {
	char text[256];
	size_t length;
	size_t limit;
};

static int keep(void *arg, const uint8_t *bytes, size_t length)
{
	struct got *got = arg;

	if (got->length + length > got->limit)
		return -EFBIG;
	memcpy(got->text + got->length, bytes, length);
	got->length += length;
	got->text[got->length] = 0;
	return 0;
}

/* Hand over a response in pieces of step bytes. What the last read said. */
static int feed(const char *text, size_t step, struct http_response *response, struct got *got)
{
	struct evbuffer *input = evbuffer_new();
	size_t length = strlen(text);
	int err = 0;

	http_response_init(response);
	*got = (struct got){.limit = sizeof(got->text) - 1};
	for (size_t at = 0; at < length && err == 0; at += step) {
		evbuffer_add(input, text + at, length - at < step ? length - at : step);
		err = http_response_read(response, input, keep, got);
	}
	evbuffer_free(input);
	return err;
}

#define FOUND	"HTTP/1.1 200 OK\r\nContent-Type: */*\r\nContent-length: 9\r\n\r\n<device/>"
#define MISSING "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!"
#define CHUNKED                                                                                              \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n<dev\r\n5\r\nice/>\r\n0\r\nDigest: "  \
	"1\r\n\r\n"

/* However the bytes are cut, the response is the same. */
static void test_pieces(void **state)
{
	struct http_response response;
	struct got got;

	(void)state;
	for (size_t step = 1; step < 120; step++) {
		assert_int_equal(feed(FOUND, step, &response, &got), 1);
		assert_int_equal(response.status, 200);
		assert_string_equal(response.reason, "200 OK");
		assert_string_equal(got.text, "<device/>");
		assert_int_equal(feed(MISSING, step, &response, &got), 1);
		assert_int_equal(response.status, 404);
		assert_string_equal(response.reason, "404 Not Found");
		assert_int_equal(feed(CHUNKED, step, &response, &got), 1);
		assert_string_equal(got.text, "<device/>");
	}
}

/* Every truncation of a response of known length is one. */
static void test_truncations(void **state)
{
	static const char *const whole[] = {FOUND, MISSING, CHUNKED};
	struct http_response response;
	struct got got;
	char cut[256];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *body = strstr(whole[i], "\r\n\r\n") + 4;
		for (size_t length = 1; length < strlen(whole[i]); length++) {
			memcpy(cut, whole[i], length);
			cut[length] = 0;
			assert_int_equal(feed(cut, length, &response, &got), 0);
			assert_int_equal(http_response_end(&response),
					 length < (size_t)(body - whole[i]) ? -EBADMSG : -EPIPE);
		}
	}
}

static void test_until_the_end(void **state)
{
	struct http_response response;
	struct got got;

	(void)state;
	assert_int_equal(feed("HTTP/1.0 200 OK\r\n\r\nhello", 3, &response, &got), 0);
	assert_int_equal(http_response_end(&response), 1);
	assert_string_equal(got.text, "hello");
}

static void test_interim_and_empty(void **state)
{
	struct http_response response;
	struct got got;

	(void)state;
	assert_int_equal(feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 7,
			      &response, &got),
			 1);
	assert_int_equal(response.status, 200);
	assert_int_equal(got.length, 0);
	assert_int_equal(feed("HTTP/1.1 204 No Content\r\n\r\n", 7, &response, &got), 1);
}

static void test_not_http(void **state)
{
	static const char *const bad[] = {
	    "SSH-2.0-OpenSSH_9.2\r\n",
	    "HTTP/2 200\r\n",
	    "HTTP/1.1 2x0 OK\r\n",
	    "HTTP/1.1 2000 OK\r\n",
	    "HTTP/1.1 200 OK\r\nno colon\r\n",
	    "HTTP/1.1 200 OK\r\n: empty\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: 12x\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
	};
	struct http_response response;
	struct got got;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t step = 1; step < 60; step += 7)
			assert_int_equal(feed(bad[i], step, &response, &got), -EBADMSG);
}

static void test_endless_head(void **state)
{
	struct evbuffer *input = evbuffer_new();
	struct http_response response;
	struct got got = {.limit = 10};
	int err = 0;

	(void)state;
	http_response_init(&response);
	evbuffer_add_printf(input, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000 && !err; i++) {
		evbuffer_add_printf(input, "X-Field-%d: value\r\n", i);
		err = http_response_read(&response, input, keep, &got);
	}
	assert_int_equal(err, -EBADMSG);
	evbuffer_free(input);
}

static void test_body_refused(void **state)
{
	struct evbuffer *input = evbuffer_new();
	struct http_response response;
	struct got got = {.limit = 4};

	(void)state;
	http_response_init(&response);
	evbuffer_add_printf(input, "%s", FOUND);
	assert_int_equal(http_response_read(&response, input, keep, &got), -EFBIG);
	evbuffer_free(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),	  cmocka_unit_test(test_truncations),
	    cmocka_unit_test(test_until_the_end), cmocka_unit_test(test_interim_and_empty),
	    cmocka_unit_test(test_not_http),	  cmocka_unit_test(test_endless_head),
	    cmocka_unit_test(test_body_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
