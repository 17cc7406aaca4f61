#include "wire/tvs.h"

#include <errno.h>
#include <string.h>

#define VERSION	    1
#define DEVICE_KIND 1 /* in front of the name of a phone */

enum tvs_tag {
	TAG_DEVICE = 1,
	TAG_CERTIFICATE = 2,
	TAG_SUBJECT = 3,
	TAG_ISSUER = 4,
	TAG_SERIAL = 5,
	TAG_STATUS = 7,
	TAG_ROLES = 8,
	TAG_TTL = 9,
};

const char *tvs_command_name(unsigned command)
{
	switch (command) {
	case TVS_VERIFY: return "TVS_MSG_CERT_VERIFICATION_REQ";
	case TVS_VERIFIED: return "TVS_MSG_CERT_VERIFICATION_RES";
	case TVS_QUERY: return "TVS_MSG_QUERY_CERT_REQ";
	case TVS_CERTIFICATE: return "TVS_MSG_QUERY_CERT_RES";
	}
	return NULL;
}

int tvs_frame(const void *bytes, size_t size, size_t *whole, struct wire_error *error)
{
	const uint8_t *at = bytes;

	*whole = 0;
	if (size > 0 && at[0] != TVS_DISCRIMINATOR)
		return wire_error_set(error, 0, "does not begin with 57");
	if (size > 1 && at[1] != VERSION)
		return wire_error_set(error, 1, "version is not 1");
	if (size < TVS_HEADER)
		return -EAGAIN;
	*whole = TVS_HEADER + (size_t)wire_get16(at + 8);
	return size < *whole ? -EAGAIN : 0;
}

/* --- reading --- */

static struct wire_slice read_device(struct wire_reader *value)
{
	size_t at = wire_reader_offset(value);

	if (wire_read_u8(value) != DEVICE_KIND)
		wire_reader_fail_at(value, at, "device does not begin with 01");
	return wire_read_rest(value);
}

/* A name, whose NUL some senders omit. */
static struct wire_slice read_name(struct wire_reader *value)
{
	size_t at = wire_reader_offset(value);
	struct wire_slice name = wire_read_rest(value);

	if (name.length && !name.data[name.length - 1])
		name.length--;
	if (name.length && memchr(name.data, 0, name.length))
		wire_reader_fail_at(value, at, "name with a NUL inside");
	else if (name.length > TVS_TEXT_MAX)
		wire_reader_fail_at(value, at, "name too long");
	return name;
}

static void read_roles(struct wire_reader *value, struct tvs *message)
{
	message->roles = 0;
	while (wire_reader_left(value) > 0) {
		uint8_t role = wire_read_u8(value);

		if (message->roles < TVS_ROLES_MAX)
			message->role[message->roles++] = role;
		else
			message->unknown++;
	}
}

static void read_element(struct wire_reader *reader, struct tvs *message)
{
	uint8_t tag = wire_read_u8(reader);
	struct wire_reader value = wire_read_sub(reader, wire_read_u16(reader));

	switch (tag) {
	case TAG_DEVICE: message->device = read_device(&value); break;
	case TAG_CERTIFICATE: message->certificate = wire_read_rest(&value); break;
	case TAG_SUBJECT: message->subject = read_name(&value); break;
	case TAG_ISSUER: message->issuer = read_name(&value); break;
	case TAG_SERIAL: message->serial = wire_read_rest(&value); break;
	case TAG_STATUS:
		message->status = wire_read_u8(&value);
		message->has |= TVS_HAS_STATUS;
		break;
	case TAG_ROLES: read_roles(&value, message); break;
	case TAG_TTL:
		message->ttl_s = wire_read_u32(&value);
		message->has |= TVS_HAS_TTL;
		break;
	default:
		message->unknown++;
		wire_read_rest(&value);
		break;
	}
	if (wire_reader_left(&value) > 0)
		wire_reader_fail(&value, "element longer than its value");
	wire_reader_join(reader, &value);
}

