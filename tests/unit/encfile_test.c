/* The header of encrypted files, and trust lists with the sizes of a real CTL file and with EC keys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/trustlist.h"

#define FILE_NAME "SEP001122AABB01.cnf.xml.enc.sgn"

/* --- sgn 2.0 --- */

struct file {
	struct trustlist_header header;
	struct wire_slice payload;
};

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	struct file *file = message;

	return sgn_decode(data, length, &file->header, &file->payload, error);
}

/* Behind the file name and the time: what is encrypted, and how. Keys of 64 bytes, a digest of SHA-1. */
static const uint8_t elements[] = {
    16,	  0,	114,	 /* encryption: */
    17,	  0,	28,	 /* cipher: */
    18,	  0,	1,    0, /* its kind */
    19,	  0,	16,	 /* initialization vector */
    1,	  2,	3,    4,    5,	  6,	7,    8,    9,	  10,	11,   12,   13,	  14,
    15,	  16,	20,   0,    2,	  0,	7, /* 7 pad bytes in the plaintext */
    21,	  0,	80,			   /* wrapped key: */
    22,	  0,	1,    0,		   /* its kind */
    23,	  0,	2,    0x02, 0x00,	   /* 512 bits */
    24,	  0,	1,    1,		   /* its form */
    25,	  0,	64,			   /* the key */
    0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3,
    0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3,
    0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3,
    0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3,
    0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 26,	  0,	1,    1, /* SHA-1 */
    27,	  0,	20,							 /* digest of the plaintext */
    0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
    0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
};
#define IV_AT	   13 /* in elements */
#define PADDING_AT 33
#define BITS_AT	   44
#define DIGEST_AT  120

static uint8_t signature[256], wrapped[64], digest[20];

static struct trustlist_header a_header(void)
{
	struct trustlist_header header = {.version = {2, 0},
					  .signer = "CN=tftp;O=phonelab",
					  .serial = {signature, 16},
					  .issuer = "CN=tftp;O=phonelab",
					  .digest = TRUSTLIST_SHA512,
					  .signature = {signature, 256},
					  .file_name = FILE_NAME,
					  .timestamp = 1,
					  .encrypted = true,
					  .encryption = {.padding = 7,
							 .key_bits = 512,
							 .key = {wrapped, sizeof(wrapped)},
							 .digest = TRUSTLIST_SHA1,
							 .hash = {digest, sizeof(digest)}}};

	for (uint8_t i = 0; i < 16; i++)
		header.encryption.iv[i] = i + 1;
	memset(wrapped, 0xc3, sizeof(wrapped));
	memset(digest, 0x77, sizeof(digest));
	memset(signature, 0xa5, sizeof(signature));
	return header;
}

static size_t an_encrypted_file(uint8_t *out, size_t size)
{
	struct trustlist_header header = a_header();
	ssize_t length = sgn_encode(&header, wire_slice_text("ciphertext of 32 octets in a row"), out, size);

	assert_in_range(length, 256, size);
	return (size_t)length;
}

static void encrypted_files(void **state)
{
	uint8_t out[1024], bare[1024];
	size_t size = an_encrypted_file(out, sizeof(out));
	struct trustlist_header header = a_header();
	struct wire_slice part[2];
	struct file file;

	(void)state;
	assert_non_null(memmem(out, size, elements, sizeof(elements)));
	assert_int_equal(sgn_decode(out, size, &file.header, &file.payload, NULL), 0);
	wire_check_text(file.payload, "ciphertext of 32 octets in a row");
	assert_int_equal(file.header.header_size % 4, 0);
	assert_int_equal(file.header.unknown, 0);
	assert_true(file.header.encrypted);
	assert_int_equal(file.header.version[0], 2);
	assert_memory_equal(file.header.encryption.iv, header.encryption.iv, 16);
	assert_int_equal(file.header.encryption.padding, 7);
	assert_int_equal(file.header.encryption.key_bits, 512);
	assert_true(wire_slice_equal(file.header.encryption.key, header.encryption.key));
	assert_int_equal(file.header.encryption.digest, TRUSTLIST_SHA1);
	assert_true(wire_slice_equal(file.header.encryption.hash, header.encryption.hash));
	/* the signature covers the header without tag 12, and the ciphertext */
	trustlist_signed_bytes(&file.header, out, size, part);
	assert_int_equal(sgn_encode_unsigned(&header, 256, file.payload, bare, sizeof(bare)), size - 259);
	assert_memory_equal(bare, part[0].data, part[0].length);
	assert_memory_equal(bare + part[0].length, part[1].data, part[1].length);
	/* it reads back as it was written */
	wire_check_bytes(bare, sgn_encode(&file.header, file.payload, bare, sizeof(bare)), out, size);
}

