#include "wire/dns.h"

#include <errno.h>
#include <string.h>

#define TYPE_A	     1
#define CLASS_IN     1
#define FLAG_REPLY   0x8000
#define FLAG_RECURSE 0x0100
#define LABEL_MAX    63
#define NAME_BYTES   255  /* bytes, RFC 1035 section 3.1 */
#define POINTER	     0xc0 /* RFC 1035 section 4.1.4 */

static void write_name(struct wire_writer *writer, const char *name)
{
	size_t all = 1; /* the root at the end */

	do {
		size_t length = strcspn(name, ".");

		all += 1 + length;
		if (!length || length > LABEL_MAX || all > NAME_BYTES) {
			wire_writer_fail(writer, -EINVAL);
			return;
		}
		wire_write_u8(writer, (uint8_t)length);
		wire_write_bytes(writer, name, length);
		name += length + (name[length] == '.');
	} while (*name);
	wire_write_u8(writer, 0);
}

ssize_t dns_encode_query(uint16_t id, const char *name, void *out, size_t size)
{
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	wire_write_u16(&writer, id);
	wire_write_u16(&writer, FLAG_RECURSE);
	wire_write_u16(&writer, 1); /* questions */
	wire_write_zeros(&writer, 6);
	write_name(&writer, name);
	wire_write_u16(&writer, TYPE_A);
	wire_write_u16(&writer, CLASS_IN);
	return wire_writer_result(&writer);
}

void dns_read_name(struct wire_reader *reader, char *text, size_t room)
{
	size_t n = 0;
	uint8_t length;

	while ((length = wire_read_u8(reader)) != 0) {
		struct wire_slice label;

		if (length > LABEL_MAX) {
			wire_reader_fail(reader, "label longer than 63 bytes in a question");
			return;
		}
		label = wire_read_slice(reader, length);
		if (n && n + 1 < room)
			text[n++] = '.';
		for (size_t i = 0; i < label.length && n + 1 < room; i++)
			text[n++] = (char)label.data[i];
	}
	text[n] = '\0';
}

static void skip_name(struct wire_reader *reader)
{
	uint8_t length;

	while ((length = wire_read_u8(reader)) != 0 && length <= LABEL_MAX)
		wire_read_skip(reader, length);
	if (length >= POINTER)
		wire_read_skip(reader, 1);
	else if (length)
		wire_reader_fail(reader, "unknown type of label");
}

static void read_record(struct wire_reader *reader, struct dns_reply *reply)
{
	uint16_t type, class;
	struct wire_reader data;

	skip_name(reader);
	type = wire_read_u16(reader);
	class = wire_read_u16(reader);
	wire_read_skip(reader, 4); /* time to live */
	data = wire_read_sub(reader, wire_read_u16(reader));
	if (type == TYPE_A && class == CLASS_IN && wire_reader_left(&data) == 4 &&
	    reply->count < DNS_ADDRESSES_MAX)
		reply->address[reply->count++] = wire_read_u32(&data);
}

int dns_decode_reply(const void *bytes, size_t length, struct dns_reply *reply, struct wire_error *error)
{
	struct wire_reader reader;
	uint16_t flags, questions, answers;

	memset(reply, 0, sizeof(*reply));
	wire_reader_init(&reader, bytes, length);
	reply->id = wire_read_u16(&reader);
	flags = wire_read_u16(&reader);
	reply->rcode = flags & 0xf;
	questions = wire_read_u16(&reader);
	answers = wire_read_u16(&reader);
	wire_read_skip(&reader, 4); /* the numbers of other records */
	if (!(flags & FLAG_REPLY))
		wire_reader_fail_at(&reader, 2, "not a reply");
	if (questions > 1)
		wire_reader_fail_at(&reader, 4, "more than one question");
	if (questions) {
		dns_read_name(&reader, reply->name, sizeof(reply->name));
		wire_read_skip(&reader, 4); /* type and class */
	}
	while (answers-- && wire_reader_ok(&reader))
		read_record(&reader, reply);
	return wire_reader_result(&reader, error);
}
