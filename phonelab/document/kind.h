#ifndef PHONELAB_DOCUMENT_KIND_H
#define PHONELAB_DOCUMENT_KIND_H

#include "phonelab/document/keys.h"

/* A scalar of a file and the key that it is the value of. */
struct scalar {
	const struct key *key;
	const char *text;
	struct arena *arena;
};

struct unit {
	const char *name;
	int64_t factor;
};

/* A type of key. */
struct key_kind {
	size_t size;	     /* of a value; 0: that of the shape */
	unsigned char unset; /* each byte of a value that the file omits: 0, or 0xff for KEY_UNSET */
	int (*parse)(const struct scalar *in, void *value); /* NULL: the value is no scalar */
	const char *expected;				    /* with the names of key_expected in braces */
	const struct unit *units;			    /* of a quantity */
	const char *pattern;				    /* the JSON Schema: a string of this pattern, */
	json_t *(*schema)(const struct key *key);	    /* or the result of this function */
	json_type fallback; /* the JSON type of a default: JSON_TRUE, JSON_INTEGER, else a string */
};

/* One row for each enum key_type. */
extern const struct key_kind key_kinds[];

#endif
