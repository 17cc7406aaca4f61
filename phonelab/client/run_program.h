#ifndef PHONELAB_CLIENT_RUN_PROGRAM_H
#define PHONELAB_CLIENT_RUN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Read until the other side closes. text gets the first size - 1 bytes and a NUL; the rest is dropped. 0; -E2BIG if
 * bytes were dropped; -ETIMEDOUT after timeout_ms; or another negative errno. */
int read_all(int fd, char *text, size_t size, int timeout_ms);

/* Run argv; after timeout_ms its process group is killed. output is its standard output, with errors also its standard
 * error, as read_all() reads it. The program exits with this process. Returns the exit status, 128 + the signal that
 * killed it, -ETIME after the timeout, or another negative errno if it cannot be run. */
int run_program(const char *const *argv, bool errors, int timeout_ms, char *output, size_t size);

#endif
