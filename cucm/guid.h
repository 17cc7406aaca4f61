#ifndef CUCM_GUID_H
#define CUCM_GUID_H

#define GUID_TEXT 37 /* "01234567-89ab-cdef-0123-456789abcdef" and the NUL */

/* Write a GUID that is always the same for the same two words, so that objects of the database keep their names
 * when they are rendered again. Returns out. */
const char *guid_format(const char *kind, const char *name, char out[GUID_TEXT]);

#endif
