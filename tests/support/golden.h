#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "phonelab/document/complaints.h"

/* The whole of a file, the caller's to free(); the test fails when it cannot be read. */
char *golden_read(const char *path);

/* Reads a file; true when it was taken as valid. */
typedef bool golden_reader(const char *path, struct complaints *complaints);

/* Every *.yaml of the folder (at least `least` files) must be refused, with exactly the words of
 * the .err beside it. The reader sees the files by their names alone. */
void golden_refused(const char *folder, size_t least, golden_reader *taken);

#endif
