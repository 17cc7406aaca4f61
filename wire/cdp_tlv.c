#include "wire/cdp_tlv.h"

#include <errno.h>
#include <string.h>

#include "wire/field.h"

#define NLPID	    1 /* protocol type of an address: one byte of network layer protocol id */
#define IEEE_802_2  2 /* protocol type of an address: LLC and SNAP header */
#define NLPID_IP    0xcc
#define SNAP_LENGTH 8

static const uint8_t snap_ipv6[SNAP_LENGTH] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd};
static const uint8_t snap_0800[SNAP_LENGTH] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00};

/* --- extractors and their opposites, one pair per kind of value; member points into the message --- */

static void field_read_prefixes(struct wire_reader *r, void *member)
{
	size_t length = wire_reader_left(r);

	if (length != 4 && length % 5)
		wire_reader_fail(r, "neither a gateway nor a list of 5 byte prefixes");
	field_read_slice(r, member);
}

/* Usually two bytes of mW; newer devices send four, or a list of two-byte values of which the first is the
 * draw. */
static void field_read_consumption(struct wire_reader *r, void *member)
{
	size_t length = wire_reader_left(r);

	if (length % 2)
		wire_reader_fail(r, "an odd number of octets");
	*(uint32_t *)member = length == 4 ? wire_read_u32(r) : wire_read_u16(r);
	wire_read_rest(r);
}

static void field_write_consumption(struct wire_writer *w, const void *member)
{
	uint32_t mw = *(const uint32_t *)member;

	if (mw > UINT16_MAX)
		wire_write_u32(w, mw);
	else
		wire_write_u16(w, (uint16_t)mw);
}

static void field_read_voip_reply(struct wire_reader *r, void *member)
{
	struct cdp_voip_reply *reply = member;
	size_t length = wire_reader_left(r);

	*reply = (struct cdp_voip_reply){.has_appliance = length != 2, .has_vlan = length >= 2};
	if (reply->has_appliance)
		reply->appliance = wire_read_u8(r);
	if (reply->has_vlan)
		reply->vlan = wire_read_u16(r);
}

static void field_write_voip_reply(struct wire_writer *w, const void *member)
{
	const struct cdp_voip_reply *reply = member;

	if (!reply->has_appliance && !reply->has_vlan)
		wire_writer_fail(w, -EINVAL);
	if (reply->has_appliance)
		wire_write_u8(w, reply->appliance);
	if (reply->has_vlan)
		wire_write_u16(w, reply->vlan);
}

static void field_read_power(struct wire_reader *r, void *member)
{
	struct cdp_power *power = member;
	uint32_t level;

	memset(power, 0, sizeof(*power));
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

static void field_write_power(struct wire_writer *w, const void *member)
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

static void field_read_second_port(struct wire_reader *r, void *member)
{
	struct cdp_second_port *second = member;

	second->port = wire_read_u16(r);
	second->status = wire_read_u8(r);
}

static void field_write_second_port(struct wire_writer *w, const void *member)
{
	const struct cdp_second_port *second = member;

	wire_write_u16(w, second->port);
	wire_write_u8(w, second->status);
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
		wire_read_bytes(&value, a.ipv6, sizeof(a.ipv6));
	}
	return a;
}

static void field_read_addresses(struct wire_reader *r, void *member)
{
	struct cdp_addresses *addresses = member;
	struct cdp_address address;
	uint32_t count = wire_read_u32(r);

	memset(addresses, 0, sizeof(*addresses));
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

static void field_write_address(struct wire_writer *w, const struct cdp_address *a)
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
		wire_write_u16(w, sizeof(a->ipv6));
		wire_write_bytes(w, a->ipv6, sizeof(a->ipv6));
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

static void field_write_addresses(struct wire_writer *w, const void *member)
{
	const struct cdp_addresses *addresses = member;

	if (addresses->count > CDP_ADDRESSES) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	wire_write_u32(w, addresses->count);
	for (unsigned i = 0; i < addresses->count; i++)
		field_write_address(w, &addresses->item[i]);
}

/* --- the table: every TLV, by rising type --- */

#define ROW(type, name, least, member, kind)                                                                 \
	{                                                                                                    \
		type, name, least, offsetof(struct cdp_message, member), field_read_##kind,                  \
		    field_write_##kind                                                                       \
	}

#define field_write_prefixes field_write_slice

const struct cdp_row cdp_rows[CDP_ROWS] = {
    ROW(CDP_DEVICE_ID, "device id", 0, device_id, slice),
    ROW(CDP_ADDRESS, "addresses", 4, addresses, addresses),
    ROW(CDP_PORT_ID, "port id", 0, port_id, slice),
    ROW(CDP_CAPABILITIES, "capabilities", 4, capabilities, u32),
    ROW(CDP_VERSION, "software version", 0, software_version, slice),
    ROW(CDP_PLATFORM, "platform", 0, platform, slice),
    ROW(CDP_IP_PREFIX, "IP prefix", 0, ip_prefix, prefixes),
    ROW(CDP_PROTOCOL_HELLO, "protocol hello", 5, protocol_hello, slice),
    ROW(CDP_VTP_DOMAIN, "VTP domain", 0, vtp_domain, slice),
    ROW(CDP_NATIVE_VLAN, "native VLAN", 2, native_vlan, u16),
    ROW(CDP_DUPLEX, "duplex", 1, duplex, u8),
    ROW(CDP_VOIP_REPLY, "VoIP VLAN reply", 1, voip_reply, voip_reply),
    ROW(CDP_VOIP_QUERY, "VoIP VLAN query", 1, voip_query, slice),
    ROW(CDP_POWER_CONSUMPTION, "power consumption", 2, power_consumption, consumption),
    ROW(CDP_MTU, "MTU", 4, mtu, u32),
    ROW(CDP_TRUST, "trust bitmap", 1, trust, u8),
    ROW(CDP_COS, "CoS for untrusted ports", 1, cos, u8),
    ROW(CDP_SYSTEM_NAME, "system name", 0, system_name, slice),
    ROW(CDP_SYSTEM_OID, "system object id", 0, system_oid, slice),
    ROW(CDP_MANAGEMENT_ADDRESS, "management addresses", 4, management_addresses, addresses),
    ROW(CDP_LOCATION, "location", 1, location, slice),
    ROW(CDP_EXTERNAL_PORT, "external port id", 0, external_port, slice),
    ROW(CDP_POWER_REQUESTED, "power requested", 4, power_requested, power),
    ROW(CDP_POWER_AVAILABLE, "power available", 4, power_available, power),
    ROW(CDP_UNIDIRECTIONAL, "unidirectional", 1, unidirectional, u8),
    ROW(CDP_SECOND_PORT_STATUS, "second port status", 3, second_port, second_port),
    ROW(CDP_ENERGYWISE, "EnergyWise", 0, energywise, slice),
    ROW(CDP_SPARE_PAIR_POE, "spare pair PoE", 1, spare_pair, u8),
};

const struct cdp_row *cdp_find_row(uint16_t type)
{
	for (size_t i = 0; i < CDP_ROWS; i++)
		if (cdp_rows[i].type == type)
			return &cdp_rows[i];
	return NULL;
}
