#include "wire/ether.h"

#include <errno.h>
#include <string.h>

#define LLC_SNAP	0xaa /* DSAP and SSAP of SNAP */
#define LLC_UI		0x03 /* unnumbered information */
#define LENGTH_AT(tags) (ETHER_ADDRESSES + (tags)*ETHER_TAG)

const struct mac ether_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static bool is_tag(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_QINQ;
}

/* LLC (802.2). Control is read as the one byte of an unnumbered frame; numbered ones, which no protocol here
 * uses, have their second byte in the payload. */
void ether_read_llc(struct wire_reader *r, struct ether_frame *f)
{
	f->kind = ETHER_LLC;
	f->dsap = wire_read_u8(r);
	f->ssap = wire_read_u8(r);
	f->control = wire_read_u8(r);
	if (f->dsap == LLC_SNAP && f->ssap == LLC_SNAP && f->control == LLC_UI) {
		f->kind = ETHER_SNAP;
		f->oui = (uint32_t)wire_read_u8(r) << 16;
		f->oui |= wire_read_u16(r);
		f->type = wire_read_u16(r);
	}
	f->payload = wire_read_rest(r);
}

int ether_decode(const uint8_t *data, size_t length, struct ether_frame *frame, struct wire_error *error)
{
	struct ether_frame f = {0};
	struct wire_reader r, body;
	uint16_t type;

	wire_reader_init(&r, data, length);
	wire_read_bytes(&r, f.destination.octet, sizeof(f.destination.octet));
	wire_read_bytes(&r, f.source.octet, sizeof(f.source.octet));
	for (type = wire_read_u16(&r); is_tag(type); type = wire_read_u16(&r)) {
		if (f.tags == ETHER_TAGS)
			return wire_error_set(error, wire_reader_offset(&r) - 2, "more than two VLAN tags");
		f.tag[f.tags++] = (struct ether_tag){type, wire_read_u16(&r)};
	}
	if (type >= ETHER_TYPE_FIRST) {
		f.kind = ETHER_II;
		f.type = type;
		f.payload = wire_read_rest(&r);
	} else if (type > ETHER_MTU) {
		wire_reader_fail_at(&r, LENGTH_AT(f.tags), "neither an 802.3 length nor an EtherType");
	} else if (wire_reader_ok(&r)) {
		if (type > wire_reader_left(&r))
			wire_reader_fail_at(&r, LENGTH_AT(f.tags), "802.3 length beyond the frame");
		body = wire_read_sub(&r, type);
		ether_read_llc(&body, &f);
		wire_reader_join(&r, &body);
		f.pad = wire_reader_left(&r);
	}
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*frame = f;
	return 0;
}

void ether_write_begin(struct wire_writer *w, const struct ether_frame *frame)
{
	wire_write_bytes(w, frame->destination.octet, sizeof(frame->destination.octet));
	wire_write_bytes(w, frame->source.octet, sizeof(frame->source.octet));
	if (frame->tags > ETHER_TAGS) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	for (unsigned i = 0; i < frame->tags; i++) {
		if (!is_tag(frame->tag[i].protocol))
			wire_writer_fail(w, -EINVAL);
		wire_write_u16(w, frame->tag[i].protocol);
		wire_write_u16(w, frame->tag[i].tci);
	}
	if (frame->kind == ETHER_II) {
		if (frame->type < ETHER_TYPE_FIRST || is_tag(frame->type))
			wire_writer_fail(w, -EINVAL);
		wire_write_u16(w, frame->type);
		return;
	}
	wire_write_u16(w, 0);
	if (frame->kind == ETHER_LLC) {
		wire_write_u8(w, frame->dsap);
		wire_write_u8(w, frame->ssap);
		wire_write_u8(w, frame->control);
		return;
	}
	wire_write_u8(w, LLC_SNAP);
	wire_write_u8(w, LLC_SNAP);
	wire_write_u8(w, LLC_UI);
	wire_write_u8(w, (uint8_t)(frame->oui >> 16));
	wire_write_u16(w, (uint16_t)frame->oui);
	wire_write_u16(w, frame->type);
}

void ether_write_end(struct wire_writer *w, const struct ether_frame *frame)
{
	size_t field = LENGTH_AT(frame->tags);
	size_t length;

	if (w->error || frame->kind == ETHER_II)
		return;
	length = w->at - field - 2;
	if (length > ETHER_MTU)
		wire_writer_fail(w, -EINVAL);
	wire_write_patch_u16(w, field, (uint16_t)length);
}

ssize_t ether_encode(const struct ether_frame *frame, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	ether_write_begin(&w, frame);
	wire_write_slice(&w, frame->payload);
	ether_write_end(&w, frame);
	if (frame->kind != ETHER_II)
		wire_write_zeros(&w, frame->pad);
	return wire_writer_result(&w);
}

ssize_t ether_pad(uint8_t *data, size_t length, size_t size)
{
	if (length >= ETHER_MIN)
		return (ssize_t)length;
	if (size < ETHER_MIN)
		return -ENOSPC;
	memset(data + length, 0, ETHER_MIN - length);
	return ETHER_MIN;
}

bool ether_tag_peek(const uint8_t *data, size_t length, uint16_t *tci)
{
	if (length < ETHER_ADDRESSES + ETHER_TAG || !is_tag(wire_get16(data + ETHER_ADDRESSES)))
		return false;
	*tci = wire_get16(data + ETHER_ADDRESSES + 2);
	return true;
}

ssize_t ether_tag_insert(uint8_t *data, size_t length, size_t size, uint16_t tci)
{
	if (length < ETHER_ADDRESSES)
		return -EINVAL;
	if (length > size || size - length < ETHER_TAG)
		return -ENOSPC;
	memmove(data + ETHER_ADDRESSES + ETHER_TAG, data + ETHER_ADDRESSES, length - ETHER_ADDRESSES);
	wire_put16(data + ETHER_ADDRESSES, ETHER_VLAN);
	wire_put16(data + ETHER_ADDRESSES + 2, tci);
	return (ssize_t)(length + ETHER_TAG);
}

ssize_t ether_tag_strip(uint8_t *data, size_t length, uint16_t *tci)
{
	uint16_t found;

	if (!ether_tag_peek(data, length, &found))
		return -ENOENT;
	memmove(data + ETHER_ADDRESSES, data + ETHER_ADDRESSES + ETHER_TAG,
		length - ETHER_ADDRESSES - ETHER_TAG);
	if (tci)
		*tci = found;
	return (ssize_t)(length - ETHER_TAG);
}

const char *ether_type_name(uint16_t type)
{
	static const struct {
		enum ether_type type;
		const char *name;
	} names[] = {
	    {ETHER_IPV4, "IPv4"}, {ETHER_ARP, "ARP"},	   {ETHER_VLAN, "802.1Q"},	 {ETHER_IPV6, "IPv6"},
	    {ETHER_LLDP, "LLDP"}, {ETHER_QINQ, "802.1ad"}, {ETHER_LOOPBACK, "loopback"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}
