#include "wire/lldp.h"

#include <errno.h>
#include <string.h>

#define LENGTH_BITS  9
#define LENGTH_MAX   511
#define ORGANISATION 127 /* TLV type */
#define OUI_LENGTH   4	 /* OUI and subtype */
#define ORG_MAX	     (LENGTH_MAX - OUI_LENGTH)
#define MANDATORY    3 /* types 1, 2, 3: chassis, port, TTL, in that order */
#define TYPE_END     0
#define TYPE_MGMT    8
#define OUI_8021     0x0080c2
#define OUI_8023     0x00120f
#define OUI_MED	     0x0012bb
#define MED_CAPS     1 /* subtype */
#define FAMILY_IPV4  1
#define INVENTORY    32

const struct mac lldp_multicast = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e}};

/* ---- extractors and their opposites; member points to the value in the message, or to the whole message
 * ---- */

static void read_slice(struct wire_reader *r, void *member)
{
	*(struct wire_slice *)member = wire_read_rest(r);
}

static void write_slice(struct wire_writer *w, const void *member)
{
	wire_write_slice(w, *(const struct wire_slice *)member);
}

static void read_u16(struct wire_reader *r, void *member)
{
	*(uint16_t *)member = wire_read_u16(r);
}

static void write_u16(struct wire_writer *w, const void *member)
{
	wire_write_u16(w, *(const uint16_t *)member);
}

static void read_id(struct wire_reader *r, void *member)
{
	struct lldp_id *id = member;

	id->subtype = wire_read_u8(r);
	id->id = wire_read_rest(r);
}

static void write_id(struct wire_writer *w, const void *member)
{
	const struct lldp_id *id = member;

	wire_write_u8(w, id->subtype);
	wire_write_slice(w, id->id);
}

static void read_capabilities(struct wire_reader *r, void *message)
{
	struct lldp_message *m = message;

	m->capabilities = wire_read_u16(r);
	m->enabled = wire_read_u16(r);
}

static void write_capabilities(struct wire_writer *w, const void *message)
{
	const struct lldp_message *m = message;

	wire_write_u16(w, m->capabilities);
	wire_write_u16(w, m->enabled);
}

static void read_management(struct wire_reader *r, void *member)
{
	struct lldp_management *g = member;
	uint8_t length = wire_read_u8(r); /* of family and address */

	if (length < 2 || length > 32)
		wire_reader_fail(r, "LLDP management address length is not 2 to 32");
	g->family = wire_read_u8(r);
	g->address = wire_read_slice(r, (size_t)length - 1);
	g->interface_subtype = wire_read_u8(r);
	g->interface = wire_read_u32(r);
	g->oid = wire_read_slice(r, wire_read_u8(r));
}

static void write_management(struct wire_writer *w, const void *member)
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

static void read_mac_phy(struct wire_reader *r, void *member)
{
	struct lldp_mac_phy *phy = member;

	phy->autonegotiation = wire_read_u8(r);
	phy->pmd = wire_read_u16(r);
	phy->mau = wire_read_u16(r);
}

static void write_mac_phy(struct wire_writer *w, const void *member)
{
	const struct lldp_mac_phy *phy = member;

	wire_write_u8(w, phy->autonegotiation);
	wire_write_u16(w, phy->pmd);
	wire_write_u16(w, phy->mau);
}

