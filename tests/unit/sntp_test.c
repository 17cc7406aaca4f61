/* SNTP (RFC 5905, figure 8): the request byte for byte, an answer as a server sends it, every truncation, and both eras. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/sntp.h"

/* clang-format off */
static const uint8_t answer[SNTP_SIZE] = {
    0x24, 0x05, 0x06, 0xec,			     /* leap 0, version 4, server; stratum 5, poll 64 s, precision */
    0, 0, 0, 0, 0, 0, 0, 0x20,			     /* root delay, root dispersion */
    0x7f, 0x7f, 0x01, 0x01,			     /* reference */
    0xee, 0xb5, 0x2a, 0x00, 0, 0, 0, 0,		     /* reference timestamp */
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, /* originate */
    0xee, 0xb5, 0x2a, 0x10, 0x40, 0, 0, 0,	     /* receive */
    0xee, 0xb5, 0x2a, 0x10, 0x80, 0, 0, 0,	     /* transmit */
};
/* clang-format on */

static void a_request(void **state)
{
	uint8_t out[SNTP_SIZE], want[SNTP_SIZE] = {0x23};

	(void)state;
	memcpy(want + 40, "\x01\x02\x03\x04\x05\x06\x07\x09", 8);
	for (size_t room = 0; room < SNTP_SIZE; room++)
		assert_int_equal(sntp_encode_request(0x0102030405060709, out, room), -ENOSPC);
	assert_int_equal(sntp_encode_request(0x0102030405060709, out, sizeof(out)), SNTP_SIZE);
	assert_memory_equal(out, want, SNTP_SIZE);
}

static void an_answer(void **state)
{
	struct sntp message;

	(void)state;
	assert_int_equal(sntp_decode(answer, sizeof(answer), &message, NULL), 0);
	assert_int_equal(message.leap, 0);
	assert_int_equal(message.version, 4);
	assert_int_equal(message.mode, SNTP_SERVER);
	assert_int_equal(message.stratum, 5);
	assert_string_equal(message.kiss, "");
	assert_int_equal(message.originate, 0x0102030405060709);
	assert_int_equal(sntp_unix_us(message.transmit) - sntp_unix_us(message.receive), 250000);
}

static void a_kiss_of_death(void **state)
{
	uint8_t kiss[SNTP_SIZE + 4];
	struct sntp message;

	(void)state;
	memcpy(kiss, answer, sizeof(answer));
	kiss[0] |= 0xc0;
	kiss[1] = 0;
	memcpy(kiss + 12, "RA\x1b\n", 4);
	assert_int_equal(sntp_decode(kiss, sizeof(kiss), &message, NULL), 0); /* with an extension field */
	assert_int_equal(message.leap, SNTP_UNKNOWN);
	assert_string_equal(message.kiss, "RA..");
}

static void every_truncation(void **state)
{
	struct wire_error error;
	struct sntp message;

	(void)state;
	for (size_t length = 0; length < sizeof(answer); length++) {
		uint8_t *copy = malloc(length + 1);

		memcpy(copy, answer, length);
		assert_int_equal(sntp_decode(copy, length, &message, &error), -EBADMSG);
		assert_string_equal(error.what, "truncated");
		free(copy);
	}
}

/* The times of RFC 5905 figure 4 and RFC 4330 section 3. */
static void timestamps(void **state)
{
	(void)state;
	assert_int_equal(sntp_unix_us(UINT64_C(2208988800) << 32), 0); /* 1970-01-01 */
	assert_int_equal(sntp_unix_us(UINT64_C(0xffffffff) << 32),
			 INT64_C(2085978495000000));		      /* 2036-02-07 */
	assert_int_equal(sntp_unix_us(0), INT64_C(2085978496000000)); /* a second later */
	assert_int_equal(sntp_unix_us(UINT64_C(3900000000) << 32 | 0x80000000), INT64_C(1691011200500000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request),       cmocka_unit_test(an_answer),
	    cmocka_unit_test(a_kiss_of_death), cmocka_unit_test(every_truncation),
	    cmocka_unit_test(timestamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
