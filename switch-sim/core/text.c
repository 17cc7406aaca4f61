#include "switch-sim/core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_room(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 512;
	char *data;

	if (text->failed)
		return false;
	while (size - text->length <= more)
		size *= 2;
	if (size == text->size)
		return true;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !text_room(text, (size_t)length))
		return;
	va_start(args, format);
	vsnprintf(text->data + text->length, text->size - text->length, format, args);
	va_end(args);
	text->length += (size_t)length;
}

void text_to_column(struct text *text, size_t column)
{
	const char *line = text->data, *end;

	for (const char *c = text->data; c && (end = strchr(c, '\n')); c = end + 1)
		line = end + 1;
	for (size_t at = line ? strlen(line) : 0; at < column; at++)
		text_printf(text, " ");
}

char *text_take(struct text *text)
{
	char *data;

	text_printf(text, "%s", "");
	data = text->failed ? NULL : text->data;
	if (text->failed)
		free(text->data);
	*text = (struct text){0};
	return data;
}
