/* CTL, ITL and signed files: their elements, and what the signature covers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/trustlist.h"

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return trustlist_decode(data, length, message, error);
}

#define SIGNATURE_AT 60
/* An ITL of one record, with a signature of 64 bytes (512 bits). */
static const uint8_t itl[] = {
    1,	  0,	2,    1,    2,					   /* version 1.2 */
    2,	  0,	2,    0,    152,				   /* header length */
    28,	  0,	2,    1,    0,					   /* signer version 1.0 */
    3,	  0,	24,						   /* signer */
    4,	  0,	8,    'C',  'N',  '=',	'S',  'A',  'S',  'T',	0, /* its name */
    5,	  0,	2,    0x12, 0x34,				   /* serial number */
    6,	  0,	5,    'C',  'N',  '=',	'A',  0,		   /* issuer */
    7,	  0,	15,						   /* signature: */
    8,	  0,	1,    2,					   /* SHA-256 */
    9,	  0,	8,    10,   0,	  1,	0,    11,   0,	  1,	0, /* RSA, 64 bytes */
    12,	  0,	64,						   /* the signature itself */
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
    0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
    14,	  0,	12,   'I',  'T',  'L',	'F',  'i',  'l',  'e',	'.',  't',  'l',  'v',	0, /* file name */
    15,	  0,	4,    0x6b, 0x00, 0x00, 0x01,						   /* time */
    13,	  13,	13,						   /* padding to a multiple of 4 */
    1,	  0,	2,    0,    63,					   /* record length */
    2,	  0,	4,    'p',  'u',  'b',	0,			   /* DNS name */
    3,	  0,	8,    'C',  'N',  '=',	'S',  'A',  'S',  'T',	0, /* subject */
    4,	  0,	2,    0,    0,					   /* role SAST */
    5,	  0,	5,    'C',  'N',  '=',	'A',  0,		   /* issuer */
    6,	  0,	2,    0x12, 0x34,				   /* serial number */
    7,	  0,	3,    0x30, 0x01, 0x00,				   /* public key */
    9,	  0,	2,    0x30, 0x00,				   /* certificate */
    10,	  0,	4,    10,   20,	  0,	11,			   /* address */
    12,	  0,	1,    2,					   /* hash algorithm */
};

static void an_itl(void **state)
{
	static struct trustlist list, copy;
	struct wire_slice part[2];
	uint8_t out[512];
	ssize_t size;

	(void)state;
	assert_int_equal(trustlist_decode(itl, sizeof(itl), &list, NULL), 0);
	assert_int_equal(list.header.version[0], 1);
	assert_int_equal(list.header.version[1], 2);
	assert_int_equal(list.header.header_size, 152);
	assert_true(list.header.has_signer_version);
	assert_string_equal(list.header.signer, "CN=SAST");
	assert_string_equal(list.header.issuer, "CN=A");
	assert_int_equal(list.header.digest, TRUSTLIST_SHA256);
	assert_int_equal(list.header.signature.length, 64);
	assert_int_equal(list.header.signature_at, SIGNATURE_AT);
	assert_int_equal(list.header.signature_end, SIGNATURE_AT + 67);
	assert_string_equal(list.header.file_name, "ITLFile.tlv");
	assert_int_equal(list.header.timestamp, 0x6b000001);
	assert_int_equal(list.header.unknown, 0);
	assert_int_equal(list.records, 1);
	assert_string_equal(list.record[0].dns_name, "pub");
	assert_string_equal(list.record[0].subject, "CN=SAST");
	assert_int_equal(list.record[0].role, TRUSTLIST_SAST);
	assert_int_equal(list.record[0].public_key.length, 3);
	assert_int_equal(list.record[0].certificate.length, 2);
	assert_int_equal(list.record[0].address.length, 4);
	assert_int_equal(list.record[0].hash_algorithm, TRUSTLIST_SHA256);
	assert_ptr_equal(trustlist_signer(&list), &list.record[0]);
	for (unsigned i = 0; i < list.records; i++)
		assert_int_not_equal(list.record[i].role, TRUSTLIST_TVS);
	/* what is signed is the file without tag 12; and it is what the encoder gives to sign */
	trustlist_signed_bytes(&list.header, itl, sizeof(itl), part);
	size = trustlist_encode_unsigned(&list, 64, out, sizeof(out));
	assert_int_equal(size, sizeof(itl) - 67);
	assert_int_equal(part[0].length + part[1].length, size);
	assert_memory_equal(out, part[0].data, part[0].length);
	assert_memory_equal(out + part[0].length, part[1].data, part[1].length);
	wire_check_bytes(out, trustlist_encode(&list, out, sizeof(out)), itl, sizeof(itl));
	for (size_t room = 0; room < sizeof(itl); room++)
		assert_int_equal(trustlist_encode(&list, out, room), -ENOSPC);
	/* of another signer there is no record */
	copy = list;
	copy.header.signer = "CN=other";
	assert_null(trustlist_signer(&copy));
}

static void truncations_and_corruptions(void **state)
{
	(void)state;
	/* a list that ends behind its header has no records, and is whole */
	assert_int_equal(wire_check_truncations(itl, sizeof(itl), decode, sizeof(struct trustlist)), 1);
	wire_check_corruptions(itl, sizeof(itl), decode, sizeof(struct trustlist));
}

static void refused_with(size_t at, uint8_t value, size_t offset, const char *what)
{
	uint8_t copy[sizeof(itl)];

	memcpy(copy, itl, sizeof(itl));
	copy[at] = value;
	wire_check_refused(copy, sizeof(copy), decode, sizeof(struct trustlist), offset, what);
}

