#include "wire/capf.h"

#include <errno.h>
#include <string.h>

enum capf_tag {
	TAG_REASON = 1,
	TAG_REASON_INFO = 2,
	TAG_CERTIFICATE_TYPE = 3,
	TAG_CERTIFICATE = 4,
	TAG_SIGNATURE = 6,
	TAG_VERSION = 7,
	TAG_AUTH = 8,
	TAG_PUBLIC_KEY = 9,
	TAG_KEY_SIZE = 10,
	TAG_PASSWORD = 11,
	TAG_DEVICE = 13,
	TAG_SUDI = 16,
	TAG_KEY_TYPE = 17,
	TAG_CURVE = 18,
	TAG_SIGNATURE_2 = 20,
};

/* What is in front of the values inside elements 4, 16 and 20. */
#define WRAP_DER	 0
#define WRAP_CERTIFICATE 1
#define WRAP_SHA1	 1
#define WRAP_SHA512	 3

const char *capf_command_name(unsigned command)
{
	static const char *const names[] = {
	    [CAPF_AUTH_REQUEST] = "authentication request",
	    [CAPF_AUTH_REPLY] = "authentication reply",
	    [CAPF_KEY_REQUEST] = "key generate request",
	    [CAPF_KEY_REPLY] = "key generate reply",
	    [CAPF_ENCRYPT_REPLY] = "encrypt reply",
	    [CAPF_ENCRYPT_REQUEST] = "encrypt request",
	    [CAPF_DECRYPT_REQUEST] = "decrypt request",
	    [CAPF_DECRYPT_REPLY] = "decrypt reply",
	    [CAPF_STORE_REQUEST] = "store certificate request",
	    [CAPF_STORE_REPLY] = "store certificate reply",
	    [CAPF_FETCH_REQUEST] = "fetch certificate request",
	    [CAPF_FETCH_REPLY] = "fetch certificate reply",
	    [CAPF_DELETE_REQUEST] = "delete certificate request",
	    [CAPF_DELETE_REPLY] = "delete certificate reply",
	    [CAPF_END] = "end session",
	    [CAPF_RETRY_LATER] = "retry later",
	    [CAPF_IN_PROGRESS] = "request in progress",
	    [CAPF_STATUS_REQUEST] = "status request",
	    [CAPF_STATUS_REPLY] = "status reply",
	    [CAPF_ABORT_REQUEST] = "abort request",
	    [CAPF_ABORT_REPLY] = "abort reply",
	    [CAPF_SIGN_REQUEST] = "sign certificate request",
	    [CAPF_SIGN_REPLY] = "sign certificate reply",
	};

	return command < sizeof(names) / sizeof(names[0]) ? names[command] : NULL;
}

bool capf_is_key_size(unsigned bits)
{
	return bits == 512 || bits == 1024 || bits == 2048 || bits == 3072 || bits == 4096;
}

int capf_frame(const void *bytes, size_t size, size_t *whole, struct wire_error *error)
{
	const uint8_t *at = bytes;

	*whole = 0;
	if (size > 0 && at[0] != CAPF_DISCRIMINATOR)
		return wire_error_set(error, 0, "does not begin with 55");
	if (size < CAPF_HEADER)
		return -EAGAIN;
	*whole = CAPF_HEADER + (size_t)wire_get16(at + 6);
	return size < *whole ? -EAGAIN : 0;
}

/* --- reading --- */

/* A text, whose NUL some senders omit. */
static struct wire_slice read_text(struct wire_reader *value)
{
	size_t at = wire_reader_offset(value);
	struct wire_slice text = wire_read_rest(value);

	if (text.length && !text.data[text.length - 1])
		text.length--;
	if (text.length && memchr(text.data, 0, text.length))
		wire_reader_fail_at(value, at, "text with a NUL inside");
	else if (text.length > CAPF_TEXT_MAX)
		wire_reader_fail_at(value, at, "text too long");
	return text;
}

/* A value behind its kind and length. */
static struct wire_slice read_wrapped(struct wire_reader *value, uint8_t kind)
{
	size_t at = wire_reader_offset(value);

	if (wire_read_u8(value) != kind)
		wire_reader_fail_at(value, at, "unknown kind of value");
	return wire_read_slice(value, wire_read_u16(value));
}

