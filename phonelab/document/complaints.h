#ifndef PHONELAB_DOCUMENT_COMPLAINTS_H
#define PHONELAB_DOCUMENT_COMPLAINTS_H

#include <stddef.h>

struct fail;
struct yaml_node;

#define COMPLAINTS_KEPT 20

/*
 * All errors of a file, so that the user can correct them at once. Format:
 *   FILE:LINE:COLUMN: KEY: found X, expected Y
 */
struct complaints {
	const char *file;
	size_t n; /* number of complaints; the first COMPLAINTS_KEPT are stored */
	struct complaint {
		unsigned line, column, order;
		char file[256]; /* if not the file of the complaints; else "" */
		char text[512];
	} kept[COMPLAINTS_KEPT];
};

/* Complain about a place; at may be NULL (the file as a whole), key may be NULL. Format: "found .., expected
 * ..". */
void complain(struct complaints *complaints, const struct yaml_node *at, const char *key, const char *format,
	      ...) __attribute__((format(printf, 4, 5)));

/* The stored complaints, sorted by place, one per line, and "N more" if there were too many. malloc()ed. */
char *complaints_text(struct complaints *complaints);

/* The same as the reason of a failure: -EINVAL. */
int complaints_fail(struct complaints *complaints, struct fail *fail);

/* Print the complaints and abort, if there are any: the file is part of the program, and a test reads it. */
void complaints_none(struct complaints *complaints);

#endif
