#ifndef PHONE_SIM_DRIVER_ARCHIVE_H
#define PHONE_SIM_DRIVER_ARCHIVE_H

#include <stddef.h>
#include <time.h>

#include "base/text.h"

/* Write a tar archive (POSIX.1 ustar) of small files, compressed by gzip. A zeroed struct is empty. */
struct archive {
	struct text tar;
	time_t time; /* of all members; set it before the first */
};

/* Add a file of mode 0644. name: up to 99 bytes, with folders. */
void archive_add(struct archive *archive, const char *name, const void *bytes, size_t length);

/* Append the compressed archive to out, and release what the archive holds. Check out->failed. */
void archive_finish(struct archive *archive, struct text *out);

#endif
