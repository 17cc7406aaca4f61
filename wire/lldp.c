#include "wire/lldp.h"

#include <errno.h>
#include <string.h>

#include "base/ipv4.h"
#include "wire/lldp_tlv.h"

#define LENGTH_BITS 9
#define MANDATORY   3 /* types 1, 2, 3: chassis, port, TTL, in that order */
#define FAMILY_IPV4 1

const struct mac lldp_multicast = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e}};

static void note_odd(struct lldp_message *m, const struct lldp_row *row, uint8_t type, size_t length,
		     size_t offset, const char *what)
{
	uint32_t code = row && row->oui ? row->oui << 8 | row->subtype : type;

	wire_odd_add(&m->odd, &(struct wire_oddity){code, row ? row->name : "TLV", what, (uint32_t)length,
						    (uint32_t)offset, 0});
}

/* A known TLV, which begins at start: used without the octets behind its fields, or left out (802.1AB 9.2.7.7.2).
 * The LLDPDU is discarded when chassis id, port id or TTL cannot be read (9.2.7.7.1). */
static void read_value(struct wire_reader *r, size_t start, struct lldp_message *m,
		       const struct lldp_row *row)
{
	size_t length = wire_reader_left(r), used = length < row->greatest ? length : row->greatest;
	struct lldp_message before = *m;
	struct lldp_management again;
	struct wire_reader value = wire_read_sub(r, used);
	void *member = (uint8_t *)m + row->member;
	const char *what = length > used ? WIRE_ODD_BEHIND : NULL;

	if (row->type <= MANDATORY && (length < row->least || (row->type < MANDATORY && length > used))) {
		wire_reader_fail(r, "LLDP TLV length is not one that its type can have");
		return;
	}
	if (row->type == LLDP_TYPE_MANAGEMENT && m->has & LLDP_HAS_MANAGEMENT) {
		m->dropped++;
		member = &again;
	}
	if (length >= row->least)
		row->read(&value, member);
	if (length < row->least || !wire_reader_ok(&value)) {
		*m = before;
		what = length < row->least ? WIRE_ODD_SHORT : value.error.what;
	} else {
		m->has |= row->has;
		if (wire_reader_left(&value))
			what = WIRE_ODD_BEHIND;
	}
	if (what)
		note_odd(m, row, row->type, length, start, what);
}

static void keep_raw(struct lldp_message *m, struct wire_slice tlv)
{
	if (m->raws < LLDP_RAW)
		m->raw[m->raws++] = tlv;
	m->unknown++;
}

/* tlv: the whole of it. */
static void read_organisation(struct wire_reader *r, size_t start, struct wire_slice tlv,
			      struct lldp_message *m)
{
	size_t length = wire_reader_left(r);
	uint32_t bits = length < LLDP_OUI_LENGTH ? 0 : wire_read_u32(r);
	uint32_t oui = bits >> 8;
	uint8_t subtype = (uint8_t)bits;
	const struct lldp_row *row = lldp_find_row(LLDP_TYPE_ORGANISATION, oui, subtype);

	if (length < LLDP_OUI_LENGTH)
		note_odd(m, NULL, LLDP_TYPE_ORGANISATION, length, start, WIRE_ODD_SHORT);
	else if (row)
		read_value(r, start, m, row);
	else
		keep_raw(m, tlv);
	if (row && oui == LLDP_OUI_MED && !(m->has & LLDP_HAS_MED))
		m->med_early++;
}

/* TLV number n, counted from 1. False at the end of what can be read. */
static bool read_tlv(struct wire_reader *r, struct lldp_message *m, unsigned n)
{
	size_t start = wire_reader_offset(r), left = wire_reader_left(r);
	struct wire_reader whole = *r, value;
	struct wire_slice tlv;
	uint16_t header = left == 1 && n > MANDATORY ? 0 : wire_read_u16(r);
	uint8_t type = (uint8_t)(header >> LENGTH_BITS);
	uint16_t length = header & LLDP_LENGTH_MAX;
	const struct lldp_row *row = lldp_find_row(type, 0, 0);

	if (!wire_reader_ok(r))
		return false;
	if ((n <= MANDATORY && type != n) || (n > MANDATORY && type >= 1 && type <= MANDATORY))
		wire_reader_fail_at(r, start, "LLDP does not begin with one chassis id, port id and TTL");
	else if (n <= MANDATORY && length > wire_reader_left(r))
		wire_reader_fail_at(r, start, "LLDP TLV length beyond the message");
	if (!wire_reader_ok(r))
		return false;
	if (left == 1 || length > wire_reader_left(r)) {
		note_odd(m, NULL, 0, left, start, left == 1 ? WIRE_ODD_REST : WIRE_ODD_BEYOND);
		return false;
	}
	if (type == LLDP_TYPE_END) {
		m->has |= LLDP_HAS_END;
		if (length)
			note_odd(m, NULL, 0, length, start, "an end that is not empty");
		return false;
	}
	tlv = wire_read_slice(&whole, (size_t)length + 2);
	value = wire_read_sub(r, length);
	if (type == LLDP_TYPE_ORGANISATION)
		read_organisation(&value, start, tlv, m);
	else if (row)
		read_value(&value, start, m, row);
	else
		keep_raw(m, tlv);
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
	for (unsigned i = 0; i < m->raws; i++)
		wire_write_slice(w, m->raw[i]);
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

bool lldp_id_read_mac(const struct lldp_id *id, uint8_t mac_subtype, struct mac *mac)
{
	if (id->subtype != mac_subtype || id->id.length != sizeof(mac->octet))
		return false;
	memcpy(mac->octet, id->id.data, sizeof(mac->octet));
	return true;
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

char *lldp_id_text(const struct lldp_id *id, uint8_t mac_subtype, uint8_t network_subtype, char *text,
		   size_t size)
{
	char address[IPV4_TEXT], mac_text[MAC_TEXT];
	struct wire_slice shown = id->id;
	struct mac mac;
	uint32_t ipv4;

	if (lldp_id_read_mac(id, mac_subtype, &mac)) {
		mac_format(&mac, mac_text);
		shown = wire_slice_text(mac_text);
	} else if (lldp_id_ipv4(id, network_subtype, &ipv4)) {
		shown = wire_slice_text(ipv4_format(ipv4, address));
	}
	return wire_slice_print(shown, text, size);
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
