#include "wire/dhcp.h"

#include <errno.h>
#include <string.h>

#include "wire/dhcp_option.h"

#define HARDWARE_ETHERNET 1
#define CHADDR_LENGTH	  16
#define OVERLOAD_FILE	  1
#define OVERLOAD_SNAME	  2

/* --- walking options: the options field, then file and sname where they are overloaded --- */

struct area {
	size_t at, end;
};

struct options {
	const uint8_t *data; /* the whole message */
	unsigned areas;
	struct area area[3];
};

struct option {
	uint8_t code;
	size_t at; /* of the code, in the message */
	struct wire_slice value;
};

static bool fits(const uint8_t *data, size_t at, size_t end)
{
	return end - at >= 2 && end - at - 2 >= data[at + 1];
}

/* The next option, from area number *area on, whose rest is *rest. False at the end of all areas. An option that
 * extends beyond its area ends the area. */
static bool next_option(const struct options *o, unsigned *area, size_t *rest, struct option *option)
{
	for (; *area < o->areas; ++*area, *rest = 0) {
		size_t at = o->area[*area].at + *rest, end = o->area[*area].end;

		while (at < end && o->data[at] == DHCP_OPTION_PAD)
			at++;
		if (at >= end || o->data[at] == DHCP_OPTION_END)
			continue;
		if (!fits(o->data, at, end))
			continue;
		*option = (struct option){o->data[at], at, {o->data + at + 2, o->data[at + 1]}};
		*rest = at + 2 + o->data[at + 1] - o->area[*area].at;
		return true;
	}
	return false;
}

/* Put together every instance of a code (RFC 3396 section 7), as far as size goes. The number of bytes. */
static size_t gather(const struct options *o, uint8_t code, uint8_t *bytes, size_t size)
{
	struct option option;
	unsigned area = 0;
	size_t rest = 0, length = 0;

	while (next_option(o, &area, &rest, &option)) {
		size_t part = option.value.length < size - length ? option.value.length : size - length;

		if (option.code != code)
			continue;
		memcpy(bytes + length, option.value.data, part);
		length += part;
	}
	return length;
}

static void note_odd(struct dhcp_message *m, uint8_t code, const char *name, size_t length, size_t offset,
		     const char *what)
{
	wire_odd_add(&m->odd, &(struct wire_oddity){code, name, what, (uint32_t)length, (uint32_t)offset, 0});
}

/* A known option: used without the octets behind its value, or left out. */
static void read_option(const struct options *o, const struct option *first, const struct dhcp_row *row,
			struct dhcp_message *m)
{
	uint8_t bytes[DHCP_LIST_LONGEST];
	size_t length = gather(o, first->code, bytes, sizeof(bytes));
	const char *what = length ? WIRE_ODD_SHORT : "no value";
	struct wire_reader value;

	wire_reader_init(&value, bytes, length);
	if (length >= row->least) {
		row->read(&value, (uint8_t *)m + row->member);
		what = wire_reader_left(&value) ? WIRE_ODD_BEHIND : value.error.what;
	}
	if (length >= row->least && wire_reader_ok(&value))
		m->has |= row->has;
	if (what)
		note_odd(m, first->code, row->name, length, first->at, what);
}

/* Option 52 in the options field says that file, sname or both hold options too. Other values say nothing. */
static uint8_t find_overload(struct options *o)
{
	struct option option;
	unsigned area = 0;
	size_t rest = 0;
	uint8_t overload = 0;

	while (!overload && next_option(o, &area, &rest, &option))
		if (option.code == DHCP_OPTION_OVERLOAD && option.value.length)
			overload = option.value.data[0];
	if (overload > (OVERLOAD_FILE | OVERLOAD_SNAME))
		overload = 0;
	if (overload & OVERLOAD_FILE)
		o->area[o->areas++] = (struct area){FILE_AT, COOKIE_AT};
	if (overload & OVERLOAD_SNAME)
		o->area[o->areas++] = (struct area){SNAME_AT, FILE_AT};
	return overload;
}

/* The octets that an area has left where its options end without an end option. */
static void note_rest(const struct options *o, const struct option *last, const struct area *area,
		      struct dhcp_message *m)
{
	size_t at = last->value.data && last->at >= area->at && last->at < area->end
			? last->at + 2 + last->value.length
			: area->at;

	while (at < area->end && o->data[at] == DHCP_OPTION_PAD)
		at++;
	if (at < area->end && o->data[at] != DHCP_OPTION_END)
		note_odd(m, 0, "option", area->end - at, at, WIRE_ODD_BEYOND);
}

static void read_options(const struct options *o, struct dhcp_message *m)
{
	struct option option = {0}, last[3] = {{0}};
	uint32_t seen = 0;
	unsigned area = 0;
	size_t rest = 0;

	while (next_option(o, &area, &rest, &option)) {
		const struct dhcp_row *row = dhcp_find_row(option.code);

		last[area] = option;
		if (!row)
			m->unknown++;
		else if (!(seen & row->has))
			read_option(o, &option, row, m);
		seen |= row ? row->has : 0;
	}
	for (area = 0; area < o->areas; area++)
		note_rest(o, &last[area], &o->area[area], m);
}

