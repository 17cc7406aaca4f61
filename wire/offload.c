#include "wire/offload.h"

#include <errno.h>
#include <string.h>

#include "wire/ipv4.h"

#define IPV6_HEADER	  40
#define IPV6_LENGTH_AT	  4
#define IPV6_NEXT_AT	  6
#define IPV6_ADDRESSES_AT 8
#define IPV4_LENGTH_AT	  2
#define IPV4_ID_AT	  4
#define IPV4_PROTOCOL_AT  9
#define IPV4_SOURCE_AT	  12
#define TCP_HEADER	  20
#define TCP_SEQUENCE_AT	  4
#define TCP_OFFSET_AT	  12
#define TCP_FLAGS_AT	  13
#define TCP_CWR		  0x80
#define UDP_LENGTH_AT	  4

static void put32(uint8_t *at, uint32_t value)
{
	wire_put16(at, (uint16_t)(value >> 16));
	wire_put16(at + 2, (uint16_t)value);
}

/* IPv6 extension headers that may stand in front of TCP and UDP (RFC 8200 4.1): their length is in units of 8. */
static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 60;
}

/* Find the network and the transport header. The protocol, or -1 with the reason. */
static int find_headers(struct offload_frames *f, struct wire_error *error)
{
	const uint8_t *frame = f->frame;
	size_t at = ETHER_ADDRESSES;
	uint8_t next;

	while (at + ETHER_TAG + 2 <= f->length &&
	       (wire_get16(frame + at) == ETHER_VLAN || wire_get16(frame + at) == ETHER_QINQ))
		at += ETHER_TAG;
	f->network = at + 2;
	if (f->network + IPV6_HEADER > f->length) {
		wire_error_set(error, f->length, "a frame of segments without room for its headers");
		return -1;
	}
	f->ipv6 = wire_get16(frame + at) == ETHER_IPV6;
	if (!f->ipv6) {
		size_t header = (frame[f->network] & 0x0f) * 4u;

		f->transport = f->network + header;
		if (wire_get16(frame + at) == ETHER_IPV4 && frame[f->network] >> 4 == 4 &&
		    header >= IPV4_HEADER)
			return frame[f->network + IPV4_PROTOCOL_AT];
		wire_error_set(error, at, "a frame of segments that is neither IPv4 nor IPv6");
		return -1;
	}
	next = frame[f->network + IPV6_NEXT_AT];
	at = f->network + IPV6_HEADER;
	while (is_extension(next) && at + 8 <= f->length) {
		next = frame[at];
		at += frame[at + 1] * 8u + 8;
	}
	f->transport = at;
	return next;
}

/* A frame of segments: all its headers must be there. */
static int begin_segments(struct offload_frames *f, struct wire_error *error)
{
	unsigned type = f->offload.type & (uint8_t)~OFFLOAD_ECN;
	int protocol = find_headers(f, error);
	size_t header = UDP_HEADER;

	if (protocol < 0)
		return -EBADMSG;
	f->tcp = type != OFFLOAD_UDP;
	if (protocol != (f->tcp ? IP_TCP : IP_UDP) || (type == OFFLOAD_TCP4 && f->ipv6) ||
	    (type == OFFLOAD_TCP6 && !f->ipv6))
		return wire_error_set(error, f->network,
				      "a frame of segments of another protocol than announced");
	if (f->tcp)
		header = f->transport + TCP_HEADER <= f->length
			     ? (f->frame[f->transport + TCP_OFFSET_AT] >> 4) * 4u
			     : 0;
	if ((f->tcp && header < TCP_HEADER) || f->transport + header > f->length)
		return wire_error_set(error, f->network, "a frame of segments with a truncated header");
	if (!f->offload.size)
		return wire_error_set(error, 0, "a frame of segments of size 0");
	f->payload = f->at = f->transport + header;
	return 0;
}

int offload_begin(struct offload_frames *frames, const struct offload *offload, const uint8_t *frame,
		  size_t length, struct wire_error *error)
{
	struct offload_frames f = {.frame = frame, .offload = *offload, .length = length};
	int err = 0;

	switch (offload->type & (uint8_t)~OFFLOAD_ECN) {
	case OFFLOAD_NONE:
		/* The field must be inside of what it covers, the kernel checks it too. */
		if (offload->checksum &&
		    (offload->checksum_start > length || offload->checksum_offset > length ||
		     offload->checksum_start + offload->checksum_offset + 2 > length))
			err = wire_error_set(error, length, "a checksum outside of the frame");
		break;
	case OFFLOAD_TCP4:
	case OFFLOAD_TCP6:
	case OFFLOAD_UDP: err = begin_segments(&f, error); break;
	default: err = -EPROTONOSUPPORT; break;
	}
	if (!err)
		*frames = f;
	return err;
}

