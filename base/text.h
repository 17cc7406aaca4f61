#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Text or bytes that grow. A zeroed struct is empty. A failed allocation is sticky: later
 * additions do nothing, and the caller checks `failed` once, at the end.
 */
struct text {
	char *bytes; /* NUL-terminated, or NULL while empty */
	size_t length, room;
	bool failed;
};

/* Append a formatted string. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same from a va_list. */
void text_addv(struct text *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Append length bytes, which may contain NULs. */
void text_add_bytes(struct text *text, const void *bytes, size_t length);

/* Append spaces until the last line has column bytes; append nothing to a line of that length or longer. */
void text_to_column(struct text *text, size_t column);

/* Return the bytes ("" if nothing was added), which the caller frees, and empty the text. NULL if an allocation
 * failed. */
char *text_take(struct text *text);

/* Release the memory; text is empty again. */
void text_free(struct text *text);

/* Are the last characters of string those of end? */
bool text_ends_with(const char *string, const char *end);

#endif
