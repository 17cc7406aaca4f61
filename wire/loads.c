#include "wire/loads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* --- the text of a .loads file --- */

struct line {
	const char *at;
	size_t length;
	size_t offset; /* of its first byte in the text */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(struct line *line)
{
	while (line->length && is_space(line->at[0])) {
		line->at++;
		line->length--;
		line->offset++;
	}
	while (line->length && is_space(line->at[line->length - 1]))
		line->length--;
}

/* The next line, trimmed; false at the end of the text. */
static bool next_line(const char *text, size_t size, size_t *at, struct line *line)
{
	const char *end;

	if (*at >= size)
		return false;
	end = memchr(text + *at, '\n', size - *at);
	*line = (struct line){text + *at, end ? (size_t)(end - text) - *at : size - *at, *at};
	*at += line->length + (end ? 1 : 0);
	trim(line);
	return true;
}

/* Printable ASCII without blanks and slashes: what a name in a .loads file may hold. */
static bool copy_name(struct line from, char *to, size_t room)
{
	if (from.length == 0 || from.length >= room)
		return false;
	for (size_t i = 0; i < from.length; i++)
		if (from.at[i] <= ' ' || from.at[i] > '~' || from.at[i] == '/')
			return false;
	memcpy(to, from.at, from.length);
	to[from.length] = '\0';
	return true;
}

/* "0x0000ffff" or "65535". */
static bool parse_mask(struct line text, uint32_t *mask)
{
	bool hexadecimal = text.length > 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x';
	unsigned base = hexadecimal ? 16 : 10;
	uint64_t value = 0;

	for (size_t i = hexadecimal ? 2 : 0; i < text.length; i++) {
		char c = text.at[i];
		unsigned digit = c >= '0' && c <= '9'			  ? (unsigned)(c - '0')
				 : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a' + 10)
									  : 16;

		value = value * base + digit;
		if (digit >= base || value > UINT32_MAX)
			return false;
	}
	*mask = (uint32_t)value;
	return text.length > 0;
}

static int read_section(struct line line, struct loads *loads, struct wire_error *error)
{
	struct line name = {line.at + 1, line.length - 1, line.offset + 1};
	struct loads_platform *platform = &loads->platform[loads->platforms];

	if (name.length == 0 || name.at[name.length - 1] != ']')
		return wire_error_set(error, line.offset, "section without its ]");
	name.length--;
	trim(&name);
	if (loads->platforms == LOADS_PLATFORMS_MAX)
		return wire_error_set(error, line.offset, "more than 8 platforms");
	if (loads->platforms && platform[-1].images == 0)
		return wire_error_set(error, line.offset, "the section before names no image");
	if (!copy_name(name, platform->name, sizeof(platform->name)))
		return wire_error_set(error, name.offset,
				      "name of a platform is empty, too long or not ASCII");
	if (loads_find(loads, platform->name))
		return wire_error_set(error, name.offset, "platform given twice");
	loads->platforms++;
	return 0;
}

static int read_image(struct line key, struct line value, struct loads *loads, struct wire_error *error)
{
	struct loads_platform *platform;
	struct loads_image *image;

	if (loads->platforms == 0)
		return wire_error_set(error, key.offset, "image before any [platform]");
	platform = &loads->platform[loads->platforms - 1];
	if (platform->images == LOADS_IMAGES_MAX)
		return wire_error_set(error, key.offset, "more than 8 images of a platform");
	image = &platform->image[platform->images];
	if (!copy_name(key, image->kind, sizeof(image->kind)))
		return wire_error_set(error, key.offset, "kind of an image is empty, too long or not ASCII");
	if (!copy_name(value, image->file, sizeof(image->file)))
		return wire_error_set(error, value.offset,
				      "file of an image is empty, too long or not a plain name");
	platform->images++;
	return 0;
}

static int read_line(struct line line, struct loads *loads, struct wire_error *error)
{
	const char *equals;
	struct line key, value;

	if (line.length == 0 || line.at[0] == '#' || line.at[0] == ';')
		return 0;
	if (line.at[0] == '[')
		return read_section(line, loads, error);
	equals = memchr(line.at, '=', line.length);
	if (!equals)
		return wire_error_set(error, line.offset, "line is neither [platform] nor key=value");
	key = (struct line){line.at, (size_t)(equals - line.at), line.offset};
	value = (struct line){equals + 1, line.length - key.length - 1, line.offset + key.length + 1};
	trim(&key);
	trim(&value);
	if (key.length != 8 || (memcmp(key.at, "hwcompat", 8) != 0 && memcmp(key.at, "swcompat", 8) != 0))
		return read_image(key, value, loads, error);
	if (!parse_mask(value, key.at[0] == 'h' ? &loads->hwcompat : &loads->swcompat))
		return wire_error_set(error, value.offset, "mask is no 32-bit number");
	return 0;
}

int loads_decode(const void *text, size_t size, struct loads *loads, struct wire_error *error)
{
	struct loads read = {0};
	struct line line;
	size_t at = 0;

	if (size > LOADS_SIZE_MAX)
		return wire_error_set(error, LOADS_SIZE_MAX, "longer than 65536 bytes");
	while (next_line(text, size, &at, &line)) {
		int err = read_line(line, &read, error);

		if (err < 0)
			return err;
	}
	if (read.platforms == 0)
		return wire_error_set(error, size, "no [platform]");
	if (read.platform[read.platforms - 1].images == 0)
		return wire_error_set(error, size, "the last section names no image");
	*loads = read;
	return 0;
}

const struct loads_platform *loads_find(const struct loads *loads, const char *platform)
{
	for (unsigned i = 0; i < loads->platforms; i++)
		if (strcmp(loads->platform[i].name, platform) == 0)
			return &loads->platform[i];
	return NULL;
}

static void write_image(struct wire_writer *writer, const struct loads_image *image)
{
	struct line kind = {image->kind, strnlen(image->kind, sizeof(image->kind)), 0};
	struct line file = {image->file, strnlen(image->file, sizeof(image->file)), 0};
	char copy[LOADS_NAME_MAX + 1];

	if (!copy_name(kind, copy, sizeof(image->kind)) || !copy_name(file, copy, sizeof(copy)) ||
	    strchr(image->kind, '=') || strchr("[#;", image->kind[0]))
		wire_writer_fail(writer, -EINVAL);
	else {
		wire_write_text(writer, image->kind);
		wire_write_u8(writer, '=');
		wire_write_text(writer, image->file);
		wire_write_u8(writer, '\n');
	}
}

ssize_t loads_encode(const struct loads *loads, void *out, size_t size)
{
	struct wire_writer writer;
	char text[64];

	if (loads->platforms == 0 || loads->platforms > LOADS_PLATFORMS_MAX)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	snprintf(text, sizeof(text), "hwcompat=0x%08x\nswcompat=0x%08x\n", loads->hwcompat, loads->swcompat);
	wire_write_text(&writer, text);
	for (unsigned i = 0; i < loads->platforms; i++) {
		const struct loads_platform *platform = &loads->platform[i];
		struct line name = {platform->name, strnlen(platform->name, sizeof(platform->name)), 0};

		if (!copy_name(name, text, sizeof(platform->name)) || platform->images == 0 ||
		    platform->images > LOADS_IMAGES_MAX)
			return -EINVAL;
		wire_write_u8(&writer, '[');
		wire_write_text(&writer, text);
		wire_write_text(&writer, "]\n");
		for (unsigned j = 0; j < platform->images; j++)
			write_image(&writer, &platform->image[j]);
	}
	return wire_writer_result(&writer);
}

/* --- the header of a .sbn image --- */

static const uint8_t SBN_MAGIC[] = {0xcd, 0x34, 0x12, 0xab};
#define SBN_HEADER_MAX 4096

int sbn_decode(const void *bytes, size_t size, struct sbn_header *header, struct wire_error *error)
{
	struct sbn_header read = {0};
	struct wire_reader reader;
	uint32_t length;

	if (size == 0)
		return -EAGAIN;
	if (memcmp(bytes, SBN_MAGIC, size < sizeof(SBN_MAGIC) ? size : sizeof(SBN_MAGIC)) != 0)
		return wire_error_set(error, 0, "magic is not CD 34 12 AB");
	if (size < SBN_NAME_AT)
		return -EAGAIN;
	wire_reader_init(&reader, bytes, size);
	wire_read_skip(&reader, sizeof(SBN_MAGIC));
	read.header_size = wire_read_le32(&reader);
	wire_read_skip(&reader, 4);
	read.payload_size = wire_read_le32(&reader);
	wire_read_skip(&reader, 0x34 - 16);
	length = wire_read_le32(&reader);
	if (read.header_size > SBN_HEADER_MAX)
		return wire_error_set(error, 4, "header longer than 4096 bytes");
	if (length == 0 || length > LOADS_NAME_MAX)
		return wire_error_set(error, 0x34, "name is empty or longer than 95 bytes");
	if (read.header_size < SBN_NAME_AT + length)
		return wire_error_set(error, 4, "header shorter than its name");
	if (size < read.header_size)
		return -EAGAIN;
	wire_read_bytes(&reader, read.name, length);
	for (uint32_t i = 0; i < length; i++)
		if (read.name[i] < 0x20 || read.name[i] > 0x7e)
			return wire_error_set(error, SBN_NAME_AT + i, "name is not printable ASCII");
	*header = read;
	return 0;
}

ssize_t sbn_encode(const struct sbn_header *header, void *out, size_t size)
{
	size_t length = strnlen(header->name, sizeof(header->name));
	struct wire_writer writer;

	if (length == 0 || length > LOADS_NAME_MAX || header->header_size > SBN_HEADER_MAX ||
	    header->header_size < SBN_NAME_AT + length)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	wire_write_bytes(&writer, SBN_MAGIC, sizeof(SBN_MAGIC));
	wire_write_le32(&writer, header->header_size);
	wire_write_le32(&writer, 0);
	wire_write_le32(&writer, header->payload_size);
	wire_write_zeros(&writer, 0x34 - 16);
	wire_write_le32(&writer, (uint32_t)length);
	wire_write_text(&writer, header->name);
	wire_write_zeros(&writer, header->header_size - SBN_NAME_AT - length);
	return wire_writer_result(&writer);
}
