#ifndef PHONELAB_DOCUMENT_COMPLAINTS_H
#define PHONELAB_DOCUMENT_COMPLAINTS_H

#include <stddef.h>

struct yaml_node;

#define COMPLAINTS_KEPT 20

/*
 * Everything that is wrong with a file, not only the first: a person mends it in one go. Each reads
 *   FILE:LINE:COLUMN: KEY: found X, expected Y
 */
struct complaints {
	const char *file;
	size_t n; /* all; the first COMPLAINTS_KEPT are kept, in the order of the file once sorted */
	struct complaint {
		unsigned line, column, order;
		char file[256]; /* another file than that of the complaints, or "" */
		char text[512];
	} kept[COMPLAINTS_KEPT];
};

/* Complain about a place; at may be NULL (the file as a whole), key may be NULL. Format: "found .., expected
 * ..". */
void complain(struct complaints *complaints, const struct yaml_node *at, const char *key, const char *format,
	      ...) __attribute__((format(printf, 4, 5)));

/* The same by line and column (from 1; 0: none). */
void complain_at(struct complaints *complaints, unsigned line, unsigned column, const char *key,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* All that was kept, sorted by place, a line each, and "N more" when there were too many. malloc()ed. */
char *complaints_text(struct complaints *complaints);

#endif
