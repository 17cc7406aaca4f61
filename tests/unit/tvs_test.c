/* TVS: the sizes of the messages that a phone and a call manager exchanged in a published trace, and what is malformed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/trustlist.h"
#include "wire/tvs.h"

/* Names and numbers of the lengths in the trace: subject 65, issuer 21, serial number 19, certificate 1451. */
#define DEVICE	"CP-8861-SEPB000B4BA0AEE"
#define SUBJECT "CN=cucm-publisher.lab.example;OU=Telephony;O=phonelab;L=Berlin;ST"
#define ISSUER	"CN=lab-issuing-ca-001"

static const uint8_t serial[19] = {0x6f, 0x00, 0x00, 0x00, 0x05};

/* A question by name. */
static const uint8_t query[] = {
    0x57, 1,	3,    0,    /* TVS, version 1, query, reserved */
    0x00, 0x00, 0x03, 0xe9, /* session 1001 */
    0x00, 0x8f,		    /* 143 bytes follow */
    1,	  0,	24,   1,    /* device, behind its kind */
    'C',  'P',	'-',  '8',  '8', '6', '1', '-', 'S', 'E', 'P', 'B', '0', '0', '0', 'B', '4', 'B', 'A',
    '0',  'A',	'E',  'E', /* without NUL */
    3,	  0,	0x42,	   /* subject, 65 characters and NUL */
    'C',  'N',	'=',  'c',  'u', 'c', 'm', '-', 'p', 'u', 'b', 'l', 'i', 's', 'h', 'e', 'r', '.', 'l',
    'a',  'b',	'.',  'e',  'x', 'a', 'm', 'p', 'l', 'e', ';', 'O', 'U', '=', 'T', 'e', 'l', 'e', 'p',
    'h',  'o',	'n',  'y',  ';', 'O', '=', 'p', 'h', 'o', 'n', 'e', 'l', 'a', 'b', ';', 'L', '=', 'B',
    'e',  'r',	'l',  'i',  'n', ';', 'S', 'T', 0,   4,	  0,   22, /* issuer, 21 characters and NUL */
    'C',  'N',	'=',  'l',  'a', 'b', '-', 'i', 's', 's', 'u', 'i', 'n', 'g', '-', 'c', 'a', '-', '0',
    '0',  '1',	0,    5,    0,	 19, /* serial number, as it is */
    0x6f, 0,	0,    0,    5,	 0,   0,   0,	0,   0,	  0,   0,   0,	 0,   0,   0,	0,   0,	  0,
};

/* "Yes, the certificate of this name has the roles 0 and 3" without the 1451 bytes of the certificate. */
static const uint8_t reply_head[] = {
    0x57, 1,	4,    0xf7, /* reply; CUCM leaves any value in the reserved byte */
    0x00, 0x00, 0x03, 0xe9, /* the session of the query */
    0x05, 0xbe,		    /* 1470 bytes follow */
    7,	  0,	1,    0,    /* status: valid */
    2,	  0x05, 0xab,	    /* certificate, 1451 bytes */
};
static const uint8_t reply_tail[] = {
    8, 0, 2, 0,	   3,		     /* roles SAST and TFTP, one byte each */
    9, 0, 4, 0x00, 0x01, 0x51, 0x80, /* 86400 seconds */
};

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return tvs_decode(data, length, message, error);
}