int tvs_decode(const void *bytes, size_t size, struct tvs *out, struct wire_error *error)
{
	struct tvs message = {0};
	struct wire_reader reader;
	unsigned command;
	uint16_t length;

	wire_reader_init(&reader, bytes, size);
	if (wire_read_u8(&reader) != TVS_DISCRIMINATOR)
		wire_reader_fail_at(&reader, 0, "does not begin with 57");
	if (wire_read_u8(&reader) != VERSION)
		wire_reader_fail_at(&reader, 1, "version is not 1");
	command = wire_read_u8(&reader);
	if (!tvs_command_name(command))
		wire_reader_fail_at(&reader, 2, "unknown command");
	message.command = (enum tvs_command)command;
	message.reserved = wire_read_u8(&reader);
	message.session = wire_read_u32(&reader);
	length = wire_read_u16(&reader);
	if (length != wire_reader_left(&reader))
		wire_reader_fail_at(&reader, 8, "length is not that of the message");
	while (wire_reader_left(&reader) > 0)
		read_element(&reader, &message);
	if (wire_reader_ok(&reader))
		*out = message;
	return wire_reader_result(&reader, error);
}

/* --- writing --- */

static void write_element(struct wire_writer *writer, enum tvs_tag tag, struct wire_slice value)
{
	size_t length;

	wire_write_u8(writer, (uint8_t)tag);
	length = wire_write_begin_u16(writer);
	wire_write_slice(writer, value);
	wire_write_end_u16(writer, length, 0);
}

static void write_optional(struct wire_writer *writer, enum tvs_tag tag, struct wire_slice value)
{
	if (value.length)
		write_element(writer, tag, value);
}

static void write_device(struct wire_writer *writer, struct wire_slice device)
{
	size_t length;

	if (!device.length)
		return;
	if (device.length > TVS_TEXT_MAX)
		wire_writer_fail(writer, -EINVAL);
	wire_write_u8(writer, TAG_DEVICE);
	length = wire_write_begin_u16(writer);
	wire_write_u8(writer, DEVICE_KIND);
	wire_write_slice(writer, device);
	wire_write_end_u16(writer, length, 0);
}

static void write_name(struct wire_writer *writer, enum tvs_tag tag, struct wire_slice name)
{
	size_t length;

	if (!name.length)
		return;
	if (name.length > TVS_TEXT_MAX || memchr(name.data, 0, name.length))
		wire_writer_fail(writer, -EINVAL);
	wire_write_u8(writer, (uint8_t)tag);
	length = wire_write_begin_u16(writer);
	wire_write_slice(writer, name);
	wire_write_u8(writer, 0);
	wire_write_end_u16(writer, length, 0);
}

static void write_u32(struct wire_writer *writer, enum tvs_tag tag, uint32_t value)
{
	wire_write_u8(writer, (uint8_t)tag);
	wire_write_u16(writer, 4);
	wire_write_u32(writer, value);
}

/* A reply has the status first, then the certificate if the request was for one; a request has it behind the device. */
static void write_elements(struct wire_writer *writer, const struct tvs *message)
{
	write_device(writer, message->device);
	if (message->has & TVS_HAS_STATUS)
		write_element(writer, TAG_STATUS, (struct wire_slice){&message->status, 1});
	write_optional(writer, TAG_CERTIFICATE, message->certificate);
	write_name(writer, TAG_SUBJECT, message->subject);
	write_name(writer, TAG_ISSUER, message->issuer);
	write_optional(writer, TAG_SERIAL, message->serial);
	write_optional(writer, TAG_ROLES, (struct wire_slice){message->role, message->roles});
	if (message->has & TVS_HAS_TTL)
		write_u32(writer, TAG_TTL, message->ttl_s);
}

ssize_t tvs_encode(const struct tvs *message, void *out, size_t size)
{
	struct wire_writer writer;
	size_t length;

	if (!tvs_command_name(message->command) || message->roles > TVS_ROLES_MAX)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	wire_write_u8(&writer, TVS_DISCRIMINATOR);
	wire_write_u8(&writer, VERSION);
	wire_write_u8(&writer, (uint8_t)message->command);
	wire_write_u8(&writer, message->reserved);
	wire_write_u32(&writer, message->session);
	length = wire_write_begin_u16(&writer);
	write_elements(&writer, message);
	wire_write_end_u16(&writer, length, 0);
	return wire_writer_result(&writer);
}