/* One frame as it is, its checksum finished. 0 in UDP means "none" (RFC 768), and is equal to 0xffff elsewhere. */
static ssize_t finish(struct offload_frames *f, uint8_t *out, size_t size)
{
	const struct offload *offload = &f->offload;

	f->done = true;
	if (f->length > size)
		return -ENOSPC;
	memcpy(out, f->frame, f->length);
	if (offload->checksum) {
		uint8_t *field = out + offload->checksum_start + offload->checksum_offset;
		uint16_t sum =
		    ipv4_checksum(out + offload->checksum_start, f->length - offload->checksum_start, 0);

		wire_put16(field, sum ? sum : 0xffff);
	}
	return (ssize_t)f->length;
}

/* The pseudo header's sum for the transport's length bytes of a segment. */
static uint32_t pseudo_sum(const struct offload_frames *f, const uint8_t *network, size_t length)
{
	uint8_t protocol = f->tcp ? IP_TCP : IP_UDP;

	if (f->ipv6)
		return (uint16_t)~ipv4_checksum(network + IPV6_ADDRESSES_AT, 32,
						(uint32_t)(protocol + length));
	return ipv4_pseudo_sum(wire_get32(network + IPV4_SOURCE_AT), wire_get32(network + IPV4_SOURCE_AT + 4),
			       protocol, length);
}

static void write_network(const struct offload_frames *f, uint8_t *network, size_t length)
{
	size_t header = f->transport - f->network;

	if (f->ipv6) {
		wire_put16(network + IPV6_LENGTH_AT, (uint16_t)(length - IPV6_HEADER));
		return;
	}
	wire_put16(network + IPV4_LENGTH_AT, (uint16_t)length);
	wire_put16(network + IPV4_ID_AT, (uint16_t)(wire_get16(network + IPV4_ID_AT) + f->segments));
	wire_put16(network + IPV4_CHECKSUM_AT, 0);
	wire_put16(network + IPV4_CHECKSUM_AT, ipv4_checksum(network, header, 0));
}

/* FIN and PSH belong to the last segment, CWR to the first (RFC 3168 6.1.2). */
static void write_tcp(const struct offload_frames *f, uint8_t *tcp, bool last)
{
	put32(tcp + TCP_SEQUENCE_AT, wire_get32(tcp + TCP_SEQUENCE_AT) + (uint32_t)(f->at - f->payload));
	if (!last)
		tcp[TCP_FLAGS_AT] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (f->segments)
		tcp[TCP_FLAGS_AT] &= (uint8_t)~TCP_CWR;
}

ssize_t offload_next(struct offload_frames *f, uint8_t *out, size_t size)
{
	size_t rest = f->length - f->at, chunk, length;
	uint8_t *network, *transport, *field;
	uint16_t sum;

	if (f->done)
		return 0;
	if (!f->payload)
		return finish(f, out, size);
	chunk = rest < f->offload.size ? rest : f->offload.size;
	length = f->payload + chunk;
	f->done = chunk == rest;
	if (length > size) {
		f->done = true;
		return -ENOSPC;
	}
	memcpy(out, f->frame, f->payload);
	memcpy(out + f->payload, f->frame + f->at, chunk);
	network = out + f->network;
	transport = out + f->transport;
	write_network(f, network, length - f->network);
	if (f->tcp)
		write_tcp(f, transport, f->done);
	else
		wire_put16(transport + UDP_LENGTH_AT, (uint16_t)(length - f->transport));
	field = transport + (f->tcp ? TCP_CHECKSUM_AT : UDP_CHECKSUM_AT);
	wire_put16(field, 0);
	sum = ipv4_checksum(transport, length - f->transport, pseudo_sum(f, network, length - f->transport));
	wire_put16(field, sum || f->tcp ? sum : 0xffff);
	f->at += chunk;
	f->segments++;
	return (ssize_t)length;
}