/* 01, the length of the rest, 00, the type, DER. */
static void read_certificate(struct wire_reader *value, struct capf *message)
{
	size_t at = wire_reader_offset(value);
	struct wire_slice rest = read_wrapped(value, WRAP_CERTIFICATE);

	if (wire_reader_ok(value) && (rest.length < 2 || rest.data[0] != 0)) {
		wire_reader_fail_at(value, at, "certificate without its type");
		return;
	}
	if (!wire_reader_ok(value))
		return;
	message->certificate_kind = rest.data[1];
	message->certificate = (struct wire_slice){rest.data + 2, rest.length - 2};
	message->has |= CAPF_HAS_CERTIFICATE;
}

static void read_sudi(struct wire_reader *value, struct capf *message)
{
	message->sudi = read_wrapped(value, WRAP_DER);
	message->sudi_signature = read_wrapped(value, WRAP_SHA1);
	message->sudi_signature_2 = read_wrapped(value, WRAP_SHA512);
	message->has |= CAPF_HAS_SUDI;
}

static uint8_t read_number(struct wire_reader *value, struct capf *message, enum capf_has has)
{
	message->has |= (unsigned)has;
	return wire_read_u8(value);
}

static void read_value(uint8_t tag, struct wire_reader *value, struct capf *message)
{
	switch (tag) {
	case TAG_REASON: message->reason = read_number(value, message, CAPF_HAS_REASON); break;
	case TAG_REASON_INFO: message->reason_info = read_text(value); break;
	case TAG_CERTIFICATE_TYPE:
		message->certificate_type = read_number(value, message, CAPF_HAS_CERTIFICATE_TYPE);
		break;
	case TAG_CERTIFICATE: read_certificate(value, message); break;
	case TAG_SIGNATURE: message->signature = wire_read_rest(value); break;
	case TAG_VERSION: message->version = read_number(value, message, CAPF_HAS_VERSION); break;
	case TAG_AUTH: message->auth = read_number(value, message, CAPF_HAS_AUTH); break;
	case TAG_PUBLIC_KEY: message->public_key = wire_read_rest(value); break;
	case TAG_KEY_SIZE:
		message->key_size = wire_read_u16(value);
		message->has |= CAPF_HAS_KEY_SIZE;
		break;
	case TAG_PASSWORD:
		message->password = read_text(value);
		message->has |= CAPF_HAS_PASSWORD;
		break;
	case TAG_DEVICE:
		message->device = read_text(value);
		message->has |= CAPF_HAS_DEVICE;
		break;
	case TAG_SUDI: read_sudi(value, message); break;
	case TAG_KEY_TYPE: message->key_type = read_number(value, message, CAPF_HAS_KEY_TYPE); break;
	case TAG_CURVE: message->curve = read_number(value, message, CAPF_HAS_CURVE); break;
	case TAG_SIGNATURE_2: message->signature_2 = read_wrapped(value, WRAP_SHA512); break;
	default:
		message->unknown++;
		wire_read_rest(value);
		break;
	}
}

int capf_decode(const void *bytes, size_t size, struct capf *out, struct wire_error *error)
{
	struct capf message = {0};
	struct wire_reader reader;
	unsigned command;
	uint16_t length;

	wire_reader_init(&reader, bytes, size);
	if (wire_read_u8(&reader) != CAPF_DISCRIMINATOR)
		wire_reader_fail_at(&reader, 0, "does not begin with 55");
	command = wire_read_u8(&reader);
	if (!capf_command_name(command))
		wire_reader_fail_at(&reader, 1, "unknown command");
	message.command = (enum capf_command)command;
	message.session = wire_read_u32(&reader);
	length = wire_read_u16(&reader);
	if (length != wire_reader_left(&reader))
		wire_reader_fail_at(&reader, 6, "length is not that of the message");
	while (wire_reader_left(&reader) > 0) {
		uint8_t tag = wire_read_u8(&reader);
		struct wire_reader value = wire_read_sub(&reader, wire_read_u16(&reader));

		read_value(tag, &value, &message);
		if (wire_reader_left(&value) > 0)
			wire_reader_fail(&value, "element longer than its value");
		wire_reader_join(&reader, &value);
	}
	if (wire_reader_ok(&reader))
		*out = message;
	return wire_reader_result(&reader, error);
}

/* --- writing --- */

static size_t begin(struct wire_writer *writer, enum capf_tag tag)
{
	wire_write_u8(writer, (uint8_t)tag);
	return wire_write_begin_u16(writer);
}

static void write_slice(struct wire_writer *writer, enum capf_tag tag, struct wire_slice value)
{
	size_t length = begin(writer, tag);

	wire_write_slice(writer, value);
	wire_write_end_u16(writer, length, 0);
}

