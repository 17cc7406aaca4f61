#include "cucm/zip.h"

#include <stdint.h>
#include <string.h>

#define ZIP_VERSION 10	 /* 1.0: stored */
#define ZIP_DATE    0x21 /* 1980-01-01 */

static void zip_u16(struct text *text, unsigned value)
{
	uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

	text_add_bytes(text, bytes, sizeof(bytes));
}

static void zip_u32(struct text *text, uint32_t value)
{
	zip_u16(text, value & 0xffff);
	zip_u16(text, value >> 16);
}

/* CRC-32 of ISO 3309, bit by bit: the members are small. */
static uint32_t zip_crc(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

/* What the local header and the central directory have in common. */
static void zip_common(struct text *text, uint32_t crc, size_t size, size_t name)
{
	zip_u16(text, ZIP_VERSION);
	zip_u16(text, 0); /* flags */
	zip_u16(text, 0); /* stored */
	zip_u16(text, 0); /* time */
	zip_u16(text, ZIP_DATE);
	zip_u32(text, crc);
	zip_u32(text, (uint32_t)size);
	zip_u32(text, (uint32_t)size);
	zip_u16(text, (unsigned)name);
	zip_u16(text, 0); /* extra field */
}

void zip_add(struct zip *zip, const char *name, const void *bytes, size_t size)
{
	uint32_t crc = zip_crc(bytes, size);
	uint32_t at = (uint32_t)zip->body.length;

	zip_u32(&zip->body, 0x04034b50);
	zip_common(&zip->body, crc, size, strlen(name));
	text_add_bytes(&zip->body, name, strlen(name));
	text_add_bytes(&zip->body, bytes, size);

	zip_u32(&zip->directory, 0x02014b50);
	zip_u16(&zip->directory, ZIP_VERSION); /* made by */
	zip_common(&zip->directory, crc, size, strlen(name));
	zip_u16(&zip->directory, 0); /* comment */
	zip_u16(&zip->directory, 0); /* disk */
	zip_u16(&zip->directory, 0); /* internal attributes */
	zip_u32(&zip->directory, 0); /* external attributes */
	zip_u32(&zip->directory, at);
	text_add_bytes(&zip->directory, name, strlen(name));
	zip->members++;
}

void zip_finish(struct zip *zip, struct text *out)
{
	out->failed |= zip->body.failed || zip->directory.failed;
	text_add_bytes(out, zip->body.bytes, zip->body.length);
	text_add_bytes(out, zip->directory.bytes, zip->directory.length);
	zip_u32(out, 0x06054b50);
	zip_u16(out, 0); /* this disk */
	zip_u16(out, 0); /* disk of the directory */
	zip_u16(out, zip->members);
	zip_u16(out, zip->members);
	zip_u32(out, (uint32_t)zip->directory.length);
	zip_u32(out, (uint32_t)zip->body.length);
	zip_u16(out, 0); /* comment */
	text_free(&zip->body);
	text_free(&zip->directory);
}
