#include "wire/tftp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One row per option of RFC 2348, 2349 and 7440. */
struct option_row {
	const char *name;
	unsigned bit;
	uint64_t least;
	uint64_t greatest;
};

static const struct option_row OPTIONS[] = {
    {"blksize", TFTP_HAS_BLKSIZE, TFTP_BLKSIZE_MIN, TFTP_BLKSIZE_MAX},
    {"tsize", TFTP_HAS_TSIZE, 0, UINT64_MAX},
    {"timeout", TFTP_HAS_TIMEOUT, 1, 255},
    {"windowsize", TFTP_HAS_WINDOWSIZE, 1, 65535},
};
#define OPTION_ROWS (sizeof(OPTIONS) / sizeof(OPTIONS[0]))

static const char *const MODES[] = {
    [TFTP_NETASCII] = "netascii", [TFTP_OCTET] = "octet", [TFTP_MAIL] = "mail"};
#define MODE_ROWS (sizeof(MODES) / sizeof(MODES[0]))

static const char *const OPCODES[] = {
    [TFTP_RRQ] = "RRQ", [TFTP_WRQ] = "WRQ",	[TFTP_DATA] = "DATA",
    [TFTP_ACK] = "ACK", [TFTP_ERROR] = "ERROR", [TFTP_OACK] = "OACK",
};

static const char *const ERRORS[] = {
    "undefined error",	   "file not found",	     "access violation",
    "disk full",	   "illegal TFTP operation", "unknown transfer ID",
    "file already exists", "no such user",	     "option refused",
};

const char *tftp_opcode_name(unsigned opcode)
{
	return opcode < sizeof(OPCODES) / sizeof(OPCODES[0]) ? OPCODES[opcode] : NULL;
}

const char *tftp_error_name(unsigned code)
{
	return code < sizeof(ERRORS) / sizeof(ERRORS[0]) ? ERRORS[code] : "unknown error code";
}

/* A NUL-terminated string; the slice leaves the NUL out. */
static struct wire_slice read_string(struct wire_reader *reader)
{
	size_t left = wire_reader_left(reader);
	const uint8_t *from = left ? reader->data + reader->at : NULL;
	const uint8_t *nul = left ? memchr(from, 0, left) : NULL;
	struct wire_slice text;

	if (!nul) {
		wire_reader_fail(reader, "string without its NUL");
		return (struct wire_slice){0};
	}
	text = wire_read_slice(reader, (size_t)(nul - from));
	wire_read_skip(reader, 1);
	return text;
}

static bool slice_is(struct wire_slice slice, const char *name)
{
	return slice.length == strlen(name) && strncasecmp((const char *)slice.data, name, slice.length) == 0;
}

