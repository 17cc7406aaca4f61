#include "wire/field.h"

void field_read_slice(struct wire_reader *r, void *member)
{
	*(struct wire_slice *)member = wire_read_rest(r);
}

void field_write_slice(struct wire_writer *w, const void *member)
{
	wire_write_slice(w, *(const struct wire_slice *)member);
}

void field_read_u8(struct wire_reader *r, void *member)
{
	*(uint8_t *)member = wire_read_u8(r);
}

void field_write_u8(struct wire_writer *w, const void *member)
{
	wire_write_u8(w, *(const uint8_t *)member);
}

void field_read_u16(struct wire_reader *r, void *member)
{
	*(uint16_t *)member = wire_read_u16(r);
}

void field_write_u16(struct wire_writer *w, const void *member)
{
	wire_write_u16(w, *(const uint16_t *)member);
}

void field_read_u32(struct wire_reader *r, void *member)
{
	*(uint32_t *)member = wire_read_u32(r);
}

void field_write_u32(struct wire_writer *w, const void *member)
{
	wire_write_u32(w, *(const uint32_t *)member);
}
