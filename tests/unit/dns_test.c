/* DNS (RFC 1035 section 4): the query byte for byte, answers with an alias and compressed names, every truncation, names that are
 * none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/dns.h"

/* clang-format off */
static const uint8_t query[] = {
    0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,	/* number; recursion desired; one question */
    5, 't', 'f', 't', 'p', '1', 3, 'l', 'a', 'b', 0,
    0, 1, 0, 1,						/* A, IN */
};
static const uint8_t answer[] = {
    0x12, 0x34, 0x85, 0x80, 0, 1, 0, 3, 0, 0, 0, 0,	/* authoritative; three answers */
    5, 't', 'f', 't', 'p', '1', 3, 'l', 'a', 'b', 0,
    0, 1, 0, 1,
    0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4,		/* an alias: a label and a pointer */
    1, 'a', 0xc0, 0x12,
    0xc0, 0x26, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4,		/* addresses of the alias */
    10, 20, 0, 3,
    1, 'a', 0xc0, 0x12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4,
    10, 20, 0, 4,
};
/* clang-format on */

static void a_query(void **state)
{
	uint8_t out[sizeof(query)];

	(void)state;
	for (size_t room = 0; room < sizeof(query); room++)
		assert_int_equal(dns_encode_query(0x1234, "tftp1.lab", out, room), -ENOSPC);
	assert_int_equal(dns_encode_query(0x1234, "tftp1.lab", out, sizeof(out)), sizeof(query));
	assert_memory_equal(out, query, sizeof(query));
	assert_int_equal(dns_encode_query(0x1234, "tftp1.lab.", out, sizeof(out)), sizeof(query));
	assert_memory_equal(out, query, sizeof(query));
}

static void names(void **state)
{
	static const char *const none[] = {"", ".", ".lab", "tftp..lab", "lab.."};
	uint8_t out[DNS_QUERY_MAX];
	char label[65], longest[DNS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(dns_encode_query(1, none[i], out, sizeof(out)), -EINVAL);
	memset(label, 'x', sizeof(label));
	label[64] = 0;
	assert_int_equal(dns_encode_query(1, label, out, sizeof(out)), -EINVAL);
	assert_int_equal(dns_encode_query(1, label + 1, out, sizeof(out)), 12 + 1 + 63 + 1 + 4);
	/* 253 bytes and a dot are a name, 254 are none. */
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = i % 64 == 63 ? '.' : 'x';
	longest[254] = 0;
	assert_int_equal(dns_encode_query(1, longest, out, sizeof(out)), -EINVAL);
	longest[253] = '.';
	assert_int_equal(dns_encode_query(1, longest, out, sizeof(out)), 12 + 255 + 4);
}

static void an_answer(void **state)
{
	struct dns_reply reply;

	(void)state;
	assert_int_equal(dns_decode_reply(answer, sizeof(answer), &reply, NULL), 0);
	assert_int_equal(reply.id, 0x1234);
	assert_int_equal(reply.rcode, DNS_NOERROR);
	assert_string_equal(reply.name, "tftp1.lab");
	assert_int_equal(reply.count, 2);
	assert_int_equal(reply.address[0], 0x0a140003);
	assert_int_equal(reply.address[1], 0x0a140004);
}

static void other_answers(void **state)
{
	uint8_t bytes[12 + 15 + 16 * (DNS_ADDRESSES_MAX + 1)];
	struct wire_error error;
	struct dns_reply reply;

	(void)state;
	/* A query is no answer. */
	assert_int_equal(dns_decode_reply(query, sizeof(query), &reply, &error), -EBADMSG);
	assert_string_equal(error.what, "not a reply");
	/* The name does not exist. */
	memcpy(bytes, answer, 27);
	memcpy(bytes + 2, "\x85\x83\0\1\0\0", 6);
	assert_int_equal(dns_decode_reply(bytes, 27, &reply, NULL), 0);
	assert_int_equal(reply.rcode, DNS_NXDOMAIN);
	assert_int_equal(reply.count, 0);
	/* A server that repeats no question. */
	memcpy(bytes + 2, "\x80\x05\0\0\0\0", 6);
	assert_int_equal(dns_decode_reply(bytes, 12, &reply, NULL), 0);
	assert_string_equal(reply.name, "");
	/* More addresses than there is room for. */
	memcpy(bytes + 2, "\x85\x80\0\1\0\5", 6);
	for (int i = 0; i <= DNS_ADDRESSES_MAX; i++) {
		memcpy(bytes + 27 + 16 * i, answer + 43, 16);
		bytes[27 + 16 * i + 15] = (uint8_t)i;
	}
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, NULL), 0);
	assert_int_equal(reply.count, DNS_ADDRESSES_MAX);
	assert_int_equal(reply.address[DNS_ADDRESSES_MAX - 1] & 0xff, DNS_ADDRESSES_MAX - 1);
	/* An address of five bytes, or of another class, is none. */
	memcpy(bytes + 2, "\x85\x80\0\1\0\1", 6);
	bytes[27 + 5] = 3;
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, NULL), 0);
	assert_int_equal(reply.count, 0);
	bytes[27 + 5] = 1;
	bytes[27 + 11] = 5;
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, NULL), 0);
	assert_int_equal(reply.count, 0);
	/* Labels of types that RFC 1035 reserves, in a question and in an answer. */
	bytes[27] = 0x40;
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, &error), -EBADMSG);
	assert_string_equal(error.what, "unknown type of label");
	bytes[12] = 0xc0;
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, &error), -EBADMSG);
	/* Two questions: which one is answered? */
	memcpy(bytes + 2, "\x85\x80\0\2\0\0", 6);
	assert_int_equal(dns_decode_reply(bytes, sizeof(bytes), &reply, &error), -EBADMSG);
	assert_string_equal(error.what, "more than one question");
}

static void every_truncation(void **state)
{
	struct wire_error error;
	struct dns_reply reply;

	(void)state;
	for (size_t length = 0; length < sizeof(answer); length++) {
		uint8_t *copy = malloc(length + 1);

		memcpy(copy, answer, length);
		assert_int_equal(dns_decode_reply(copy, length, &reply, &error), -EBADMSG);
		assert_string_equal(error.what, length < 4 ? error.what : "truncated");
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_query),		cmocka_unit_test(names),
	    cmocka_unit_test(an_answer),	cmocka_unit_test(other_answers),
	    cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
