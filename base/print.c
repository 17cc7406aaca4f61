#include "base/print.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/utf8.h"

#define LONGEST 8 /* what utf8_clean may make of one byte */

void print_tov(FILE *out, const char *format, va_list args)
{
	struct text text = {0};
	size_t room;
	char *clean;

	text_addv(&text, format, args);
	if (!text.bytes)
		return;
	room = text.length * LONGEST + 1;
	clean = malloc(room);
	fputs(clean ? utf8_clean(text.bytes, clean, room) : "(out of memory)\n", out);
	free(clean);
	text_free(&text);
}

void print_to(FILE *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_tov(out, format, args);
	va_end(args);
}

void print_text(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_tov(stdout, format, args);
	va_end(args);
}

void print_line(const char *line)
{
	print_to(stdout, "%s\n", line);
}

void print_json(const json_t *value, size_t flags)
{
	json_dumpf(value, stdout, flags | JSON_ENSURE_ASCII);
	putchar('\n');
}
