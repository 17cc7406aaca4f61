#include "tests/support/wire_check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define UNTOUCHED 0xa5

/* Decode a copy of exactly length bytes. 0 or -EBADMSG, after the checks that hold for every refusal. */
static int decode_copy(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size,
		       struct wire_error *error)
{
	uint8_t *copy = malloc(length ? length : 1), *message = malloc(size);
	int err;

	assert_non_null(copy);
	assert_non_null(message);
	if (length == 0) {
		free(copy);
		copy = NULL;
	} else {
		memcpy(copy, data, length);
	}
	memset(message, UNTOUCHED, size);
	*error = (struct wire_error){0, NULL};
	err = decode(copy, length, message, error);
	if (err != 0) {
		assert_int_equal(err, -EBADMSG);
		assert_non_null(error->what);
		assert_in_range(error->offset, 0, length);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(message[i], UNTOUCHED);
		assert_int_equal(decode(copy, length, message, NULL), -EBADMSG);
	} else {
		assert_null(error->what);
	}
	free(copy);
	free(message);
	return err;
}

size_t wire_check_truncations(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size)
{
	struct wire_error error;
	size_t decoded = 0;

	for (size_t n = 0; n < length; n++)
		if (decode_copy(data, n, decode, size, &error) == 0)
			decoded++;
	return decoded;
}

size_t wire_check_corruptions(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size)
{
	const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint8_t *bad = malloc(length);
	struct wire_error error;
	size_t decoded = 0;

	assert_non_null(bad);
	memcpy(bad, data, length);
	for (size_t at = 0; at < length; at++) {
		for (size_t v = 0; v <= sizeof(values); v++) {
			bad[at] = v < sizeof(values) ? values[v] : (uint8_t)~data[at];
			if (decode_copy(bad, length, decode, size, &error) == 0)
				decoded++;
		}
		bad[at] = data[at];
	}
	free(bad);
	return decoded;
}

void wire_check_refused(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size,
			size_t offset, const char *what)
{
	struct wire_error error;

	assert_int_equal(decode_copy(data, length, decode, size, &error), -EBADMSG);
	assert_string_equal(error.what, what);
	assert_int_equal(error.offset, offset);
}

static void print_bytes(const char *title, const uint8_t *data, size_t length)
{
	fprintf(stderr, "%s:", title);
	for (size_t i = 0; i < length; i++)
		fprintf(stderr, "%s%02x", i % 16 ? " " : "\n\t", data[i]);
	fprintf(stderr, "\n");
}

void wire_check_bytes(const uint8_t *found, ssize_t found_length, const uint8_t *expected,
		      size_t expected_length)
{
	if (found_length == (ssize_t)expected_length && memcmp(found, expected, expected_length) == 0)
		return;
	print_bytes("found", found, found_length < 0 ? 0 : (size_t)found_length);
	print_bytes("expected", expected, expected_length);
	fail_msg("%zd bytes differ from the %zu expected", found_length, expected_length);
}

void wire_check_text(struct wire_slice slice, const char *text)
{
	if (!wire_slice_equal(slice, wire_slice_text(text)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)slice.length, (const char *)slice.data, text);
}

char *wire_check_random_text(struct rng *rng, char *buffer, size_t least, size_t most)
{
	size_t length = rng_range(rng, least, most);

	for (size_t i = 0; i < length; i++)
		buffer[i] = (char)rng_range(rng, ' ', '~');
	buffer[length] = '\0';
	return buffer;
}

struct wire_slice wire_check_random_slice(struct rng *rng, char *buffer, size_t least, size_t most)
{
	return wire_slice_text(wire_check_random_text(rng, buffer, least, most));
}

uint32_t wire_check_random(struct rng *rng)
{
	return (uint32_t)rng_next(rng);
}

bool wire_check_coin(struct rng *rng)
{
	return rng_range(rng, 0, 1);
}
