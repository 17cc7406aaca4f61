#include "wire/lldp.h"

#include <errno.h>

#include "wire/lldp_tlv.h"

#define LENGTH_BITS 9
#define MANDATORY   3 /* types 1, 2, 3: chassis, port, TTL, in that order */
#define FAMILY_IPV4 1

const struct mac lldp_multicast = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e}};

/* One value, which has the length that the header said. */
static void read_value(struct wire_reader *r, struct lldp_message *m, const struct lldp_row *row)
{
	struct lldp_management again;
	void *member = (uint8_t *)m + row->member;
	size_t length = wire_reader_left(r);

	if (length < row->least || length > row->greatest) {
		wire_reader_fail(r, "LLDP TLV length is not one that its type can have");
		return;
	}
	if (row->type == LLDP_TYPE_MANAGEMENT && m->has & LLDP_HAS_MANAGEMENT) {
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
	const struct lldp_row *row = lldp_find_row(LLDP_TYPE_ORGANISATION, oui, subtype);

	if (!wire_reader_ok(r))
		return;
	if (oui == LLDP_OUI_MED && subtype != LLDP_MED_CAPABILITIES && !(m->has & LLDP_HAS_MED))
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
	uint16_t length = header & LLDP_LENGTH_MAX;
	const struct lldp_row *row = lldp_find_row(type, 0, 0);
	struct wire_reader value;

	if (!wire_reader_ok(r))
		return false;
	if ((n <= MANDATORY && type != n) || (n > MANDATORY && type >= 1 && type <= MANDATORY))
		wire_reader_fail_at(r, start, "LLDP does not begin with one chassis id, port id and TTL");
	else if (length > wire_reader_left(r))
		wire_reader_fail_at(r, start, "LLDP TLV length beyond the message");
	else if (type == LLDP_TYPE_END && length > 0)
		wire_reader_fail_at(r, start, "LLDP end TLV is not empty");
	if (!wire_reader_ok(r))
		return false;
	if (type == LLDP_TYPE_END) {
		m->has |= LLDP_HAS_END;
		return false;
	}
	value = wire_read_sub(r, length);
	if (type == LLDP_TYPE_ORGANISATION)
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

static void write_tlv(struct wire_writer *w, const struct lldp_row *row, const void *member)
{
	size_t field = wire_write_begin_u16(w), header = 2;
	size_t length;

	if (row->type == LLDP_TYPE_ORGANISATION) {
		wire_write_u32(w, row->oui << 8 | row->subtype);
		header += LLDP_OUI_LENGTH;
	}
	row->write(w, member);
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
	for (size_t i = 0; i < LLDP_ROWS; i++) {
		if (!(m->has & lldp_rows[i].has))
			continue;
		if (lldp_rows[i].has != LLDP_HAS_POLICY)
			write_tlv(w, &lldp_rows[i], (const uint8_t *)m + lldp_rows[i].member);
		else
			for (unsigned p = 0; p < m->policies; p++)
				write_tlv(w, &lldp_rows[i], &m->policy[p]);
	}
	wire_write_u16(w, LLDP_TYPE_END);
}

ssize_t lldp_encode(const struct lldp_message *message, uint8_t *data, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, data, size);
	write_message(&w, message);
	return wire_writer_result(&w);
}

ssize_t lldp_frame(const struct lldp_message *message, bool shutdown, const struct mac *source, uint8_t *data,
		   size_t size)
{
	const struct lldp_message last = {.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL,
					  .chassis = message->chassis,
					  .port = message->port};
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

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		for (size_t row = 0; row < LLDP_ROWS; row++)
			if (lldp_rows[row].has == needed[i] && !(message->has & needed[i]))
				return lldp_rows[row].name;
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
	return (struct lldp_id){subtype, {mac->octet, sizeof(mac->octet)}};
}
