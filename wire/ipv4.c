#include "wire/ipv4.h"

#include <errno.h>
#include <stdio.h>

#define VERSION	       4
#define OPTIONS_MAX    40
#define DONT_FRAGMENT  0x4000
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK    0x1fff
#define TTL_DEFAULT    64

uint16_t ipv4_checksum(const uint8_t *data, size_t length, uint32_t sum)
{
	uint64_t total = sum;

	for (size_t i = 0; i + 1 < length; i += 2)
		total += (uint32_t)data[i] << 8 | data[i + 1];
	if (length & 1)
		total += (uint32_t)data[length - 1] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

uint32_t ipv4_pseudo_sum(uint32_t source, uint32_t destination, uint8_t protocol, size_t length)
{
	return (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) + protocol +
	       (uint32_t)length;
}

int ipv4_decode_any(const uint8_t *data, size_t length, struct ipv4_packet *packet, bool *sum_wrong,
		    struct wire_error *error)
{
	struct ipv4_packet p = {0};
	struct wire_reader r;
	size_t header, total;
	uint16_t fragment;
	uint8_t first;

	wire_reader_init(&r, data, length);
	first = wire_read_u8(&r);
	header = (size_t)(first & 0x0f) * 4;
	if (first >> 4 != VERSION)
		wire_reader_fail_at(&r, 0, "IP version is not 4");
	if (header < IPV4_HEADER)
		wire_reader_fail_at(&r, 0, "IPv4 header length under 20");
	p.tos = wire_read_u8(&r);
	total = wire_read_u16(&r);
	if (total > length)
		wire_reader_fail_at(&r, 2, "IPv4 total length beyond the frame");
	if (total < header)
		wire_reader_fail_at(&r, 2, "IPv4 total length under the header length");
	p.id = wire_read_u16(&r);
	fragment = wire_read_u16(&r);
	p.dont_fragment = fragment & DONT_FRAGMENT;
	p.more_fragments = fragment & MORE_FRAGMENTS;
	p.fragment_offset = (uint16_t)((fragment & OFFSET_MASK) * 8);
	p.ttl = wire_read_u8(&r);
	p.protocol = wire_read_u8(&r);
	wire_read_u16(&r);
	p.source = wire_read_u32(&r);
	p.destination = wire_read_u32(&r);
	p.options = wire_read_slice(&r, header - IPV4_HEADER);
	p.payload = wire_read_slice(&r, total - header);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*sum_wrong = ipv4_checksum(data, header, 0) != 0;
	*packet = p;
	return 0;
}

int ipv4_decode(const uint8_t *data, size_t length, struct ipv4_packet *packet, struct wire_error *error)
{
	struct ipv4_packet p;
	bool sum_wrong;
	int err = ipv4_decode_any(data, length, &p, &sum_wrong, error);

	if (!err && sum_wrong)
		err = wire_error_set(error, IPV4_CHECKSUM_AT, "IPv4 header checksum is wrong");
	if (!err)
		*packet = p;
	return err;
}

/* Everything in front of the payload, whose length is given. */
static void write_header(struct wire_writer *w, const struct ipv4_packet *p, size_t payload)
{
	size_t options = (p->options.length + 3) & ~(size_t)3;
	size_t start = w->at, total = IPV4_HEADER + options + payload;

	if (options > OPTIONS_MAX || payload > UINT16_MAX || total > UINT16_MAX || p->fragment_offset % 8)
		wire_writer_fail(w, -EINVAL);
	wire_write_u8(w, (uint8_t)(VERSION << 4 | (IPV4_HEADER + options) / 4));
	wire_write_u8(w, p->tos);
	wire_write_u16(w, (uint16_t)total);
	wire_write_u16(w, p->id);
	wire_write_u16(w, (uint16_t)((p->dont_fragment ? DONT_FRAGMENT : 0) |
				     (p->more_fragments ? MORE_FRAGMENTS : 0) | p->fragment_offset / 8));
	wire_write_u8(w, p->ttl);
	wire_write_u8(w, p->protocol);
	wire_write_u16(w, 0);
	wire_write_u32(w, p->source);
	wire_write_u32(w, p->destination);
	wire_write_slice(w, p->options);
	wire_write_zeros(w, options - p->options.length);
	if (!w->error)
		wire_write_patch_u16(w, start + IPV4_CHECKSUM_AT,
				     ipv4_checksum(w->data + start, w->at - start, 0));
}

ssize_t ipv4_encode(const struct ipv4_packet *packet, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_header(&w, packet, packet->payload.length);
	wire_write_slice(&w, packet->payload);
	return wire_writer_result(&w);
}

bool ipv4_is_fragment(const struct ipv4_packet *packet)
{
	return packet->more_fragments || packet->fragment_offset > 0;
}

int udp_decode_any(const struct ipv4_packet *packet, struct udp_datagram *datagram, bool *sum_wrong,
		   struct wire_error *error)
{
	struct udp_datagram d;
	struct wire_reader r;
	size_t length;
	uint32_t sum;

	wire_reader_init(&r, packet->payload.data, packet->payload.length);
	d.source_port = wire_read_u16(&r);
	d.destination_port = wire_read_u16(&r);
	length = wire_read_u16(&r);
	d.no_checksum = wire_read_u16(&r) == 0;
	if (length < UDP_HEADER)
		wire_reader_fail_at(&r, 4, "UDP length under 8");
	if (length > packet->payload.length)
		wire_reader_fail_at(&r, 4, "UDP length beyond the packet");
	d.payload = wire_read_slice(&r, length - UDP_HEADER);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	sum = ipv4_pseudo_sum(packet->source, packet->destination, IP_UDP, length);
	*sum_wrong = !d.no_checksum && ipv4_checksum(packet->payload.data, length, sum) != 0;
	*datagram = d;
	return 0;
}

int udp_decode(const struct ipv4_packet *packet, struct udp_datagram *datagram, struct wire_error *error)
{
	struct udp_datagram d;
	bool sum_wrong;
	int err = udp_decode_any(packet, &d, &sum_wrong, error);

	if (!err && sum_wrong)
		err = wire_error_set(error, UDP_CHECKSUM_AT, "UDP checksum is wrong");
	if (!err)
		*datagram = d;
	return err;
}

static void write_udp(struct wire_writer *w, const struct udp_datagram *d, uint32_t source,
		      uint32_t destination)
{
	size_t start = w->at, length = UDP_HEADER + d->payload.length;
	uint16_t sum;

	if (d->payload.length > UINT16_MAX - UDP_HEADER)
		wire_writer_fail(w, -EINVAL);
	wire_write_u16(w, d->source_port);
	wire_write_u16(w, d->destination_port);
	wire_write_u16(w, (uint16_t)length);
	wire_write_u16(w, 0);
	wire_write_slice(w, d->payload);
	if (w->error || d->no_checksum)
		return;
	sum = ipv4_checksum(w->data + start, length, ipv4_pseudo_sum(source, destination, IP_UDP, length));
	wire_write_patch_u16(w, start + UDP_CHECKSUM_AT, sum ? sum : 0xffff); /* 0 would say: no checksum */
}

ssize_t udp_encode(const struct udp_datagram *datagram, uint32_t source, uint32_t destination, uint8_t *data,
		   size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_udp(&w, datagram, source, destination);
	return wire_writer_result(&w);
}

int tcp_decode_any(const struct ipv4_packet *packet, struct tcp_segment *segment, bool *sum_wrong,
		   struct wire_error *error)
{
	const struct wire_slice in = packet->payload;
	struct tcp_segment s;
	struct wire_reader r;
	size_t header;

	wire_reader_init(&r, in.data, in.length);
	s.source_port = wire_read_u16(&r);
	s.destination_port = wire_read_u16(&r);
	s.sequence = wire_read_u32(&r);
	s.acknowledgement = wire_read_u32(&r);
	header = (size_t)(wire_read_u8(&r) >> 4) * 4;
	s.flags = wire_read_u8(&r);
	s.window = wire_read_u16(&r);
	wire_read_skip(&r, 4); /* checksum, urgent pointer */
	if (wire_reader_ok(&r) && (header < 20 || header > in.length))
		wire_reader_fail_at(&r, 12, "TCP header length is wrong");
	wire_read_skip(&r, header - 20);
	s.payload = wire_read_rest(&r);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*sum_wrong =
	    ipv4_checksum(in.data, in.length,
			  ipv4_pseudo_sum(packet->source, packet->destination, IP_TCP, in.length)) != 0;
	*segment = s;
	return 0;
}

int tcp_decode(const struct ipv4_packet *packet, struct tcp_segment *segment, struct wire_error *error)
{
	struct tcp_segment s;
	bool sum_wrong;
	int err = tcp_decode_any(packet, &s, &sum_wrong, error);

	if (!err && sum_wrong)
		err = wire_error_set(error, TCP_CHECKSUM_AT, "TCP checksum is wrong");
	if (!err)
		*segment = s;
	return err;
}

ssize_t udp_frame_encode(const struct udp_frame *frame, uint8_t *data, size_t size)
{
	const struct ether_frame ether = {
	    .destination = frame->destination_mac,
	    .source = frame->source_mac,
	    .tags = frame->tagged ? 1 : 0,
	    .tag = {{ETHER_VLAN, frame->tci}},
	    .kind = ETHER_II,
	    .type = ETHER_IPV4,
	};
	const struct ipv4_packet ip = {
	    .tos = frame->tos,
	    .id = frame->id,
	    .dont_fragment = true,
	    .ttl = frame->ttl ? frame->ttl : TTL_DEFAULT,
	    .protocol = IP_UDP,
	    .source = frame->source,
	    .destination = frame->destination,
	};
	const struct udp_datagram udp = {frame->source_port, frame->destination_port, false, frame->payload};
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	ether_write_begin(&w, &ether);
	write_header(&w, &ip, UDP_HEADER + frame->payload.length);
	write_udp(&w, &udp, frame->source, frame->destination);
	return wire_writer_result(&w);
}

/* Move an error that counts from an inner layer to count from the frame. */
static int shift_error(struct wire_error *error, const uint8_t *frame, const uint8_t *layer)
{
	if (error)
		error->offset += (size_t)(layer - frame);
	return -EBADMSG;
}

int udp_frame_decode(const uint8_t *data, size_t length, struct udp_frame *frame, struct wire_error *error)
{
	struct ether_frame ether;
	struct ipv4_packet ip;
	struct udp_datagram udp;
	int err = ether_decode(data, length, &ether, error);

	if (err < 0)
		return err;
	if (ether.kind != ETHER_II || ether.type != ETHER_IPV4)
		return -ENOMSG;
	if (ipv4_decode(ether.payload.data, ether.payload.length, &ip, error) < 0)
		return shift_error(error, data, ether.payload.data);
	if (ip.protocol != IP_UDP || ipv4_is_fragment(&ip))
		return -ENOMSG;
	if (udp_decode(&ip, &udp, error) < 0)
		return shift_error(error, data, ip.payload.data);
	*frame = (struct udp_frame){
	    .destination_mac = ether.destination,
	    .source_mac = ether.source,
	    .tagged = ether.tags > 0,
	    .tci = ether.tag[0].tci,
	    .tos = ip.tos,
	    .ttl = ip.ttl,
	    .id = ip.id,
	    .source = ip.source,
	    .destination = ip.destination,
	    .source_port = udp.source_port,
	    .destination_port = udp.destination_port,
	    .payload = udp.payload,
	};
	return 0;
}

int ipv4_mask_length(uint32_t mask)
{
	int length = mask ? __builtin_clz(~mask | 1) : 0;

	if (mask == UINT32_MAX)
		return 32;
	return mask == ipv4_mask((unsigned)length) ? length : -EINVAL;
}

uint32_t ipv4_mask(unsigned length)
{
	return length == 0 ? 0 : UINT32_MAX << (32 - length);
}