static void write_optional(struct wire_writer *writer, enum capf_tag tag, struct wire_slice value)
{
	if (value.length)
		write_slice(writer, tag, value);
}

static void write_number(struct wire_writer *writer, enum capf_tag tag, const struct capf *message,
			 enum capf_has has, uint8_t value)
{
	if (message->has & has)
		write_slice(writer, tag, (struct wire_slice){&value, 1});
}

/* An empty password is just its NUL. */
static void write_text(struct wire_writer *writer, enum capf_tag tag, struct wire_slice text)
{
	size_t length = begin(writer, tag);

	if (text.length > CAPF_TEXT_MAX || (text.length && memchr(text.data, 0, text.length)))
		wire_writer_fail(writer, -EINVAL);
	wire_write_slice(writer, text);
	wire_write_u8(writer, 0);
	wire_write_end_u16(writer, length, 0);
}

static void write_wrapped(struct wire_writer *writer, uint8_t kind, struct wire_slice value)
{
	size_t length;

	wire_write_u8(writer, kind);
	length = wire_write_begin_u16(writer);
	wire_write_slice(writer, value);
	wire_write_end_u16(writer, length, 0);
}

static void write_certificate(struct wire_writer *writer, const struct capf *message)
{
	size_t outer = begin(writer, TAG_CERTIFICATE), inner;

	wire_write_u8(writer, WRAP_CERTIFICATE);
	inner = wire_write_begin_u16(writer);
	wire_write_u8(writer, 0);
	wire_write_u8(writer, message->certificate_kind);
	wire_write_slice(writer, message->certificate);
	wire_write_end_u16(writer, inner, 0);
	wire_write_end_u16(writer, outer, 0);
}

static void write_sudi(struct wire_writer *writer, const struct capf *message)
{
	size_t length = begin(writer, TAG_SUDI);

	write_wrapped(writer, WRAP_DER, message->sudi);
	write_wrapped(writer, WRAP_SHA1, message->sudi_signature);
	write_wrapped(writer, WRAP_SHA512, message->sudi_signature_2);
	wire_write_end_u16(writer, length, 0);
}

/* One order fits each exchange. */
static void write_elements(struct wire_writer *writer, const struct capf *message)
{
	write_number(writer, TAG_REASON, message, CAPF_HAS_REASON, message->reason);
	write_optional(writer, TAG_REASON_INFO, message->reason_info);
	write_number(writer, TAG_VERSION, message, CAPF_HAS_VERSION, message->version);
	write_number(writer, TAG_AUTH, message, CAPF_HAS_AUTH, message->auth);
	if (message->has & CAPF_HAS_DEVICE)
		write_text(writer, TAG_DEVICE, message->device);
	if (message->has & CAPF_HAS_PASSWORD)
		write_text(writer, TAG_PASSWORD, message->password);
	write_number(writer, TAG_CERTIFICATE_TYPE, message, CAPF_HAS_CERTIFICATE_TYPE,
		     message->certificate_type);
	write_number(writer, TAG_KEY_TYPE, message, CAPF_HAS_KEY_TYPE, message->key_type);
	if (message->has & CAPF_HAS_KEY_SIZE) {
		uint8_t bits[2];

		wire_put16(bits, message->key_size);
		write_slice(writer, TAG_KEY_SIZE, (struct wire_slice){bits, 2});
	}
	write_number(writer, TAG_CURVE, message, CAPF_HAS_CURVE, message->curve);
	write_optional(writer, TAG_PUBLIC_KEY, message->public_key);
	if (message->has & CAPF_HAS_CERTIFICATE)
		write_certificate(writer, message);
	write_optional(writer, TAG_SIGNATURE, message->signature);
	if (message->signature_2.length) {
		size_t length = begin(writer, TAG_SIGNATURE_2);

		write_wrapped(writer, WRAP_SHA512, message->signature_2);
		wire_write_end_u16(writer, length, 0);
	}
	if (message->has & CAPF_HAS_SUDI)
		write_sudi(writer, message);
}

ssize_t capf_encode(const struct capf *message, void *out, size_t size)
{
	struct wire_writer writer;
	size_t length;

	if (!capf_command_name(message->command))
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	wire_write_u8(&writer, CAPF_DISCRIMINATOR);
	wire_write_u8(&writer, (uint8_t)message->command);
	wire_write_u32(&writer, message->session);
	length = wire_write_begin_u16(&writer);
	write_elements(&writer, message);
	wire_write_end_u16(&writer, length, 0);
	return wire_writer_result(&writer);
}
