#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/text.h"

/* Whole files. Every function returns 0 or a negative errno with the reason. */

/* Read a file of at most most bytes. *bytes is allocated and has a NUL behind its *length bytes; length may be
 * NULL. -EFBIG if it is longer. */
int file_read(const char *path, size_t most, char **bytes, size_t *length, struct fail *fail);

/* The same from a descriptor, until its end; where names it in the reason. The descriptor stays open. */
int file_read_fd(int fd, const char *where, size_t most, char **bytes, size_t *length, struct fail *fail);

/* Replace a file: the bytes go to a temporary file beside it, which is then renamed, so that readers see the old
 * file or the new one. On an error the old file is unchanged and nothing is left behind. Mode 0644. */
int file_write(const char *path, const void *bytes, size_t length, struct fail *fail);

/* The same with a mode of the caller's, whatever the umask is. */
int file_write_mode(const char *path, const void *bytes, size_t length, mode_t mode, struct fail *fail);

/* The same for a text, which is released in every case; -ENOMEM if the text failed. */
int file_write_text(const char *path, struct text *text, struct fail *fail);

/* Write all bytes to a descriptor: short writes and EINTR are continued. 0 or a negative errno. */
int file_write_all(int fd, const void *bytes, size_t length);

/* Make a directory and its parents, mode 0755; existing ones are fine. */
int file_make_directory(const char *path, struct fail *fail);

#endif
