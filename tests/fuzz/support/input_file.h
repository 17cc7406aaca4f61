#ifndef TESTS_FUZZ_SUPPORT_INPUT_FILE_H
#define TESTS_FUZZ_SUPPORT_INPUT_FILE_H

#include <stddef.h>
#include <stdint.h>

/* For readers that take a path: a file in memory that holds the input. Its path is the same for every input, so that
 * messages and paths beside it are too. number: 0 to 9, several files at once. */
const char *input_file(unsigned number, const void *bytes, size_t size);

/* The path of file 0 is /proc/self/fd/900, of file 1 /proc/self/fd/901, and so on. */
#define INPUT_FILE_FD 900

#endif
