#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* A search for the word that a person may have meant. A candidate is near if its Levenshtein distance is at most 3
 * and at most a third of the length of the written word, rounded up. */
struct nearest {
	const char *word; /* as written */
	const char *best; /* the nearest candidate so far, or NULL */
	size_t least;	  /* its distance */
};

/* Start a search. word and each candidate are borrowed. */
struct nearest nearest_to(const char *word);

/* Offer a candidate. Of several candidates with the same distance the first one wins. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* The nearest of names (NULL at the end), or NULL if none is near. */
const char *nearest_of(const char *word, const char *const *names);

/* The number of single-letter changes between two words; limit + 1 if it is larger than limit, or if b is longer
 * than 63 characters. */
size_t nearest_distance(const char *a, const char *b, size_t limit);

#endif
