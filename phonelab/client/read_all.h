#ifndef PHONELAB_CLIENT_READ_ALL_H
#define PHONELAB_CLIENT_READ_ALL_H

#include <stddef.h>

/* Read until the other side closes: text is NUL-terminated. 0; -ETIMEDOUT after timeout_ms, -E2BIG if it
 * does not fit, or another negative errno. */
int read_all(int fd, char *text, size_t size, int timeout_ms);

#endif
