#include "wire/loads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* Printable ASCII without blanks and slashes: what a name in a .loads file may hold. Nothing of an earlier name stays
 * behind it. */
static bool copy_name(struct line from, char *to, size_t room)
{
	if (from.length == 0 || from.length >= room)
		return false;
	for (size_t i = 0; i < from.length; i++)
		if (from.at[i] <= ' ' || from.at[i] > '~' || from.at[i] == '/')
			return false;
	memset(to, 0, room);
	memcpy(to, from.at, from.length);
	return true;
}

/* "0x0000ffff" or "65535"; text that is no 32-bit number leaves value as it is. */
static void parse_number(struct line text, uint32_t *value)
{
	bool hexadecimal = text.length > 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x';
	unsigned base = hexadecimal ? 16 : 10;
	uint64_t number = 0;

	for (size_t i = hexadecimal ? 2 : 0; i < text.length; i++) {
		char c = text.at[i];
		unsigned digit = c >= '0' && c <= '9'			  ? (unsigned)(c - '0')
				 : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a' + 10)
									  : 16;

		number = number * base + digit;
		if (digit >= base || number > UINT32_MAX)
			return;
	}
	if (text.length)
		*value = (uint32_t)number;
}

static bool is(struct line text, const char *word)
{
	return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

/* Cut the first word off: up to a blank. */
static struct line next_word(struct line *rest)
{
	struct line word = *rest;

	trim(&word);
	*rest = word;
	for (word.length = 0; word.length < rest->length && !is_space(rest->at[word.length]); word.length++)
		;
	rest->at += word.length;
	rest->length -= word.length;
	rest->offset += word.length;
	return word;
}

/* "key = value". False: there is no "=". */
static bool split(struct line line, struct line *key, struct line *value)
{
	const char *equals = memchr(line.at, '=', line.length);

	if (!equals)
		return false;
	*key = (struct line){line.at, (size_t)(equals - line.at), line.offset};
	*value = (struct line){equals + 1, line.length - key->length - 1, line.offset + key->length + 1};
	trim(key);
	trim(value);
	return true;
}

/* "# RELEASE Model=78xx Version=14-2-1" */
static void read_comment(struct line line, struct loads *loads)
{
	struct line rest = {line.at + 1, line.length - 1, line.offset + 1}, word, key, value;

	if (!is(next_word(&rest), "RELEASE"))
		return;
	while ((word = next_word(&rest)).length) {
		if (!split(word, &key, &value))
			continue;
		if (is(key, "Model"))
			copy_name(value, loads->model, sizeof(loads->model));
		else if (is(key, "Version"))
			copy_name(value, loads->release, sizeof(loads->release));
	}
}

static void read_id(struct line key, struct line value, struct loads *loads)
{
	if (is(key, "version"))
		copy_name(value, loads->version, sizeof(loads->version));
	else if (is(key, "loadversion"))
		copy_name(value, loads->load_version, sizeof(loads->load_version));
	else if (is(key, "hwcompat"))
		parse_number(value, &loads->hwcompat);
	else if (is(key, "swcompat"))
		parse_number(value, &loads->swcompat);
	else if (is(key, "transition"))
		parse_number(value, &loads->transition);
}

/* "[PLATFORM_1]": its name; "" when it has none, so that its lines are skipped. */
static void read_section(struct line line, char section[LOADS_SECTION_MAX + 1])
{
	const char *end = memchr(line.at, ']', line.length);
	struct line name = {line.at + 1, end ? (size_t)(end - line.at) - 1 : 0, line.offset + 1};

	trim(&name);
	if (!copy_name(name, section, LOADS_SECTION_MAX + 1))
		section[0] = 0;
}

/* The platform of that name; added if it is new. NULL: no room. */
static struct loads_platform *platform_of(struct loads *loads, const char *name)
{
	struct loads_platform *platform = (struct loads_platform *)loads_find(loads, name);

	if (platform || loads->platforms == LOADS_PLATFORMS_MAX)
		return platform;
	platform = &loads->platform[loads->platforms++];
	snprintf(platform->name, sizeof(platform->name), "%s", name);
	return platform;
}

/* An image's name ends in .sbn, or .sebn and .sbin of other phones; every other key is skipped. */
static bool is_image(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot && dot != file &&
	       (!strcasecmp(dot, ".sbn") || !strcasecmp(dot, ".sebn") || !strcasecmp(dot, ".sbin"));
}

/* "kern = NAME.sbn size=N" */
static int read_image(struct line key, struct line value, const char *section, struct loads *loads,
		      struct wire_error *error)
{
	struct loads_image image = {0};
	struct loads_platform *platform;
	struct line word = next_word(&value);

	if (!section[0] || !copy_name(word, image.file, sizeof(image.file)) || !is_image(image.file) ||
	    !copy_name(key, image.kind, sizeof(image.kind)))
		return 0;
	platform = platform_of(loads, section);
	if (!platform)
		return 0;
	if (platform->images == LOADS_IMAGES_MAX)
		return wire_error_set(error, word.offset, "more than 16 images of a platform");
	while ((word = next_word(&value)).length) {
		struct line name, number;

		if (split(word, &name, &number) && is(name, "size"))
			parse_number(number, &image.size);
	}
	platform->image[platform->images++] = image;
	return 0;
}

int loads_decode(const void *text, size_t size, struct loads *loads, struct wire_error *error)
{
	char section[LOADS_SECTION_MAX + 1] = "";
	struct loads read = {0};
	struct line line, key, value;
	size_t at = 0;
	int err = 0;

	if (size > LOADS_SIZE_MAX)
		return wire_error_set(error, LOADS_SIZE_MAX, "longer than 65536 bytes");
	while (!err && next_line(text, size, &at, &line)) {
		if (line.length && line.at[0] == '#') {
			read_comment(line, &read);
		} else if (line.length && line.at[0] == '[') {
			read_section(line, section);
		} else if (line.length && line.at[0] != ';' && split(line, &key, &value)) {
			if (!strcasecmp(section, "CISCO-ID"))
				read_id(key, value, &read);
			else
				err = read_image(key, value, section, &read, error);
		}
	}
	if (err)
		return err;
	if (read.platforms == 0)
		return wire_error_set(error, size, "no section names an image");
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

/* "KEY=NAME", where a name can be read again; nothing when it is empty and optional. */
static void write_name(struct wire_writer *writer, const char *key, const char *name, size_t room,
		       bool optional)
{
	struct line text = {name, strnlen(name, room), 0};
	char copy[LOADS_NAME_MAX + 1];

	if (!text.length && optional)
		return;
	if (!copy_name(text, copy, room))
		wire_writer_fail(writer, -EINVAL);
	wire_write_text(writer, key);
	wire_write_text(writer, "=");
	wire_write_slice(writer, (struct wire_slice){(const uint8_t *)name, text.length});
}

static void write_id(struct wire_writer *writer, const struct loads *loads)
{
	char text[96];

	if (loads->model[0] || loads->release[0]) {
		wire_write_text(writer, "# RELEASE");
		write_name(writer, " Model", loads->model, sizeof(loads->model), true);
		write_name(writer, " Version", loads->release, sizeof(loads->release), true);
		wire_write_text(writer, "\n");
	}
	wire_write_text(writer, "[CISCO-ID]\n");
	write_name(writer, "version", loads->version, sizeof(loads->version), true);
	snprintf(text, sizeof(text), "%shwcompat=0x%08x\nswcompat=0x%08x\ntransition=0x%08x\n",
		 loads->version[0] ? "\n" : "", loads->hwcompat, loads->swcompat, loads->transition);
	wire_write_text(writer, text);
	write_name(writer, "loadversion", loads->load_version, sizeof(loads->load_version), true);
	if (loads->load_version[0])
		wire_write_text(writer, "\n");
}

static void write_image(struct wire_writer *writer, const struct loads_image *image)
{
	struct line kind = {image->kind, strnlen(image->kind, sizeof(image->kind)), 0};
	char copy[sizeof(image->kind)], size[24] = "";

	if (!copy_name(kind, copy, sizeof(copy)) || strchr(copy, '=') || strchr("[#;", copy[0]) ||
	    !memchr(image->file, 0, sizeof(image->file)) || !is_image(image->file)) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	write_name(writer, copy, image->file, sizeof(image->file), false);
	if (image->size)
		snprintf(size, sizeof(size), " size=%u", image->size);
	wire_write_text(writer, size);
	wire_write_text(writer, "\n");
}

ssize_t loads_encode(const struct loads *loads, void *out, size_t size)
{
	struct wire_writer writer;

	if (loads->platforms == 0 || loads->platforms > LOADS_PLATFORMS_MAX)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	write_id(&writer, loads);
	for (unsigned i = 0; i < loads->platforms; i++) {
		const struct loads_platform *platform = &loads->platform[i];
		struct line name = {platform->name, strnlen(platform->name, sizeof(platform->name)), 0};
		char copy[sizeof(platform->name)];

		if (!copy_name(name, copy, sizeof(copy)) || strchr(copy, ']') ||
		    !strcasecmp(copy, "CISCO-ID") || platform->images == 0 ||
		    platform->images > LOADS_IMAGES_MAX)
			return -EINVAL;
		wire_write_text(&writer, "[");
		wire_write_text(&writer, copy);
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
