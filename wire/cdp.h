#ifndef WIRE_CDP_H
#define WIRE_CDP_H

#include "wire/ether.h"
#include "wire/odd.h"

/*
 * Cisco Discovery Protocol version 2 (and 1 on receipt). Frames are SNAP: OUI 00000C, protocol id 2000, to
 * 01:00:0C:CC:CC:CC. A message is a version, a time to live, a checksum, and TLVs whose length counts their
 * own 4 bytes of header.
 */

#define CDP_OUI		0x00000c
#define CDP_PROTOCOL	0x2000
#define CDP_TTL		180
#define CDP_ADDRESSES	8 /* most addresses kept of one TLV */
#define CDP_LEVELS	8 /* most power levels kept of one TLV */
#define CDP_RAW		8 /* most TLVs of other types kept of one message */
#define CDP_FRAME_MAX	(ETHER_FRAME_MAX)
#define CDP_CHECKSUM_AT 2

extern const struct mac cdp_multicast; /* 01:00:0c:cc:cc:cc */

enum cdp_tlv {
	CDP_DEVICE_ID = 0x01,
	CDP_ADDRESS = 0x02,
	CDP_PORT_ID = 0x03,
	CDP_CAPABILITIES = 0x04,
	CDP_VERSION = 0x05,
	CDP_PLATFORM = 0x06,
	CDP_IP_PREFIX = 0x07,
	CDP_PROTOCOL_HELLO = 0x08,
	CDP_VTP_DOMAIN = 0x09,
	CDP_NATIVE_VLAN = 0x0a,
	CDP_DUPLEX = 0x0b,
	CDP_VOIP_REPLY = 0x0e,
	CDP_VOIP_QUERY = 0x0f,
	CDP_POWER_CONSUMPTION = 0x10,
	CDP_MTU = 0x11,
	CDP_TRUST = 0x12,
	CDP_COS = 0x13,
	CDP_SYSTEM_NAME = 0x14,
	CDP_SYSTEM_OID = 0x15,
	CDP_MANAGEMENT_ADDRESS = 0x16,
	CDP_LOCATION = 0x17,
	CDP_EXTERNAL_PORT = 0x18,
	CDP_POWER_REQUESTED = 0x19,
	CDP_POWER_AVAILABLE = 0x1a,
	CDP_UNIDIRECTIONAL = 0x1b,
	CDP_SECOND_PORT_STATUS = 0x1c,
	CDP_ENERGYWISE = 0x1d,
	CDP_SPARE_PAIR_POE = 0x1f,
};

/* A bit of cdp_message.has for each TLV. */
#define CDP_HAS(tlv) (UINT32_C(1) << (tlv))

enum cdp_capability {
	CDP_CAP_ROUTER = 0x01,
	CDP_CAP_TRANSPARENT_BRIDGE = 0x02,
	CDP_CAP_SOURCE_ROUTE_BRIDGE = 0x04,
	CDP_CAP_SWITCH = 0x08,
	CDP_CAP_HOST = 0x10,
	CDP_CAP_IGMP = 0x20,
	CDP_CAP_REPEATER = 0x40,
	CDP_CAP_PHONE = 0x80,
	CDP_CAP_REMOTELY_MANAGED = 0x100,
	CDP_CAP_CVTA = 0x200,
	CDP_CAP_TWO_PORT_MAC_RELAY = 0x400,
};
#define CDP_CAP_NAMED 11 /* the capabilities are bits 0 to 10 */

enum cdp_address_kind {
	CDP_ADDRESS_IPV4,  /* NLPID CC */
	CDP_ADDRESS_IPV6,  /* 802.2 AAAA03 000000 86DD, or 0800 with 16 bytes */
	CDP_ADDRESS_OTHER, /* any other protocol; only the slices are set */
};

struct cdp_address {
	enum cdp_address_kind kind;
	uint32_t ipv4; /* host order */
	uint8_t ipv6[16];
	uint8_t protocol_type;	    /* of OTHER */
	struct wire_slice protocol; /* of OTHER: slice of the input */
	struct wire_slice address;  /* of OTHER: slice of the input */
};

struct cdp_addresses {
	unsigned count;	  /* of item */
	unsigned dropped; /* further ones that were well formed but not kept (decoding only) */
	struct cdp_address item[CDP_ADDRESSES];
};

/* VoIP VLAN reply: usually appliance id 1 and the VLAN; some devices leave out one or the other. */
struct cdp_voip_reply {
	bool has_appliance;
	bool has_vlan;
	uint8_t appliance;
	uint16_t vlan;
};

/* Power requested: what a powered device asks for, best first; available: what the switch can give, and its
 * management level. Both name the request they belong to. */
struct cdp_power {
	uint16_t request_id;
	uint16_t management_id;
	unsigned count;		    /* of level */
	unsigned dropped;	    /* further ones not kept (decoding only) */
	uint32_t level[CDP_LEVELS]; /* mW. In power available, level[0] is the power and level[1] the
				       management level */
};
#define CDP_POWER_NO_PREFERENCE UINT32_C(0xffffffff) /* a management level */

