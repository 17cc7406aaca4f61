#ifndef PHONELAB_COLLECT_INDEX_H
#define PHONELAB_COLLECT_INDEX_H

#include <stdbool.h>
#include <stdint.h>

/* What the files of a bundle are, and at which steps they help. */

/* A file, by a pattern of its path below the bundle: {phone}, {switch}, {dhcp}, {tftp} and {cm} stand for one name, "*" at the end
 * for any rest. */
struct index_file {
	const char *pattern;
	const char *what;
};

/* Where to look for the cause of a step. */
struct index_place {
	int step;	     /* enum ladder_step */
	const char *pattern; /* of a file in the table of files */
	const char *look;    /* what to look for */
};

/* Tables; a row without a pattern at the end. The first place of a step is the first to look at. */
extern const struct index_file index_files[];
extern const struct index_place index_places[];

/* Does a path match the pattern? kind, name: if not NULL, the place holder kind ("phone") must be this name. */
bool index_matches(const char *pattern, const char *path, const char *kind, const char *name);

/* What the file of that path is; NULL: no row has it. */
const struct index_file *index_file_of(const char *path);

#endif