/* Decimal digits only; false when there are none, others, or more than 64 bits. */
static bool parse_number(struct wire_slice text, uint64_t *value)
{
	uint64_t n = 0;

	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned digit = (unsigned)(text.data[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*value = n;
	return true;
}

static void set_option(struct tftp_options *options, unsigned bit, uint64_t value)
{
	options->has |= bit;
	if (bit == TFTP_HAS_BLKSIZE)
		options->blksize = (uint16_t)value;
	else if (bit == TFTP_HAS_TSIZE)
		options->tsize = value;
	else if (bit == TFTP_HAS_TIMEOUT)
		options->timeout_s = (uint8_t)value;
	else
		options->windowsize = (uint16_t)value;
}

static uint64_t get_option(const struct tftp_options *options, unsigned bit)
{
	if (bit == TFTP_HAS_BLKSIZE)
		return options->blksize;
	if (bit == TFTP_HAS_TSIZE)
		return options->tsize;
	return bit == TFTP_HAS_TIMEOUT ? options->timeout_s : options->windowsize;
}

static const struct option_row *find_option(struct wire_slice name)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (slice_is(name, OPTIONS[i].name))
			return &OPTIONS[i];
	return NULL;
}

/* The string behind reader's position, unless it is missing or is the name of a known option: then the option in
 * front of it has no value. */
static bool read_value(struct wire_reader *reader, struct wire_slice *value)
{
	struct wire_reader ahead = *reader;
	struct wire_slice text = read_string(&ahead);

	if (!wire_reader_ok(&ahead) || find_option(text))
		return false;
	*value = text;
	*reader = ahead;
	return true;
}

static void note_odd(struct tftp_packet *packet, const struct option_row *row, size_t length, size_t at,
		     const char *what)
{
	wire_odd_add(&packet->odd, &(struct wire_oddity){row ? row->bit : 0, row ? row->name : "option", what,
							 (uint32_t)length, (uint32_t)at, 0});
}

static void read_options(struct wire_reader *reader, struct tftp_packet *packet)
{
	struct tftp_options *options = &packet->options;

	while (wire_reader_left(reader) > 0) {
		size_t at = wire_reader_offset(reader), left = wire_reader_left(reader);
		struct wire_slice name, text = {0};
		const struct option_row *row;
		const char *what = NULL;
		uint64_t value = 0;

		if (!memchr(reader->data + at, 0, left)) {
			note_odd(packet, NULL, left, at, "string without its NUL");
			wire_read_rest(reader);
			return;
		}
		name = read_string(reader);
		row = find_option(name);
		if (!read_value(reader, &text))
			what = "no value";
		else if (row && options->has & row->bit)
			what = "given twice";
		else if (row && !parse_number(text, &value))
			what = "value is no number";
		else if (row && (value < row->least || value > row->greatest))
			what = "value out of its limits";
		options->unknown += !row && !what;
		if (what)
			note_odd(packet, row, text.length, at, what);
		else if (row)
			set_option(options, row->bit, value);
	}
}

static void read_request(struct wire_reader *reader, struct tftp_packet *packet)
{
	struct wire_slice name = read_string(reader);
	size_t mode_at = wire_reader_offset(reader);
	struct wire_slice mode = read_string(reader);
	size_t row = 0;

	if (!wire_reader_ok(reader))
		return;
	if (name.length == 0 || name.length > TFTP_NAME_MAX) {
		wire_reader_fail_at(reader, 2, name.length ? "file name too long" : "file name is empty");
		return;
	}
	memcpy(packet->name, name.data, name.length);
	while (row < MODE_ROWS && !slice_is(mode, MODES[row]))
		row++;
	if (row == MODE_ROWS) {
		wire_reader_fail_at(reader, mode_at, "mode is neither netascii nor octet");
		return;
	}
	packet->mode = (enum tftp_mode)row;
	read_options(reader, packet);
}

static void read_error(struct wire_reader *reader, struct tftp_packet *packet)
{
	struct wire_slice text;

	packet->error_code = wire_read_u16(reader);
	text = wire_read_rest(reader);
	for (size_t i = 0; i < text.length && i < TFTP_MESSAGE_MAX && text.data[i]; i++)
		packet->message[i] = (char)text.data[i];
}

static void read_data(struct wire_reader *reader, struct tftp_packet *packet)
{
	struct wire_slice data;

	packet->block = wire_read_u16(reader);
	data = wire_read_rest(reader);
	if (data.length > TFTP_BLKSIZE_MAX)
		wire_reader_fail_at(reader, 4, "block longer than 65464 octets");
	packet->data = data.data;
	packet->data_size = data.length;
}

int tftp_decode(const void *bytes, size_t size, struct tftp_packet *packet, struct wire_error *error)
{
	struct tftp_packet read = {0};
	struct wire_reader reader;
	uint16_t opcode;
	int err;

	wire_reader_init(&reader, bytes, size);
	opcode = wire_read_u16(&reader);
	if (wire_reader_ok(&reader) && !tftp_opcode_name(opcode))
		wire_reader_fail_at(&reader, 0, "unknown opcode");
	if (wire_reader_ok(&reader)) {
		read.opcode = (enum tftp_opcode)opcode;
		switch (read.opcode) {
		case TFTP_RRQ:
		case TFTP_WRQ: read_request(&reader, &read); break;
		case TFTP_DATA: read_data(&reader, &read); break;
		case TFTP_ACK: read.block = wire_read_u16(&reader); break;
		case TFTP_ERROR: read_error(&reader, &read); break;
		case TFTP_OACK: read_options(&reader, &read); break;
		}
	}
	err = wire_reader_result(&reader, error);
	if (err == 0)
		*packet = read;
	return err;
}

static void write_string(struct wire_writer *writer, const char *text)
{
	wire_write_text(writer, text);
	wire_write_u8(writer, 0);
}

static void write_options(struct wire_writer *writer, const struct tftp_options *options)
{
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &OPTIONS[i];
		uint64_t value = get_option(options, row->bit);
		char text[24];

		if (!(options->has & row->bit))
			continue;
		if (value < row->least || value > row->greatest) {
			wire_writer_fail(writer, -EINVAL);
			return;
		}
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
		write_string(writer, row->name);
		write_string(writer, text);
	}
}

