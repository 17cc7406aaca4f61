#ifndef SWITCH_SIM_CORE_TEXT_H
#define SWITCH_SIM_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Text that grows: what a command prints. Begin with all zeros. */
struct text {
	char *data; /* NUL-terminated, or NULL while empty */
	size_t length, size;
	bool failed; /* memory ran out; what came after it is lost */
};

void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Spaces up to a column of the present line (none when it is there already). */
void text_to_column(struct text *text, size_t column);

/* The finished text, the caller's to free(); NULL when memory ran out. */
char *text_take(struct text *text);

#endif
