#ifndef CUCM_TEXT_H
#define CUCM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_ADDRESS 16 /* "255.255.255.255" and the NUL */
#define TEXT_GUID    37 /* "01234567-89ab-cdef-0123-456789abcdef" and the NUL */

/* Text or bytes that grow. Zeroed is empty. Lack of memory is sticky: check failed once, at the end. */
struct text {
	char *bytes; /* NUL-terminated when not NULL */
	size_t length;
	size_t room;
	bool failed;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const void *bytes, size_t length);

/* Characters of value with & < > " and ' escaped for XML. NULL is the empty text. */
void text_add_xml(struct text *text, const char *value);

/* Make it empty and release its memory. */
void text_free(struct text *text);

/* "10.20.0.11" of an address in host byte order. */
const char *text_address(uint32_t address, char out[TEXT_ADDRESS]);

/* A GUID that is always the same for the same two words: objects of the database keep their names over
 * re-renders. */
const char *text_guid(const char *kind, const char *name, char out[TEXT_GUID]);

#endif
