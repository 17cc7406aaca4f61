#ifndef PHONELAB_WEB_UNDER_H
#define PHONELAB_WEB_UNDER_H

#include <sys/types.h>

/* Files below a folder. No path leads out of the folder: neither "..", nor a symbolic link, which a program of the lab or an
 * archive of evidence could have made (openat2, RESOLVE_BENEATH). */

/* Open a folder to read below it. A descriptor, or a negative errno. */
int web_under_folder(const char *path);

/* Open a regular file for reading, without waiting. *size is its length; NULL is legal. A descriptor, or a negative errno: -ELOOP a
 * symbolic link is on the way, -EXDEV the path leads out, -EINVAL it is not a regular file. */
int web_under_file(int folder, const char *name, off_t *size);

/* Open a folder below it. A descriptor, or a negative errno. */
int web_under_subfolder(int folder, const char *name);

#endif