/* Three bytes; 802.3at added five; what 802.3bt added behind those is skipped. */
static void read_power(struct wire_reader *r, void *member)
{
	struct lldp_power *p = member;
	uint8_t bits;

	memset(p, 0, sizeof *p);
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

static void write_power(struct wire_writer *w, const void *member)
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

static void read_med(struct wire_reader *r, void *message)
{
	struct lldp_message *m = message;

	m->med_capabilities = wire_read_u16(r);
	m->med_class = wire_read_u8(r);
}

static void write_med(struct wire_writer *w, const void *message)
{
	const struct lldp_message *m = message;

	wire_write_u16(w, m->med_capabilities);
	wire_write_u8(w, m->med_class);
}

/* application 8, U 1, T 1, reserved 1, VLAN 12, priority 3, DSCP 6 bits */
static void read_policy(struct wire_reader *r, void *message)
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

static void write_policy(struct wire_writer *w, const struct lldp_policy *p)
{
	if (p->vlan > 0xfff || p->priority > 7 || p->dscp > 0x3f)
		wire_writer_fail(w, -EINVAL);
	wire_write_u32(w, (uint32_t)p->application << 24 | (uint32_t)p->unknown << 23 |
			      (uint32_t)p->tagged << 22 | (uint32_t)p->vlan << 9 |
			      (uint32_t)p->priority << 6 | p->dscp);
}

static void read_med_power(struct wire_reader *r, void *member)
{
	struct lldp_med_power *p = member;
	uint8_t bits = wire_read_u8(r);

	p->type = bits >> 6;
	p->source = bits >> 4 & 3;
	p->priority = bits & 0x0f;
	p->value = wire_read_u16(r);
}

static void write_med_power(struct wire_writer *w, const void *member)
{
	const struct lldp_med_power *p = member;

	if (p->type > 3 || p->source > 3 || p->priority > 15)
		wire_writer_fail(w, -EINVAL);
	wire_write_u8(w, (uint8_t)(p->type << 6 | p->source << 4 | p->priority));
	wire_write_u16(w, p->value);
}

/* ---- the table, in the order of encoding ---- */

struct row {
	uint8_t type;
	uint32_t oui; /* of type 127 */
	uint8_t subtype;
	enum lldp_has has;
	const char *name;
	uint16_t least, greatest; /* of the value, OUI and subtype left out */
	uint16_t member;	  /* offset in the message; 0, where no value is, for the whole message */
	void (*read)(struct wire_reader *value, void *member);
	void (*write)(struct wire_writer *w, const void *member); /* NULL: policies, which repeat */
};

#define AT(member) offsetof(struct lldp_message, member)
#define BASIC(type, has, name, least, greatest, member, kind)                                                \
	{                                                                                                    \
		type, 0, 0, LLDP_HAS_##has, name, least, greatest, member, read_##kind, write_##kind         \
	}
#define ORG(oui, subtype, has, name, least, greatest, member, read, write)                                   \
	{                                                                                                    \
		ORGANISATION, oui, subtype, LLDP_HAS_##has, name, least, greatest, member, read, write       \
	}
#define TEXT(subtype, has, name, member)                                                                     \
	ORG(OUI_MED, subtype, has, name, 0, INVENTORY, AT(member), read_slice, write_slice)

static const struct row rows[] = {
    BASIC(1, CHASSIS, "chassis id", 2, LLDP_ID_MAX + 1, AT(chassis), id),
    BASIC(2, PORT, "port id", 2, LLDP_ID_MAX + 1, AT(port), id),
    BASIC(3, TTL, "TTL", 2, 2, AT(ttl), u16),
    BASIC(4, PORT_DESCRIPTION, "port description", 0, 255, AT(port_description), slice),
    BASIC(5, SYSTEM_NAME, "system name", 0, 255, AT(system_name), slice),
    BASIC(6, SYSTEM_DESCRIPTION, "system description", 0, 255, AT(system_description), slice),
    BASIC(7, CAPABILITIES, "capabilities", 4, 4, 0, capabilities),
    BASIC(TYPE_MGMT, MANAGEMENT, "management address", 9, 167, AT(management), management),
    ORG(OUI_8021, 1, PORT_VLAN, "port VLAN id", 2, 2, AT(port_vlan), read_u16, write_u16),
    ORG(OUI_8023, 1, MAC_PHY, "MAC/PHY", 5, 5, AT(mac_phy), read_mac_phy, write_mac_phy),
    ORG(OUI_8023, 2, POWER, "power via MDI", 3, ORG_MAX, AT(power), read_power, write_power),
    ORG(OUI_8023, 4, MAX_FRAME, "maximum frame size", 2, 2, AT(max_frame), read_u16, write_u16),
    ORG(OUI_MED, MED_CAPS, MED, "MED capabilities", 3, 3, 0, read_med, write_med),
    ORG(OUI_MED, 2, POLICY, "MED network policy", 4, 4, 0, read_policy, NULL),
    ORG(OUI_MED, 4, MED_POWER, "MED extended power", 3, 3, AT(med_power), read_med_power, write_med_power),
    TEXT(5, HARDWARE, "MED hardware revision", hardware),
    TEXT(6, FIRMWARE, "MED firmware revision", firmware),
    TEXT(7, SOFTWARE, "MED software revision", software),
    TEXT(8, SERIAL, "MED serial number", serial),
    TEXT(9, MANUFACTURER, "MED manufacturer", manufacturer),
    TEXT(10, MODEL, "MED model", model),
    TEXT(11, ASSET, "MED asset id", asset),
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct row *find_row(uint8_t type, uint32_t oui, uint8_t subtype)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].type == type && rows[i].oui == oui && rows[i].subtype == subtype)
			return &rows[i];
	return NULL;
}

