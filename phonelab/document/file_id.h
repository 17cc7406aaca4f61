#ifndef PHONELAB_DOCUMENT_FILE_ID_H
#define PHONELAB_DOCUMENT_FILE_ID_H

#include <limits.h>
#include <stdbool.h>

/*
 * What a command names a fault or an exercise by: the id of a built-in one, a file that contains exactly one, or
 * FILE#ID. A word with a slash, ".yaml" or ".yml" names a file; every other word is an id.
 */
bool file_id_is_file(const char *word);

/* Split FILE#ID at its last '#': copy FILE to path and return ID, or NULL if word contains no '#'. */
const char *file_id_split(const char *word, char path[PATH_MAX]);

#endif
