#ifndef PHONELAB_CLIENT_PEN_H
#define PHONELAB_CLIENT_PEN_H

#include <stdbool.h>

#include "base/text.h"

/* Writing lines of a bounded width: for a terminal. Each value is cleaned (utf8_clean), cut at the width in columns, and
 * written in ASCII if the terminal has no UTF-8. */
enum pen_style { PEN_PLAIN, PEN_BOLD, PEN_DIM, PEN_GREEN, PEN_YELLOW, PEN_RED };

struct pen {
	struct text *out;
	int width; /* columns of a line */
	int used;  /* columns of the line so far */
	bool colour, utf8;
};

/* Append text to the line. Text that does not fit is cut, and a sign of omission takes the last columns. Newlines and tabs
 * become spaces. */
void pen_add(struct pen *pen, enum pen_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Append text that takes at most that many columns. */
void pen_cut(struct pen *pen, enum pen_style style, int columns, const char *text);

/* Append text that takes exactly that many columns, or the rest of the line: cut or filled with spaces. */
void pen_column(struct pen *pen, enum pen_style style, int columns, const char *text);

/* Append one of two characters: the one for UTF-8, or the ASCII one. It takes one column. */
void pen_mark(struct pen *pen, enum pen_style style, const char *utf8, char ascii);

/* Append spaces up to that column of the line. */
void pen_to(struct pen *pen, int column);

/* End the line. */
void pen_line(struct pen *pen);

#endif
