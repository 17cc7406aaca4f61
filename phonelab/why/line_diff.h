#ifndef PHONELAB_WHY_LINE_DIFF_H
#define PHONELAB_WHY_LINE_DIFF_H

#include <stddef.h>

/* The difference of two configuration files, line by line. Blanks around a line, empty lines and comments do not count; a
 * comment begins with "#", but not with "#!". */
enum line_kind {
	LINE_CHANGED,
	LINE_MISSING, /* only in the first file */
	LINE_ADDED,   /* only in the second file */
};

#define LINE_TEXT 300 /* octets of a line, with its NUL; longer ones are cut */

struct line_change {
	enum line_kind kind;
	unsigned
	    number; /* in the second file, from 1; LINE_MISSING: of the line before it, 0 at the beginning */
	char was[LINE_TEXT];   /* "" if added */
	char found[LINE_TEXT]; /* "" if missing */
};

/* Fill in up to room changes, in the order of the files. How many. */
size_t line_diff(const char *first, const char *second, struct line_change *changes, size_t room);

/* "changed", "missing", "added" */
const char *line_kind_name(enum line_kind kind);

#endif
