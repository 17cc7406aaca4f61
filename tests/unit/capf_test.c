/* CAPF: each message of the four operations, byte by byte, and what is malformed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/capf.h"

#define SESSION	   0x00, 0x00, 0x30, 0x39 /* 12345 */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return capf_decode(data, length, message, error);
}

static const uint8_t key[4] = {0x30, 2, 5, 0}, der[5] = {0x30, 3, 2, 1, 9}, sig[2] = {0xaa, 0xbb};

static const struct {
	struct capf message;
	const uint8_t *bytes;
	size_t size;
} vectors[] = {
    /* the server speaks first: version 3, authentication "none" */
    {{.command = CAPF_AUTH_REQUEST, .has = CAPF_HAS_VERSION | CAPF_HAS_AUTH, .version = CAPF_VERSION},
     BYTES(0x55, 1, SESSION, 0, 8, 7, 0, 1, 3, 8, 0, 1, 0)},
    /* ok, version 3, device name with its NUL, and an empty password, which is just NUL */
    {{.command = CAPF_AUTH_REPLY,
      .has = CAPF_HAS_REASON | CAPF_HAS_VERSION | CAPF_HAS_DEVICE | CAPF_HAS_PASSWORD,
      .reason = CAPF_OK,
      .version = CAPF_VERSION,
      .device = {(const uint8_t *)"SEP001122AABB01", 15}},
     BYTES(0x55, 2, SESSION, 0, 31, 1, 0, 1, 1, 7, 0, 1, 3, 13, 0, 16, 'S', 'E', 'P', '0', '0', '1', '1', '2',
	   '2', 'A', 'A', 'B', 'B', '0', '1', 0, 11, 0, 1, 0)},
    /* the same with an existing certificate: 01, the length of the rest, 00, its type, DER; both signatures */
    {{.command = CAPF_AUTH_REPLY,
      .has = CAPF_HAS_REASON | CAPF_HAS_VERSION | CAPF_HAS_DEVICE | CAPF_HAS_CERTIFICATE,
      .reason = CAPF_OK,
      .version = CAPF_VERSION,
      .device = {(const uint8_t *)"SEP001122AABB01", 15},
      .certificate = {der, sizeof(der)},
      .certificate_kind = CAPF_MIC,
      .signature = {sig, 2},
      .signature_2 = {sig, 2}},
     BYTES(0x55, 2, SESSION, 0, 53, 1, 0, 1, 1, 7, 0, 1, 3, 13, 0, 16, 'S', 'E', 'P', '0', '0', '1', '1', '2',
	   '2', 'A', 'A', 'B', 'B', '0', '1', 0, /* */ 4, 0, 10, 1, 0, 7, 0, 2, 0x30, 3, 2, 1, 9,
	   /* */ 6, 0, 2, 0xaa, 0xbb, /* */ 20, 0, 5, 3, 0, 2, 0xaa, 0xbb)},
    /* a key, RSA of 2048 bits; on curve P-384 */
    {{.command = CAPF_KEY_REQUEST,
      .has = CAPF_HAS_KEY_TYPE | CAPF_HAS_KEY_SIZE,
      .key_type = CAPF_RSA,
      .key_size = 2048},
     BYTES(0x55, 3, SESSION, 0, 9, 17, 0, 1, 0, 10, 0, 2, 8, 0)},
    {{.command = CAPF_KEY_REQUEST,
      .has = CAPF_HAS_KEY_TYPE | CAPF_HAS_CURVE,
      .key_type = CAPF_EC,
      .curve = CAPF_P384},
     BYTES(0x55, 3, SESSION, 0, 8, 17, 0, 1, 1, 18, 0, 1, 1)},
    /* not yet; then the key */
    {{.command = CAPF_IN_PROGRESS}, BYTES(0x55, 17, SESSION, 0, 0)},
    {{.command = CAPF_KEY_REPLY, .public_key = {key, sizeof(key)}},
     BYTES(0x55, 4, SESSION, 0, 7, 9, 0, 4, 0x30, 2, 5, 0)},
    /* the certificate, of type LSC */
    {{.command = CAPF_STORE_REQUEST,
      .has = CAPF_HAS_CERTIFICATE_TYPE | CAPF_HAS_CERTIFICATE,
      .certificate_type = CAPF_LSC,
      .certificate = {der, sizeof(der)},
      .certificate_kind = CAPF_LSC},
     BYTES(0x55, 9, SESSION, 0, 17, 3, 0, 1, 1, /* */ 4, 0, 10, 1, 0, 7, 0, 1, 0x30, 3, 2, 1, 9)},
    {{.command = CAPF_STORE_REPLY, .has = CAPF_HAS_REASON, .reason = CAPF_OK},
     BYTES(0x55, 10, SESSION, 0, 4, 1, 0, 1, 1)},
    /* fetch and delete */
    {{.command = CAPF_FETCH_REQUEST}, BYTES(0x55, 11, SESSION, 0, 0)},
    {{.command = CAPF_FETCH_REPLY, .has = CAPF_HAS_REASON, .reason = CAPF_INVALID_ELEMENT},
     BYTES(0x55, 12, SESSION, 0, 4, 1, 0, 1, 7)},
    {{.command = CAPF_DELETE_REQUEST}, BYTES(0x55, 13, SESSION, 0, 0)},
    /* the end: unknown device */
    {{.command = CAPF_END, .has = CAPF_HAS_REASON, .reason = CAPF_UNKNOWN_DEVICE},
     BYTES(0x55, 15, SESSION, 0, 4, 1, 0, 1, 9)},
    /* the certificate of the device's identity: 00 DER, 01 signature of SHA-1, 03 signature of SHA-512 */
    {{.command = CAPF_AUTH_REPLY,
      .has = CAPF_HAS_SUDI,
      .sudi = {der, sizeof(der)},
      .sudi_signature = {sig, 2},
      .sudi_signature_2 = {sig, 2}},
     BYTES(0x55, 2, SESSION, 0, 21, 16, 0, 18, 0, 0, 5, 0x30, 3, 2, 1, 9, 1, 0, 2, 0xaa, 0xbb, 3, 0, 2, 0xaa,
	   0xbb)},
};

