#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include "wire/cursor.h"

/* Kinds of values that the tables of more than one protocol have: the extractor and its opposite, member
 * being the value in the message. A slice takes all that is left. A codec has its own kinds beside these, of
 * the same form. */
void field_read_slice(struct wire_reader *r, void *member);
void field_write_slice(struct wire_writer *w, const void *member);
void field_read_u8(struct wire_reader *r, void *member);
void field_write_u8(struct wire_writer *w, const void *member);
void field_read_u16(struct wire_reader *r, void *member);
void field_write_u16(struct wire_writer *w, const void *member);
void field_read_u32(struct wire_reader *r, void *member);
void field_write_u32(struct wire_writer *w, const void *member);

#endif
