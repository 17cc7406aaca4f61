#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Cursors over bytes, shared by every codec. A reader's error and a writer's overflow are sticky: after the
 * first one all further reads give zeros and all writes do nothing, so a codec checks once, at its end.
 * Integers are big-endian unless the name says le.
 */

/* Where and why a decoder gave up. offset counts from the first byte of the input given to that decoder. what
 * is a static string, or NULL when there was no error. Every decoder takes one that may be NULL and writes it
 * on failure only. */
struct wire_error {
	size_t offset;
	const char *what;
};

/* Bytes that belong to someone else: in a decoded message to its input, in a message to encode to the
 * caller. */
struct wire_slice {
	const uint8_t *data;
	size_t length;
};

/* The bytes of a NUL-terminated text, without the NUL. NULL gives the empty slice. */
struct wire_slice wire_slice_text(const char *text);

bool wire_slice_equal(struct wire_slice a, struct wire_slice b);

/* Copy as text for people: NUL-terminated, cut at size - 1; bytes that are not printable ASCII become '.'. A
 * trailing NUL of the slice is dropped. size must be at least 1. Gives text back. */
char *wire_slice_print(struct wire_slice slice, char *text, size_t size);

/* Write error (when not NULL) and give back -EBADMSG, for decoders that do not use a reader. */
int wire_error_set(struct wire_error *error, size_t offset, const char *what);

/* Big-endian fields in the midst of bytes, for those who change frames in place. */
static inline uint16_t wire_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t wire_get32(const uint8_t *at)
{
	return (uint32_t)wire_get16(at) << 16 | wire_get16(at + 2);
}

static inline void wire_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* --- reading --- */

struct wire_reader {
	const uint8_t *data; /* the whole input: offset 0 of errors */
	size_t at;	     /* of the next byte, from data */
	size_t end;	     /* first byte that this reader may not touch, from data */
	struct wire_error error;
};

/* Begin at the first of length bytes. data may be NULL when length is 0. */
void wire_reader_init(struct wire_reader *reader, const uint8_t *data, size_t length);

/* Bytes not read yet; 0 after an error. */
size_t wire_reader_left(const struct wire_reader *reader);

/* Offset of the next byte in the input of the outermost reader. */
size_t wire_reader_offset(const struct wire_reader *reader);

/* No error so far. */
bool wire_reader_ok(const struct wire_reader *reader);

/* Set the error at the present offset, or at a given one; the first error stays. what must be static. */
void wire_reader_fail(struct wire_reader *reader, const char *what);
void wire_reader_fail_at(struct wire_reader *reader, size_t offset, const char *what);

/* Each takes its bytes off the front; 0 (or an empty slice) when they are not all there: the error is then
 * "truncated". */
uint8_t wire_read_u8(struct wire_reader *reader);
uint16_t wire_read_u16(struct wire_reader *reader);
uint32_t wire_read_u32(struct wire_reader *reader);
uint16_t wire_read_le16(struct wire_reader *reader);
uint32_t wire_read_le32(struct wire_reader *reader);
void wire_read_bytes(struct wire_reader *reader, void *to, size_t length); /* zeros on underrun */
struct wire_slice wire_read_slice(struct wire_reader *reader, size_t length);
struct wire_slice wire_read_rest(struct wire_reader *reader);
void wire_read_skip(struct wire_reader *reader, size_t length);

/* A reader confined to the next length bytes, with offsets of the same input; the outer reader moves past
 * them. When the bytes are not there, both are in error. */
struct wire_reader wire_read_sub(struct wire_reader *reader, size_t length);

/* Take over the error of a sub-reader, if it has one and the outer has none. */
void wire_reader_join(struct wire_reader *reader, const struct wire_reader *sub);

/* 0, or -EBADMSG with *error (when not NULL) filled. */
int wire_reader_result(const struct wire_reader *reader, struct wire_error *error);

/* --- writing --- */

struct wire_writer {
	uint8_t *data;
	size_t at; /* bytes written */
	size_t size;
	int error; /* 0, -ENOSPC (no room), or -EINVAL (a value does not fit its field) */
};

/* Write from the start of a buffer of size bytes. */
void wire_writer_init(struct wire_writer *writer, uint8_t *data, size_t size);

void wire_write_u8(struct wire_writer *writer, uint8_t value);
void wire_write_u16(struct wire_writer *writer, uint16_t value);
void wire_write_u32(struct wire_writer *writer, uint32_t value);
void wire_write_le16(struct wire_writer *writer, uint16_t value);
void wire_write_le32(struct wire_writer *writer, uint32_t value);
void wire_write_bytes(struct wire_writer *writer, const void *from, size_t length);
void wire_write_slice(struct wire_writer *writer, struct wire_slice slice);
void wire_write_text(struct wire_writer *writer, const char *text); /* without the NUL */
void wire_write_zeros(struct wire_writer *writer, size_t count);

/* A length field: begin writes zeros in its place and gives its offset; end puts there the number of bytes
 * written since the field, plus extra (4 for a CDP TLV, whose length counts its own header). A length too
 * great for the field is -EINVAL. */
size_t wire_write_begin_u8(struct wire_writer *writer);
size_t wire_write_begin_u16(struct wire_writer *writer);
void wire_write_end_u8(struct wire_writer *writer, size_t field, size_t extra);
void wire_write_end_u16(struct wire_writer *writer, size_t field, size_t extra);

/* Overwrite two bytes that were written before, such as a checksum. */
void wire_write_patch_u16(struct wire_writer *writer, size_t offset, uint16_t value);

/* Put the writer in error (-EINVAL) when a value cannot be encoded; the first error stays. */
void wire_writer_fail(struct wire_writer *writer, int error);

/* The number of bytes written, or the negative errno. */
ssize_t wire_writer_result(const struct wire_writer *writer);

#endif
