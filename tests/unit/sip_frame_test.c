/* SIP: framing of a stream. */
#include "tests/support/sip_test.h"

static void a_frame_is_found_at_every_cut(void **state)
{
	struct sip_frame frame;
	struct wire_error error;

	(void)state;
	for (size_t n = 0; n < sizeof(sip_ok) - 1; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, sip_ok, n);
		assert_int_equal(sip_frame(copy, n, &frame, &error), -EAGAIN);
		assert_int_equal(frame.skip, 0);
		free(copy);
	}
	assert_int_equal(sip_frame(sip_ok, sizeof(sip_ok) - 1, &frame, &error), 0);
	assert_int_equal(frame.header + frame.body, sizeof(sip_ok) - 1);
	assert_int_equal(frame.body, 61);
}

static void keepalives_are_skipped_and_counted(void **state)
{
	static const char pings[] = "\r\n\r\n\r\n\r\n\r\nOPTIONS sip:a SIP/2.0\r\nl : 0\r\n\r\nX";
	struct sip_frame frame;

	(void)state;
	assert_int_equal(sip_frame(pings, sizeof(pings) - 1, &frame, NULL), 0);
	assert_int_equal(frame.skip, 10);
	assert_int_equal(frame.pings, 2);
	assert_int_equal(frame.body, 0);
	assert_int_equal(frame.skip + frame.header, sizeof(pings) - 2);
	assert_int_equal(sip_frame(pings, 4, &frame, NULL), -EAGAIN);
	assert_int_equal(frame.skip, 4);
	assert_int_equal(frame.pings, 1);
	/* half a ping stays until its other half is there */
	assert_int_equal(sip_frame(pings, 2, &frame, NULL), -EAGAIN);
	assert_int_equal(frame.skip, 0);
	assert_int_equal(sip_frame("", 0, &frame, NULL), -EAGAIN);
}

static void content_length_in_every_form(void **state)
{
	static const struct {
		const char *line;
		int body;
		const char *what;
	} cases[] = {
	    {"Content-Length: 5\r\n", 5, NULL},
	    {"CONTENT-LENGTH\t:\t5  \r\n", 5, NULL},
	    {"l:5\r\n", 5, NULL},
	    {"L: 5\r\nContent-Length: 5\r\n", 5, NULL},
	    {"Content-Length:\r\n 5\r\n", 5, NULL},
	    {"Subject: x\r\n Content-Length: 9\r\nl: 5\r\n", 5, NULL},
	    {"Language: 3\r\nl: 5\r\n", 5, NULL},
	    {"", 0, "no Content-Length"},
	    {"Content-Length: \r\n", 0, "Content-Length is no number"},
	    {"Content-Length: 5x\r\n", 0, "Content-Length is no number"},
	    {"Content-Length: -5\r\n", 0, "Content-Length is no number"},
	    {"l: 5\r\nl: 6\r\n", 0, "two Content-Length that differ"},
	    {"l: 65536\r\n", 0, "message longer than 65536 bytes"},
	    {"l: 99999999999999999999\r\n", 0, "Content-Length is no number"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sip_frame frame;
		struct wire_error error = {0};
		int n = snprintf(text, sizeof(text), "NOTIFY sip:a SIP/2.0\r\n%s\r\nHELLO", cases[i].line);
		int err = sip_frame(text, (size_t)n, &frame, &error);

		assert_int_equal(err, cases[i].what ? -EBADMSG : 0);
		if (cases[i].what)
			assert_string_equal(error.what, cases[i].what);
		else
			assert_int_equal(frame.body, cases[i].body);
	}
}

static void a_stream_without_an_end_is_refused(void **state)
{
	char *text = malloc(SIP_HEADER_MAX + 1);
	struct wire_error error = {0};
	struct sip_frame frame;

	(void)state;
	memset(text, 'a', SIP_HEADER_MAX + 1);
	assert_int_equal(sip_frame(text, SIP_HEADER_MAX - 1, &frame, &error), -EAGAIN);
	assert_int_equal(sip_frame(text, SIP_HEADER_MAX, &frame, &error), -EBADMSG);
	assert_string_equal(error.what, "headers longer than 16384 bytes");
	assert_int_equal(sip_frame("\x16\x03\x01", 3, &frame, &error), -EBADMSG);
	assert_string_equal(error.what, "not the beginning of a SIP message");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_frame_is_found_at_every_cut),
	    cmocka_unit_test(keepalives_are_skipped_and_counted),
	    cmocka_unit_test(content_length_in_every_form),
	    cmocka_unit_test(a_stream_without_an_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
