#include "wire/lldp_tlv.h"

#include <errno.h>
#include <string.h>

#include "wire/field.h"

#define ORG_MAX	  (LLDP_LENGTH_MAX - LLDP_OUI_LENGTH)
#define OUI_8021  0x0080c2
#define OUI_8023  0x00120f
#define INVENTORY 32 /* longest inventory text */

/* --- extractors and their opposites; member points to the value in the message, or to the whole message --- */

static void field_read_id(struct wire_reader *r, void *member)
{
	struct lldp_id *id = member;

	id->subtype = wire_read_u8(r);
	id->id = wire_read_rest(r);
}

static void field_write_id(struct wire_writer *w, const void *member)
{
	const struct lldp_id *id = member;

	wire_write_u8(w, id->subtype);
	wire_write_slice(w, id->id);
}

static void field_read_capabilities(struct wire_reader *r, void *message)
{
	struct lldp_message *m = message;

	m->capabilities = wire_read_u16(r);
	m->enabled = wire_read_u16(r);
}

static void field_write_capabilities(struct wire_writer *w, const void *message)
{
	const struct lldp_message *m = message;

	wire_write_u16(w, m->capabilities);
	wire_write_u16(w, m->enabled);
}

static void field_read_management(struct wire_reader *r, void *member)
{
	struct lldp_management *g = member;
	uint8_t length = wire_read_u8(r); /* of family and address */

	if (length < 2 || length > 32)
		wire_reader_fail(r, "an address length that is not 2 to 32");
	g->family = wire_read_u8(r);
	g->address = wire_read_slice(r, (size_t)length - 1);
	g->interface_subtype = wire_read_u8(r);
	g->interface = wire_read_u32(r);
	g->oid = wire_read_slice(r, wire_read_u8(r));
	if (g->oid.length > 128)
		wire_reader_fail(r, "an object identifier longer than 128 octets");
}

static void field_write_management(struct wire_writer *w, const void *member)
{
	const struct lldp_management *g = member;

	if (g->address.length < 1 || g->address.length > 31 || g->oid.length > 128)
		wire_writer_fail(w, -EINVAL);
	wire_write_u8(w, (uint8_t)(g->address.length + 1));
	wire_write_u8(w, g->family);
	wire_write_slice(w, g->address);
	wire_write_u8(w, g->interface_subtype);
	wire_write_u32(w, g->interface);
	wire_write_u8(w, (uint8_t)g->oid.length);
	wire_write_slice(w, g->oid);
}

static void field_read_mac_phy(struct wire_reader *r, void *member)
{
	struct lldp_mac_phy *phy = member;

	phy->autonegotiation = wire_read_u8(r);
	phy->pmd = wire_read_u16(r);
	phy->mau = wire_read_u16(r);
}

static void field_write_mac_phy(struct wire_writer *w, const void *member)
{
	const struct lldp_mac_phy *phy = member;

	wire_write_u8(w, phy->autonegotiation);
	wire_write_u16(w, phy->pmd);
	wire_write_u16(w, phy->mau);
}

/* Three bytes; 802.3at added five; what 802.3bt added behind those is skipped. */
static void field_read_power(struct wire_reader *r, void *member)
{
	struct lldp_power *p = member;
	uint8_t bits;

	memset(p, 0, sizeof(*p));
	p->support = wire_read_u8(r);
	p->pair = wire_read_u8(r);
	p->class_code = wire_read_u8(r);
	p->has_at = wire_reader_left(r) > 0;
	if (!p->has_at)
		return;
	bits = wire_read_u8(r);
	p->type = bits >> 6;
	p->source = bits >> 4 & 3;
	p->priority = bits & 3;
	p->requested = wire_read_u16(r);
	p->allocated = wire_read_u16(r);
	wire_read_rest(r);
}

static void field_write_power(struct wire_writer *w, const void *member)
{
	const struct lldp_power *p = member;

	wire_write_u8(w, p->support);
	wire_write_u8(w, p->pair);
	wire_write_u8(w, p->class_code);
	if (!p->has_at)
		return;
	if (p->type > 3 || p->source > 3 || p->priority > 3)
		wire_writer_fail(w, -EINVAL);
	wire_write_u8(w, (uint8_t)(p->type << 6 | p->source << 4 | p->priority));
	wire_write_u16(w, p->requested);
	wire_write_u16(w, p->allocated);
}

static void field_read_med(struct wire_reader *r, void *message)
{
	struct lldp_message *m = message;

	m->med_capabilities = wire_read_u16(r);
	m->med_class = wire_read_u8(r);
}

static void field_write_med(struct wire_writer *w, const void *message)
{
	const struct lldp_message *m = message;

	wire_write_u16(w, m->med_capabilities);
	wire_write_u8(w, m->med_class);
}

/* application 8, U 1, T 1, reserved 1, VLAN 12, priority 3, DSCP 6 bits */
static void field_read_policy(struct wire_reader *r, void *message)
{
	struct lldp_message *m = message;
	uint32_t bits = wire_read_u32(r);

	if (m->policies == LLDP_POLICIES) {
		m->dropped++;
		return;
	}
	m->policy[m->policies++] = (struct lldp_policy){
	    .application = (uint8_t)(bits >> 24),
	    .unknown = bits >> 23 & 1,
	    .tagged = bits >> 22 & 1,
	    .vlan = bits >> 9 & 0xfff,
	    .priority = bits >> 6 & 7,
	    .dscp = bits & 0x3f,
	};
}

