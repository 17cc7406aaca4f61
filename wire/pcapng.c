#include "wire/pcapng.h"

#include <errno.h>
#include <string.h>

#include "wire/pcapng_blocks.h"

#define CLASSIC_US 0xa1b2c3d4u
#define CLASSIC_NS 0xa1b23c4du

void pcapng_reader_init(struct pcapng_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
}

static uint32_t swap32(uint32_t value)
{
	return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

static uint32_t get32(struct wire_reader *in, bool swapped)
{
	return swapped ? wire_read_u32(in) : wire_read_le32(in);
}

static uint16_t get16(struct wire_reader *in, bool swapped)
{
	return swapped ? wire_read_u16(in) : wire_read_le16(in);
}

/* A count of ticks of an interface as nanoseconds since 1970, its offset added; what does not fit is cut at
 * the ends. */
static uint64_t to_ns(uint64_t ticks, uint8_t resolution, int64_t offset_s)
{
	__int128 ns = ticks, limit = UINT64_MAX;
	unsigned power = resolution & 0x7f;

	if (resolution & 0x80) {
		ns = power > 63 ? 0 : (ns * 1000000000) >> power;
	} else {
		for (; power < 9; power++)
			ns *= 10;
		for (; power > 9 && ns; power--)
			ns /= 10;
	}
	ns += (__int128)offset_s * 1000000000;
	return ns < 0 ? 0 : ns > limit ? UINT64_MAX : (uint64_t)ns;
}

static void copy_text(struct wire_slice text, char *to, size_t room)
{
	size_t length = utf8_cut((const char *)text.data, text.length, room - 1);

	if (length)
		memcpy(to, text.data, length);
	to[length] = '\0';
}

/* The next option, or false at their end. Options may be left out altogether. */
static bool next_option(struct wire_reader *in, bool swapped, uint16_t *code, struct wire_slice *value)
{
	uint16_t length;

	if (wire_reader_left(in) < 4)
		return false;
	*code = get16(in, swapped);
	length = get16(in, swapped);
	if (*code == OPTION_END)
		return false;
	*value = wire_read_slice(in, length);
	wire_read_skip(in, (4 - length % 4u) % 4);
	return wire_reader_ok(in);
}

static void read_section(struct wire_reader *in, struct pcapng_reader *reader)
{
	uint16_t major;

	wire_read_skip(in, 4); /* the byte order mark, seen before */
	major = get16(in, reader->swapped);
	if (wire_reader_ok(in) && major != 1)
		wire_reader_fail_at(in, 12, "pcapng version is not 1");
	wire_read_skip(in, 2 + 8);
	reader->started = true;
	reader->interfaces = 0;
}

static void read_interface(struct wire_reader *in, struct pcapng_reader *reader, struct pcapng_record *record)
{
	struct wire_slice value;
	bool swapped = reader->swapped;
	uint16_t code;

	if (reader->interfaces == PCAPNG_INTERFACES_MAX) {
		wire_reader_fail(in, "more than 256 interfaces");
		return;
	}
	record->kind = PCAPNG_INTERFACE;
	record->interface = reader->interfaces;
	record->link_type = get16(in, swapped);
	wire_read_skip(in, 2);
	memset(&reader->interface[record->interface], 0, sizeof(reader->interface[0]));
	reader->interface[record->interface].link_type = record->link_type;
	reader->interface[record->interface].resolution = 6;
	reader->interface[record->interface].snaplen = get32(in, swapped);
	while (next_option(in, swapped, &code, &value)) {
		if (code == OPTION_IF_NAME)
			copy_text(value, reader->interface[record->interface].name, PCAPNG_NAME_MAX + 1);
		else if (code == OPTION_IF_TSRESOL && value.length == 1)
			reader->interface[record->interface].resolution = value.data[0];
		else if (code == OPTION_IF_TSOFFSET && value.length == 8) {
			struct wire_reader number;
			uint64_t low, high;

			wire_reader_init(&number, value.data, 8);
			low = get32(&number, swapped);
			high = get32(&number, swapped);
			reader->interface[record->interface].offset_s =
			    (int64_t)(swapped ? low << 32 | high : high << 32 | low);
		}
	}
	if (wire_reader_ok(in))
		reader->interfaces++;
}

static void read_comment(struct wire_reader *in, bool swapped, struct pcapng_record *record)
{
	struct wire_slice value;
	uint16_t code;

	while (next_option(in, swapped, &code, &value))
		if (code == OPTION_COMMENT && !record->comment[0])
			copy_text(value, record->comment, sizeof(record->comment));
}

/* Enhanced and obsolete packet blocks: they differ in how they number the interface. */
static void read_packet(struct wire_reader *in, const struct pcapng_reader *reader, bool old,
			struct pcapng_record *record)
{
	bool swapped = reader->swapped;
	uint64_t high, low;
	uint32_t captured;

	record->kind = PCAPNG_PACKET;
	if (old) {
		record->interface = get16(in, swapped);
		wire_read_skip(in, 2);
	} else {
		record->interface = get32(in, swapped);
	}
	if (wire_reader_ok(in) && record->interface >= reader->interfaces) {
		wire_reader_fail_at(in, 8, "packet of an interface that was not described");
		return;
	}
	high = get32(in, swapped);
	low = get32(in, swapped);
	captured = get32(in, swapped);
	record->original_length = get32(in, swapped);
	record->data = wire_read_slice(in, captured);
	wire_read_skip(in, (4 - captured % 4) % 4);
	read_comment(in, swapped, record);
	if (!wire_reader_ok(in))
		return;
	record->link_type = reader->interface[record->interface].link_type;
	record->time_ns = to_ns(high << 32 | low, reader->interface[record->interface].resolution,
				reader->interface[record->interface].offset_s);
}

/* A simple packet block is of interface 0, has no time, and is cut by the interface's snap length. */
static void read_simple(struct wire_reader *in, const struct pcapng_reader *reader,
			struct pcapng_record *record)
{
	uint32_t snaplen = reader->interface[0].snaplen;
	size_t length;

	record->kind = PCAPNG_PACKET;
	if (reader->interfaces == 0) {
		wire_reader_fail_at(in, 8, "packet of an interface that was not described");
		return;
	}
	record->original_length = get32(in, reader->swapped);
	length = record->original_length;
	if (snaplen && length > snaplen)
		length = snaplen;
	record->data = wire_read_slice(in, length);
	record->link_type = reader->interface[0].link_type;
}

/* The body of a whole block, its type and lengths checked. */
static void read_body(struct wire_reader *in, uint32_t type, struct pcapng_reader *reader,
		      struct pcapng_record *record)
{
	record->kind = PCAPNG_OTHER;
	switch (type) {
	case BLOCK_SECTION:
		record->kind = PCAPNG_SECTION;
		read_section(in, reader);
		break;
	case BLOCK_INTERFACE: read_interface(in, reader, record); break;
	case BLOCK_ENHANCED: read_packet(in, reader, false, record); break;
	case BLOCK_OLD: read_packet(in, reader, true, record); break;
	case BLOCK_SIMPLE: read_simple(in, reader, record); break;
	default: break;
	}
}

static int need(struct pcapng_record *record, size_t have, size_t wanted)
{
	record->size = wanted;
	return have < wanted ? -EAGAIN : 0;
}

static int read_block(struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
		      struct pcapng_record *record, struct wire_error *error)
{
	struct wire_reader in, body;
	bool swapped = reader->swapped;
	uint32_t type, length, mark;

	if (need(record, size, 12) < 0)
		return -EAGAIN;
	wire_reader_init(&in, bytes, size);
	type = get32(&in, swapped);
	length = get32(&in, swapped);
	if (type == BLOCK_SECTION) { /* the same in both orders; the mark behind it tells which */
		mark = wire_read_le32(&in);
		if (mark != BYTE_ORDER_MARK && swap32(mark) != BYTE_ORDER_MARK)
			return wire_error_set(error, 8,
					      "byte order mark of the section is neither way round");
		length = swapped == (mark != BYTE_ORDER_MARK) ? length : swap32(length);
		swapped = mark != BYTE_ORDER_MARK;
	}
	if (length < (type == BLOCK_SECTION ? 28 : 12) || length % 4 || length > PCAPNG_BLOCK_MAX)
		return wire_error_set(error, 4, "block length is too small, no multiple of 4, or over 1 MB");
	if (need(record, size, length) < 0)
		return -EAGAIN;
	wire_reader_init(&in, bytes, length);
	wire_read_skip(&in, length - 4);
	if (get32(&in, swapped) != length)
		return wire_error_set(error, length - 4, "block lengths at its two ends differ");
	wire_reader_init(&in, bytes, length);
	wire_read_skip(&in, 8);
	body = wire_read_sub(&in, length - 12);
	reader->swapped = swapped;
	read_body(&body, type, reader, record);
	return wire_reader_result(&body, error);
}

static int begin_classic(struct pcapng_reader *reader, const uint8_t *bytes, size_t size, uint32_t magic,
			 struct pcapng_record *record, struct wire_error *error)
{
	struct wire_reader in;
	uint16_t major;

	if (need(record, size, 24) < 0)
		return -EAGAIN;
	reader->swapped = magic != CLASSIC_US && magic != CLASSIC_NS;
	reader->nanosecond = magic == CLASSIC_NS || swap32(magic) == CLASSIC_NS;
	wire_reader_init(&in, bytes, 24);
	wire_read_skip(&in, 4);
	major = get16(&in, reader->swapped);
	wire_read_skip(&in, 10);
	if (major != 2)
		return wire_error_set(error, 4, "pcap version is not 2");
	reader->started = reader->classic = true;
	reader->interfaces = 1;
	reader->interface[0].snaplen = get32(&in, reader->swapped);
	reader->interface[0].link_type = (uint16_t)get32(&in, reader->swapped);
	record->kind = PCAPNG_SECTION;
	record->link_type = reader->interface[0].link_type;
	return 0;
}

static int read_classic(const struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
			struct pcapng_record *record, struct wire_error *error)
{
	uint32_t seconds, fraction, captured;
	struct wire_reader in;

	if (need(record, size, 16) < 0)
		return -EAGAIN;
	wire_reader_init(&in, bytes, size);
	seconds = get32(&in, reader->swapped);
	fraction = get32(&in, reader->swapped);
	captured = get32(&in, reader->swapped);
	record->original_length = get32(&in, reader->swapped);
	if (captured > PCAPNG_BLOCK_MAX - 16)
		return wire_error_set(error, 8, "packet longer than 1 MB");
	if (need(record, size, 16 + (size_t)captured) < 0)
		return -EAGAIN;
	record->kind = PCAPNG_PACKET;
	record->link_type = reader->interface[0].link_type;
	record->time_ns =
	    seconds * UINT64_C(1000000000) + fraction * (reader->nanosecond ? UINT64_C(1) : 1000);
	record->data = wire_read_slice(&in, captured);
	return 0;
}

static int read_first(struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
		      struct pcapng_record *record, struct wire_error *error)
{
	struct wire_reader in;
	uint32_t magic;

	if (need(record, size, 4) < 0)
		return -EAGAIN;
	wire_reader_init(&in, bytes, 4);
	magic = wire_read_le32(&in);
	if (magic == BLOCK_SECTION)
		return read_block(reader, bytes, size, record, error);
	if (magic == CLASSIC_US || magic == CLASSIC_NS || swap32(magic) == CLASSIC_US ||
	    swap32(magic) == CLASSIC_NS)
		return begin_classic(reader, bytes, size, magic, record, error);
	return wire_error_set(error, 0, "neither pcapng nor pcap");
}

int pcapng_read(struct pcapng_reader *reader, const void *bytes, size_t size, struct pcapng_record *record,
		struct wire_error *error)
{
	bool started = reader->started, classic = reader->classic, swapped = reader->swapped;
	uint32_t interfaces = reader->interfaces;
	int err;

	memset(record, 0, sizeof(*record));
	if (!started)
		err = read_first(reader, bytes, size, record, error);
	else if (classic)
		err = read_classic(reader, bytes, size, record, error);
	else
		err = read_block(reader, bytes, size, record, error);
	if (err < 0) { /* descriptions beyond the count do not matter */
		reader->started = started;
		reader->classic = classic;
		reader->swapped = swapped;
		reader->interfaces = interfaces;
	}
	return err;
}