static void the_query_of_the_trace(void **state)
{
	struct tvs message;
	uint8_t out[400];
	size_t whole;

	(void)state;
	assert_int_equal(sizeof(query), 153);
	assert_int_equal(tvs_frame(query, sizeof(query), &whole, NULL), 0);
	assert_int_equal(whole, 153);
	assert_int_equal(tvs_decode(query, sizeof(query), &message, NULL), 0);
	assert_int_equal(message.command, TVS_QUERY);
	assert_int_equal(message.session, TVS_SESSION_FIRST);
	wire_check_text(message.device, DEVICE);
	wire_check_text(message.subject, SUBJECT);
	wire_check_text(message.issuer, ISSUER);
	assert_int_equal(message.serial.length, sizeof(serial));
	assert_memory_equal(message.serial.data, serial, sizeof(serial));
	assert_int_equal(message.has, 0);
	assert_int_equal(message.unknown, 0);
	wire_check_bytes(out, tvs_encode(&message, out, sizeof(out)), query, sizeof(query));
	for (size_t room = 0; room < sizeof(query); room++)
		assert_int_equal(tvs_encode(&message, out, room), -ENOSPC);
	/* the same from the parts */
	message = (struct tvs){.command = TVS_QUERY,
			       .session = TVS_SESSION_FIRST,
			       .device = wire_slice_text(DEVICE),
			       .subject = wire_slice_text(SUBJECT),
			       .issuer = wire_slice_text(ISSUER),
			       .serial = {serial, sizeof(serial)}};
	wire_check_bytes(out, tvs_encode(&message, out, sizeof(out)), query, sizeof(query));
}

static void the_reply_of_the_trace(void **state)
{
	uint8_t bytes[1480], out[2000];
	struct tvs message;

	(void)state;
	assert_int_equal(sizeof(reply_head) + 1451 + sizeof(reply_tail), sizeof(bytes));
	memcpy(bytes, reply_head, sizeof(reply_head));
	memset(bytes + sizeof(reply_head), 0x30, 1451);
	memcpy(bytes + sizeof(reply_head) + 1451, reply_tail, sizeof(reply_tail));
	assert_int_equal(tvs_decode(bytes, sizeof(bytes), &message, NULL), 0);
	assert_int_equal(message.command, TVS_CERTIFICATE);
	assert_int_equal(message.reserved, 0xf7);
	assert_int_equal(message.has, TVS_HAS_STATUS | TVS_HAS_TTL);
	assert_int_equal(message.status, TVS_VALID);
	assert_int_equal(message.certificate.length, 1451);
	assert_int_equal(message.roles, 2);
	assert_int_equal(message.role[0], TRUSTLIST_SAST);
	assert_int_equal(message.role[1], TRUSTLIST_TFTP);
	assert_int_equal(message.ttl_s, TVS_TTL_S);
	wire_check_bytes(out, tvs_encode(&message, out, sizeof(out)), bytes, sizeof(bytes));
}

/* A verification with a certificate of 900 bytes was 960 to 962 bytes, which includes the name of the device. */
static void a_verification(void **state)
{
	static uint8_t certificate[922], out[1200];
	struct tvs message = {.command = TVS_VERIFY,
			      .session = 1002,
			      .device = wire_slice_text(DEVICE),
			      .certificate = {certificate, sizeof(certificate)}};
	/* negative: only the status */
	static const uint8_t refused[] = {0x57, 1, 2, 0, 0, 0, 0x03, 0xea, 0, 4, 7, 0, 1, 1};

	(void)state;
	assert_int_equal(tvs_encode(&message, out, sizeof(out)), 10 + 27 + 3 + 922);
	assert_int_equal(tvs_decode(out, 962, &message, NULL), 0);
	assert_int_equal(message.certificate.length, 922);
	assert_int_equal(tvs_decode(refused, sizeof(refused), &message, NULL), 0);
	assert_int_equal(message.command, TVS_VERIFIED);
	assert_int_equal(message.status, TVS_UNKNOWN);
	assert_int_equal(message.roles, 0);
	wire_check_bytes(out, tvs_encode(&message, out, sizeof(out)), refused, sizeof(refused));
}

static void streams(void **state)
{
	struct wire_error error;
	size_t whole;

	(void)state;
	for (size_t n = 0; n < sizeof(query); n++) {
		assert_int_equal(tvs_frame(query, n, &whole, &error), -EAGAIN);
		assert_int_equal(whole, n < TVS_HEADER ? 0 : sizeof(query));
	}
	assert_int_equal(tvs_frame("\x57\x02", 2, &whole, &error), -EBADMSG);
	assert_int_equal(error.offset, 1);
	assert_int_equal(tvs_frame("GET / HTTP/1.1", 14, &whole, &error), -EBADMSG);
	assert_string_equal(error.what, "does not begin with 57");
}