static void write_request(struct wire_writer *writer, const struct tftp_packet *packet)
{
	size_t length = strnlen(packet->name, sizeof(packet->name));

	if (length == 0 || length > TFTP_NAME_MAX || (unsigned)packet->mode >= MODE_ROWS) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	write_string(writer, packet->name);
	write_string(writer, MODES[packet->mode]);
	write_options(writer, &packet->options);
}

static void write_data(struct wire_writer *writer, const struct tftp_packet *packet)
{
	if (packet->data_size > TFTP_BLKSIZE_MAX)
		wire_writer_fail(writer, -EINVAL);
	wire_write_u16(writer, packet->block);
	wire_write_bytes(writer, packet->data, packet->data_size);
}

static void write_error(struct wire_writer *writer, const struct tftp_packet *packet)
{
	if (strnlen(packet->message, sizeof(packet->message)) > TFTP_MESSAGE_MAX) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	wire_write_u16(writer, packet->error_code);
	write_string(writer, packet->message);
}

ssize_t tftp_encode(const struct tftp_packet *packet, void *out, size_t size)
{
	struct wire_writer writer;

	if (!tftp_opcode_name(packet->opcode))
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	wire_write_u16(&writer, (uint16_t)packet->opcode);
	switch (packet->opcode) {
	case TFTP_RRQ:
	case TFTP_WRQ: write_request(&writer, packet); break;
	case TFTP_DATA: write_data(&writer, packet); break;
	case TFTP_ACK: wire_write_u16(&writer, packet->block); break;
	case TFTP_ERROR: write_error(&writer, packet); break;
	case TFTP_OACK: write_options(&writer, &packet->options); break;
	}
	return wire_writer_result(&writer);
}

int tftp_options_accept(const struct tftp_options *asked, const struct tftp_options *answered)
{
	if ((answered->has & ~asked->has) || answered->unknown > asked->unknown)
		return -EPROTO;
	if ((answered->has & TFTP_HAS_BLKSIZE) && answered->blksize > asked->blksize)
		return -EPROTO;
	if ((answered->has & TFTP_HAS_WINDOWSIZE) && answered->windowsize > asked->windowsize)
		return -EPROTO;
	if ((answered->has & TFTP_HAS_TIMEOUT) && answered->timeout_s != asked->timeout_s)
		return -EPROTO;
	return 0;
}

void tftp_error_packet(struct tftp_packet *packet, enum tftp_error_code code, const char *message)
{
	*packet = (struct tftp_packet){.opcode = TFTP_ERROR, .error_code = (uint16_t)code};
	snprintf(packet->message, sizeof(packet->message), "%s", message ? message : tftp_error_name(code));
}

size_t tftp_netascii_decode(struct tftp_netascii *state, const uint8_t *in, size_t size, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t c = in[i];

		if (state->carriage_return) {
			state->carriage_return = false;
			if (c == '\n' || c == 0) {
				out[n++] = c ? '\n' : '\r';
				continue;
			}
			out[n++] = '\r'; /* a bare CR is not netascii: kept as it came */
		}
		if (c == '\r')
			state->carriage_return = true;
		else
			out[n++] = c;
	}
	return n;
}

size_t tftp_netascii_encode(const uint8_t *in, size_t size, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (in[i] == '\n')
			out[n++] = '\r';
		out[n++] = in[i];
		if (in[i] == '\r')
			out[n++] = 0;
	}
	return n;
}
