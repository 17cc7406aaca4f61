#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/text.h"

/* Whole files. Every function returns 0 or a negative errno with the reason. */

/* Read a file of up to limit bytes. *bytes is allocated, for the caller to free, and has a NUL after its *length
 * bytes; length may be NULL. -EFBIG if the file is longer. */
int file_read(const char *path, size_t limit, char **bytes, size_t *length, struct fail *fail);

/* The same from a descriptor, until its end; where is its name in the reason. The descriptor stays open. */
int file_read_fd(int fd, const char *where, size_t limit, char **bytes, size_t *length, struct fail *fail);

/* Replace a file: the bytes go to a temporary file in the same directory (its name is PATH.XXXXXX, different for
 * each writer), which is then renamed. Readers see the old file or the new one. On an error the old file is
 * unchanged and the temporary file is removed. The mode is 0644. */
int file_write(const char *path, const void *bytes, size_t length, struct fail *fail);

/* The same with this mode, whatever the umask is. */
int file_write_mode(const char *path, const void *bytes, size_t length, mode_t mode, struct fail *fail);

/* The same for a text, which is always released; -ENOMEM if the text failed. */
int file_write_text(const char *path, struct text *text, struct fail *fail);

/* Write all bytes to a descriptor; continues after short writes and EINTR. 0 or a negative errno. */
int file_write_all(int fd, const void *bytes, size_t length);

/* Make a directory and its parents, mode 0755. Existing directories are fine; -ENOTDIR if path is another file. */
int file_make_directory(const char *path, struct fail *fail);

#endif
