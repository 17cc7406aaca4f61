#include "wire/trustlist.h"

#include <string.h>

#include "wire/trustlist_tags.h"

#define EC_UNCOMPRESSED 4 /* SEC 1, section 2.3.3: the two coordinates follow */

const char *trustlist_role_name(unsigned role)
{
	switch (role) {
	case TRUSTLIST_SAST: return "SAST";
	case TRUSTLIST_CCM: return "CCM";
	case TRUSTLIST_CCM_TFTP: return "CCM+TFTP";
	case TRUSTLIST_TFTP: return "TFTP";
	case TRUSTLIST_CAPF: return "CAPF";
	case TRUSTLIST_APP_SERVER: return "APP-SERVER";
	case TRUSTLIST_TVS: return "TVS";
	}
	return "role";
}

size_t trustlist_digest_size(enum trustlist_digest digest)
{
	switch (digest) {
	case TRUSTLIST_SHA1: return 20;
	case TRUSTLIST_SHA256: return 32;
	case TRUSTLIST_SHA512: return 64;
	}
	return 0;
}

/* The next element: its tag, and a reader over its value. Padding is a lone byte, of no value. */
static uint8_t read_element(struct wire_reader *reader, bool padding, struct wire_reader *value)
{
	uint8_t tag = wire_read_u8(reader);
	uint16_t length = padding && tag == TAG_PADDING ? 0 : wire_read_u16(reader);

	*value = wire_read_sub(reader, length);
	return tag;
}

/* A string with its NUL, which must be the last byte and the only one. */
static const char *read_text(struct wire_reader *value)
{
	struct wire_slice text = wire_read_rest(value);

	if (!wire_reader_ok(value))
		return "";
	if (text.length == 0 || memchr(text.data, 0, text.length) != text.data + text.length - 1)
		wire_reader_fail_at(value, value->end - text.length, "name does not end in one NUL");
	else if (text.length > TRUSTLIST_TEXT_MAX + 1)
		wire_reader_fail_at(value, value->end - text.length, "name too long");
	else
		return (const char *)text.data;
	return "";
}

/* What a fixed-size value leaves unread is as wrong as what it lacks. */
static void finish(struct wire_reader *reader, struct wire_reader *value)
{
	if (wire_reader_left(value) > 0)
		wire_reader_fail(value, "element longer than its value");
	wire_reader_join(reader, value);
}

static void read_signer(struct wire_reader *outer, struct trustlist_header *header)
{
	struct wire_reader value;

	while (wire_reader_left(outer) > 0) {
		switch (read_element(outer, false, &value)) {
		case TAG_SIGNER: header->signer = read_text(&value); break;
		case TAG_SERIAL: header->serial = wire_read_rest(&value); break;
		case TAG_ISSUER: header->issuer = read_text(&value); break;
		default:
			header->unknown++;
			wire_read_rest(&value);
			break;
		}
		finish(outer, &value);
	}
}

/* Tag 7 and, within it (inner), tag 9. *modulus is 64 << tag 11. */
static void read_signature_info(struct wire_reader *outer, bool inner, struct trustlist_header *header,
				size_t *modulus)
{
	struct wire_reader value;
	uint8_t number;

	while (wire_reader_left(outer) > 0) {
		switch (read_element(outer, false, &value)) {
		case TAG_DIGEST:
			number = wire_read_u8(&value);
			if (wire_reader_ok(&value) && (number < TRUSTLIST_SHA1 || number > TRUSTLIST_SHA512))
				wire_reader_fail(&value, "unknown digest algorithm");
			header->digest = (enum trustlist_digest)number;
			break;
		case TAG_SIGNATURE_ALGORITHM:
			if (inner)
				wire_reader_fail(&value, "signature algorithm within itself");
			else
				read_signature_info(&value, true, header, modulus);
			break;
		case TAG_ALGORITHM:
			if (wire_read_u8(&value) != 0)
				wire_reader_fail(&value, "unknown signature algorithm");
			break;
		case TAG_MODULUS:
			number = wire_read_u8(&value);
			if (number > 3)
				wire_reader_fail(&value, "unknown modulus");
			else
				*modulus = (size_t)64 << number;
			break;
		default:
			header->unknown++;
			wire_read_rest(&value);
			break;
		}
		finish(outer, &value);
	}
}

