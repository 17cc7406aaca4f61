#ifndef PHONELAB_LINT_PLACE_H
#define PHONELAB_LINT_PLACE_H

#include <stdbool.h>

#include "phonelab/lint/source.h"

/* Where a person looks for the cause of a failed step: in a file that is wrong, or where a missing file is named. */

#define PLACE_FILES 12 /* of a step: a list of ringtones, and 8 of them */

struct place {
	struct place_file {
		char name[PHONE_NAME_MAX];
		bool got, missing, failed;
		bool bad; /* its content cannot be used */
		unsigned line;
	} file[PLACE_FILES];
	unsigned files;
};

struct place_found {
	char file[PHONE_NAME_MAX];
	unsigned line; /* 0: of the whole file */
};

/* A step begins; then what became of the files that it requests. */
void place_begin(struct place *place);
void place_got(struct place *place, const char *file);
void place_missing(struct place *place, const char *file);
void place_failed(struct place *place, const char *file);
void place_bad(struct place *place, const char *file, unsigned line);

/* The name under which the phone got a file: FILE, or FILE.sgn. */
const char *place_real_name(const struct place *place, const char *file);

/* The file that was got last; "" if none was. */
const char *place_last(const struct place *place);

/* The place of a step that failed for the reason detail; config is the configuration in use ("" none). */
struct place_found place_of(const struct place *place, struct lint_source *source, const char *config,
			    const char *detail);

/* The first line of a file that has this text, from 1; 0: none has. */
unsigned place_line(struct lint_source *source, const char *file, const char *text);

#endif
