#include "wire/cdp.h"

#include <errno.h>
#include <string.h>

#define HEADER	    4 /* version, time to live, checksum */
#define TLV_HEADER  4 /* type, length */
#define CHECKSUM_AT 2
#define VERSION	    2
#define TEXT_MAX    (UINT16_MAX - TLV_HEADER)
#define NLPID	    1 /* protocol type of an address: one byte of network layer protocol id */
#define IEEE_802_2  2 /* protocol type of an address: LLC and SNAP header */
#define NLPID_IP    0xcc
#define SNAP_LENGTH 8

const struct mac cdp_multicast = {{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc}};

static const uint8_t voip_query[] = {0x20, 0x02, 0x00, 0x01};
const struct wire_slice cdp_voip_query_value = {voip_query, sizeof voip_query};

static const uint8_t snap_ipv6[SNAP_LENGTH] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd};
static const uint8_t snap_0800[SNAP_LENGTH] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00};

/* ---- extractors and their opposites, one pair per kind of value; member points into the message ---- */

static void read_slice(struct wire_reader *r, void *member)
{
	*(struct wire_slice *)member = wire_read_rest(r);
}

static void write_slice(struct wire_writer *w, const void *member)
{
	wire_write_slice(w, *(const struct wire_slice *)member);
}

static void read_u8(struct wire_reader *r, void *member)
{
	*(uint8_t *)member = wire_read_u8(r);
}

static void write_u8(struct wire_writer *w, const void *member)
{
	wire_write_u8(w, *(const uint8_t *)member);
}

static void read_u16(struct wire_reader *r, void *member)
{
	*(uint16_t *)member = wire_read_u16(r);
}

static void write_u16(struct wire_writer *w, const void *member)
{
	wire_write_u16(w, *(const uint16_t *)member);
}

static void read_u32(struct wire_reader *r, void *member)
{
	*(uint32_t *)member = wire_read_u32(r);
}

static void write_u32(struct wire_writer *w, const void *member)
{
	wire_write_u32(w, *(const uint32_t *)member);
}

static void read_prefixes(struct wire_reader *r, void *member)
{
	size_t length = wire_reader_left(r);

	if (length != 4 && length % 5)
		wire_reader_fail(r, "CDP IP prefix is neither a gateway nor a list of 5 byte prefixes");
	read_slice(r, member);
}

/* Usually two bytes of mW; newer devices send four, or a list of two-byte values of which the first is the
 * draw. */
static void read_consumption(struct wire_reader *r, void *member)
{
	size_t length = wire_reader_left(r);

	if (length % 2)
		wire_reader_fail(r, "CDP power consumption has an odd length");
	*(uint32_t *)member = length == 4 ? wire_read_u32(r) : wire_read_u16(r);
	wire_read_rest(r);
}

static void write_consumption(struct wire_writer *w, const void *member)
{
	uint32_t mw = *(const uint32_t *)member;

	if (mw > UINT16_MAX)
		wire_write_u32(w, mw);
	else
		wire_write_u16(w, (uint16_t)mw);
}

static void read_voip_reply(struct wire_reader *r, void *member)
{
	struct cdp_voip_reply *reply = member;
	size_t length = wire_reader_left(r);

	*reply = (struct cdp_voip_reply){.has_appliance = length != 2, .has_vlan = length >= 2};
	if (reply->has_appliance)
		reply->appliance = wire_read_u8(r);
	if (reply->has_vlan)
		reply->vlan = wire_read_u16(r);
}

static void write_voip_reply(struct wire_writer *w, const void *member)
{
	const struct cdp_voip_reply *reply = member;

	if (!reply->has_appliance && !reply->has_vlan)
		wire_writer_fail(w, -EINVAL);
	if (reply->has_appliance)
		wire_write_u8(w, reply->appliance);
	if (reply->has_vlan)
		wire_write_u16(w, reply->vlan);
}

static void read_power(struct wire_reader *r, void *member)
{
	struct cdp_power *power = member;
	uint32_t level;

	memset(power, 0, sizeof *power);
	power->request_id = wire_read_u16(r);
	power->management_id = wire_read_u16(r);
	while (wire_reader_left(r) > 0) {
		level = wire_read_u32(r);
		if (power->count < CDP_LEVELS)
			power->level[power->count++] = level;
		else
			power->dropped++;
	}
}

static void write_power(struct wire_writer *w, const void *member)
{
	const struct cdp_power *power = member;

	if (power->count > CDP_LEVELS) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	wire_write_u16(w, power->request_id);
	wire_write_u16(w, power->management_id);
	for (unsigned i = 0; i < power->count; i++)
		wire_write_u32(w, power->level[i]);
}

static struct cdp_address read_address(struct wire_reader *r)
{
	struct cdp_address a = {.kind = CDP_ADDRESS_OTHER};
	struct wire_reader value;