static void assert_slices(struct wire_slice a, struct wire_slice b)
{
	assert_true(wire_slice_equal(a, b));
}

static void each_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct capf message = vectors[i].message, read;
		uint8_t out[200];
		size_t whole;

		message.session = 12345;
		wire_check_bytes(out, capf_encode(&message, out, sizeof(out)), vectors[i].bytes,
				 vectors[i].size);
		for (size_t room = 0; room < vectors[i].size; room++)
			assert_int_equal(capf_encode(&message, out, room), -ENOSPC);
		assert_int_equal(capf_frame(vectors[i].bytes, vectors[i].size, &whole, NULL), 0);
		assert_int_equal(whole, vectors[i].size);
		assert_int_equal(capf_decode(vectors[i].bytes, vectors[i].size, &read, NULL), 0);
		assert_int_equal(read.command, message.command);
		assert_int_equal(read.session, 12345);
		assert_int_equal(read.has, message.has);
		assert_int_equal(read.unknown, 0);
		assert_int_equal(read.reason, message.reason);
		assert_int_equal(read.version, message.version);
		assert_int_equal(read.auth, message.auth);
		assert_int_equal(read.key_type, message.key_type);
		assert_int_equal(read.key_size, message.key_size);
		assert_int_equal(read.curve, message.curve);
		assert_int_equal(read.certificate_type, message.certificate_type);
		assert_int_equal(read.certificate_kind, message.certificate_kind);
		assert_slices(read.device, message.device);
		assert_slices(read.password, message.password);
		assert_slices(read.certificate, message.certificate);
		assert_slices(read.public_key, message.public_key);
		assert_slices(read.signature, message.signature);
		assert_slices(read.signature_2, message.signature_2);
		assert_slices(read.sudi, message.sudi);
		assert_slices(read.sudi_signature, message.sudi_signature);
		assert_slices(read.sudi_signature_2, message.sudi_signature_2);
		assert_int_equal(
		    wire_check_truncations(vectors[i].bytes, vectors[i].size, decode, sizeof(struct capf)),
		    0);
		wire_check_corruptions(vectors[i].bytes, vectors[i].size, decode, sizeof(struct capf));
	}
}

