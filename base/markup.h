#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include "base/text.h"

/*
 * The writer of HTML and XML. Append a format in which every %s, %c and %.*s is escaped, so that no value can end
 * its element or attribute: & < > " ' become entities. Bytes that are not UTF-8, and characters that XML 1.0
 * forbids (section 2.2: C0 except tab, line feed and carriage return, U+FFFE, U+FFFF), become U+FFFD. Numbers (%d %i %u %x %o with the lengths l, ll and z; %f %g %e) are
 * formatted as printf does. Other conversions are a defect of the caller. For text that is markup already: text_add.
 */
void markup_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append the characters of value escaped; NULL is the empty string. */
void markup_add_value(struct text *text, const char *value);

#endif
