#ifndef CUCM_ZIP_H
#define CUCM_ZIP_H

#include <stddef.h>

#include "base/text.h"

/* Write a zip archive (which is what a .jar is): PKWARE's APPNOTE 4.3, members stored without compression. */
struct zip {
	struct text body;      /* local headers and contents */
	struct text directory; /* central directory, as it grows */
	unsigned members;
};

/* Add a member. Its time is 1980-01-01, so that the same contents give the same archive. */
void zip_add(struct zip *zip, const char *name, const void *bytes, size_t size);

/* Append the whole archive to out, and release what zip holds. Check out->failed. */
void zip_finish(struct zip *zip, struct text *out);

#endif