static void refused(const uint8_t *bytes, size_t size, size_t offset, const char *what)
{
	wire_check_refused(bytes, size, decode, sizeof(struct capf), offset, what);
}

static void malformed_messages_say_why(void **state)
{
	(void)state;
	refused(BYTES(0x57, 1, SESSION, 0, 0), 0, "does not begin with 55");
	refused(BYTES(0x55, 0, SESSION, 0, 0), 1, "unknown command");
	refused(BYTES(0x55, 24, SESSION, 0, 0), 1, "unknown command");
	refused(BYTES(0x55, 1, SESSION, 0, 1), 6, "length is not that of the message");
	refused(BYTES(0x55, 1, SESSION, 0, 5, 1, 0, 2, 1, 1), 12, "element longer than its value");
	refused(BYTES(0x55, 2, SESSION, 0, 6, 13, 0, 3, 'S', 0, 'E'), 11, "text with a NUL inside");
	refused(BYTES(0x55, 9, SESSION, 0, 7, 4, 0, 4, 2, 0, 1, 0), 11, "unknown kind of value");
	refused(BYTES(0x55, 9, SESSION, 0, 7, 4, 0, 4, 1, 0, 1, 0), 11, "certificate without its type");
	refused(BYTES(0x55, 9, SESSION, 0, 8, 4, 0, 5, 1, 0, 2, 1, 1), 11, "certificate without its type");
	refused(BYTES(0x55, 2, SESSION, 0, 7, 20, 0, 4, 3, 0, 9, 1), 14, "truncated");
	refused(BYTES(0x55, 2, SESSION, 0, 3, 16, 0, 0), 11, "truncated");
}

static void odd_messages_are_read(void **state)
{
	static const uint8_t odd[] = {0x55, 2, SESSION, 0, 10, 13, 0, 3, 'S', 'E', 'P', 12, 0, 1, 5};
	struct wire_error error;
	struct capf message;
	size_t whole;

	(void)state;
	/* without NUL, and a retry delay, whose width is not public */
	assert_int_equal(capf_decode(odd, sizeof(odd), &message, NULL), 0);
	wire_check_text(message.device, "SEP");
	assert_int_equal(message.unknown, 1);
	for (size_t n = 0; n < sizeof(odd); n++)
		assert_int_equal(capf_frame(odd, n, &whole, &error), -EAGAIN);
	assert_int_equal(capf_frame("\x16\x03", 2, &whole, &error), -EBADMSG);
}

static void what_cannot_be_written(void **state)
{
	static uint8_t long_text[CAPF_TEXT_MAX + 1], out[70000], large[65535];
	struct capf message = {.command = CAPF_AUTH_REPLY, .has = CAPF_HAS_DEVICE, .device = {long_text, 3}};

	(void)state;
	assert_int_equal(capf_encode(&message, out, sizeof(out)), -EINVAL);
	memset(long_text, 'x', sizeof(long_text));
	message.device.length = sizeof(long_text);
	assert_int_equal(capf_encode(&message, out, sizeof(out)), -EINVAL);
	message.device.length = CAPF_TEXT_MAX;
	assert_true(capf_encode(&message, out, sizeof(out)) > 0);
	message.public_key = (struct wire_slice){large, sizeof(large)};
	assert_int_equal(capf_encode(&message, out, sizeof(out)), -EINVAL);
	message = (struct capf){.command = (enum capf_command)24};
	assert_int_equal(capf_encode(&message, out, sizeof(out)), -EINVAL);
	assert_string_equal(capf_command_name(CAPF_STORE_REQUEST), "store certificate request");
	assert_null(capf_command_name(0));
	assert_null(capf_command_name(24));
	assert_true(capf_is_key_size(3072));
	assert_false(capf_is_key_size(3000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_message),
	    cmocka_unit_test(malformed_messages_say_why),
	    cmocka_unit_test(odd_messages_are_read),
	    cmocka_unit_test(what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
