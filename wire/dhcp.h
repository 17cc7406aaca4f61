#ifndef WIRE_DHCP_H
#define WIRE_DHCP_H

#include "base/mac.h"
#include "wire/odd.h"

/*
 * DHCP for IPv4 (RFC 2131, options RFC 2132, long options RFC 3396, option 150 RFC 5859). Addresses are
 * uint32_t in host order, times seconds. A decoded message owns all it says: fixed-size members only, no
 * slices.
 */

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_ADDRESSES	 16   /* most addresses kept of one option */
#define DHCP_TEXT	 256  /* longest text option and its NUL */
#define DHCP_MIN	 300  /* shortest message sent: what BOOTP had (RFC 1542 2.1) */
#define DHCP_MAX	 2560 /* room for any message of this encoder */

enum dhcp_operation {
	DHCP_BOOTREQUEST = 1,
	DHCP_BOOTREPLY = 2,
};

#define DHCP_FLAG_BROADCAST 0x8000

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

enum dhcp_option {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_MASK = 1,
	DHCP_OPTION_ROUTER = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_HOST_NAME = 12,
	DHCP_OPTION_DOMAIN = 15,
	DHCP_OPTION_ARP_TIMEOUT = 35,
	DHCP_OPTION_ADDRESS = 50,
	DHCP_OPTION_LEASE = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_PARAMETERS = 55,
	DHCP_OPTION_MESSAGE = 56,
	DHCP_OPTION_MAX_SIZE = 57,
	DHCP_OPTION_T1 = 58,
	DHCP_OPTION_T2 = 59,
	DHCP_OPTION_VENDOR_CLASS = 60,
	DHCP_OPTION_CLIENT_ID = 61,
	DHCP_OPTION_TFTP_NAME = 66,
	DHCP_OPTION_BOOT_FILE = 67,
	DHCP_OPTION_TFTP_ADDRESS = 150,
	DHCP_OPTION_END = 255,
};

/* Bits of dhcp_message.has */
enum dhcp_has {
	DHCP_HAS_MASK = 1 << 0,
	DHCP_HAS_ROUTER = 1 << 1,
	DHCP_HAS_DNS = 1 << 2,
	DHCP_HAS_HOST_NAME = 1 << 3,
	DHCP_HAS_DOMAIN = 1 << 4,
	DHCP_HAS_ADDRESS = 1 << 5,
	DHCP_HAS_LEASE = 1 << 6,
	DHCP_HAS_OVERLOAD = 1 << 7,
	DHCP_HAS_TYPE = 1 << 8,
	DHCP_HAS_SERVER = 1 << 9,
	DHCP_HAS_PARAMETERS = 1 << 10,
	DHCP_HAS_MESSAGE = 1 << 11,
	DHCP_HAS_MAX_SIZE = 1 << 12,
	DHCP_HAS_T1 = 1 << 13,
	DHCP_HAS_T2 = 1 << 14,
	DHCP_HAS_VENDOR_CLASS = 1 << 15,
	DHCP_HAS_CLIENT_ID = 1 << 16,
	DHCP_HAS_TFTP_NAME = 1 << 17,
	DHCP_HAS_BOOT_FILE = 1 << 18,
	DHCP_HAS_TFTP_ADDRESS = 1 << 19,
	DHCP_HAS_ARP_TIMEOUT = 1 << 20,
};

struct dhcp_addresses {
	unsigned count;	  /* of item */
	unsigned dropped; /* further ones not kept (decoding only) */
	uint32_t item[DHCP_ADDRESSES];
};

struct dhcp_bytes {
	uint8_t length;
	uint8_t data[255];
};

struct dhcp_message {
	uint8_t operation; /* enum dhcp_operation */
	uint8_t hops;
	uint32_t xid;
	uint16_t seconds;
	uint16_t flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	struct mac chaddr; /* hardware type 1, length 6; others are refused */
	char sname[65];	   /* "" when empty or overloaded */
	char file[129];	   /* the same */

	uint32_t has;	  /* enum dhcp_has */
	unsigned unknown; /* other options, skipped; each code counts as often as it comes (decoding only) */
	struct wire_odd odd; /* options left out or longer than their value (decoding only) */
	uint32_t mask;
	struct dhcp_addresses routers;
	struct dhcp_addresses dns;
	char host_name[DHCP_TEXT];
	char domain[DHCP_TEXT];
	uint32_t address; /* requested (50) */
	uint32_t lease;
	uint8_t overload; /* as received: 1 file, 2 sname, 3 both. Ignored in encoding: everything goes to the
			     options */
	uint8_t type;	  /* enum dhcp_type */
	uint32_t server;  /* identifier (54) */
	struct dhcp_bytes parameters; /* request list (55) */
	char message[DHCP_TEXT];
	uint16_t max_size;
	uint32_t t1, t2;
	char vendor_class[DHCP_TEXT];
	struct dhcp_bytes client_id;
	char tftp_name[DHCP_TEXT];
	char boot_file[DHCP_TEXT];
	struct dhcp_addresses tftp_addresses; /* 150 */
	uint32_t arp_timeout;
};

/*
 * Decode the payload of a UDP datagram. 0, or -EBADMSG: no whole fixed part, operation, hardware type or magic
 * cookie wrong. Options split over several instances or fields are put together (RFC 3396: options, file, sname).
 * An option that is too short, that has no value, or whose text is not printable is left out and listed in odd, as
 * is an option that extends beyond its field. Octets behind a value are ignored and listed; a NUL ends a text
 * (trailing NULs are not listed). A missing end option is tolerated. A message without option 53 is BOOTP:
 * DHCP_HAS_TYPE is not set.
 */
int dhcp_decode(const uint8_t *data, size_t length, struct dhcp_message *message, struct wire_error *error);

/* Encode, option 53 first and the others by rising code, padded to DHCP_MIN. The length, -ENOSPC, or -EINVAL
 * (an empty option that must not be, too many addresses). */
ssize_t dhcp_encode(const struct dhcp_message *message, uint8_t *data, size_t size);

/* "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"; NULL when unknown. */
const char *dhcp_type_name(uint8_t type);

#endif
