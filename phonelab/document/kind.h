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
	const char *others; /* of a token: characters other than letters and digits; NULL: those of the key */
	const struct unit *units; /* of a quantity */
	/* The JSON Schema: the result of the function, or a type (NULL: string) that may have another type, a pattern,
	 * and keywords for min and max. */
	json_t *(*schema)(const struct key *key);
	const char *json_type, *other_type, *pattern, *least, *greatest;
	json_type fallback; /* the JSON type of a default: JSON_TRUE, JSON_INTEGER, else a string */
};

/* One row for each enum key_type. */
extern const struct key_kind key_kinds[];

#endif
