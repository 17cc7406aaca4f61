#include "wire/pcapng.h"

#include <errno.h>
#include <string.h>

#include "wire/pcapng_blocks.h"

static void write_padded(struct wire_writer *writer, const void *from, size_t length)
{
	wire_write_bytes(writer, from, length);
	wire_write_zeros(writer, (4 - length % 4) % 4);
}

static void write_option(struct wire_writer *writer, uint16_t code, const void *value, size_t length)
{
	wire_write_le16(writer, code);
	wire_write_le16(writer, (uint16_t)length);
	write_padded(writer, value, length);
}

/* A text option, when there is a text. */
static void write_text(struct wire_writer *writer, uint16_t code, const char *text)
{
	if (text && *text)
		write_option(writer, code, text, utf8_cut(text, strlen(text), PCAPNG_COMMENT_MAX));
}

static void begin_block(struct wire_writer *writer, uint32_t type)
{
	wire_write_le32(writer, type);
	wire_write_le32(writer, 0);
}

/* Both length fields. */
static ssize_t end_block(struct wire_writer *writer)
{
	uint32_t length = (uint32_t)writer->at + 4;

	wire_write_le32(writer, length);
	if (!writer->error)
		for (int i = 0; i < 4; i++)
			writer->data[4 + i] = (uint8_t)(length >> 8 * i);
	return wire_writer_result(writer);
}

ssize_t pcapng_encode_section(const char *application, void *out, size_t size)
{
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	begin_block(&writer, BLOCK_SECTION);
	wire_write_le32(&writer, BYTE_ORDER_MARK);
	wire_write_le16(&writer, 1); /* version 1.0 */
	wire_write_le16(&writer, 0);
	wire_write_le32(&writer, UINT32_MAX); /* section length: not given */
	wire_write_le32(&writer, UINT32_MAX);
	write_text(&writer, OPTION_SHB_USERAPPL, application);
	write_option(&writer, OPTION_END, NULL, 0);
	return end_block(&writer);
}

ssize_t pcapng_encode_interface(const struct pcapng_interface *interface, void *out, size_t size)
{
	static const uint8_t NANOSECONDS = 9;
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	begin_block(&writer, BLOCK_INTERFACE);
	wire_write_le16(&writer, interface->link_type);
	wire_write_le16(&writer, 0);
	wire_write_le32(&writer, PCAPNG_SNAPLEN);
	write_text(&writer, OPTION_IF_NAME, interface->name);
	write_text(&writer, OPTION_IF_DESCRIPTION, interface->description);
	write_option(&writer, OPTION_IF_TSRESOL, &NANOSECONDS, 1);
	write_option(&writer, OPTION_END, NULL, 0);
	return end_block(&writer);
}

ssize_t pcapng_encode_packet(const struct pcapng_packet *packet, void *out, size_t size)
{
	uint32_t captured = (uint32_t)packet->data.length;
	struct wire_writer writer;

	if (packet->data.length > PCAPNG_SNAPLEN ||
	    (packet->original_length && packet->original_length < packet->data.length))
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	begin_block(&writer, BLOCK_ENHANCED);
	wire_write_le32(&writer, packet->interface);
	wire_write_le32(&writer, (uint32_t)(packet->time_ns >> 32));
	wire_write_le32(&writer, (uint32_t)packet->time_ns);
	wire_write_le32(&writer, captured);
	wire_write_le32(&writer, packet->original_length ? packet->original_length : captured);
	write_padded(&writer, packet->data.data, captured);
	if (packet->comment && *packet->comment) {
		write_text(&writer, OPTION_COMMENT, packet->comment);
		write_option(&writer, OPTION_END, NULL, 0);
	}
	return end_block(&writer);
}

ssize_t pcapng_encode_tls_keys(struct wire_slice lines, void *out, size_t size)
{
	struct wire_writer writer;

	if (lines.length > PCAPNG_SNAPLEN)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	begin_block(&writer, BLOCK_SECRETS);
	wire_write_le32(&writer, SECRETS_TLS);
	wire_write_le32(&writer, (uint32_t)lines.length);
	write_padded(&writer, lines.data, lines.length);
	return end_block(&writer);
}
