/* The link headers of captures that are not Ethernet's: loopback, raw IP, and Linux "any" interfaces. */
#include "wire/dissect_private.h"

#include <errno.h>
#include <string.h>

#include "wire/pcapng.h"

#define FAMILY_IPV4 2 /* AF_INET, everywhere */
#define COOKED_LLC  4 /* ETH_P_802_2: an LLC header follows instead of an EtherType's payload */
#define COOKED_ROOM 8 /* octets of the link address, as many of them used as its length says */

/* DLT_NULL: the address family, in the byte order of the machine that captured. IPv6's number differs by system. */
static uint16_t loopback_type(struct wire_reader *r)
{
	uint32_t family = wire_read_u32(r);

	return family == FAMILY_IPV4 || family == (uint32_t)FAMILY_IPV4 << 24 ? ETHER_IPV4 : ETHER_IPV6;
}

static uint16_t raw_type(const struct wire_reader *r)
{
	return wire_reader_left(r) && r->data[r->at] >> 4 == 6 ? ETHER_IPV6 : ETHER_IPV4;
}

static void source_mac(struct wire_reader *r, size_t length, struct ether_frame *frame)
{
	struct wire_slice address = wire_read_slice(r, COOKED_ROOM);

	if (length == sizeof(frame->source.octet) && address.length)
		memcpy(frame->source.octet, address.data, length);
}

/* LINKTYPE_LINUX_SLL: packet type, hardware type, address length, address, protocol. */
static uint16_t cooked_type(struct wire_reader *r, struct ether_frame *frame)
{
	wire_read_skip(r, 4);
	source_mac(r, wire_read_u16(r), frame);
	return wire_read_u16(r);
}

/* LINKTYPE_LINUX_SLL2: protocol, reserved, interface, hardware type, packet type, address length, address. */
static uint16_t cooked2_type(struct wire_reader *r, struct ether_frame *frame)
{
	uint16_t type = wire_read_u16(r);

	wire_read_skip(r, 9);
	source_mac(r, wire_read_u8(r), frame);
	return type;
}

int dissect_read_link(unsigned link_type, const uint8_t *bytes, size_t size, struct ether_frame *frame,
		      struct wire_error *error)
{
	struct ether_frame f = {.kind = ETHER_II};
	struct wire_reader r;

	wire_reader_init(&r, bytes, size);
	switch (link_type) {
	case PCAPNG_ETHERNET: return ether_decode(bytes, size, frame, error);
	case PCAPNG_LOOPBACK: f.type = loopback_type(&r); break;
	case PCAPNG_RAW: f.type = raw_type(&r); break;
	case PCAPNG_COOKED: f.type = cooked_type(&r, &f); break;
	case PCAPNG_COOKED2: f.type = cooked2_type(&r, &f); break;
	default: return -ENOTSUP;
	}
	while (f.type == ETHER_VLAN && f.tags < ETHER_TAGS) {
		f.tag[f.tags++] = (struct ether_tag){ETHER_VLAN, wire_read_u16(&r)};
		f.type = wire_read_u16(&r);
	}
	if (f.type == COOKED_LLC)
		ether_read_llc(&r, &f);
	else
		f.payload = wire_read_rest(&r);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*frame = f;
	return 0;
}
