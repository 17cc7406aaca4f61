#include "wire/edit.h"

#include <errno.h>
#include <string.h>

#include "wire/cdp.h"
#include "wire/cdp_tlv.h"
#include "wire/lldp.h"
#include "wire/lldp_tlv.h"

#define CDP_HEADER 4 /* version, time to live, checksum */
#define MED_POLICY 2 /* subtype */

/* The TLVs of a CDP message: those of the type are left out, or (vlan >= 0) replaced by a VoIP VLAN
 * reply. */
static ssize_t cdp_edit(const uint8_t *in, size_t length, uint16_t wanted, int vlan, uint8_t *out,
			size_t size)
{
	struct wire_reader reader;
	struct wire_writer writer;
	unsigned found = 0;

	wire_reader_init(&reader, in, length);
	wire_writer_init(&writer, out, size);
	wire_write_slice(&writer, wire_read_slice(&reader, CDP_HEADER));
	while (wire_reader_left(&reader)) {
		uint16_t type = wire_read_u16(&reader), whole = wire_read_u16(&reader);
		struct wire_slice value;

		if (!wire_reader_ok(&reader) || whole < CDP_TLV_HEADER)
			return -EBADMSG;
		value = wire_read_slice(&reader, whole - CDP_TLV_HEADER);
		if (type == wanted) {
			found++;
			if (vlan < 0)
				continue;
			wire_write_u16(&writer, type);
			wire_write_u16(&writer, CDP_TLV_HEADER + 3);
			wire_write_u8(&writer, 1);
			wire_write_u16(&writer, (uint16_t)vlan);
			continue;
		}
		wire_write_u16(&writer, type);
		wire_write_u16(&writer, whole);
		wire_write_slice(&writer, value);
	}
	if (!wire_reader_ok(&reader))
		return -EBADMSG;
	if (!found)
		return -ENOENT;
	if (writer.error)
		return writer.error;
	wire_write_patch_u16(&writer, CDP_CHECKSUM_AT, 0);
	wire_write_patch_u16(&writer, CDP_CHECKSUM_AT, cdp_checksum(out, writer.at, false));
	return wire_writer_result(&writer);
}

ssize_t edit_cdp_remove(const uint8_t *in, size_t length, uint16_t type, uint8_t *out, size_t size)
{
	return cdp_edit(in, length, type, -1, out, size);
}

ssize_t edit_cdp_voice_vlan(const uint8_t *in, size_t length, uint16_t vlan, uint8_t *out, size_t size)
{
	return cdp_edit(in, length, CDP_VOIP_REPLY, vlan, out, size);
}

struct lldp_edit {
	uint8_t type, subtype;
	uint32_t oui;
	int vlan; /* -1: the TLV goes */
	bool tagged;
};

static uint32_t three_bytes(const uint8_t *data)
{
	return (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
}

static bool is_wanted(const struct lldp_edit *edit, uint8_t type, struct wire_slice value)
{
	if (type != edit->type)
		return false;
	if (type != LLDP_TYPE_ORGANISATION)
		return true;
	if (value.length < LLDP_OUI_LENGTH || three_bytes(value.data) != edit->oui ||
	    value.data[3] != edit->subtype)
		return false;
	if (edit->vlan < 0)
		return true;
	return value.length >= LLDP_OUI_LENGTH + 4 &&
	       (value.data[4] == LLDP_APP_VOICE || value.data[4] == LLDP_APP_VOICE_SIGNALLING);
}

/* TIA-1057 10.2.3.1: application, then U, T, X, 12 bits of VLAN, 3 of priority, 6 of DSCP. */
static void write_policy(struct wire_writer *writer, struct wire_slice value, const struct lldp_edit *edit)
{
	uint32_t bits = three_bytes(value.data + 5);

	bits &= ~(UINT32_C(1) << 22 | UINT32_C(0xfff) << 9);
	bits |= (uint32_t)edit->tagged << 22 | (uint32_t)(edit->vlan & 0xfff) << 9;
	wire_write_bytes(writer, value.data, 5);
	wire_write_u8(writer, (uint8_t)(bits >> 16));
	wire_write_u16(writer, (uint16_t)bits);
	wire_write_bytes(writer, value.data + 8, value.length - 8); /* what others have behind the fields */
}

static ssize_t lldp_edit(const uint8_t *in, size_t length, const struct lldp_edit *edit, uint8_t *out,
			 size_t size)
{
	struct wire_reader reader;
	struct wire_writer writer;
	unsigned found = 0;

	wire_reader_init(&reader, in, length);
	wire_writer_init(&writer, out, size);
	while (wire_reader_left(&reader)) {
		uint16_t header = wire_read_u16(&reader);
		uint8_t type = (uint8_t)(header >> 9);
		struct wire_slice value = wire_read_slice(&reader, header & LLDP_LENGTH_MAX);
		bool wanted;

		if (!wire_reader_ok(&reader))
			return -EBADMSG;
		wanted = type != LLDP_TYPE_END && is_wanted(edit, type, value);
		found += wanted;
		if (wanted && edit->vlan < 0)
			continue;
		wire_write_u16(&writer, header);
		if (wanted)
			write_policy(&writer, value, edit);
		else
			wire_write_slice(&writer, value);
		if (type == LLDP_TYPE_END)
			break;
	}
	if (!wire_reader_ok(&reader))
		return -EBADMSG;
	return found ? wire_writer_result(&writer) : -ENOENT;
}

ssize_t edit_lldp_remove(const uint8_t *in, size_t length, uint8_t type, uint32_t oui, uint8_t subtype,
			 uint8_t *out, size_t size)
{
	const struct lldp_edit edit = {.type = type, .oui = oui, .subtype = subtype, .vlan = -1};

	return lldp_edit(in, length, &edit, out, size);
}

ssize_t edit_lldp_voice_vlan(const uint8_t *in, size_t length, uint16_t vlan, bool tagged, uint8_t *out,
			     size_t size)
{
	const struct lldp_edit edit = {.type = LLDP_TYPE_ORGANISATION,
				       .oui = LLDP_OUI_MED,
				       .subtype = MED_POLICY,
				       .vlan = vlan & 0xfff,
				       .tagged = tagged};

	return lldp_edit(in, length, &edit, out, size);
}
