#ifndef TESTS_SUPPORT_WIRE_CHECK_H
#define TESTS_SUPPORT_WIRE_CHECK_H

#include "base/rng.h"
#include "wire/cursor.h"

/* Checks that every codec must pass. All fail through CMocka. */

/* A decoder, with its message as void. 0 or -EBADMSG (or -ENOMSG). */
typedef int wire_check_decode(const uint8_t *data, size_t length, void *message, struct wire_error *error);

/* A wire_check_decode that also refuses what the decoder finds odd, for the reason and at the offset of the first
 * oddity. decode is the codec's, message its struct. */
#define WIRE_CHECK_STRICT(name, message_type, decode)                                                        \
	static int name(const uint8_t *data, size_t length, void *message, struct wire_error *error)         \
	{                                                                                                    \
		message_type m;                                                                              \
		int err = decode(data, length, &m, error);                                                   \
                                                                                                             \
		if (!err && m.odd.count)                                                                     \
			return wire_error_set(error, m.odd.item[0].offset, m.odd.item[0].what);              \
		if (!err)                                                                                    \
			*(message_type *)message = m;                                                        \
		return err;                                                                                  \
	}

/*
 * Decode every truncation of data (0 to length - 1 bytes), each from a heap block of exactly its size, so
 * that the address sanitizer sees any byte read beyond. A refusal must give -EBADMSG with a reason and an
 * offset within the input, and leave the message (size bytes) as it was. Returns how many truncations
 * decoded.
 */
size_t wire_check_truncations(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size);

/* The same for data with each byte in turn set to 00, 01, 7F, 80, FF and to its complement. Returns how many
 * decoded. */
size_t wire_check_corruptions(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size);

/* The same for data whole: it must be refused at offset, with exactly this reason. */
void wire_check_refused(const uint8_t *data, size_t length, wire_check_decode *decode, size_t size,
			size_t offset, const char *what);

/* Fails, printing both, unless the bytes are the same. */
void wire_check_bytes(const uint8_t *found, ssize_t found_length, const uint8_t *expected,
		      size_t expected_length);

/* The slice holds exactly this text. */
void wire_check_text(struct wire_slice slice, const char *text);

/* Printable text of least to most bytes in buffer (room for most + 1), NUL-terminated; and the same as a
 * slice. */
char *wire_check_random_text(struct rng *rng, char *buffer, size_t least, size_t most);
struct wire_slice wire_check_random_slice(struct rng *rng, char *buffer, size_t least, size_t most);

/* Any value, and a coin. */
uint32_t wire_check_random(struct rng *rng);
bool wire_check_coin(struct rng *rng);

#endif
