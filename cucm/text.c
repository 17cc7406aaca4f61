#include "cucm/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static bool text_reserve(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : 256;
	char *bytes;

	if (text->failed)
		return false;
	while (room < text->length + more + 1)
		room *= 2;
	if (room == text->room)
		return true;
	bytes = realloc(text->bytes, room);
	if (!bytes) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	if (length)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !text_reserve(text, (size_t)length)) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}

void text_add_xml(struct text *text, const char *value)
{
	for (; value && *value; value++) {
		switch (*value) {
		case '&': text_add(text, "&amp;"); break;
		case '<': text_add(text, "&lt;"); break;
		case '>': text_add(text, "&gt;"); break;
		case '"': text_add(text, "&quot;"); break;
		case '\'': text_add(text, "&apos;"); break;
		default: text_add_bytes(text, value, 1);
		}
	}
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){0};
}

const char *text_address(uint32_t address, char out[TEXT_ADDRESS])
{
	snprintf(out, TEXT_ADDRESS, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
		 address & 255);
	return out;
}

const char *text_guid(const char *kind, const char *name, char out[TEXT_GUID])
{
	char word[512];
	struct rng rng;
	uint64_t high, low;

	snprintf(word, sizeof(word), "%s/%s", kind, name);
	rng_seed(&rng, 0, word);
	high = rng_next(&rng);
	low = rng_next(&rng);
	snprintf(out, TEXT_GUID, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
		 (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xffff, (unsigned)(low >> 48),
		 (unsigned long long)(low & 0xffffffffffffULL));
	return out;
}
