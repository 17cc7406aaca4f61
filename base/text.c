#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : 256;
	char *bytes;

	/* The doubling below must not overflow. */
	text->failed = text->failed || more >= SIZE_MAX / 4 - text->length;
	while (!text->failed && room < text->length + more + 1)
		room *= 2;
	if (text->failed || room == text->room)
		return !text->failed;
	bytes = realloc(text->bytes, room);
	text->failed = !bytes;
	if (bytes) {
		text->bytes = bytes;
		text->room = room;
	}
	return bytes;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
	if (!reserve(text, length))
		return;
	if (length)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_addv(struct text *text, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length >= 0 && reserve(text, (size_t)length)) {
		vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	} else {
		text->failed = true;
	}
	va_end(again);
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(text, format, args);
	va_end(args);
}

void text_to_column(struct text *text, size_t column)
{
	size_t at = 0;

	while (at < text->length && text->bytes[text->length - at - 1] != '\n')
		at++;
	for (; at < column && !text->failed; at++)
		text_add_bytes(text, " ", 1);
}

char *text_take(struct text *text)
{
	char *bytes;

	text_add_bytes(text, "", 0);
	bytes = text->failed ? NULL : text->bytes;
	if (text->failed)
		free(text->bytes);
	*text = (struct text){0};
	return bytes;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){0};
}

bool text_ends_with(const char *string, const char *end)
{
	size_t length = strlen(string), wanted = strlen(end);

	return length >= wanted && !strcmp(string + length - wanted, end);
}