/* One element of the header, which begins at offset. */
static void read_header_element(struct wire_reader *reader, struct trustlist_header *header, size_t *modulus)
{
	size_t at = wire_reader_offset(reader);
	struct wire_reader value;

	switch (read_element(reader, true, &value)) {
	case TAG_SIGNER_VERSION:
		header->has_signer_version = true;
		wire_read_bytes(&value, header->signer_version, 2);
		break;
	case TAG_SIGNER_ID: read_signer(&value, header); break;
	case TAG_SIGNATURE_INFO: read_signature_info(&value, false, header, modulus); break;
	case TAG_SIGNATURE:
		if (header->signature_end)
			wire_reader_fail_at(&value, at, "second signature");
		header->signature = wire_read_rest(&value);
		header->signature_at = (uint16_t)at;
		header->signature_end = (uint16_t)wire_reader_offset(&value);
		break;
	case TAG_FILE_NAME: header->file_name = read_text(&value); break;
	case TAG_TIMESTAMP: header->timestamp = wire_read_u32(&value); break;
	case TAG_PADDING: break;
	case TAG_ENCRYPTION:
		header->encrypted = true;
		header->unknown += encfile_read(&value, &header->encryption);
		break;
	case TAG_PLAIN_DIGEST: header->encryption.digest = wire_read_u8(&value); break;
	case TAG_PLAIN_HASH: header->encryption.hash = wire_read_rest(&value); break;
	default:
		header->unknown++;
		wire_read_rest(&value);
		break;
	}
	finish(reader, &value);
}

/* Version and size come first, in that order; then elements up to that size. */
static void read_header(struct wire_reader *reader, struct trustlist_header *header)
{
	struct wire_reader value, rest;
	size_t modulus = 0;
	const char *wrong;
	uint16_t size;

	*header = (struct trustlist_header){.signer = "", .issuer = "", .file_name = ""};
	if (read_element(reader, false, &value) != TAG_VERSION)
		wire_reader_fail_at(reader, 0, "does not begin with a version");
	wire_read_bytes(&value, header->version, 2);
	finish(reader, &value);
	if (read_element(reader, false, &value) != TAG_HEADER_SIZE)
		wire_reader_fail_at(reader, 5, "no header length behind the version");
	size = wire_read_u16(&value);
	finish(reader, &value);
	if (wire_reader_ok(reader) && size < wire_reader_offset(reader))
		wire_reader_fail_at(reader, 8, "header length too small");
	header->header_size = size;
	rest = wire_read_sub(reader, wire_reader_ok(reader) ? size - wire_reader_offset(reader) : 0);
	while (wire_reader_left(&rest) > 0)
		read_header_element(&rest, header, &modulus);
	if (wire_reader_ok(&rest) && !header->signature_end)
		wire_reader_fail(&rest, "no signature in the header");
	if (wire_reader_ok(&rest) && !header->digest)
		wire_reader_fail(&rest, "no digest algorithm in the header");
	if (wire_reader_ok(&rest) && header->signature.length != modulus)
		wire_reader_fail_at(&rest, header->signature_at, "signature is not as long as the modulus");
	wrong = header->encrypted
		    ? encfile_wrong(&header->encryption,
				    trustlist_digest_size((enum trustlist_digest)header->encryption.digest))
		    : NULL;
	if (wire_reader_ok(&rest) && wrong)
		wire_reader_fail(&rest, wrong);
	wire_reader_join(reader, &rest);
}

static void read_record_element(struct wire_reader *reader, struct trustlist_record *record)
{
	struct wire_reader value;

	switch (read_element(reader, false, &value)) {
	case RECORD_DNS_NAME:
		record->dns_name = read_text(&value);
		record->has_dns_name = true;
		break;
	case RECORD_SUBJECT: record->subject = read_text(&value); break;
	case RECORD_ROLE: record->role = wire_read_u16(&value); break;
	case RECORD_ISSUER: record->issuer = read_text(&value); break;
	case RECORD_SERIAL: record->serial = wire_read_rest(&value); break;
	case RECORD_PUBLIC_KEY: record->public_key = wire_read_rest(&value); break;
	case RECORD_SIGNATURE: record->signature = wire_read_rest(&value); break;
	case RECORD_CERTIFICATE: record->certificate = wire_read_rest(&value); break;
	case RECORD_ADDRESS:
		record->address = wire_read_rest(&value);
		if (wire_reader_ok(&value) && record->address.length != 4 && record->address.length != 16)
			wire_reader_fail(&value, "address is neither 4 nor 16 bytes");
		break;
	case RECORD_HASH: record->hash = wire_read_rest(&value); break;
	case RECORD_HASH_ALGORITHM: record->hash_algorithm = wire_read_u8(&value); break;
	default:
		record->unknown++;
		wire_read_rest(&value);
		break;
	}
	finish(reader, &value);
}

