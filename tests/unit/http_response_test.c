#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Responses that cannot be used at all, and why. */
static void test_not_http(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP"},
	    {"HTTP/2 200\r\n", "the answer is not HTTP"},
	    {"HTTP/1.1 2x0 OK\r\n", "the answer is not HTTP"},
	    {"HTTP/1.1 2000 OK\r\n", "the answer is not HTTP"},
	    {"HTTP/1.1 101 Switching\r\n\r\n", "101: another protocol, which was not requested"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length is not one number"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 12x\r\n\r\n", "Content-Length is not one number"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
	     "Content-Length is not one number"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	     "Content-Length is not one number"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "Content-Length is not one number"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
	     "the size of a chunk is not a number"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\n",
	     "the size of a chunk is not a number"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
	     "a chunk is longer than its size"},
	};
	struct http_response response;
	struct got got;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t step = 1; step < 60; step += 7) {
			assert_int_equal(feed(bad[i].text, step, &response, &got), -EBADMSG);
			assert_string_equal(response.error, bad[i].why);
		}
}

/* Forms of other servers that carry the same file. */
static void test_forms(void **state)
{
	static const char *const forms[] = {
	    "HTTP/1.1 200\r\nContent-Length: 9\r\n\r\n<device/>",
	    "HTTP/1.1 200 \r\ncontent-length:9\r\n\r\n<device/>",
	    "HTTP/1.0 200 OK\nContent-Length:9 \n\n<device/>",
	    "\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<device/>",
	    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 3\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<device/>",
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 9, 9\r\n\r\n<device/>",
	    "HTTP/1.1 200 OK\r\nContent-Length:\r\n\t9\r\n\r\n<device/>",
	    "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 9\r\n\r\n<device/>",
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: Chunked \r\n\r\n"
	    "A \r\n<device/>\n\r\n0\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n"
	    "9;name=\"v\"\r\n<device/>\r\n000\r\nX: y\r\n folded\r\nodd\r\n\r\n",
	};
	struct http_response response;
	struct got got;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		for (size_t step = 1; step < 60; step += 7) {
			assert_int_equal(feed(forms[i], step, &response, &got), 1);
			assert_int_equal(response.status, 200);
			assert_memory_equal(got.text, "<device/>", 9);
			assert_string_equal(response.encoding, "");
		}
}

/* A header that is none is skipped and listed once; the others count. */
static void test_odd_headers(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\n"
				   "X-Powered-By: a\r\n  and more\r\n\tand more\r\n"
				   "no colon\r\nno colon\r\n"
				   ": without a name\r\n"
				   "Server : lab\r\n"
				   "X-Bell: \a\r\n"
				   "\x80-X: y\r\n"
				   "Content-Length: 9\r\n\r\n<device/>";
	static const struct {
		const char *name, *what;
	} odd[] = {{"X-Powered-By", "its line is folded"},
		   {"no colon", "no colon behind its name"},
		   {"", "no name"},
		   {"Server ", "no colon behind its name"},
		   {"X-Bell", "control character in its value"},
		   {".-X", "no colon behind its name"}};
	struct http_response response;
	struct got got;

	(void)state;
	for (size_t step = 1; step < 200; step += 7) {
		assert_int_equal(feed(text, step, &response, &got), 1);
		assert_string_equal(got.text, "<device/>");
		assert_int_equal(response.facts.odds, 6);
		for (unsigned i = 0; i < 6; i++) {
			assert_string_equal(response.facts.odd[i].name, odd[i].name);
			assert_string_equal(response.facts.odd[i].what, odd[i].what);
		}
	}
}

static void test_more_odd_headers_than_room(void **state)
{
	char text[2000] = "HTTP/1.1 200 OK\r\n";
	struct http_response response;
	struct got got;

	(void)state;
	for (int i = 0; i < PHONE_FETCH_ODD_MAX + 3; i++)
		sprintf(text + strlen(text), "odd %d\r\n", i);
	strcat(text, "Content-Length: 0\r\n\r\n");
	assert_int_equal(feed(text, 100, &response, &got), 1);
	assert_int_equal(response.facts.odds, PHONE_FETCH_ODD_MAX);
}

