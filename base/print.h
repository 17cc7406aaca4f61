#ifndef BASE_PRINT_H
#define BASE_PRINT_H

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * Printing for a person: the last step of all text that may contain bytes from the wire, from another program or from
 * a file. The formatted text passes utf8_clean, so no value can act on the terminal. Escape sequences of our own (colours)
 * cannot pass either; they are written with printf, without values.
 */

/* Print to out; to standard output; a line and its newline to standard output. */
void print_to(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_line(const char *line);

/* The same from a va_list. */
void print_tov(FILE *out, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Print a JSON value and a newline to standard output; flags are those of jansson. Characters outside ASCII are escaped
 * as \uNNNN. */
void print_json(const json_t *value, size_t flags);

#endif