/* A record begins with its size, which counts itself. */
static void read_record(struct wire_reader *reader, struct trustlist_record *record)
{
	size_t at = wire_reader_offset(reader);
	struct wire_reader value, rest;
	uint16_t size;

	*record = (struct trustlist_record){.dns_name = "", .subject = "", .issuer = ""};
	if (read_element(reader, false, &value) != RECORD_SIZE)
		wire_reader_fail_at(reader, at, "record does not begin with its length");
	size = wire_read_u16(&value);
	finish(reader, &value);
	if (wire_reader_ok(reader) && size < wire_reader_offset(reader) - at)
		wire_reader_fail_at(reader, at + 3, "record length too small");
	rest = wire_read_sub(reader, wire_reader_ok(reader) ? size - (wire_reader_offset(reader) - at) : 0);
	while (wire_reader_left(&rest) > 0)
		read_record_element(&rest, record);
	wire_reader_join(reader, &rest);
}

int trustlist_decode(const void *bytes, size_t size, struct trustlist *list, struct wire_error *error)
{
	struct trustlist_header header;
	struct trustlist_record record;
	struct wire_reader reader;
	unsigned records = 0;

	if (size > TRUSTLIST_SIZE_MAX)
		return wire_error_set(error, TRUSTLIST_SIZE_MAX, "trust list longer than 65535 bytes");
	/* First all of it into nowhere, so that a list that fails leaves *list alone without a second one on
	 * the stack. */
	for (int pass = 0; pass < 2; pass++) {
		wire_reader_init(&reader, bytes, size);
		read_header(&reader, &header);
		for (records = 0; wire_reader_left(&reader) > 0; records++) {
			size_t at = wire_reader_offset(&reader);

			read_record(&reader, &record);
			if (records == TRUSTLIST_RECORDS_MAX)
				wire_reader_fail_at(&reader, at, "more than 64 records");
			else if (pass == 1)
				list->record[records] = record;
		}
		if (!wire_reader_ok(&reader))
			return wire_reader_result(&reader, error);
	}
	list->header = header;
	list->records = records;
	return 0;
}

bool trustlist_signs_files(const struct trustlist_record *record)
{
	return record->role == TRUSTLIST_TFTP || record->role == TRUSTLIST_CCM_TFTP;
}

bool trustlist_key_is_ec(const struct trustlist_record *record)
{
	/* PKCS#1 begins with 30, a SEQUENCE. */
	return record->public_key.length > 1 && record->public_key.data[0] == EC_UNCOMPRESSED &&
	       record->public_key.length % 2 == 1;
}

bool trustlist_allows_ec(const struct trustlist_header *header)
{
	return header->has_signer_version &&
	       (header->signer_version[0] > 1 ||
		(header->signer_version[0] == 1 && header->signer_version[1] >= 1));
}

const struct trustlist_record *trustlist_signer(const struct trustlist *list)
{
	for (unsigned i = 0; i < list->records; i++) {
		const struct trustlist_record *record = &list->record[i];

		if (record->role == TRUSTLIST_SAST && strcmp(record->subject, list->header.signer) == 0 &&
		    wire_slice_equal(record->serial, list->header.serial))
			return record;
	}
	return NULL;
}

void trustlist_signed_bytes(const struct trustlist_header *header, const void *bytes, size_t size,
			    struct wire_slice part[2])
{
	const uint8_t *from = bytes;

	part[0] = (struct wire_slice){from, header->signature_at};
	part[1] = (struct wire_slice){from + header->signature_end, size - header->signature_end};
}

int sgn_decode(const void *bytes, size_t size, struct trustlist_header *header, struct wire_slice *payload,
	       struct wire_error *error)
{
	struct trustlist_header read;
	struct wire_reader reader;

	wire_reader_init(&reader, bytes, size);
	read_header(&reader, &read);
	if (!wire_reader_ok(&reader))
		return wire_reader_result(&reader, error);
	*header = read;
	*payload = wire_read_rest(&reader);
	return 0;
}

bool sgn_is_signed(const void *bytes, size_t size)
{
	static const uint8_t START[] = {TAG_VERSION, 0, 2};

	return size >= sizeof(START) && memcmp(bytes, START, sizeof(START)) == 0;
}