static void malformed_lists_say_why(void **state)
{
	(void)state;
	refused_with(0, 3, 0, "does not begin with a version");
	refused_with(5, 3, 5, "no header length behind the version");
	refused_with(9, 4, 8, "header length too small");
	refused_with(28, 'x', 21, "name does not end in one NUL");
	refused_with(48, 9, 49, "unknown digest algorithm");
	refused_with(55, 1, 56, "unknown signature algorithm");
	refused_with(59, 4, 60, "unknown modulus");
	refused_with(59, 1, SIGNATURE_AT, "signature is not as long as the modulus");
	refused_with(60, 99, 152, "no signature in the header");
	refused_with(152, 2, 152, "record does not begin with its length");
	refused_with(156, 4, 155, "record length too small");
	refused_with(156, 64, 157, "truncated");
}

static void every_size_and_role(void **state)
{
	static const size_t sizes[] = {64, 128, 256, 512};
	static const uint16_t roles[] = {0, 1, 2, 3, 4, 7, 21, 999};
	static uint8_t signature[512], key[270], cert[900], out[TRUSTLIST_SIZE_MAX],
	    unsigned_[TRUSTLIST_SIZE_MAX];
	static struct trustlist list, read;

	(void)state;
	memset(signature, 0x5a, sizeof(signature));
	for (size_t i = 0; i < 4; i++) {
		struct wire_slice part[2];
		ssize_t size, bare;

		list = (struct trustlist){.header = {.version = {1, 2},
						     .signer = "CN=ITLRECOVERY_cucm;O=phonelab",
						     .serial = {key, 16},
						     .issuer = "CN=ITLRECOVERY_cucm;O=phonelab",
						     .digest = (enum trustlist_digest)(1 + i % 3),
						     .signature = {signature, sizes[i]},
						     .file_name = "CTLFile.tlv",
						     .timestamp = 7}};
		for (size_t r = 0; r < sizeof(roles) / sizeof(*roles); r++)
			list.record[list.records++] =
			    (struct trustlist_record){.dns_name = "cucm",
						      .subject = "CN=x",
						      .role = roles[r],
						      .issuer = "CN=y",
						      .serial = {key, 16},
						      .public_key = {key, sizeof(key)},
						      .certificate = {cert, sizeof(cert)}};
		size = trustlist_encode(&list, out, sizeof(out));
		assert_in_range(size, 1, sizeof(out));
		assert_int_equal(trustlist_decode(out, (size_t)size, &read, NULL), 0);
		assert_int_equal(read.header.header_size % 4, 0);
		assert_int_equal(read.records, list.records);
		assert_int_equal(read.header.signature.length, sizes[i]);
		assert_false(read.header.has_signer_version);
		assert_int_equal(read.record[7].role, 999);
		bare = trustlist_encode_unsigned(&list, sizes[i], unsigned_, sizeof(unsigned_));
		trustlist_signed_bytes(&read.header, out, (size_t)size, part);
		assert_int_equal(part[0].length + part[1].length, bare);
		assert_memory_equal(unsigned_ + part[0].length, part[1].data, part[1].length);
	}
	assert_int_equal(trustlist_encode_unsigned(&list, 100, out, sizeof(out)), -EINVAL);
	list.header.digest = (enum trustlist_digest)4;
	assert_int_equal(trustlist_encode(&list, out, sizeof(out)), -EINVAL);
	assert_string_equal(trustlist_role_name(2), "CCM+TFTP");
	assert_string_equal(trustlist_role_name(999), "role");
	assert_int_equal(trustlist_digest_size(TRUSTLIST_SHA512), 64);
}

static void signed_files(void **state)
{
	static uint8_t signature[256];
	struct trustlist_header header = {.version = {1, 0},
					  .signer = "CN=TFTP",
					  .issuer = "CN=A",
					  .serial = {(const uint8_t *)"\1\2", 2},
					  .digest = TRUSTLIST_SHA256,
					  .signature = {signature, sizeof(signature)},
					  .file_name = "SEP001122AABB01.cnf.xml.sgn",
					  .timestamp = 1},
				read;
	const struct wire_slice payload = wire_slice_text("<device/>");
	struct wire_slice found, part[2];
	uint8_t out[1024], bare[1024];
	ssize_t size = sgn_encode(&header, payload, out, sizeof(out));

	(void)state;
	assert_in_range(size, 256, sizeof(out));
	assert_true(sgn_is_signed(out, (size_t)size));
	assert_false(sgn_is_signed("<?xml", 5));
	assert_false(sgn_is_signed(out, 2));
	assert_int_equal(sgn_decode(out, (size_t)size, &read, &found, NULL), 0);
	wire_check_text(found, "<device/>");
	assert_string_equal(read.file_name, header.file_name);
	assert_int_equal(read.header_size, size - 9);
	trustlist_signed_bytes(&read, out, (size_t)size, part);
	assert_int_equal(sgn_encode_unsigned(&header, sizeof(signature), payload, bare, sizeof(bare)),
			 part[0].length + part[1].length);
	assert_memory_equal(bare, part[0].data, part[0].length);
	assert_memory_equal(bare + part[0].length, part[1].data, part[1].length);
	for (size_t n = 0; n < read.header_size; n++) {
		struct trustlist_header none;
		struct wire_error error = {0};

		assert_int_equal(sgn_decode(out, n, &none, &found, &error), -EBADMSG);
		assert_non_null(error.what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_itl),
	    cmocka_unit_test(truncations_and_corruptions),
	    cmocka_unit_test(malformed_lists_say_why),
	    cmocka_unit_test(every_size_and_role),
	    cmocka_unit_test(signed_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
