#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>
#include <stddef.h>

/* The bytes of the UTF-8 sequence at bytes (1 to 4), of which size are there; 0 if it is none: overlong, a
 * surrogate, above U+10FFFF, cut off (RFC 3629 section 4). */
size_t utf8_length(const char *bytes, size_t size);

/* The code point of a sequence that utf8_length has measured. */
uint32_t utf8_code_point(const char *bytes, size_t length);

/*
 * Clean text that phonelab did not write before it is printed for a person. Control characters (C0 except tab and
 * newline, DEL, C1), bidirectional controls and bytes that are not UTF-8 become \xNN or \u{N}: no text from the
 * wire or from a stranger's file can move the cursor, colour the terminal or reorder a line. Writes at most size
 * bytes with the NUL and cuts at a whole character. Returns out.
 */
char *utf8_clean(const char *text, char *out, size_t size);

#endif
