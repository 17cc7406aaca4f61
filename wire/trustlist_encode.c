#include "wire/trustlist.h"

#include <errno.h>
#include <string.h>

#include "wire/trustlist_tags.h"

#define SIGNATURE_ELEMENT 3 /* bytes of tag and length in front of the signature */

/* The number in tag 11 of a signature of that size, or -1. */
static int modulus_code(size_t signature_size)
{
	static const size_t SIZES[] = {64, 128, 256, 512};

	for (int i = 0; i < 4; i++)
		if (SIZES[i] == signature_size)
			return i;
	return -1;
}

static void write_slice(struct wire_writer *writer, uint8_t tag, struct wire_slice value)
{
	size_t length;

	wire_write_u8(writer, tag);
	length = wire_write_begin_u16(writer);
	wire_write_slice(writer, value);
	wire_write_end_u16(writer, length, 0);
}

/* What is absent ("" or NULL, an empty slice) is left out. */
static void write_text(struct wire_writer *writer, uint8_t tag, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length > TRUSTLIST_TEXT_MAX)
		wire_writer_fail(writer, -EINVAL);
	else if (length > 0)
		write_slice(writer, tag, (struct wire_slice){(const uint8_t *)text, length + 1});
}

static void write_optional(struct wire_writer *writer, uint8_t tag, struct wire_slice value)
{
	if (value.length > 0)
		write_slice(writer, tag, value);
}

static void write_u8(struct wire_writer *writer, uint8_t tag, uint8_t value)
{
	write_slice(writer, tag, (struct wire_slice){&value, 1});
}

static void write_signature_info(struct wire_writer *writer, const struct trustlist_header *header,
				 int modulus)
{
	size_t outer, inner;

	wire_write_u8(writer, TAG_SIGNATURE_INFO);
	outer = wire_write_begin_u16(writer);
	write_u8(writer, TAG_DIGEST, (uint8_t)header->digest);
	wire_write_u8(writer, TAG_SIGNATURE_ALGORITHM);
	inner = wire_write_begin_u16(writer);
	write_u8(writer, TAG_ALGORITHM, 0);
	write_u8(writer, TAG_MODULUS, (uint8_t)modulus);
	wire_write_end_u16(writer, inner, 0);
	wire_write_end_u16(writer, outer, 0);
}

static void write_encryption(struct wire_writer *writer, const struct encfile *file)
{
	if (encfile_wrong(file, trustlist_digest_size((enum trustlist_digest)file->digest)))
		wire_writer_fail(writer, -EINVAL);
	else
		encfile_write(writer, file);
}

/* The header; signature NULL leaves tag 12 out, but its size is counted in either case. */
static void write_header(struct wire_writer *writer, const struct trustlist_header *header,
			 size_t signature_size, const struct wire_slice *signature)
{
	int modulus = modulus_code(signature_size);
	size_t size_at, length, total;

	if (modulus < 0 || header->digest < TRUSTLIST_SHA1 || header->digest > TRUSTLIST_SHA512) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	write_slice(writer, TAG_VERSION, (struct wire_slice){header->version, 2});
	wire_write_u8(writer, TAG_HEADER_SIZE);
	wire_write_u16(writer, 2);
	size_at = writer->at;
	wire_write_u16(writer, 0);
	if (header->has_signer_version)
		write_slice(writer, TAG_SIGNER_VERSION, (struct wire_slice){header->signer_version, 2});
	wire_write_u8(writer, TAG_SIGNER_ID);
	length = wire_write_begin_u16(writer);
	write_text(writer, TAG_SIGNER, header->signer);
	write_optional(writer, TAG_SERIAL, header->serial);
	write_text(writer, TAG_ISSUER, header->issuer);
	wire_write_end_u16(writer, length, 0);
	write_signature_info(writer, header, modulus);
	if (signature)
		write_slice(writer, TAG_SIGNATURE, *signature);
	write_text(writer, TAG_FILE_NAME, header->file_name);
	wire_write_u8(writer, TAG_TIMESTAMP);
	wire_write_u16(writer, 4);
	wire_write_u32(writer, header->timestamp);
	if (header->encrypted)
		write_encryption(writer, &header->encryption);
	total = writer->at + (signature ? 0 : SIGNATURE_ELEMENT + signature_size);
	for (; total % 4; total++)
		wire_write_u8(writer, TAG_PADDING);
	if (total > UINT16_MAX)
		wire_writer_fail(writer, -EINVAL);
	else if (!writer->error)
		wire_write_patch_u16(writer, size_at, (uint16_t)total);
}

