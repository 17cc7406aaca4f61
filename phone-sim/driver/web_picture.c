#include "phone-sim/driver/web_picture.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STORED_MAX 65535 /* bytes of a stored block, RFC 1951 3.2.4 */

/* A digit is 3 by 5 dots; the highest bit is its first dot. */
static const uint16_t digits[10] = {0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9,
				    0x79cf, 0x79ef, 0x7292, 0x7bef, 0x7bcf};

static void put_u32(struct text *out, uint32_t value)
{
	const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
				  (uint8_t)value};

	text_add_bytes(out, bytes, sizeof(bytes));
}

static void put_chunk(struct text *out, const char type[5], const void *bytes, size_t length)
{
	uint32_t crc = UINT32_MAX;
	size_t at = out->length + 4;

	put_u32(out, (uint32_t)length);
	text_add_bytes(out, type, 4);
	text_add_bytes(out, bytes, length);
	for (; !out->failed && at < out->length; at++) {
		crc ^= (uint8_t)out->bytes[at];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	put_u32(out, ~crc);
}

/* A zlib stream (RFC 1950) of stored blocks. */
static void put_zlib(struct text *out, const uint8_t *bytes, size_t length)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < length; i++) {
		a = (a + bytes[i]) % 65521;
		b = (b + a) % 65521;
	}
	text_add_bytes(out, "\x78\x01", 2);
	for (size_t at = 0; at < length; at += STORED_MAX) {
		size_t part = length - at < STORED_MAX ? length - at : STORED_MAX;
		const uint8_t head[5] = {at + part == length, (uint8_t)part, (uint8_t)(part >> 8),
					 (uint8_t)~part, (uint8_t)(~part >> 8)};

		text_add_bytes(out, head, sizeof(head));
		text_add_bytes(out, bytes + at, part);
	}
	put_u32(out, b << 16 | a);
}

/* Is there a dot of the number in column x and row y of the grid of dots? A digit takes 4 columns. */
static bool has_dot(const char *number, size_t x, size_t y)
{
	const char *digit = x / 4 < strlen(number) ? number + x / 4 : "";

	return *digit >= '0' && *digit <= '9' && x % 4 < 3 && y < 5 &&
	       digits[*digit - '0'] >> (14 - y * 3 - x % 4) & 1;
}

void web_picture(struct text *out, unsigned width, unsigned height, const char *number)
{
	const uint8_t head[13] = {
	    0, 0, (uint8_t)(width >> 8), (uint8_t)width, 0, 0, (uint8_t)(height >> 8), (uint8_t)height, 1};
	const size_t row = 1 + width / 8, dot = 8; /* a row begins with its filter, 0 */
	uint8_t *pixels = calloc(height, row);
	struct text stream = {0};

	for (size_t y = 0; pixels && y < height; y++)
		for (size_t x = 0; x < width / 8; x++)
			pixels[y * row + 1 + x] =
			    y < dot || x < 1 || !has_dot(number, x - 1, y / dot - 1) ? 0xff : 0;
	if (pixels)
		put_zlib(&stream, pixels, height * row);
	text_add_bytes(out, "\x89PNG\r\n\x1a\n", 8);
	put_chunk(out, "IHDR", head, sizeof(head));
	put_chunk(out, "IDAT", stream.bytes, stream.length);
	put_chunk(out, "IEND", "", 0);
	out->failed = out->failed || stream.failed || !pixels;
	text_free(&stream);
	free(pixels);
}
