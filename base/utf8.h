#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>
#include <stddef.h>

/* The length (1 to 4) of the UTF-8 sequence that starts at bytes; size bytes can be read. 0 if the sequence is
 * invalid: overlong, a surrogate, above U+10FFFF or cut off (RFC 3629 section 4). */
size_t utf8_length(const char *bytes, size_t size);

/* The code point of a sequence that utf8_length has measured. */
uint32_t utf8_code_point(const char *bytes, size_t length);

/* The columns that a character takes on a terminal: 0 (combining), 1 or 2 (wide). */
int utf8_columns(uint32_t code_point);

/*
 * Clean text that phonelab did not write before it is printed for a person. Control characters (C0 except tab and
 * newline, DEL, C1), bidirectional controls and bytes that are not UTF-8 become \xNN or \u{N}: text from the
 * wire or from a foreign file cannot move the cursor, colour the terminal or reorder a line. Writes up to size
 * bytes including the NUL and cuts between characters. Returns out.
 */
char *utf8_clean(const char *text, char *out, size_t size);

#endif
