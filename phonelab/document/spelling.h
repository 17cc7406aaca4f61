#ifndef PHONELAB_DOCUMENT_SPELLING_H
#define PHONELAB_DOCUMENT_SPELLING_H

#include <stdbool.h>

#include "phonelab/document/complaints.h"
#include "phonelab/document/keys.h"

/*
 * People spell the same object in many ways: GigabitEthernet1/0/5, Gig 1/0/5 and gi1/0/5; 0011.22aa.bb05 and
 * SEP001122AABB05; VLAN0110 and vlan 110; shut down and shutdown. This module gives all spellings of an object one
 * text. Types of interfaces, words that only introduce an object, and synonyms are data: phonelab/exercises/spelling.yaml
 * is built in, and a caller adds its own.
 */
struct spelling_row {
	const void *at;
	const char *is;
	KEY_LIST_OF(const char *) also;
};

struct spelling_data {
	const void *at;
	KEY_LIST_OF(struct spelling_row) interfaces; /* the type of an interface, without numbers */
	KEY_LIST_OF(const char *) introduce;	     /* words left out before an object: port, phone */
	KEY_LIST_OF(struct spelling_row) synonyms;
};
extern const struct shape spelling_row_shape; /* a struct spelling_row */

struct spelling;

struct spelling *spelling_new(void);	       /* with the built-in data; never NULL: a test parses them */
void spelling_free(struct spelling *spelling); /* NULL is legal */

/* From now on `also` is a spelling of `is`. Both are normalised first. The longest spelling wins, then the latest. */
void spelling_add(struct spelling *spelling, const char *is, const char *also);

/*
 * The text in one spelling: lower case, single blanks; interfaces as gi1/0/5, MACs as 001122aabb05, VLANs as
 * vlan 110, addresses without leading zeros, files without the path of the run directory or of the TFTP root; then
 * the synonyms. The caller frees it.
 */
char *spelling_normalise(const struct spelling *spelling, const char *text);

/* Have both texts the same normal form? */
bool spelling_same(const struct spelling *spelling, const char *a, const char *b);

#endif