/* One value, which has the length that the header said. */
static void read_value(struct wire_reader *r, struct lldp_message *m, const struct row *row)
{
	struct lldp_management again;
	void *member = (uint8_t *)m + row->member;
	size_t length = wire_reader_left(r);

	if (length < row->least || length > row->greatest) {
		wire_reader_fail(r, "LLDP TLV length is not one that its type can have");
		return;
	}
	if (row->type == TYPE_MGMT && m->has & LLDP_HAS_MANAGEMENT) {
		m->dropped++;
		member = &again;
	}
	row->read(r, member);
	if (wire_reader_ok(r) && wire_reader_left(r) > 0)
		wire_reader_fail(r, "bytes behind the value of an LLDP TLV");
	m->has |= row->has;
}

static void read_organisation(struct wire_reader *r, struct lldp_message *m)
{
	uint32_t bits = wire_read_u32(r);
	uint32_t oui = bits >> 8;
	uint8_t subtype = (uint8_t)bits;
	const struct row *row = find_row(ORGANISATION, oui, subtype);

	if (!wire_reader_ok(r))
		return;
	if (oui == OUI_MED && subtype != MED_CAPS && !(m->has & LLDP_HAS_MED))
		m->med_early++;
	else if (row)
		read_value(r, m, row);
	else
		m->unknown++;
}

/* TLV number n, counted from 1. False at the end. */
static bool read_tlv(struct wire_reader *r, struct lldp_message *m, unsigned n)
{
	size_t start = wire_reader_offset(r);
	uint16_t header = wire_read_u16(r);
	uint8_t type = (uint8_t)(header >> LENGTH_BITS);
	uint16_t length = header & LENGTH_MAX;
	const struct row *row = find_row(type, 0, 0);
	struct wire_reader value;

	if (!wire_reader_ok(r))
		return false;
	if ((n <= MANDATORY && type != n) || (n > MANDATORY && type >= 1 && type <= MANDATORY))
		wire_reader_fail_at(r, start, "LLDP does not begin with one chassis id, port id and TTL");
	else if (length > wire_reader_left(r))
		wire_reader_fail_at(r, start, "LLDP TLV length beyond the message");
	else if (type == TYPE_END && length > 0)
		wire_reader_fail_at(r, start, "LLDP end TLV is not empty");
	if (!wire_reader_ok(r))
		return false;
	if (type == TYPE_END) {
		m->has |= LLDP_HAS_END;
		return false;
	}
	value = wire_read_sub(r, length);
	if (type == ORGANISATION)
		read_organisation(&value, m);
	else if (row)
		read_value(&value, m, row);
	else
		m->unknown++;
	wire_reader_join(r, &value);
	return wire_reader_ok(r);
}

int lldp_decode(const uint8_t *data, size_t length, struct lldp_message *message, struct wire_error *error)
{
	struct lldp_message m = {0};
	struct wire_reader r;
	unsigned n = 1;

	wire_reader_init(&r, data, length);
	do {
		if (!read_tlv(&r, &m, n))
			break;
		n++;
	} while (n <= MANDATORY || wire_reader_left(&r) > 0);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	*message = m;
	return 0;
}

static void write_tlv(struct wire_writer *w, const struct row *row, const void *member)
{
	size_t field = wire_write_begin_u16(w), header = 2;
	size_t length;

	if (row->type == ORGANISATION) {
		wire_write_u32(w, row->oui << 8 | row->subtype);
		header += OUI_LENGTH;
	}
	if (row->write)
		row->write(w, member);
	else
		write_policy(w, member);
	if (w->error)
		return;
	length = w->at - field - header;
	if (length < row->least || length > row->greatest)
		wire_writer_fail(w, -EINVAL);
	wire_write_patch_u16(w, field, (uint16_t)(row->type << LENGTH_BITS | (length + header - 2)));
}