static void truncations_and_corruptions(void **state)
{
	uint8_t out[1024];
	size_t size = an_encrypted_file(out, sizeof(out));

	(void)state;
	/* the header must be whole; the ciphertext may be of any size */
	assert_int_equal(wire_check_truncations(out, size, decode, sizeof(struct file)), 32);
	wire_check_corruptions(out, size - 32, decode, sizeof(struct file));
}

static void refused_with(size_t at, uint8_t value, size_t offset, const char *what)
{
	uint8_t out[1024];
	size_t size = an_encrypted_file(out, sizeof(out));
	size_t begin = (size_t)((uint8_t *)memmem(out, size, elements, sizeof(elements)) - out);

	out[begin + at] = value;
	wire_check_refused(out, size, decode, sizeof(struct file), offset ? begin + offset : size - 32, what);
}

static void malformed_headers_say_why(void **state)
{
	struct trustlist_header header = a_header();
	uint8_t out[1024];

	(void)state;
	refused_with(IV_AT - 1, 15, IV_AT, "truncated");
	refused_with(PADDING_AT - 2, 1, PADDING_AT - 1, "truncated");
	refused_with(PADDING_AT, 0, 0, "padding is not 1 to 16 bytes");
	refused_with(PADDING_AT, 17, 0, "padding is not 1 to 16 bytes");
	refused_with(BITS_AT, 1, 0, "wrapped key is not as long as its size");
	refused_with(DIGEST_AT, 9, 0, "unknown digest algorithm of the plaintext");
	refused_with(DIGEST_AT, 3, 0, "digest of the plaintext is not as long as its algorithm demands");
	header.encryption.padding = 0;
	assert_int_equal(sgn_encode(&header, wire_slice_text(""), out, sizeof(out)), -EINVAL);
	header = a_header();
	header.encryption.key.length = 0;
	assert_int_equal(sgn_encode(&header, wire_slice_text(""), out, sizeof(out)), -EINVAL);
}

static void padding_fills_a_block(void **state)
{
	(void)state;
	assert_int_equal(encfile_padding(0), 16);
	assert_int_equal(encfile_padding(1), 15);
	assert_int_equal(encfile_padding(15), 1);
	assert_int_equal(encfile_padding(16), 16);
}

/* --- trust lists --- */

/* A text of that many characters. */
static const char *text_of(char *out, const char *begin, size_t length)
{
	memset(out, 'x', length);
	memcpy(out, begin, strlen(begin));
	out[length] = '\0';
	return out;
}

/* The sizes of a CTL file that a call manager 10.5 has written: header 333 and 3 pad bytes, record 1156, record of a
 * hardware token 1186. */