static void field_write_policy(struct wire_writer *w, const void *member)
{
	const struct lldp_policy *p = member;

	if (p->vlan > 0xfff || p->priority > 7 || p->dscp > 0x3f)
		wire_writer_fail(w, -EINVAL);
	wire_write_u32(w, (uint32_t)p->application << 24 | (uint32_t)p->unknown << 23 |
			      (uint32_t)p->tagged << 22 | (uint32_t)p->vlan << 9 |
			      (uint32_t)p->priority << 6 | p->dscp);
}

static void field_read_med_power(struct wire_reader *r, void *member)
{
	struct lldp_med_power *p = member;
	uint8_t bits = wire_read_u8(r);

	p->type = bits >> 6;
	p->source = bits >> 4 & 3;
	p->priority = bits & 0x0f;
	p->value = wire_read_u16(r);
}

static void field_write_med_power(struct wire_writer *w, const void *member)
{
	const struct lldp_med_power *p = member;

	if (p->type > 3 || p->source > 3 || p->priority > 15)
		wire_writer_fail(w, -EINVAL);
	wire_write_u8(w, (uint8_t)(p->type << 6 | p->source << 4 | p->priority));
	wire_write_u16(w, p->value);
}

/* --- the table, in the order of encoding --- */

#define AT(member) offsetof(struct lldp_message, member)
#define BASIC(type, has, name, least, greatest, member, kind)                                                \
	{                                                                                                    \
		type, 0, 0, LLDP_HAS_##has, name, least, greatest, member, field_read_##kind,                \
		    field_write_##kind                                                                       \
	}
#define ORG(oui, subtype, has, name, least, greatest, member, read, write)                                   \
	{                                                                                                    \
		LLDP_TYPE_ORGANISATION, oui, subtype, LLDP_HAS_##has, name, least, greatest, member, read,   \
		    write                                                                                    \
	}
#define TEXT(subtype, has, name, member)                                                                     \
	ORG(LLDP_OUI_MED, subtype, has, name, 0, INVENTORY, AT(member), field_read_slice, field_write_slice)

const struct lldp_row lldp_rows[LLDP_ROWS] = {
    BASIC(1, CHASSIS, "chassis id", 2, LLDP_ID_MAX + 1, AT(chassis), id),
    BASIC(2, PORT, "port id", 2, LLDP_ID_MAX + 1, AT(port), id),
    BASIC(3, TTL, "TTL", 2, 2, AT(ttl), u16),
    BASIC(4, PORT_DESCRIPTION, "port description", 0, 255, AT(port_description), slice),
    BASIC(5, SYSTEM_NAME, "system name", 0, 255, AT(system_name), slice),
    BASIC(6, SYSTEM_DESCRIPTION, "system description", 0, 255, AT(system_description), slice),
    BASIC(7, CAPABILITIES, "capabilities", 4, 4, 0, capabilities),
    BASIC(LLDP_TYPE_MANAGEMENT, MANAGEMENT, "management address", 9, 167, AT(management), management),
    ORG(OUI_8021, 1, PORT_VLAN, "port VLAN id", 2, 2, AT(port_vlan), field_read_u16, field_write_u16),
    ORG(OUI_8023, 1, MAC_PHY, "MAC/PHY", 5, 5, AT(mac_phy), field_read_mac_phy, field_write_mac_phy),
    ORG(OUI_8023, 2, POWER, "power via MDI", 3, ORG_MAX, AT(power), field_read_power, field_write_power),
    ORG(OUI_8023, 4, MAX_FRAME, "maximum frame size", 2, 2, AT(max_frame), field_read_u16, field_write_u16),
    ORG(LLDP_OUI_MED, LLDP_MED_CAPABILITIES, MED, "MED capabilities", 3, 3, 0, field_read_med,
	field_write_med),
    ORG(LLDP_OUI_MED, 2, POLICY, "MED network policy", 4, 4, 0, field_read_policy, field_write_policy),
    ORG(LLDP_OUI_MED, 4, MED_POWER, "MED extended power", 3, 3, AT(med_power), field_read_med_power,
	field_write_med_power),
    TEXT(5, HARDWARE, "MED hardware revision", hardware),
    TEXT(6, FIRMWARE, "MED firmware revision", firmware),
    TEXT(7, SOFTWARE, "MED software revision", software),
    TEXT(8, SERIAL, "MED serial number", serial),
    TEXT(9, MANUFACTURER, "MED manufacturer", manufacturer),
    TEXT(10, MODEL, "MED model", model),
    TEXT(11, ASSET, "MED asset id", asset),
};

const struct lldp_row *lldp_find_row(uint8_t type, uint32_t oui, uint8_t subtype)
{
	for (size_t i = 0; i < LLDP_ROWS; i++)
		if (lldp_rows[i].type == type && lldp_rows[i].oui == oui && lldp_rows[i].subtype == subtype)
			return &lldp_rows[i];
	return NULL;
}

const char *lldp_application_name(uint8_t application)
{
	static const char *const names[] = {
	    [LLDP_APP_VOICE] = "voice",
	    [LLDP_APP_VOICE_SIGNALLING] = "voice signalling",
	    [LLDP_APP_GUEST_VOICE] = "guest voice",
	    [LLDP_APP_GUEST_SIGNALLING] = "guest voice signalling",
	    [LLDP_APP_SOFTPHONE] = "softphone voice",
	    [LLDP_APP_VIDEO_CONFERENCE] = "video conferencing",
	    [LLDP_APP_STREAMING] = "streaming video",
	    [LLDP_APP_VIDEO_SIGNALLING] = "video signalling",
	};

	return application < sizeof(names) / sizeof(*names) ? names[application] : NULL;
}
