#include "base/markup.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Is the character outside the Char production of XML 1.0? Surrogates are not valid UTF-8. */
static bool is_forbidden(uint32_t point)
{
	return (point < 0x20 && point != '\t' && point != '\n' && point != '\r') || point == 0xfffe ||
	       point == 0xffff;
}

static void add_escaped(struct text *text, const char *value, size_t length)
{
	const char *end = value + length;

	while (value < end) {
		size_t n = utf8_length(value, (size_t)(end - value));
		unsigned char c = (unsigned char)*value;

		if (!n || is_forbidden(utf8_code_point(value, n))) {
			text_add(text, "\xef\xbf\xbd");
			value += n ? n : 1;
			continue;
		}
		switch (c) {
		case '&': text_add(text, "&amp;"); break;
		case '<': text_add(text, "&lt;"); break;
		case '>': text_add(text, "&gt;"); break;
		case '"': text_add(text, "&quot;"); break;
		case '\'': text_add(text, "&apos;"); break;
		default: text_add_bytes(text, value, n);
		}
		value += n;
	}
}

void markup_add_value(struct text *text, const char *value)
{
	if (value)
		add_escaped(text, value, strlen(value));
}

/* The parts of one conversion: its flags, width, precision and length modifier as written, and its letter. */
struct conversion {
	char spec[32];
	char modifier; /* 'l', 'L' for ll, 'z', or 0 */
	char letter;
};

/* Read the conversion after a percent sign; return the format after it. A star takes its int from the arguments. */
static const char *read_conversion(const char *format, va_list *args, struct conversion *conversion)
{
	size_t n = 0;

	*conversion = (struct conversion){0};
	conversion->spec[n++] = '%';
	while (*format && strchr("0123456789.-+ #*lz", *format) && n < 20) {
		if (*format == '*') {
			int star = va_arg(*args, int);

			format++;
			if (star < 0 && conversion->spec[n - 1] == '.')
				n--; /* C11 7.21.6.1: a negative precision counts as omitted */
			else
				n += (size_t)snprintf(conversion->spec + n, 12, "%d", star);
			continue;
		}
		if (*format == 'l')
			conversion->modifier = conversion->modifier == 'l' ? 'L' : 'l';
		if (*format == 'z')
			conversion->modifier = 'z';
		conversion->spec[n++] = *format++;
	}
	conversion->letter = *format;
	conversion->spec[n++] = *format;
	conversion->spec[n] = '\0';
	return *format ? format + 1 : format;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void add_number(struct text *text, const struct conversion *conversion, va_list *args)
{
	switch (conversion->modifier) {
	case 'L': text_add(text, conversion->spec, va_arg(*args, long long)); return;
	case 'l': text_add(text, conversion->spec, va_arg(*args, long)); return;
	case 'z': text_add(text, conversion->spec, va_arg(*args, size_t)); return;
	default: text_add(text, conversion->spec, va_arg(*args, int));
	}
}

static void add_string(struct text *text, const struct conversion *conversion, const char *value)
{
	struct text formatted = {0};
	int precision, end = 0;

	if (!strcmp(conversion->spec, "%s")) {
		markup_add_value(text, value);
		return;
	}
	/* A slice, which need not end with a NUL. */
	if (sscanf(conversion->spec, "%%.%d%n", &precision, &end) == 1 &&
	    !strcmp(conversion->spec + end, "s")) {
		add_escaped(text, value ? value : "", value ? strnlen(value, (size_t)precision) : 0);
		return;
	}
	text_add(&formatted, conversion->spec, value ? value : "");
	text->failed = text->failed || formatted.failed;
	if (formatted.bytes)
		add_escaped(text, formatted.bytes, formatted.length);
	text_free(&formatted);
}

static void add_conversion(struct text *text, const struct conversion *conversion, va_list *args)
{
	char one[2] = "";

	switch (conversion->letter) {
	case '%': text_add_bytes(text, "%", 1); return;
	case 's': add_string(text, conversion, va_arg(*args, const char *)); return;
	case 'c':
		one[0] = (char)va_arg(*args, int);
		markup_add_value(text, one);
		return;
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o': add_number(text, conversion, args); return;
	case 'f':
	case 'g':
	case 'e': text_add(text, conversion->spec, va_arg(*args, double)); return;
	default: abort(); /* the caller's format is wrong */
	}
}

#pragma GCC diagnostic pop

void markup_add(struct text *text, const char *format, ...)
{
	struct conversion conversion;
	va_list args;

	va_start(args, format);
	while (*format) {
		size_t plain = strcspn(format, "%");

		text_add_bytes(text, format, plain);
		format += plain;
		if (!*format)
			break;
		format = read_conversion(format + 1, &args, &conversion);
		add_conversion(text, &conversion, &args);
	}
	va_end(args);
}
