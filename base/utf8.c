#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t utf8_length(const char *bytes, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* of each length; below: overlong */
	unsigned char first = size ? (unsigned char)bytes[0] : 0xff;
	size_t length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t point;

	if (!length || first >= 0xf8 || size < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	point = utf8_code_point(bytes, length);
	return point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : length;
}

uint32_t utf8_code_point(const char *bytes, size_t length)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point = (unsigned char)bytes[0] & mask[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((unsigned char)bytes[i] & 0x3f);
	return point;
}

int utf8_columns(uint32_t point)
{
	/* The large blocks of Unicode's East Asian Width W and F, and of its combining marks. */
	static const struct {
		uint32_t first, last;
		int columns;
	} blocks[] = {{0x0300, 0x036f, 0},  {0x1ab0, 0x1aff, 0}, {0x1dc0, 0x1dff, 0}, {0x200b, 0x200d, 0},
		      {0x20d0, 0x20ff, 0},  {0xfe00, 0xfe0f, 0}, {0xfe20, 0xfe2f, 0}, {0x1100, 0x115f, 2},
		      {0x2e80, 0x303e, 2},  {0x3041, 0xa4cf, 2}, {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},
		      {0xfe30, 0xfe6f, 2},  {0xff00, 0xff60, 2}, {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2},
		      {0x20000, 0x3fffd, 2}};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (point >= blocks[i].first && point <= blocks[i].last)
			return blocks[i].columns;
	return 1;
}

/* Does the character act on a terminal, or change the order of a line? */
static bool is_control(uint32_t point)
{
	if (point == '\t' || point == '\n')
		return false;
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c || point == 0x200e ||
	       point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

char *utf8_clean(const char *text, char *out, size_t size)
{
	size_t used = 0, left = strlen(text);

	while (left) {
		size_t n = utf8_length(text, left), wrote;
		char shown[16];

		if (!n || (n == 1 && is_control((unsigned char)*text)))
			wrote = (size_t)snprintf(shown, sizeof(shown), "\\x%02x", (unsigned char)*text);
		else if (is_control(utf8_code_point(text, n)))
			wrote = (size_t)snprintf(shown, sizeof(shown), "\\u{%x}",
						 (unsigned)utf8_code_point(text, n));
		else
			wrote = (size_t)snprintf(shown, sizeof(shown), "%.*s", (int)n, text);
		if (used + wrote + 1 > size)
			break;
		memcpy(out + used, shown, wrote);
		used += wrote;
		text += n ? n : 1;
		left -= n ? n : 1;
	}
	if (size)
		out[used] = '\0';
	return out;
}
