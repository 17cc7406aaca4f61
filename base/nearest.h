#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The search for the word that a person may have meant. One rule for all: a word is near if it differs by at most a
 * third of the letters of what was written, rounded up, and by at most three (Levenshtein). */
struct nearest {
	const char *word; /* as written */
	const char *best; /* the nearest candidate so far, or NULL */
	size_t least;	  /* its distance */
};

/* Begin a search. word is borrowed, and so is each candidate. */
struct nearest nearest_to(const char *word);

/* Offer a candidate; the first of several equally near ones wins. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* The nearest of names (NULL at the end), or NULL if none is near. */
const char *nearest_of(const char *word, const char *const *names);

/* The number of single-letter changes between two words, at most limit + 1. */
size_t nearest_distance(const char *a, const char *b, size_t limit);

#endif
