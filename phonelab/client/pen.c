#include "phonelab/client/pen.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LONGEST 8 /* what utf8_clean may make of one byte */

static const char *const escapes[] = {
    [PEN_PLAIN] = "",	      [PEN_BOLD] = "\033[1m",	 [PEN_DIM] = "\033[2m",
    [PEN_GREEN] = "\033[32m", [PEN_YELLOW] = "\033[33m", [PEN_RED] = "\033[31m"};

static void begin_style(const struct pen *pen, enum pen_style style)
{
	if (pen->colour)
		text_add(pen->out, "%s", escapes[style]);
}

static void end_style(const struct pen *pen, enum pen_style style)
{
	if (pen->colour && style != PEN_PLAIN)
		text_add(pen->out, "\033[0m");
}

/* The columns of a cleaned text as it will be written. */
static int columns_of(const struct pen *pen, const char *clean)
{
	int columns = 0;

	for (size_t n; *clean; clean += n) {
		n = utf8_length(clean, strlen(clean));
		columns += pen->utf8 ? utf8_columns(utf8_code_point(clean, n)) : 1;
	}
	return columns;
}

/* Write characters of a cleaned text while they fit into `room` columns. */
static void write_clean(struct pen *pen, const char *clean, int room)
{
	for (size_t n; *clean; clean += n) {
		int columns;

		n = utf8_length(clean, strlen(clean));
		columns = pen->utf8 ? utf8_columns(utf8_code_point(clean, n)) : 1;
		if (columns > room)
			return;
		if (*clean == '\n' || *clean == '\t')
			text_add_bytes(pen->out, " ", 1);
		else if (n > 1 && !pen->utf8)
			text_add_bytes(pen->out, "?", 1);
		else
			text_add_bytes(pen->out, clean, n);
		room -= columns;
		pen->used += columns;
	}
}

/* Write a text into at most `room` columns. */
static void write_cut(struct pen *pen, enum pen_style style, const char *text, int room)
{
	const char *sign = pen->utf8 ? "\xe2\x80\xa6" : "..";
	int length = pen->utf8 ? 1 : 2;
	size_t size = strlen(text) * LONGEST + 1;
	char *clean = malloc(size);

	if (room > pen->width - pen->used)
		room = pen->width - pen->used;
	if (!clean || room <= 0) {
		free(clean);
		return;
	}
	utf8_clean(text, clean, size);
	begin_style(pen, style);
	if (columns_of(pen, clean) <= room) {
		write_clean(pen, clean, room);
	} else {
		write_clean(pen, clean, room - length);
		write_clean(pen, sign, room < length ? room : length);
	}
	end_style(pen, style);
	free(clean);
}

void pen_add(struct pen *pen, enum pen_style style, const char *format, ...)
{
	struct text text = {0};
	va_list args;

	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	if (text.bytes)
		write_cut(pen, style, text.bytes, pen->width);
	text_free(&text);
}

void pen_cut(struct pen *pen, enum pen_style style, int columns, const char *text)
{
	write_cut(pen, style, text, columns);
}

void pen_column(struct pen *pen, enum pen_style style, int columns, const char *text)
{
	int end = pen->used + columns;

	write_cut(pen, style, text, columns);
	pen_to(pen, end);
}

void pen_mark(struct pen *pen, enum pen_style style, const char *utf8, char ascii)
{
	if (pen->used >= pen->width)
		return;
	begin_style(pen, style);
	if (pen->utf8)
		text_add(pen->out, "%s", utf8);
	else
		text_add_bytes(pen->out, &ascii, 1);
	end_style(pen, style);
	pen->used++;
}

void pen_to(struct pen *pen, int column)
{
	while (pen->used < column && pen->used < pen->width) {
		text_add_bytes(pen->out, " ", 1);
		pen->used++;
	}
}

void pen_line(struct pen *pen)
{
	text_add_bytes(pen->out, "\n", 1);
	pen->used = 0;
}
