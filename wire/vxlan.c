#include "wire/vxlan.h"

#include <string.h>

#define FLAG_VNI	0x08 /* I: the VNI is valid */
#define KEEPALIVE_V1	1
#define KEEPALIVE_UP	0x01
#define KEEPALIVE_SPARE 6

static const struct mac nearest_bridge = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e}};

static void read_header(struct wire_reader *r, uint32_t *vni)
{
	size_t at = wire_reader_offset(r);

	if (!(wire_read_u32(r) >> 24 & FLAG_VNI))
		wire_reader_fail_at(r, at, "VXLAN header without a valid VNI");
	*vni = wire_read_u32(r) >> 8;
}

static void write_header(struct wire_writer *w, uint32_t vni)
{
	wire_write_u32(w, (uint32_t)FLAG_VNI << 24);
	wire_write_u32(w, vni << 8);
}

int vxlan_decode(const uint8_t *data, size_t length, struct vxlan *vxlan, struct wire_error *error)
{
	struct vxlan v;
	struct wire_reader r;

	wire_reader_init(&r, data, length);
	read_header(&r, &v.vni);
	v.frame = wire_read_rest(&r);
	if (v.frame.length < ETHER_HEADER)
		wire_reader_fail(&r, "inner frame is shorter than its header");
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*vxlan = v;
	return 0;
}

void vxlan_header(uint8_t header[VXLAN_HEADER], uint32_t vni)
{
	struct wire_writer w;

	wire_writer_init(&w, header, VXLAN_HEADER);
	write_header(&w, vni);
}

bool trunk_keepalive_is(struct wire_slice frame)
{
	return frame.length >= ETHER_HEADER && !memcmp(frame.data, nearest_bridge.octet, 6) &&
	       wire_get16(frame.data + ETHER_ADDRESSES) == TRUNK_KEEPALIVE_TYPE;
}

static uint64_t read_u64(struct wire_reader *r)
{
	uint64_t high = wire_read_u32(r);

	return high << 32 | wire_read_u32(r);
}

static void write_u64(struct wire_writer *w, uint64_t value)
{
	wire_write_u32(w, (uint32_t)(value >> 32));
	wire_write_u32(w, (uint32_t)value);
}

int trunk_keepalive_decode(const uint8_t *data, size_t length, struct trunk_keepalive *keepalive,
			   struct wire_error *error)
{
	struct trunk_keepalive k;
	struct mac destination;
	struct wire_reader r;

	wire_reader_init(&r, data, length);
	read_header(&r, &k.vni);
	wire_read_bytes(&r, destination.octet, 6);
	wire_read_bytes(&r, k.source.octet, 6);
	if (wire_read_u16(&r) != TRUNK_KEEPALIVE_TYPE || !mac_equal(&destination, &nearest_bridge))
		wire_reader_fail_at(&r, VXLAN_HEADER, "frame is no keepalive of a trunk");
	if (wire_read_u8(&r) != KEEPALIVE_V1)
		wire_reader_fail_at(&r, VXLAN_HEADER + ETHER_HEADER, "unknown version of the keepalive");
	k.up = wire_read_u8(&r) & KEEPALIVE_UP;
	wire_read_skip(&r, KEEPALIVE_SPARE);
	k.session = read_u64(&r);
	k.sequence = wire_read_u32(&r);
	k.echo_session = read_u64(&r);
	k.echo_sequence = wire_read_u32(&r);
	k.hmac = wire_read_slice(&r, TRUNK_KEEPALIVE_HMAC).data;
	if (wire_reader_ok(&r) && wire_reader_left(&r))
		wire_reader_fail(&r, "octets behind the keepalive");
	if (!k.session)
		wire_reader_fail_at(&r, VXLAN_HEADER + ETHER_HEADER + 8, "session is 0");
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*keepalive = k;
	return 0;
}

ssize_t trunk_keepalive_encode(const struct trunk_keepalive *keepalive, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_header(&w, keepalive->vni);
	wire_write_bytes(&w, nearest_bridge.octet, 6);
	wire_write_bytes(&w, keepalive->source.octet, 6);
	wire_write_u16(&w, TRUNK_KEEPALIVE_TYPE);
	wire_write_u8(&w, KEEPALIVE_V1);
	wire_write_u8(&w, keepalive->up ? KEEPALIVE_UP : 0);
	wire_write_zeros(&w, KEEPALIVE_SPARE);
	write_u64(&w, keepalive->session);
	wire_write_u32(&w, keepalive->sequence);
	write_u64(&w, keepalive->echo_session);
	wire_write_u32(&w, keepalive->echo_sequence);
	wire_write_zeros(&w, TRUNK_KEEPALIVE_HMAC);
	return wire_writer_result(&w);
}