static void refused_with(size_t at, uint8_t value, size_t offset, const char *what)
{
	uint8_t copy[sizeof(query)];

	memcpy(copy, query, sizeof(query));
	copy[at] = value;
	wire_check_refused(copy, sizeof(copy), decode, sizeof(struct tvs), offset, what);
}

static void malformed_messages_say_why(void **state)
{
	(void)state;
	refused_with(0, 0x16, 0, "does not begin with 57");
	refused_with(1, 2, 1, "version is not 1");
	refused_with(2, 5, 2, "unknown command");
	refused_with(2, 0, 2, "unknown command");
	refused_with(9, 0x8e, 8, "length is not that of the message");
	refused_with(13, 2, 13, "device does not begin with 01");
	refused_with(50, 0, 40, "name with a NUL inside");
	refused_with(12, 200, 13, "truncated");
	refused_with(133, 20, 134, "truncated");
}

static void truncations_and_corruptions(void **state)
{
	(void)state;
	assert_int_equal(wire_check_truncations(query, sizeof(query), decode, sizeof(struct tvs)), 0);
	wire_check_corruptions(query, sizeof(query), decode, sizeof(struct tvs));
}

static void odd_messages_are_read(void **state)
{
	/* no NUL, two tags that nobody knows, ten roles; and an empty message */
	static const uint8_t odd[] = {0x57, 1,	 3,   0,   0,  0,  3, 0xe9, 0, 28,  3, 0,  4,
				      'C',  'N', '=', 'a', 99, 0,  2, 1,    2, 8,   0, 10, 0,
				      1,    2,	 3,   4,   7,  21, 0, 1,    2, 255, 0, 0};
	static const uint8_t empty[] = {0x57, 1, 1, 0, 0, 0, 0, 1, 0, 0};
	struct tvs message;

	(void)state;
	assert_int_equal(tvs_decode(empty, sizeof(empty), &message, NULL), 0);
	assert_int_equal(message.device.length, 0);
	assert_int_equal(tvs_decode(odd, sizeof(odd), &message, NULL), 0);
	wire_check_text(message.subject, "CN=a");
	assert_int_equal(message.roles, TVS_ROLES_MAX);
	assert_int_equal(message.role[6], TRUSTLIST_TVS);
	assert_int_equal(message.unknown, 4);
}

static void what_cannot_be_written(void **state)
{
	char text[TVS_TEXT_MAX + 2];
	struct tvs message = {.command = TVS_QUERY, .subject = {(const uint8_t *)"a\0b", 3}};
	uint8_t out[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(tvs_encode(&message, out, sizeof(out)), -EINVAL);
	message.subject = (struct wire_slice){(const uint8_t *)text, TVS_TEXT_MAX + 1};
	assert_int_equal(tvs_encode(&message, out, sizeof(out)), -EINVAL);
	message.subject.length = TVS_TEXT_MAX;
	assert_true(tvs_encode(&message, out, sizeof(out)) > 0);
	message.command = (enum tvs_command)5;
	assert_int_equal(tvs_encode(&message, out, sizeof(out)), -EINVAL);
	assert_string_equal(tvs_command_name(TVS_CERTIFICATE), "TVS_MSG_QUERY_CERT_RES");
	assert_null(tvs_command_name(5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_query_of_the_trace),
	    cmocka_unit_test(the_reply_of_the_trace),
	    cmocka_unit_test(a_verification),
	    cmocka_unit_test(streams),
	    cmocka_unit_test(malformed_messages_say_why),
	    cmocka_unit_test(truncations_and_corruptions),
	    cmocka_unit_test(odd_messages_are_read),
	    cmocka_unit_test(what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
