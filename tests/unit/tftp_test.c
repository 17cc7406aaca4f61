/* TFTP packets and option negotiation (RFC 1350, 2347, 2348, 2349, 7440). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/tftp.h"

WIRE_CHECK_STRICT(decode, struct tftp_packet, tftp_decode)

/* The string without the NUL that C adds: the literals write theirs. */
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const char rrq[] = "\0\1"		      /* opcode: read request */
			  "SEP001122AABB01.cnf.xml\0" /* file */
			  "OcTet\0"		      /* mode, in any case */
			  "blksize\0"
			  "1432\0" /* RFC 2348 */
			  "tsize\0"
			  "0\0" /* RFC 2349: how long is it? */
			  "timeout\0"
			  "5\0" /* RFC 2349 */
			  "windowsize\0"
			  "16\0" /* RFC 7440 */
			  "multicast\0"
			  "\0"; /* RFC 2090: not ours, counted */

static void a_read_request(void **state)
{
	static const char again[] = "\0\1SEP001122AABB01.cnf.xml\0octet\0blksize\0"
				    "1432\0tsize\0"
				    "0\0timeout\0"
				    "5\0windowsize\0"
				    "16\0";
	struct tftp_packet p;
	uint8_t out[256];

	(void)state;
	assert_int_equal(tftp_decode(rrq, sizeof(rrq) - 1, &p, NULL), 0);
	assert_int_equal(p.opcode, TFTP_RRQ);
	assert_string_equal(p.name, "SEP001122AABB01.cnf.xml");
	assert_int_equal(p.mode, TFTP_OCTET);
	assert_int_equal(p.options.has,
			 TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE | TFTP_HAS_TIMEOUT | TFTP_HAS_WINDOWSIZE);
	assert_int_equal(p.options.blksize, 1432);
	assert_int_equal(p.options.tsize, 0);
	assert_int_equal(p.options.timeout_s, 5);
	assert_int_equal(p.options.windowsize, 16);
	assert_int_equal(p.options.unknown, 1);
	wire_check_bytes(out, tftp_encode(&p, out, sizeof(out)), (const uint8_t *)again, sizeof(again) - 1);
	for (size_t room = 0; room < sizeof(again) - 1; room++)
		assert_int_equal(tftp_encode(&p, out, room), -ENOSPC);
	/* cut after the mode or after any option, a request is whole: 5 places */
	assert_int_equal(wire_check_truncations((const uint8_t *)rrq, sizeof(rrq) - 1, decode, sizeof(p)), 5);
	wire_check_corruptions((const uint8_t *)rrq, sizeof(rrq) - 1, decode, sizeof(p));
}

static void the_other_packets(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t size;
		struct tftp_packet packet;
	} cases[] = {
	    {BYTES("\0\2ring.raw\0netascii\0"),
	     {.opcode = TFTP_WRQ, .name = "ring.raw", .mode = TFTP_NETASCII}},
	    {BYTES("\0\3\377\377abc"), {.opcode = TFTP_DATA, .block = 65535, .data_size = 3}},
	    {BYTES("\0\3\0\0"), {.opcode = TFTP_DATA, .block = 0}},
	    {BYTES("\0\4\0\1"), {.opcode = TFTP_ACK, .block = 1}},
	    {BYTES("\0\5\0\1file /tftp/x not found\0"),
	     {.opcode = TFTP_ERROR, .error_code = 1, .message = "file /tftp/x not found"}},
	    {BYTES("\0\6blksize\0"
		   "512\0tsize\0"
		   "18446744073709551615\0"),
	     {.opcode = TFTP_OACK,
	      .options = {.has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE, .blksize = 512, .tsize = UINT64_MAX}}},
	    {BYTES("\0\6"), {.opcode = TFTP_OACK}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tftp_packet p;
		uint8_t out[256];

		assert_int_equal(tftp_decode(cases[i].bytes, cases[i].size, &p, NULL), 0);
		assert_int_equal(p.data_size, cases[i].packet.data_size);
		if (p.data_size)
			assert_memory_equal(p.data, "abc", 3);
		wire_check_bytes(out, tftp_encode(&p, out, sizeof(out)), cases[i].bytes, cases[i].size);
		p.data = NULL;
		assert_int_equal(p.opcode, cases[i].packet.opcode);
		assert_memory_equal(&p.options, &cases[i].packet.options, sizeof(p.options));
		assert_int_equal(p.block, cases[i].packet.block);
		assert_int_equal(p.error_code, cases[i].packet.error_code);
		assert_string_equal(p.name, cases[i].packet.name);
		assert_string_equal(p.message, cases[i].packet.message);
		wire_check_truncations(cases[i].bytes, cases[i].size, decode, sizeof(p));
		wire_check_corruptions(cases[i].bytes, cases[i].size, decode, sizeof(p));
	}
}

