#include "wire/cursor.h"

#include <errno.h>
#include <string.h>

struct wire_slice wire_slice_text(const char *text)
{
	return (struct wire_slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

bool wire_slice_equal(struct wire_slice a, struct wire_slice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

char *wire_slice_print(struct wire_slice slice, char *text, size_t size)
{
	size_t length = slice.length;

	if (length > 0 && slice.data[length - 1] == 0)
		length--;
	if (length > size - 1)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		text[i] = slice.data[i] >= 0x20 && slice.data[i] < 0x7f ? (char)slice.data[i] : '.';
	text[length] = '\0';
	return text;
}

int wire_error_set(struct wire_error *error, size_t offset, const char *what)
{
	if (error)
		*error = (struct wire_error){offset, what};
	return -EBADMSG;
}

void wire_reader_init(struct wire_reader *reader, const uint8_t *data, size_t length)
{
	*reader = (struct wire_reader){.data = data, .end = length};
}

size_t wire_reader_left(const struct wire_reader *reader)
{
	return wire_reader_ok(reader) ? reader->end - reader->at : 0;
}

size_t wire_reader_offset(const struct wire_reader *reader)
{
	return reader->at;
}

bool wire_reader_ok(const struct wire_reader *reader)
{
	return !reader->error.what;
}

void wire_reader_fail(struct wire_reader *reader, const char *what)
{
	wire_reader_fail_at(reader, reader->at, what);
}

void wire_reader_fail_at(struct wire_reader *reader, size_t offset, const char *what)
{
	if (wire_reader_ok(reader))
		reader->error = (struct wire_error){offset, what};
}

/* The next length bytes, or NULL with the error set. Zero bytes are always there. */
static const uint8_t *take(struct wire_reader *reader, size_t length)
{
	static const uint8_t nothing[1];
	const uint8_t *from;

	if (!wire_reader_ok(reader))
		return NULL;
	if (length > reader->end - reader->at) {
		wire_reader_fail(reader, "truncated");
		return NULL;
	}
	from = reader->data ? reader->data + reader->at : nothing;
	reader->at += length;
	return from;
}

static uint64_t take_big(struct wire_reader *reader, size_t length)
{
	const uint8_t *from = take(reader, length);
	uint64_t value = 0;

	for (size_t i = 0; from && i < length; i++)
		value = value << 8 | from[i];
	return value;
}

static uint64_t take_little(struct wire_reader *reader, size_t length)
{
	const uint8_t *from = take(reader, length);
	uint64_t value = 0;

	for (size_t i = length; from && i > 0; i--)
		value = value << 8 | from[i - 1];
	return value;
}

uint8_t wire_read_u8(struct wire_reader *reader)
{
	return (uint8_t)take_big(reader, 1);
}

uint16_t wire_read_u16(struct wire_reader *reader)
{
	return (uint16_t)take_big(reader, 2);
}

uint32_t wire_read_u32(struct wire_reader *reader)
{
	return (uint32_t)take_big(reader, 4);
}

uint16_t wire_read_le16(struct wire_reader *reader)
{
	return (uint16_t)take_little(reader, 2);
}

uint32_t wire_read_le32(struct wire_reader *reader)
{
	return (uint32_t)take_little(reader, 4);
}

void wire_read_bytes(struct wire_reader *reader, void *to, size_t length)
{
	const uint8_t *from = take(reader, length);

	if (length == 0)
		return;
	if (from)
		memcpy(to, from, length);
	else
		memset(to, 0, length);
}

struct wire_slice wire_read_slice(struct wire_reader *reader, size_t length)
{
	const uint8_t *from = take(reader, length);

	return from ? (struct wire_slice){from, length} : (struct wire_slice){NULL, 0};
}

struct wire_slice wire_read_rest(struct wire_reader *reader)
{
	return wire_read_slice(reader, wire_reader_left(reader));
}

void wire_read_skip(struct wire_reader *reader, size_t length)
{
	take(reader, length);
}

struct wire_reader wire_read_sub(struct wire_reader *reader, size_t length)
{
	struct wire_reader sub = *reader;

	if (take(reader, length))
		sub.end = sub.at + length;
	else
		sub.error = reader->error;
	return sub;
}

void wire_reader_join(struct wire_reader *reader, const struct wire_reader *sub)
{
	if (!wire_reader_ok(sub))
		wire_reader_fail_at(reader, sub->error.offset, sub->error.what);
}

int wire_reader_result(const struct wire_reader *reader, struct wire_error *error)
{
	return wire_reader_ok(reader) ? 0 : wire_error_set(error, reader->error.offset, reader->error.what);
}

void wire_writer_init(struct wire_writer *writer, uint8_t *data, size_t size)
{
	*writer = (struct wire_writer){.data = data, .size = size};
}

/* Room for length more bytes, or NULL with the overflow set. */
static uint8_t *room(struct wire_writer *writer, size_t length)
{
	uint8_t *to;

	if (writer->error)
		return NULL;
	if (length > writer->size - writer->at) {
		writer->error = -ENOSPC;
		return NULL;
	}
	to = writer->data + writer->at;
	writer->at += length;
	return to;
}

static void put_big(struct wire_writer *writer, uint64_t value, size_t length)
{
	uint8_t *to = room(writer, length);

	for (size_t i = length; to && i > 0; i--, value >>= 8)
		to[i - 1] = (uint8_t)value;
}

static void put_little(struct wire_writer *writer, uint64_t value, size_t length)
{
	uint8_t *to = room(writer, length);

	for (size_t i = 0; to && i < length; i++, value >>= 8)
		to[i] = (uint8_t)value;
}

void wire_write_u8(struct wire_writer *writer, uint8_t value)
{
	put_big(writer, value, 1);
}

void wire_write_u16(struct wire_writer *writer, uint16_t value)
{
	put_big(writer, value, 2);
}

void wire_write_u32(struct wire_writer *writer, uint32_t value)
{
	put_big(writer, value, 4);
}

void wire_write_le16(struct wire_writer *writer, uint16_t value)
{
	put_little(writer, value, 2);
}

void wire_write_le32(struct wire_writer *writer, uint32_t value)
{
	put_little(writer, value, 4);
}

void wire_write_bytes(struct wire_writer *writer, const void *from, size_t length)
{
	uint8_t *to;

	if (length == 0)
		return;
	to = room(writer, length);
	if (to)
		memcpy(to, from, length);
}

void wire_write_slice(struct wire_writer *writer, struct wire_slice slice)
{
	wire_write_bytes(writer, slice.data, slice.length);
}

void wire_write_text(struct wire_writer *writer, const char *text)
{
	wire_write_bytes(writer, text, strlen(text));
}

void wire_write_zeros(struct wire_writer *writer, size_t count)
{
	uint8_t *to;

	if (count == 0)
		return;
	to = room(writer, count);
	if (to)
		memset(to, 0, count);
}

size_t wire_write_begin_u8(struct wire_writer *writer)
{
	size_t field = writer->at;

	wire_write_u8(writer, 0);
	return field;
}

size_t wire_write_begin_u16(struct wire_writer *writer)
{
	size_t field = writer->at;

	wire_write_u16(writer, 0);
	return field;
}

/* The bytes since a length field of that width, plus extra; 0 when the writer is in error, or comes to be. */
static size_t length_since(struct wire_writer *writer, size_t field, size_t width, size_t extra, size_t most)
{
	size_t length = writer->error ? 0 : writer->at - field - width + extra;

	if (length > most)
		wire_writer_fail(writer, -EINVAL);
	return length;
}

void wire_write_end_u8(struct wire_writer *writer, size_t field, size_t extra)
{
	size_t length = length_since(writer, field, 1, extra, UINT8_MAX);

	if (!writer->error)
		writer->data[field] = (uint8_t)length;
}

void wire_write_end_u16(struct wire_writer *writer, size_t field, size_t extra)
{
	size_t length = length_since(writer, field, 2, extra, UINT16_MAX);

	wire_write_patch_u16(writer, field, (uint16_t)length);
}

void wire_write_patch_u16(struct wire_writer *writer, size_t offset, uint16_t value)
{
	if (writer->error)
		return;
	if (writer->at < 2 || offset > writer->at - 2) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	wire_put16(writer->data + offset, value);
}

void wire_writer_fail(struct wire_writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

ssize_t wire_writer_result(const struct wire_writer *writer)
{
	return writer->error ? writer->error : (ssize_t)writer->at;
}
