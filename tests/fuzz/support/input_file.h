#ifndef TESTS_FUZZ_SUPPORT_INPUT_FILE_H
#define TESTS_FUZZ_SUPPORT_INPUT_FILE_H

#include <stddef.h>
#include <stdint.h>

/* For readers that take a path: a file in memory that holds the input. Its path is the same for every input of a run.
 * number: 0 to 9, several files at once. File 0 is named 900, file 1 is beside it and named 901, and so on. */
const char *input_file(unsigned number, const void *bytes, size_t size);

#endif