	a.protocol_type = wire_read_u8(r);
	a.protocol = wire_read_slice(r, wire_read_u8(r));
	a.address = wire_read_slice(r, wire_read_u16(r));
	if (!wire_reader_ok(r))
		return a;
	wire_reader_init(&value, a.address.data, a.address.length);
	if (a.protocol_type == NLPID && a.protocol.length == 1 && a.protocol.data[0] == NLPID_IP &&
	    a.address.length == 4)
		return (struct cdp_address){.kind = CDP_ADDRESS_IPV4, .ipv4 = wire_read_u32(&value)};
	if (a.protocol_type == IEEE_802_2 && a.protocol.length == SNAP_LENGTH && a.address.length == 16 &&
	    (!memcmp(a.protocol.data, snap_ipv6, SNAP_LENGTH) ||
	     !memcmp(a.protocol.data, snap_0800, SNAP_LENGTH))) {
		a = (struct cdp_address){.kind = CDP_ADDRESS_IPV6};
		wire_read_bytes(&value, a.ipv6, sizeof a.ipv6);
	}
	return a;
}

static void read_addresses(struct wire_reader *r, void *member)
{
	struct cdp_addresses *addresses = member;
	struct cdp_address address;
	uint32_t count = wire_read_u32(r);

	memset(addresses, 0, sizeof *addresses);
	for (uint32_t i = 0; i < count && wire_reader_ok(r); i++) {
		address = read_address(r);
		if (!wire_reader_ok(r))
			break;
		if (addresses->count < CDP_ADDRESSES)
			addresses->item[addresses->count++] = address;
		else
			addresses->dropped++;
	}
}

static void write_address(struct wire_writer *w, const struct cdp_address *a)
{
	switch (a->kind) {
	case CDP_ADDRESS_IPV4:
		wire_write_u8(w, NLPID);
		wire_write_u8(w, 1);
		wire_write_u8(w, NLPID_IP);
		wire_write_u16(w, 4);
		wire_write_u32(w, a->ipv4);
		return;
	case CDP_ADDRESS_IPV6:
		wire_write_u8(w, IEEE_802_2);
		wire_write_u8(w, SNAP_LENGTH);
		wire_write_bytes(w, snap_ipv6, SNAP_LENGTH);
		wire_write_u16(w, sizeof a->ipv6);
		wire_write_bytes(w, a->ipv6, sizeof a->ipv6);
		return;
	case CDP_ADDRESS_OTHER:
		if (a->protocol.length > UINT8_MAX || a->address.length > UINT16_MAX)
			wire_writer_fail(w, -EINVAL);
		wire_write_u8(w, a->protocol_type);
		wire_write_u8(w, (uint8_t)a->protocol.length);
		wire_write_slice(w, a->protocol);
		wire_write_u16(w, (uint16_t)a->address.length);
		wire_write_slice(w, a->address);
		return;
	}
}

static void write_addresses(struct wire_writer *w, const void *member)
{
	const struct cdp_addresses *addresses = member;

	if (addresses->count > CDP_ADDRESSES) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	wire_write_u32(w, addresses->count);
	for (unsigned i = 0; i < addresses->count; i++)
		write_address(w, &addresses->item[i]);
}

/* ---- the table: every TLV, by rising type ---- */

struct row {
	enum cdp_tlv type;
	const char *name;
	uint16_t least, greatest; /* of the value */
	uint16_t member;	  /* offset in the message */
	void (*read)(struct wire_reader *value, void *member);
	void (*write)(struct wire_writer *w, const void *member);
};

#define ROW(type, name, least, greatest, member, kind)                                                       \
	{                                                                                                    \
		type, name, least, greatest, offsetof(struct cdp_message, member), read_##kind, write_##kind \
	}

#define write_prefixes write_slice