static void read_fixed(struct wire_reader *r, struct dhcp_message *m)
{
	uint8_t hardware, length;

	m->operation = wire_read_u8(r);
	if (m->operation != DHCP_BOOTREQUEST && m->operation != DHCP_BOOTREPLY)
		wire_reader_fail_at(r, 0, "BOOTP operation is neither request nor reply");
	hardware = wire_read_u8(r);
	length = wire_read_u8(r);
	if (hardware != HARDWARE_ETHERNET || length != sizeof(m->chaddr.octet))
		wire_reader_fail_at(r, 1, "DHCP hardware address is not Ethernet's");
	m->hops = wire_read_u8(r);
	m->xid = wire_read_u32(r);
	m->seconds = wire_read_u16(r);
	m->flags = wire_read_u16(r);
	m->ciaddr = wire_read_u32(r);
	m->yiaddr = wire_read_u32(r);
	m->siaddr = wire_read_u32(r);
	m->giaddr = wire_read_u32(r);
	wire_read_bytes(r, m->chaddr.octet, sizeof(m->chaddr.octet));
	wire_read_skip(r, CHADDR_LENGTH - sizeof(m->chaddr.octet));
	wire_read_skip(r, COOKIE_AT - SNAME_AT);
	if (wire_read_u32(r) != COOKIE)
		wire_reader_fail_at(r, COOKIE_AT, "no DHCP magic cookie");
}

/* A text in a field of the fixed part: up to the first NUL. */
static void copy_field(char *to, const uint8_t *from, size_t size)
{
	size_t length = strnlen((const char *)from, size);

	memcpy(to, from, length);
	to[length] = '\0';
}

int dhcp_decode(const uint8_t *data, size_t length, struct dhcp_message *message, struct wire_error *error)
{
	struct options options = {.data = data, .areas = 1, .area = {{OPTIONS_AT, length}}};
	struct dhcp_message m = {0};
	struct wire_reader r;
	uint8_t overload;

	wire_reader_init(&r, data, length);
	read_fixed(&r, &m);
	if (!wire_reader_ok(&r))
		return wire_reader_result(&r, error);
	overload = find_overload(&options);
	read_options(&options, &m);
	if (!(overload & OVERLOAD_FILE))
		copy_field(m.file, data + FILE_AT, sizeof(m.file) - 1);
	if (!(overload & OVERLOAD_SNAME))
		copy_field(m.sname, data + SNAME_AT, sizeof(m.sname) - 1);
	*message = m;
	return 0;
}

/* A text of the fixed part, filled with zeros to its width; size is that and its NUL. */
static void write_field(struct wire_writer *w, const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	if (length == size) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	wire_write_bytes(w, text, length);
	wire_write_zeros(w, size - 1 - length);
}

static void write_fixed(struct wire_writer *w, const struct dhcp_message *m)
{
	wire_write_u8(w, m->operation);
	wire_write_u8(w, HARDWARE_ETHERNET);
	wire_write_u8(w, sizeof(m->chaddr.octet));
	wire_write_u8(w, m->hops);
	wire_write_u32(w, m->xid);
	wire_write_u16(w, m->seconds);
	wire_write_u16(w, m->flags);
	wire_write_u32(w, m->ciaddr);
	wire_write_u32(w, m->yiaddr);
	wire_write_u32(w, m->siaddr);
	wire_write_u32(w, m->giaddr);
	wire_write_bytes(w, m->chaddr.octet, sizeof(m->chaddr.octet));
	wire_write_zeros(w, CHADDR_LENGTH - sizeof(m->chaddr.octet));
	write_field(w, m->sname, sizeof(m->sname));
	write_field(w, m->file, sizeof(m->file));
	wire_write_u32(w, COOKIE);
}

ssize_t dhcp_encode(const struct dhcp_message *message, uint8_t *data, size_t size)
{
	struct wire_writer w;
	size_t field;

	wire_writer_init(&w, data, size);
	if (message->operation != DHCP_BOOTREQUEST && message->operation != DHCP_BOOTREPLY)
		wire_writer_fail(&w, -EINVAL);
	write_fixed(&w, message);
	for (size_t i = 0; i < DHCP_ROWS; i++) {
		if (!(message->has & dhcp_rows[i].has) || dhcp_rows[i].code == DHCP_OPTION_OVERLOAD)
			continue;
		wire_write_u8(&w, (uint8_t)dhcp_rows[i].code);
		field = wire_write_begin_u8(&w);
		dhcp_rows[i].write(&w, (const uint8_t *)message + dhcp_rows[i].member);
		wire_write_end_u8(&w, field, 0);
		if (!w.error && data[field] < dhcp_rows[i].least)
			wire_writer_fail(&w, -EINVAL);
	}
	wire_write_u8(&w, DHCP_OPTION_END);
	if (!w.error && w.at < DHCP_MIN)
		wire_write_zeros(&w, DHCP_MIN - w.at);
	return wire_writer_result(&w);
}