/* The second port, for the PC. Phones from a 7970 to an 8851 were recorded, each with 00 02 00: that the first two
 * octets are the port's number and the last its status is read from these frames, no document says it. */
struct cdp_second_port {
	uint16_t port;
	uint8_t status; /* 0 down, 1 up */
};

/* All slices are slices of the input when decoded, and the caller's when encoding. Text has no NUL. */
struct cdp_message {
	uint32_t has;			/* CDP_HAS(...) of what is present */
	unsigned unknown;		/* TLVs of other types (decoding only) */
	unsigned raws;			/* of raw */
	struct wire_slice raw[CDP_RAW]; /* TLVs of other types, whole; encoded behind the others */
	struct wire_odd odd;		/* TLVs left out or longer than their fields (decoding only) */
	uint8_t version;		/* 0 is encoded as 2 */
	uint8_t ttl;			/* seconds */
	struct wire_slice device_id;
	struct cdp_addresses addresses;
	struct wire_slice port_id;
	uint32_t capabilities; /* enum cdp_capability */
	struct wire_slice software_version;
	struct wire_slice platform;
	struct wire_slice
	    ip_prefix; /* 4 bytes: a default gateway (ODR); else address and prefix length, 5 bytes each */
	struct wire_slice protocol_hello; /* OUI, protocol id, payload */
	struct wire_slice vtp_domain;	  /* may be empty */
	uint16_t native_vlan;
	uint8_t duplex; /* 1 full, 0 half */
	struct cdp_voip_reply voip_reply;
	struct wire_slice voip_query; /* see cdp_voip_query_value */
	uint32_t power_consumption;   /* mW */
	uint32_t mtu;
	uint8_t trust; /* bit 0: extended trust */
	uint8_t cos;   /* for untrusted ports */
	struct wire_slice system_name;
	struct wire_slice system_oid; /* BER */
	struct cdp_addresses management_addresses;
	struct wire_slice location; /* kind, text */
	struct wire_slice external_port;
	struct cdp_power power_requested;
	struct cdp_power power_available;
	uint8_t unidirectional;
	struct cdp_second_port second_port;
	struct wire_slice energywise;
	uint8_t spare_pair;
};

/* The value of a VoIP VLAN query as phones send it: 20 02 00 01. */
extern const struct wire_slice cdp_voip_query_value;

/* Is it a CDP frame (SNAP with CDP's OUI and protocol id)? */
bool cdp_is_frame(const struct ether_frame *frame);

/* Decode the payload of a CDP frame. 0, or -EBADMSG: no header, version not 1 or 2, checksum wrong. A known TLV
 * whose length or value its type cannot have is left out and listed in odd, as is a length that ends the
 * reading (under 4, or beyond the message). Octets behind the fields of a TLV are ignored and listed. A TLV that
 * comes twice: the last one holds. */
int cdp_decode(const uint8_t *data, size_t length, struct cdp_message *message, struct wire_error *error);

/* The same for readers of captures: a wrong checksum sets *sum_wrong and is no failure. */
int cdp_decode_any(const uint8_t *data, size_t length, struct cdp_message *message, bool *sum_wrong,
		   struct wire_error *error);

/* Encode what has says, in the order of the types, then raw, with the checksum. The length, -ENOSPC, or -EINVAL (a
 * text too long, too many addresses). */
ssize_t cdp_encode(const struct cdp_message *message, uint8_t *data, size_t size);

/* The whole frame from source, 802.3 length set, padded to ETHER_MIN. The length, or as cdp_encode. */
ssize_t cdp_frame(const struct cdp_message *message, const struct mac *source, uint8_t *data, size_t size);

/* CDP's checksum of a message whose checksum field counts as zero. A message of odd length adds its last byte
 * v as the low byte of a word, or as FF00 + (v - 1) when v >= 0x80. Implementations differ for v = 0x80: with
 * plain_0x80 it is added as 0x0080. Decoding accepts both, encoding uses false. length must be at least 4. */
uint16_t cdp_checksum(const uint8_t *data, size_t length, bool plain_0x80);

/* Add an IPv4 address to encode; -ENOSPC when full. */
int cdp_add_ipv4(struct cdp_addresses *addresses, uint32_t ipv4);

/* The first IPv4 address; false when there is none. */
bool cdp_first_ipv4(const struct cdp_addresses *addresses, uint32_t *ipv4);

/* The words that switches print for bit 0 to CDP_CAP_NAMED - 1: "Router", "Trans-Bridge", ..., "Two-port Mac
 * Relay", and their letters "R", "T", ... NULL beyond. */
const char *cdp_capability_name(unsigned bit);
const char *cdp_capability_letter(unsigned bit);

#endif
