#include "wire/encfile.h"

#include <errno.h>

#include "wire/trustlist_tags.h"

/* Nobody has published what these three mean. They have these values in each file that is known. */
#define CIPHER_KIND 0 /* tag 18 */
#define KEY_KIND    0 /* tag 22 */
#define KEY_FORM    1 /* tag 24 */

size_t encfile_padding(size_t plain)
{
	return ENCFILE_BLOCK - plain % ENCFILE_BLOCK;
}

static void finish(struct wire_reader *reader, struct wire_reader *value)
{
	if (wire_reader_left(value) > 0)
		wire_reader_fail(value, "element longer than its value");
	wire_reader_join(reader, value);
}

/* The elements in one of the two inner containers: their numbers do not overlap. */
static unsigned read_inner(struct wire_reader *reader, struct encfile *file)
{
	struct wire_reader value;
	unsigned unknown = 0;

	while (wire_reader_left(reader) > 0) {
		uint8_t tag = wire_read_u8(reader);

		value = wire_read_sub(reader, wire_read_u16(reader));
		switch (tag) {
		case TAG_IV: wire_read_bytes(&value, file->iv, sizeof(file->iv)); break;
		case TAG_PLAIN_PADDING: file->padding = wire_read_u16(&value); break;
		case TAG_KEY_BITS: file->key_bits = wire_read_u16(&value); break;
		case TAG_KEY: file->key = wire_read_rest(&value); break;
		case TAG_CIPHER_KIND:
		case TAG_KEY_KIND:
		case TAG_KEY_FORM: wire_read_u8(&value); break;
		default:
			unknown++;
			wire_read_rest(&value);
			break;
		}
		finish(reader, &value);
	}
	return unknown;
}

unsigned encfile_read(struct wire_reader *value, struct encfile *file)
{
	unsigned unknown = 0;

	while (wire_reader_left(value) > 0) {
		uint8_t tag = wire_read_u8(value);
		struct wire_reader inner = wire_read_sub(value, wire_read_u16(value));

		if (tag == TAG_CIPHER || tag == TAG_KEY_WRAP) {
			unknown += read_inner(&inner, file);
		} else {
			unknown++;
			wire_read_rest(&inner);
		}
		finish(value, &inner);
	}
	return unknown;
}

const char *encfile_wrong(const struct encfile *file, size_t digest_size)
{
	if (!file->key.length || file->key.length > ENCFILE_KEY_MAX)
		return "no wrapped key in the header";
	if (file->key.length * 8 != file->key_bits)
		return "wrapped key is not as long as its size";
	if (file->padding < 1 || file->padding > ENCFILE_BLOCK)
		return "padding is not 1 to 16 bytes";
	if (!digest_size)
		return "unknown digest algorithm of the plaintext";
	if (file->hash.length != digest_size)
		return "digest of the plaintext is not as long as its algorithm demands";
	return NULL;
}

static size_t begin(struct wire_writer *writer, uint8_t tag)
{
	wire_write_u8(writer, tag);
	return wire_write_begin_u16(writer);
}

static void write_slice(struct wire_writer *writer, uint8_t tag, struct wire_slice value)
{
	size_t length = begin(writer, tag);

	wire_write_slice(writer, value);
	wire_write_end_u16(writer, length, 0);
}

static void write_u8(struct wire_writer *writer, uint8_t tag, uint8_t value)
{
	write_slice(writer, tag, (struct wire_slice){&value, 1});
}

static void write_u16(struct wire_writer *writer, uint8_t tag, uint16_t value)
{
	uint8_t bytes[2];

	wire_put16(bytes, value);
	write_slice(writer, tag, (struct wire_slice){bytes, 2});
}

void encfile_write(struct wire_writer *writer, const struct encfile *file)
{
	size_t outer, inner;

	outer = begin(writer, TAG_ENCRYPTION);
	inner = begin(writer, TAG_CIPHER);
	write_u8(writer, TAG_CIPHER_KIND, CIPHER_KIND);
	write_slice(writer, TAG_IV, (struct wire_slice){file->iv, sizeof(file->iv)});
	write_u16(writer, TAG_PLAIN_PADDING, file->padding);
	wire_write_end_u16(writer, inner, 0);
	inner = begin(writer, TAG_KEY_WRAP);
	write_u8(writer, TAG_KEY_KIND, KEY_KIND);
	write_u16(writer, TAG_KEY_BITS, file->key_bits);
	write_u8(writer, TAG_KEY_FORM, KEY_FORM);
	write_slice(writer, TAG_KEY, file->key);
	wire_write_end_u16(writer, inner, 0);
	wire_write_end_u16(writer, outer, 0);
	write_u8(writer, TAG_PLAIN_DIGEST, file->digest);
	write_slice(writer, TAG_PLAIN_HASH, file->hash);
}