static void a_ctl_of_a_real_shape(void **state)
{
	static uint8_t key[140], der[905], out[8192];
	static struct trustlist list, read;
	char name[62], dns[16], token[57], ca[43];
	ssize_t header, record, etoken;

	(void)state;
	text_of(name, "CN=cucm-publisher;OU=Telephony", 61);
	text_of(dns, "cucm-pub.lab", 15);
	text_of(token, "cn=\"SAST-ADN008580ef \";ou=IPCBU", 55);
	text_of(ca, "cn=Manufacturing CA;o=phonelab", 41);
	list.header = (struct trustlist_header){.version = {1, 2},
						.signer = name,
						.serial = {signature, 16},
						.issuer = name,
						.digest = TRUSTLIST_SHA1,
						.signature = {signature, 128},
						.file_name = "CTLFile.tlv",
						.timestamp = 7};
	header = trustlist_encode(&list, out, sizeof(out));
	assert_int_equal(header, 336);
	assert_memory_equal(out + 333, "\r\r\r", 3);
	/* container 3: 65 + 19 + 65, in the order name, serial number, issuer */
	assert_memory_equal(out + 10, "\x03\x00\x95\x04\x00\x3e", 6);
	assert_memory_equal(out + 13 + 65, "\x05\x00\x10", 3);
	assert_memory_equal(out + 13 + 65 + 19, "\x06\x00\x3e", 3);
	list.records = 1;
	list.record[0] = (struct trustlist_record){.dns_name = dns,
						   .subject = name,
						   .role = TRUSTLIST_CCM_TFTP,
						   .issuer = name,
						   .serial = {signature, 16},
						   .public_key = {key, 140},
						   .signature = {signature, 128},
						   .certificate = {der, 694},
						   .address = {der, 4}};
	record = trustlist_encode(&list, out, sizeof(out)) - header;
	assert_int_equal(record, 1156);
	/* a token: the DNS name is one NUL, the certificate's signature (tag 8) is left out */
	list.records = 2;
	list.record[1] = (struct trustlist_record){.dns_name = "",
						   .has_dns_name = true,
						   .subject = token,
						   .role = TRUSTLIST_SAST,
						   .issuer = ca,
						   .serial = {signature, 10},
						   .public_key = {key, 140},
						   .certificate = {der, 902},
						   .address = {der, 4}};
	etoken = trustlist_encode(&list, out, sizeof(out)) - header - record;
	assert_int_equal(etoken, 1186);
	assert_memory_equal(out + header + record + 5, "\x02\x00\x01\x00", 4);
	assert_int_equal(trustlist_decode(out, (size_t)(header + record + etoken), &read, NULL), 0);
	assert_true(read.record[1].has_dns_name);
	assert_string_equal(read.record[1].dns_name, "");
	assert_int_equal(trustlist_encode(&read, out, sizeof(out)), header + record + etoken);
	/* three call manager records and two of tokens */
	list.record[2] = list.record[3] = list.record[0];
	list.record[4] = list.record[1];
	list.records = 5;
	assert_int_equal(trustlist_encode(&list, out, sizeof(out)), 336 + 3 * 1156 + 2 * 1186);
}

static void ec_keys(void **state)
{
	static uint8_t point[133] = {4}, rsa[270] = {0x30, 0x82};
	struct trustlist_record record = {.public_key = {point, 65}};
	struct trustlist_header header = {.has_signer_version = true, .signer_version = {1, 1}};

	(void)state;
	assert_true(trustlist_key_is_ec(&record));
	record.public_key.length = 133;
	assert_true(trustlist_key_is_ec(&record));
	record.public_key.length = 1;
	assert_false(trustlist_key_is_ec(&record));
	record.public_key = (struct wire_slice){rsa, sizeof(rsa)};
	assert_false(trustlist_key_is_ec(&record));
	record.public_key.length = 0;
	assert_false(trustlist_key_is_ec(&record));
	assert_true(trustlist_allows_ec(&header));
	header.signer_version[0] = 2;
	header.signer_version[1] = 0;
	assert_true(trustlist_allows_ec(&header));
	header.signer_version[0] = 1;
	assert_false(trustlist_allows_ec(&header));
	header.has_signer_version = false;
	header.signer_version[1] = 1;
	assert_false(trustlist_allows_ec(&header));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encrypted_files),		 cmocka_unit_test(truncations_and_corruptions),
	    cmocka_unit_test(malformed_headers_say_why), cmocka_unit_test(padding_fills_a_block),
	    cmocka_unit_test(a_ctl_of_a_real_shape),	 cmocka_unit_test(ec_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