static void test_redirect(void **state)
{
	struct http_response response;
	struct got got;

	(void)state;
	assert_int_equal(
	    feed("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/r/x \r\nContent-Length: 0\r\n\r\n", 5,
		 &response, &got),
	    1);
	assert_int_equal(response.status, 302);
	assert_string_equal(response.facts.location, "http://10.0.0.1/r/x");
	assert_int_equal(
	    feed("HTTP/1.1 103 Early\r\nLocation: /a\r\n\r\nHTTP/1.1 301 Moved\r\nlocation: /b\r\n"
		 "Content-Length: 0\r\n\r\n",
		 5, &response, &got),
	    1);
	assert_string_equal(response.facts.location, "/b");
}

/* Codings that were not requested: the response is read, its body is no file. */
static void test_codings(void **state)
{
	static const struct {
		const char *header, *coding;
	} cases[] = {{"Content-Encoding: gzip", "gzip"},
		     {"Content-Encoding: identity, br", "br"},
		     {"Transfer-Encoding: gzip, chunked", "gzip"},
		     {"content-encoding:\tx-compress ", "x-compress"}};
	struct http_response response;
	struct got got;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 2\r\n\r\n2\r\nzz\r\n0\r\n\r\n",
			 cases[i].header);
		feed(text, 3, &response, &got);
		assert_string_equal(response.encoding, cases[i].coding);
	}
}

/* Give a response with a header of that many bytes. */
static int with_header(size_t length, struct http_response *response)
{
	struct evbuffer *input = evbuffer_new();
	struct got got = {.limit = 10};
	char *value = calloc(1, length + 1);
	int err;

	memset(value, 'x', length);
	http_response_init(response);
	evbuffer_add_printf(input, "HTTP/1.1 200 OK\r\nSet-Cookie: %s", value);
	err = http_response_read(response, input, keep, &got);
	evbuffer_add_printf(input, "\r\nContent-Length: 9\r\n\r\n<device/>");
	if (!err)
		err = http_response_read(response, input, keep, &got);
	free(value);
	evbuffer_free(input);
	return err;
}

static void test_long_headers(void **state)
{
	struct http_response response;

	(void)state;
	assert_int_equal(with_header(8192, &response), 1);
	assert_int_equal(with_header(HTTP_HEAD_MAX - 60, &response), 1);
	assert_int_equal(with_header(HTTP_HEAD_MAX, &response), -EBADMSG);
	assert_string_equal(response.error, "the headers are longer than 16384 bytes");
}

/* Headers, interim responses, chunk lines, trailers without end: an error, not endless reading. */
static void test_endless(void **state)
{
	static const struct {
		const char *begin, *again, *why;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\n", "X-Field: value\r\n", "the headers are longer than 16384 bytes"},
	    {"", "HTTP/1.1 100 Continue\r\n\r\n", "the headers are longer than 16384 bytes"},
	    {"", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "the headers are longer than 16384 bytes"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", ";extension",
	     "the line of a chunk is longer than 1024 bytes"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-Sum: 1234\r\n",
	     "the headers are longer than 16384 bytes"},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct evbuffer *input = evbuffer_new();
		struct http_response response;
		struct got got = {.limit = 10};
		int err = 0;

		http_response_init(&response);
		evbuffer_add_printf(input, "%s", cases[n].begin);
		for (int i = 0; i < 2000 && !err; i++) {
			evbuffer_add_printf(input, "%s", cases[n].again);
			err = http_response_read(&response, input, keep, &got);
		}
		assert_int_equal(err, -EBADMSG);
		assert_string_equal(response.error, cases[n].why);
		evbuffer_free(input);
	}
}

static int count(void *arg, const uint8_t *bytes, size_t length)
{
	(void)bytes;
	*(size_t *)arg += length;
	return 0;
}

/* The lines of chunks are no headers: a file can have any number of them. */
static void test_many_chunks(void **state)
{
	struct evbuffer *input = evbuffer_new();
	struct http_response response;
	size_t total = 0;

	(void)state;
	http_response_init(&response);
	evbuffer_add_printf(input, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 20000; i++) {
		evbuffer_add_printf(input, "5\r\nabcde\r\n");
		assert_int_equal(http_response_read(&response, input, count, &total), 0);
	}
	evbuffer_add_printf(input, "0\r\n\r\n");
	assert_int_equal(http_response_read(&response, input, count, &total), 1);
	assert_int_equal(total, 100000);
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
	    cmocka_unit_test(test_not_http),	  cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_odd_headers),	  cmocka_unit_test(test_more_odd_headers_than_room),
	    cmocka_unit_test(test_redirect),	  cmocka_unit_test(test_codings),
	    cmocka_unit_test(test_long_headers),  cmocka_unit_test(test_endless),
	    cmocka_unit_test(test_many_chunks),	  cmocka_unit_test(test_body_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
