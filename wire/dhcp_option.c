#include "wire/dhcp_option.h"

#include <errno.h>
#include <string.h>

#include "wire/field.h"

/* --- extractors and their opposites, one pair per kind of value --- */

/* Some clients and servers count the NUL as part of the text; octets behind it stay unread. */
static void field_read_text(struct wire_reader *r, void *member)
{
	size_t left = wire_reader_left(r), length = strnlen((const char *)r->data, left);

	if (length >= DHCP_TEXT)
		wire_reader_fail(r, "longer than 255 octets");
	for (size_t i = 0; i < length; i++)
		if (r->data[i] < ' ' || r->data[i] > '~')
			wire_reader_fail(r, "not printable text");
	if (!wire_reader_ok(r))
		return;
	memset(member, 0, DHCP_TEXT);
	wire_read_bytes(r, member, length);
	while (wire_reader_left(r) && !r->data[r->at])
		wire_read_skip(r, 1);
}

/* An option of no bytes is not legal: the empty text goes out as one NUL. */
static void field_write_text(struct wire_writer *w, const void *member)
{
	const char *text = member;
	size_t length = strnlen(text, DHCP_TEXT);

	if (length == DHCP_TEXT)
		wire_writer_fail(w, -EINVAL);
	wire_write_bytes(w, text, length ? length : 1);
}

static void field_read_bytes(struct wire_reader *r, void *member)
{
	struct dhcp_bytes *bytes = member;

	if (wire_reader_left(r) > UINT8_MAX) {
		wire_reader_fail(r, "longer than 255 octets");
		return;
	}
	memset(bytes, 0, sizeof(*bytes));
	bytes->length = (uint8_t)wire_reader_left(r);
	wire_read_bytes(r, bytes->data, bytes->length);
}

static void field_write_bytes(struct wire_writer *w, const void *member)
{
	const struct dhcp_bytes *bytes = member;

	wire_write_bytes(w, bytes->data, bytes->length);
}

static void field_read_list(struct wire_reader *r, void *member)
{
	struct dhcp_addresses *list = member;
	uint32_t address;

	memset(list, 0, sizeof(*list));
	while (wire_reader_left(r) >= 4) {
		address = wire_read_u32(r);
		if (list->count < DHCP_ADDRESSES)
			list->item[list->count++] = address;
		else
			list->dropped++;
	}
}

static void field_write_list(struct wire_writer *w, const void *member)
{
	const struct dhcp_addresses *list = member;

	if (list->count > DHCP_ADDRESSES) {
		wire_writer_fail(w, -EINVAL);
		return;
	}
	for (unsigned i = 0; i < list->count; i++)
		wire_write_u32(w, list->item[i]);
}

/* 1 file, 2 sname, 3 both. */
static void field_read_overload(struct wire_reader *r, void *member)
{
	uint8_t value = wire_read_u8(r);

	if (value < 1 || value > 3)
		wire_reader_fail(r, "not 1, 2 or 3");
	else
		*(uint8_t *)member = value;
}

#define field_write_overload field_write_u8

/* --- the table, in the order of encoding --- */

#define ROW(option, name, least, member, kind)                                                               \
	{                                                                                                    \
		DHCP_OPTION_##option, DHCP_HAS_##option, name, least, offsetof(struct dhcp_message, member), \
		    field_read_##kind, field_write_##kind                                                    \
	}

const struct dhcp_row dhcp_rows[DHCP_ROWS] = {
    ROW(TYPE, "message type", 1, type, u8),
    ROW(MASK, "subnet mask", 4, mask, u32),
    ROW(ROUTER, "router", 4, routers, list),
    ROW(DNS, "domain name server", 4, dns, list),
    ROW(HOST_NAME, "host name", 1, host_name, text),
    ROW(DOMAIN, "domain name", 1, domain, text),
    ROW(ARP_TIMEOUT, "ARP cache timeout", 4, arp_timeout, u32),
    ROW(ADDRESS, "requested address", 4, address, u32),
    ROW(LEASE, "lease time", 4, lease, u32),
    ROW(OVERLOAD, "overload", 1, overload, overload),
    ROW(SERVER, "server identifier", 4, server, u32),
    ROW(PARAMETERS, "parameter request list", 1, parameters, bytes),
    ROW(MESSAGE, "message", 1, message, text),
    ROW(MAX_SIZE, "maximum message size", 2, max_size, u16),
    ROW(T1, "renewal time", 4, t1, u32),
    ROW(T2, "rebinding time", 4, t2, u32),
    ROW(VENDOR_CLASS, "vendor class", 1, vendor_class, text),
    ROW(CLIENT_ID, "client identifier", 2, client_id, bytes),
    ROW(TFTP_NAME, "TFTP server name", 1, tftp_name, text),
    ROW(BOOT_FILE, "boot file name", 1, boot_file, text),
    ROW(TFTP_ADDRESS, "TFTP server address", 4, tftp_addresses, list),
};

const struct dhcp_row *dhcp_find_row(uint8_t code)
{
	for (size_t i = 0; i < DHCP_ROWS; i++)
		if (dhcp_rows[i].code == code)
			return &dhcp_rows[i];
	return NULL;
}

const char *dhcp_type_name(uint8_t type)
{
	static const char *const names[] = {
	    [DHCP_DISCOVER] = "discover", [DHCP_OFFER] = "offer",   [DHCP_REQUEST] = "request",
	    [DHCP_DECLINE] = "decline",	  [DHCP_ACK] = "ack",	    [DHCP_NAK] = "nak",
	    [DHCP_RELEASE] = "release",	  [DHCP_INFORM] = "inform",
	};

	return type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
}