static void write_record(struct wire_writer *writer, const struct trustlist_record *record)
{
	size_t start = writer->at, size_at;

	wire_write_u8(writer, RECORD_SIZE);
	wire_write_u16(writer, 2);
	size_at = writer->at;
	wire_write_u16(writer, 0);
	if (record->has_dns_name && (!record->dns_name || !*record->dns_name))
		write_u8(writer, RECORD_DNS_NAME, 0);
	else
		write_text(writer, RECORD_DNS_NAME, record->dns_name);
	write_text(writer, RECORD_SUBJECT, record->subject);
	wire_write_u8(writer, RECORD_ROLE);
	wire_write_u16(writer, 2);
	wire_write_u16(writer, record->role);
	write_text(writer, RECORD_ISSUER, record->issuer);
	write_optional(writer, RECORD_SERIAL, record->serial);
	write_optional(writer, RECORD_PUBLIC_KEY, record->public_key);
	write_optional(writer, RECORD_SIGNATURE, record->signature);
	write_optional(writer, RECORD_CERTIFICATE, record->certificate);
	write_optional(writer, RECORD_ADDRESS, record->address);
	write_optional(writer, RECORD_HASH, record->hash);
	if (record->hash_algorithm)
		write_u8(writer, RECORD_HASH_ALGORITHM, record->hash_algorithm);
	if (writer->at - start > UINT16_MAX)
		wire_writer_fail(writer, -EINVAL);
	else if (!writer->error)
		wire_write_patch_u16(writer, size_at, (uint16_t)(writer->at - start));
}

static ssize_t encode_list(const struct trustlist *list, size_t signature_size, bool with_signature,
			   void *out, size_t size)
{
	struct wire_writer writer;

	if (list->records > TRUSTLIST_RECORDS_MAX)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	write_header(&writer, &list->header, signature_size, with_signature ? &list->header.signature : NULL);
	for (unsigned i = 0; i < list->records; i++)
		write_record(&writer, &list->record[i]);
	if (writer.at + (with_signature ? 0 : SIGNATURE_ELEMENT + signature_size) > TRUSTLIST_SIZE_MAX)
		wire_writer_fail(&writer, -EINVAL);
	return wire_writer_result(&writer);
}

ssize_t trustlist_encode_unsigned(const struct trustlist *list, size_t signature_size, void *out, size_t size)
{
	return encode_list(list, signature_size, false, out, size);
}

ssize_t trustlist_encode(const struct trustlist *list, void *out, size_t size)
{
	return encode_list(list, list->header.signature.length, true, out, size);
}

ssize_t sgn_encode_unsigned(const struct trustlist_header *header, size_t signature_size,
			    struct wire_slice payload, void *out, size_t size)
{
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	write_header(&writer, header, signature_size, NULL);
	wire_write_slice(&writer, payload);
	return wire_writer_result(&writer);
}

ssize_t sgn_encode(const struct trustlist_header *header, struct wire_slice payload, void *out, size_t size)
{
	struct wire_writer writer;

	wire_writer_init(&writer, out, size);
	write_header(&writer, header, header->signature.length, &header->signature);
	wire_write_slice(&writer, payload);
	return wire_writer_result(&writer);
}
