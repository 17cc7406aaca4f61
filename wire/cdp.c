#include "wire/cdp.h"

#include <errno.h>

#include "wire/cdp_tlv.h"

#define VERSION 2

const struct mac cdp_multicast = {{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc}};

static const uint8_t voip_query[] = {0x20, 0x02, 0x00, 0x01};
const struct wire_slice cdp_voip_query_value = {voip_query, sizeof(voip_query)};

bool cdp_is_frame(const struct ether_frame *frame)
{
	return frame->kind == ETHER_SNAP && frame->oui == CDP_OUI && frame->type == CDP_PROTOCOL;
}

uint16_t cdp_checksum(const uint8_t *data, size_t length, bool plain_0x80)
{
	uint64_t sum = 0;
	uint8_t last;

	for (size_t i = 0; i + 1 < length; i += 2)
		if (i != CDP_CHECKSUM_AT)
			sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (length & 1) {
		/* Not RFC 1071: the odd byte is a signed low byte, less one when negative. */
		last = data[length - 1];
		if (last < 0x80 || (last == 0x80 && plain_0x80))
			sum += last;
		else
			sum += UINT32_C(0xff00) + last - 1;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool checksum_right(const uint8_t *data, size_t length, uint16_t found)
{
	return found == cdp_checksum(data, length, false) || found == cdp_checksum(data, length, true);
}

static void note_odd(struct cdp_message *m, uint16_t type, const char *name, size_t length, size_t offset,
		     const char *what)
{
	wire_odd_add(&m->odd, &(struct wire_oddity){type, name, what, (uint32_t)length, (uint32_t)offset, 0});
}

/* A known TLV: used without the octets behind its fields, or left out. */
static void read_value(struct wire_reader value, size_t start, const struct cdp_row *row,
		       struct cdp_message *m)
{
	size_t length = wire_reader_left(&value);
	struct cdp_message before = *m;
	const char *what = NULL;

	if (length >= row->least)
		row->read(&value, (uint8_t *)m + row->member);
	if (length < row->least || !wire_reader_ok(&value)) {
		*m = before;
		what = length < row->least ? WIRE_ODD_SHORT : value.error.what;
	} else {
		m->has |= CDP_HAS(row->type);
		if (wire_reader_left(&value))
			what = WIRE_ODD_BEHIND;
	}
	if (what)
		note_odd(m, (uint16_t)row->type, row->name, length, start, what);
}

static bool all_zero(const struct wire_reader *r)
{
	for (size_t i = r->at; i < r->end; i++)
		if (r->data[i])
			return false;
	return true;
}

/* False at the end of what can be read: nothing says where a TLV begins behind a length that cannot be. */
static bool read_tlv(struct wire_reader *r, struct cdp_message *m)
{
	size_t start = wire_reader_offset(r), left = wire_reader_left(r);
	struct wire_reader header = *r, raw = *r;
	uint16_t type = wire_read_u16(&header), length = wire_read_u16(&header);
	const struct cdp_row *row = cdp_find_row(type);

	if (all_zero(r)) /* padding that the length of the frame covers */
		return false;
	if (left < CDP_TLV_HEADER || length < CDP_TLV_HEADER || length > left) {
		note_odd(m, 0, "TLV", left, start, length > left ? WIRE_ODD_BEYOND : WIRE_ODD_REST);
		return false;
	}
	wire_read_skip(r, CDP_TLV_HEADER);
	if (row) {
		read_value(wire_read_sub(r, length - CDP_TLV_HEADER), start, row, m);
		return true;
	}
	wire_read_skip(r, length - CDP_TLV_HEADER);
	if (m->raws < CDP_RAW)
		m->raw[m->raws++] = wire_read_slice(&raw, length);
	m->unknown++;
	return true;
}

int cdp_decode_any(const uint8_t *data, size_t length, struct cdp_message *message, bool *sum_wrong,
		   struct wire_error *error)
{
	struct cdp_message m = {0};
	struct wire_reader r;
	uint16_t sum;

	wire_reader_init(&r, data, length);
	m.version = wire_read_u8(&r);
	if (m.version != 1 && m.version != VERSION)
		wire_reader_fail_at(&r, 0, "CDP version is neither 1 nor 2");
	m.ttl = wire_read_u8(&r);
	sum = wire_read_u16(&r);
	while (wire_reader_left(&r) > 0 && read_tlv(&r, &m))
		;
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*sum_wrong = !checksum_right(data, length, sum);
	*message = m;
	return 0;
}

int cdp_decode(const uint8_t *data, size_t length, struct cdp_message *message, struct wire_error *error)
{
	struct cdp_message m;
	bool sum_wrong;
	int err = cdp_decode_any(data, length, &m, &sum_wrong, error);

	if (!err && sum_wrong)
		err = wire_error_set(error, CDP_CHECKSUM_AT, "CDP checksum is wrong");
	if (!err)
		*message = m;
	return err;
}

static void write_message(struct wire_writer *w, const struct cdp_message *m)
{
	size_t start = w->at, field;

	wire_write_u8(w, m->version ? m->version : VERSION);
	wire_write_u8(w, m->ttl);
	wire_write_u16(w, 0);
	for (size_t i = 0; i < CDP_ROWS; i++) {
		if (!(m->has & CDP_HAS(cdp_rows[i].type)))
			continue;
		wire_write_u16(w, (uint16_t)cdp_rows[i].type);
		field = wire_write_begin_u16(w);
		cdp_rows[i].write(w, (const uint8_t *)m + cdp_rows[i].member);
		wire_write_end_u16(w, field, CDP_TLV_HEADER);
		if (!w->error && w->at - field - 2 < cdp_rows[i].least)
			wire_writer_fail(w, -EINVAL);
	}
	for (unsigned i = 0; i < m->raws; i++)
		wire_write_slice(w, m->raw[i]);
	if (!w->error)
		wire_write_patch_u16(w, start + CDP_CHECKSUM_AT,
				     cdp_checksum(w->data + start, w->at - start, false));
}

ssize_t cdp_encode(const struct cdp_message *message, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_message(&w, message);
	return wire_writer_result(&w);
}

ssize_t cdp_frame(const struct cdp_message *message, const struct mac *source, uint8_t *data, size_t size)
{
	const struct ether_frame frame = {
	    .destination = cdp_multicast,
	    .source = *source,
	    .kind = ETHER_SNAP,
	    .oui = CDP_OUI,
	    .type = CDP_PROTOCOL,
	};
	struct wire_writer w;
	ssize_t length;

	wire_writer_init(&w, data, size);
	ether_write_begin(&w, &frame);
	write_message(&w, message);
	ether_write_end(&w, &frame);
	length = wire_writer_result(&w);
	return length < 0 ? length : ether_pad(data, (size_t)length, size);
}

int cdp_add_ipv4(struct cdp_addresses *addresses, uint32_t ipv4)
{
	if (addresses->count >= CDP_ADDRESSES)
		return -ENOSPC;
	addresses->item[addresses->count++] = (struct cdp_address){.kind = CDP_ADDRESS_IPV4, .ipv4 = ipv4};
	return 0;
}

bool cdp_first_ipv4(const struct cdp_addresses *addresses, uint32_t *ipv4)
{
	for (unsigned i = 0; i < addresses->count; i++)
		if (addresses->item[i].kind == CDP_ADDRESS_IPV4) {
			*ipv4 = addresses->item[i].ipv4;
			return true;
		}
	return false;
}

static const struct {
	const char *name, *letter;
} capabilities[CDP_CAP_NAMED] = {
    {"Router", "R"},
    {"Trans-Bridge", "T"},
    {"Source-Route-Bridge", "B"},
    {"Switch", "S"},
    {"Host", "H"},
    {"IGMP", "I"},
    {"Repeater", "r"},
    {"Phone", "P"},
    {"Remotely-Managed", "D"},
    {"CVTA", "C"},
    {"Two-port Mac Relay", "M"},
};

const char *cdp_capability_name(unsigned bit)
{
	return bit < CDP_CAP_NAMED ? capabilities[bit].name : NULL;
}

const char *cdp_capability_letter(unsigned bit)
{
	return bit < CDP_CAP_NAMED ? capabilities[bit].letter : NULL;
}