static void write_message(struct wire_writer *w, const struct lldp_message *m)
{
	const uint32_t mandatory = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL;

	if ((m->has & mandatory) != mandatory)
		wire_writer_fail(w, -EINVAL);
	if (m->has & LLDP_HAS_POLICY && (m->policies < 1 || m->policies > LLDP_POLICIES)) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (!(m->has & rows[i].has))
			continue;
		if (rows[i].write)
			write_tlv(w, &rows[i], (const uint8_t *)m + rows[i].member);
		for (unsigned p = 0; !rows[i].write && p < m->policies; p++)
			write_tlv(w, &rows[i], &m->policy[p]);
	}
	wire_write_u16(w, TYPE_END);
}

static struct lldp_message shutdown_of(const struct lldp_message *message)
{
	return (struct lldp_message){
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL,
	    .chassis = message->chassis,
	    .port = message->port,
	    .ttl = 0,
	};
}

ssize_t lldp_encode(const struct lldp_message *message, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_message(&w, message);
	return wire_writer_result(&w);
}

ssize_t lldp_encode_shutdown(const struct lldp_message *message, uint8_t *data, size_t size)
{
	const struct lldp_message last = shutdown_of(message);

	return lldp_encode(&last, data, size);
}

ssize_t lldp_frame(const struct lldp_message *message, bool shutdown, const struct mac *source, uint8_t *data,
		   size_t size)
{
	const struct lldp_message last = shutdown_of(message);
	const struct ether_frame frame = {
	    .destination = lldp_multicast,
	    .source = *source,
	    .kind = ETHER_II,
	    .type = ETHER_LLDP,
	};
	struct wire_writer w;
	ssize_t length;

	wire_writer_init(&w, data, size);
	ether_write_begin(&w, &frame);
	write_message(&w, shutdown ? &last : message);
	length = wire_writer_result(&w);
	return length < 0 ? length : ether_pad(data, (size_t)length, size);
}

const struct lldp_policy *lldp_find_policy(const struct lldp_message *message,
					   enum lldp_application application)
{
	for (unsigned i = 0; i < message->policies; i++)
		if (message->policy[i].application == application)
			return &message->policy[i];
	return NULL;
}

const char *lldp_phone_missing(const struct lldp_message *message)
{
	static const enum lldp_has needed[] = {LLDP_HAS_CHASSIS, LLDP_HAS_PORT, LLDP_HAS_TTL, LLDP_HAS_MED};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		for (size_t row = 0; row < ROWS; row++)
			if (rows[row].has == needed[i] && !(message->has & needed[i]))
				return rows[row].name;
	if (!lldp_find_policy(message, LLDP_APP_VOICE))
		return "MED network policy for voice";
	return message->has & LLDP_HAS_END ? NULL : "end";
}

bool lldp_id_ipv4(const struct lldp_id *id, uint8_t network_subtype, uint32_t *ipv4)
{
	struct wire_reader r;

	if (id->subtype != network_subtype || id->id.length != 5 || id->id.data[0] != FAMILY_IPV4)
		return false;
	wire_reader_init(&r, id->id.data, id->id.length);
	wire_read_skip(&r, 1);
	*ipv4 = wire_read_u32(&r);
	return true;
}

struct lldp_id lldp_ipv4_id(uint8_t network_subtype, uint32_t ipv4, uint8_t buffer[5])
{
	struct wire_writer w;

	wire_writer_init(&w, buffer, 5);
	wire_write_u8(&w, FAMILY_IPV4);
	wire_write_u32(&w, ipv4);
	return (struct lldp_id){network_subtype, {buffer, 5}};
}

struct lldp_id lldp_mac_id(uint8_t subtype, const struct mac *mac)
{
	return (struct lldp_id){subtype, {mac->octet, sizeof mac->octet}};
}

const char *lldp_tlv_name(uint8_t type)
{
	const struct row *row = find_row(type, 0, 0);

	if (type == TYPE_END)
		return "end";
	return row ? row->name : NULL;
}

const char *lldp_organisation_tlv_name(uint32_t oui, uint8_t subtype)
{
	const struct row *row = find_row(ORGANISATION, oui, subtype);

	return row ? row->name : NULL;
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

	return application < sizeof names / sizeof *names ? names[application] : NULL;
}