static void malformed_packets_say_why(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t size;
		size_t offset;
		const char *what;
	} cases[] = {
	    {BYTES("\0\0"), 0, "unknown opcode"},
	    {BYTES("\0\7"), 0, "unknown opcode"},
	    {BYTES("\0"), 0, "truncated"},
	    {BYTES("\0\1a"), 2, "string without its NUL"},
	    {BYTES("\0\1\0octet\0"), 2, "file name is empty"},
	    {BYTES("\0\1a\0binary\0"), 4, "mode is neither netascii nor octet"},
	    {BYTES("\0\1a\0octet\0blksize\0"), 10, "no value"},
	    {BYTES("\0\6blksize\0"
		   "7\0"),
	     2, "value out of its limits"},
	    {BYTES("\0\6blksize\0"
		   "65465\0"),
	     2, "value out of its limits"},
	    {BYTES("\0\6timeout\0"
		   "0\0"),
	     2, "value out of its limits"},
	    {BYTES("\0\6timeout\0"
		   "256\0"),
	     2, "value out of its limits"},
	    {BYTES("\0\6windowsize\0"
		   "65536\0"),
	     2, "value out of its limits"},
	    {BYTES("\0\6tsize\0"
		   "18446744073709551616\0"),
	     2, "value is no number"},
	    {BYTES("\0\6tsize\0\0"), 2, "value is no number"},
	    {BYTES("\0\6tsize\0-1\0"), 2, "value is no number"},
	    {BYTES("\0\6tsize\0"
		   "1\0TSIZE\0"
		   "2\0"),
	     10, "given twice"},
	    {BYTES("\0\4\0"), 2, "truncated"},
	};
	static uint8_t big[4 + TFTP_BLKSIZE_MAX + 1] = {0, TFTP_DATA, 0, 1};
	struct tftp_packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		wire_check_refused(cases[i].bytes, cases[i].size, decode, sizeof(p), cases[i].offset,
				   cases[i].what);
	assert_int_equal(tftp_decode(big, sizeof(big) - 1, &p, NULL), 0);
	assert_int_equal(p.data_size, TFTP_BLKSIZE_MAX);
	wire_check_refused(big, sizeof(big), decode, sizeof(p), 4, "block longer than 65464 octets");
}

static void invalid_packets_are_not_encoded(void **state)
{
	struct tftp_packet p = {.opcode = TFTP_RRQ, .mode = TFTP_OCTET};
	uint8_t out[1024];

	(void)state;
	assert_int_equal(tftp_encode(&p, out, sizeof(out)), -EINVAL); /* no name */
	strcpy(p.name, "x");
	p.options = (struct tftp_options){.has = TFTP_HAS_BLKSIZE, .blksize = 7};
	assert_int_equal(tftp_encode(&p, out, sizeof(out)), -EINVAL);
	p.options = (struct tftp_options){.has = TFTP_HAS_TIMEOUT};
	assert_int_equal(tftp_encode(&p, out, sizeof(out)), -EINVAL);
	p = (struct tftp_packet){.opcode = (enum tftp_opcode)7};
	assert_int_equal(tftp_encode(&p, out, sizeof(out)), -EINVAL);
	tftp_error_packet(&p, TFTP_ERROR_UNKNOWN_TID, NULL);
	wire_check_bytes(out, tftp_encode(&p, out, sizeof(out)), BYTES("\0\5\0\5unknown transfer ID\0"));
	assert_string_equal(tftp_error_name(8), "option refused");
	assert_string_equal(tftp_error_name(9), "unknown error code");
}

static void answers_to_options(void **state)
{
	const struct tftp_options asked = {.has = TFTP_HAS_BLKSIZE | TFTP_HAS_TIMEOUT | TFTP_HAS_WINDOWSIZE,
					   .blksize = 1432,
					   .timeout_s = 5,
					   .windowsize = 8};
	const struct {
		struct tftp_options answer;
		int err;
	} cases[] = {
	    {{0}, 0},
	    {{.has = TFTP_HAS_BLKSIZE, .blksize = 1432}, 0},
	    {{.has = TFTP_HAS_BLKSIZE, .blksize = 512}, 0},
	    {{.has = TFTP_HAS_BLKSIZE, .blksize = 1433}, -EPROTO},
	    {{.has = TFTP_HAS_TSIZE, .tsize = 100}, -EPROTO},
	    {{.has = TFTP_HAS_TIMEOUT, .timeout_s = 5}, 0},
	    {{.has = TFTP_HAS_TIMEOUT, .timeout_s = 4}, -EPROTO},
	    {{.has = TFTP_HAS_WINDOWSIZE, .windowsize = 9}, -EPROTO},
	    {{.unknown = 1}, -EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(tftp_options_accept(&asked, &cases[i].answer), cases[i].err);
}

static void netascii(void **state)
{
	static const uint8_t plain[] = "a\nb\rc\r\nd\r";
	static const uint8_t coded[] =
	    "a\r\nb\r\0c\r\0\r\nd\r"; /* the last CR lacks its NUL: the literal's */
	uint8_t out[64], back[64];
	size_t n = tftp_netascii_encode(plain, sizeof(plain) - 1, out);

	(void)state;
	wire_check_bytes(out, (ssize_t)n, coded, sizeof(coded));
	for (size_t cut = 0; cut <= n; cut++) { /* in two blocks, cut anywhere */
		struct tftp_netascii netascii_state = {0};
		size_t m = tftp_netascii_decode(&netascii_state, out, cut, back);

		m += tftp_netascii_decode(&netascii_state, out + cut, n - cut, back + m);
		wire_check_bytes(back, (ssize_t)m, plain, sizeof(plain) - 1);
		assert_false(netascii_state.carriage_return);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_read_request),
	    cmocka_unit_test(the_other_packets),
	    cmocka_unit_test(malformed_packets_say_why),
	    cmocka_unit_test(invalid_packets_are_not_encoded),
	    cmocka_unit_test(answers_to_options),
	    cmocka_unit_test(netascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
