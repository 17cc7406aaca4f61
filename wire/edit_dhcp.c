#include "wire/edit.h"

#include <errno.h>
#include <string.h>

#include "wire/dhcp_option.h"

/* Copy the options of a field, less one code; the end option is left to the caller. Counts those left out. */
static int copy_less(struct wire_reader *in, uint8_t code, struct wire_writer *out, unsigned *removed,
		     uint8_t *overload)
{
	while (wire_reader_left(in)) {
		uint8_t option = wire_read_u8(in), length;
		struct wire_slice value;

		if (option == DHCP_OPTION_END)
			break;
		if (option == DHCP_OPTION_PAD)
			continue;
		length = wire_read_u8(in);
		value = wire_read_slice(in, length);
		if (!wire_reader_ok(in))
			return -EBADMSG;
		if (option == DHCP_OPTION_OVERLOAD && length == 1)
			*overload = value.data[0];
		if (option == code) {
			++*removed;
			continue;
		}
		wire_write_u8(out, option);
		wire_write_u8(out, length);
		wire_write_slice(out, value);
	}
	return wire_reader_result(in, NULL);
}

/* The options in sname or file, in their place. */
static int strip_field(const uint8_t *in, uint8_t *out, size_t at, size_t end, uint8_t code,
		       unsigned *removed)
{
	struct wire_reader reader;
	struct wire_writer writer;
	uint8_t ignored, room[128];
	int error;

	wire_reader_init(&reader, in + at, end - at);
	wire_writer_init(&writer, room, end - at);
	error = copy_less(&reader, code, &writer, removed, &ignored);
	if (error)
		return error;
	/* Only what came out again is written back: the end option may have had no room of its own. */
	if (writer.at < end - at)
		wire_write_u8(&writer, DHCP_OPTION_END);
	memset(out + at, 0, end - at);
	memcpy(out + at, room, writer.at);
	return 0;
}

static ssize_t rebuild(const uint8_t *in, size_t length, uint8_t code, const void *value, size_t value_length,
		       unsigned *removed, uint8_t *out, size_t size)
{
	struct wire_reader reader;
	struct wire_writer writer;
	uint8_t overload = 0;
	int error;

	if (length < OPTIONS_AT || wire_get32(in + COOKIE_AT) != COOKIE)
		return -EBADMSG;
	wire_writer_init(&writer, out, size);
	wire_write_bytes(&writer, in, OPTIONS_AT);
	wire_reader_init(&reader, in + OPTIONS_AT, length - OPTIONS_AT);
	error = copy_less(&reader, code, &writer, removed, &overload);
	if (error)
		return error;
	if (value) {
		wire_write_u8(&writer, code);
		wire_write_u8(&writer, (uint8_t)value_length);
		wire_write_bytes(&writer, value, value_length);
	}
	wire_write_u8(&writer, DHCP_OPTION_END);
	if (!writer.error && writer.at < DHCP_MIN && length >= DHCP_MIN)
		wire_write_zeros(&writer, DHCP_MIN - writer.at);
	if (writer.error)
		return writer.error;
	if (overload & 1)
		error = strip_field(in, out, FILE_AT, COOKIE_AT, code, removed);
	if (!error && overload & 2)
		error = strip_field(in, out, SNAME_AT, FILE_AT, code, removed);
	return error ? error : (ssize_t)writer.at;
}

ssize_t edit_dhcp_strip(const uint8_t *in, size_t length, uint8_t code, uint8_t *out, size_t size)
{
	unsigned removed = 0;
	ssize_t result;

	if (code == DHCP_OPTION_PAD || code == DHCP_OPTION_END)
		return -EINVAL;
	result = rebuild(in, length, code, NULL, 0, &removed, out, size);
	return result >= 0 && !removed ? -ENOENT : result;
}

ssize_t edit_dhcp_set(const uint8_t *in, size_t length, uint8_t code, const void *value, size_t value_length,
		      uint8_t *out, size_t size)
{
	unsigned removed = 0;

	if (code == DHCP_OPTION_PAD || code == DHCP_OPTION_END || value_length < 1 || value_length > 255)
		return -EINVAL;
	return rebuild(in, length, code, value, value_length, &removed, out, size);
}