static const struct row rows[] = {
    ROW(CDP_DEVICE_ID, "device id", 0, TEXT_MAX, device_id, slice),
    ROW(CDP_ADDRESS, "addresses", 4, TEXT_MAX, addresses, addresses),
    ROW(CDP_PORT_ID, "port id", 0, TEXT_MAX, port_id, slice),
    ROW(CDP_CAPABILITIES, "capabilities", 4, 4, capabilities, u32),
    ROW(CDP_VERSION, "software version", 0, TEXT_MAX, software_version, slice),
    ROW(CDP_PLATFORM, "platform", 0, TEXT_MAX, platform, slice),
    ROW(CDP_IP_PREFIX, "IP prefix", 0, TEXT_MAX, ip_prefix, prefixes),
    ROW(CDP_PROTOCOL_HELLO, "protocol hello", 5, TEXT_MAX, protocol_hello, slice),
    ROW(CDP_VTP_DOMAIN, "VTP domain", 0, TEXT_MAX, vtp_domain, slice),
    ROW(CDP_NATIVE_VLAN, "native VLAN", 2, 2, native_vlan, u16),
    ROW(CDP_DUPLEX, "duplex", 1, 1, duplex, u8),
    ROW(CDP_VOIP_REPLY, "VoIP VLAN reply", 1, 3, voip_reply, voip_reply),
    ROW(CDP_VOIP_QUERY, "VoIP VLAN query", 1, TEXT_MAX, voip_query, slice),
    ROW(CDP_POWER_CONSUMPTION, "power consumption", 2, TEXT_MAX, power_consumption, consumption),
    ROW(CDP_MTU, "MTU", 4, 4, mtu, u32),
    ROW(CDP_TRUST, "trust bitmap", 1, 1, trust, u8),
    ROW(CDP_COS, "CoS for untrusted ports", 1, 1, cos, u8),
    ROW(CDP_SYSTEM_NAME, "system name", 0, TEXT_MAX, system_name, slice),
    ROW(CDP_SYSTEM_OID, "system object id", 0, TEXT_MAX, system_oid, slice),
    ROW(CDP_MANAGEMENT_ADDRESS, "management addresses", 4, TEXT_MAX, management_addresses, addresses),
    ROW(CDP_LOCATION, "location", 1, TEXT_MAX, location, slice),
    ROW(CDP_EXTERNAL_PORT, "external port id", 0, TEXT_MAX, external_port, slice),
    ROW(CDP_POWER_REQUESTED, "power requested", 4, TEXT_MAX, power_requested, power),
    ROW(CDP_POWER_AVAILABLE, "power available", 4, TEXT_MAX, power_available, power),
    ROW(CDP_UNIDIRECTIONAL, "unidirectional", 1, 1, unidirectional, u8),
    ROW(CDP_SECOND_PORT_STATUS, "second port status", 1, 1, second_port_status, u8),
    ROW(CDP_ENERGYWISE, "EnergyWise", 0, TEXT_MAX, energywise, slice),
    ROW(CDP_SPARE_PAIR_POE, "spare pair PoE", 1, 1, spare_pair, u8),
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct row *find_row(uint16_t type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

const char *cdp_tlv_name(uint16_t type)
{
	const struct row *row = find_row(type);

	return row ? row->name : NULL;
}

bool cdp_is_frame(const struct ether_frame *frame)
{
	return frame->kind == ETHER_SNAP && frame->oui == CDP_OUI && frame->type == CDP_PROTOCOL;
}

uint16_t cdp_checksum(const uint8_t *data, size_t length, bool plain_0x80)
{
	uint64_t sum = 0;
	uint8_t last;

	for (size_t i = 0; i + 1 < length; i += 2)
		if (i != CHECKSUM_AT)
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

static void read_tlv(struct wire_reader *r, struct cdp_message *m)
{
	size_t start = wire_reader_offset(r);
	uint16_t type = wire_read_u16(r);
	uint16_t length = wire_read_u16(r);
	const struct row *row = find_row(type);
	struct wire_reader value;

	if (!wire_reader_ok(r))
		return;
	if (length < TLV_HEADER) {
		wire_reader_fail_at(r, start + 2, "CDP TLV length under 4");
		return;
	}
	length -= TLV_HEADER;
	if (length > wire_reader_left(r)) {
		wire_reader_fail_at(r, start + 2, "CDP TLV length beyond the message");
		return;
	}
	value = wire_read_sub(r, length);
	if (!row) {
		m->unknown++;
		return;
	}
	if (length < row->least || length > row->greatest) {
		wire_reader_fail_at(r, start + 2, "CDP TLV length is not one that its type can have");
		return;
	}
	row->read(&value, (uint8_t *)m + row->member);
	if (wire_reader_ok(&value) && wire_reader_left(&value) > 0)
		wire_reader_fail(&value, "bytes behind the value of a CDP TLV");
	wire_reader_join(r, &value);
	m->has |= CDP_HAS(type);
}

int cdp_decode(const uint8_t *data, size_t length, struct cdp_message *message, struct wire_error *error)
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
	if (wire_reader_ok(&r) && !checksum_right(data, length, sum))
		wire_reader_fail_at(&r, CHECKSUM_AT, "CDP checksum is wrong");
	while (wire_reader_left(&r) > 0)
		read_tlv(&r, &m);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*message = m;
	return 0;
}

static void write_message(struct wire_writer *w, const struct cdp_message *m)
{
	size_t start = w->at, field;

	wire_write_u8(w, m->version ? m->version : VERSION);
	wire_write_u8(w, m->ttl);
	wire_write_u16(w, 0);
	for (size_t i = 0; i < ROWS; i++) {
		if (!(m->has & CDP_HAS(rows[i].type)))
			continue;
		wire_write_u16(w, (uint16_t)rows[i].type);
		field = wire_write_begin_u16(w);
		rows[i].write(w, (const uint8_t *)m + rows[i].member);
		wire_write_end_u16(w, field, TLV_HEADER);
		if (!w->error && w->at - field - 2 < rows[i].least)
			wire_writer_fail(w, -EINVAL);
	}
	if (!w->error)
		wire_write_patch_u16(w, start + CHECKSUM_AT,
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
