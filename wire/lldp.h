#ifndef WIRE_LLDP_H
#define WIRE_LLDP_H

#include "wire/ether.h"
#include "wire/odd.h"

/*
 * LLDP (IEEE 802.1AB) with the organisational TLVs of 802.1 (port VLAN), 802.3 (MAC/PHY, power via MDI with
 * the 802.3at extension, frame size) and LLDP-MED (ANSI/TIA-1057). EtherType 88CC, never forwarded by
 * bridges.
 */

#define LLDP_POLICIES  8
#define LLDP_RAW       16  /* most TLVs of other types kept of one message */
#define LLDP_ID_MAX    255 /* of a chassis or port id, subtype excluded */
#define LLDP_FRAME_MAX ETHER_FRAME_MAX

extern const struct mac lldp_multicast; /* 01:80:c2:00:00:0e: nearest bridge */

enum lldp_has {
	LLDP_HAS_CHASSIS = 1 << 0,
	LLDP_HAS_PORT = 1 << 1,
	LLDP_HAS_TTL = 1 << 2,
	LLDP_HAS_PORT_DESCRIPTION = 1 << 3,
	LLDP_HAS_SYSTEM_NAME = 1 << 4,
	LLDP_HAS_SYSTEM_DESCRIPTION = 1 << 5,
	LLDP_HAS_CAPABILITIES = 1 << 6,
	LLDP_HAS_MANAGEMENT = 1 << 7,
	LLDP_HAS_PORT_VLAN = 1 << 8,
	LLDP_HAS_MAC_PHY = 1 << 9,
	LLDP_HAS_POWER = 1 << 10,
	LLDP_HAS_MAX_FRAME = 1 << 11,
	LLDP_HAS_MED = 1 << 12,
	LLDP_HAS_POLICY = 1 << 13,
	LLDP_HAS_MED_POWER = 1 << 14,
	LLDP_HAS_HARDWARE = 1 << 15,
	LLDP_HAS_FIRMWARE = 1 << 16,
	LLDP_HAS_SOFTWARE = 1 << 17,
	LLDP_HAS_SERIAL = 1 << 18,
	LLDP_HAS_MANUFACTURER = 1 << 19,
	LLDP_HAS_MODEL = 1 << 20,
	LLDP_HAS_ASSET = 1 << 21,
	LLDP_HAS_END = 1 << 22,
};

enum lldp_chassis_subtype {
	LLDP_CHASSIS_COMPONENT = 1,
	LLDP_CHASSIS_INTERFACE_ALIAS = 2,
	LLDP_CHASSIS_PORT_COMPONENT = 3,
	LLDP_CHASSIS_MAC = 4,
	LLDP_CHASSIS_NETWORK = 5, /* address family (1 is IPv4), address */
	LLDP_CHASSIS_INTERFACE_NAME = 6,
	LLDP_CHASSIS_LOCAL = 7,
};

enum lldp_port_subtype {
	LLDP_PORT_INTERFACE_ALIAS = 1,
	LLDP_PORT_COMPONENT = 2,
	LLDP_PORT_MAC = 3,
	LLDP_PORT_NETWORK = 4,
	LLDP_PORT_INTERFACE_NAME = 5,
	LLDP_PORT_CIRCUIT = 6,
	LLDP_PORT_LOCAL = 7,
};

enum lldp_capability {
	LLDP_CAP_OTHER = 0x01,
	LLDP_CAP_REPEATER = 0x02,
	LLDP_CAP_BRIDGE = 0x04,
	LLDP_CAP_WLAN = 0x08,
	LLDP_CAP_ROUTER = 0x10,
	LLDP_CAP_TELEPHONE = 0x20,
	LLDP_CAP_DOCSIS = 0x40,
	LLDP_CAP_STATION = 0x80,
};

enum lldp_med_capability {
	LLDP_MED_CAP_CAPABILITIES = 0x01,
	LLDP_MED_CAP_POLICY = 0x02,
	LLDP_MED_CAP_LOCATION = 0x04,
	LLDP_MED_CAP_POWER_PSE = 0x08,
	LLDP_MED_CAP_POWER_PD = 0x10,
	LLDP_MED_CAP_INVENTORY = 0x20,
};

enum lldp_med_class {
	LLDP_MED_CLASS_1 = 1, /* generic endpoint */
	LLDP_MED_CLASS_2 = 2, /* media endpoint */
	LLDP_MED_CLASS_3 = 3, /* communication device: a phone */
	LLDP_MED_NETWORK = 4,
};

enum lldp_application {
	LLDP_APP_VOICE = 1,
	LLDP_APP_VOICE_SIGNALLING = 2,
	LLDP_APP_GUEST_VOICE = 3,
	LLDP_APP_GUEST_SIGNALLING = 4,
	LLDP_APP_SOFTPHONE = 5,
	LLDP_APP_VIDEO_CONFERENCE = 6,
	LLDP_APP_STREAMING = 7,
	LLDP_APP_VIDEO_SIGNALLING = 8,
};

/* An identifier: its subtype and its bytes (slice of the input). */
struct lldp_id {
	uint8_t subtype;
	struct wire_slice id;
};

/* Management address (802.1AB 8.5.9). Only the first one is kept. */
struct lldp_management {
	uint8_t family;		   /* IANA address family: 1 IPv4, 2 IPv6, 6 MAC */
	struct wire_slice address; /* 1 to 31 bytes, slice of the input */
	uint8_t interface_subtype; /* 1 unknown, 2 ifIndex, 3 port number */
	uint32_t interface;
	struct wire_slice oid; /* up to 128 bytes, may be empty */
};

struct lldp_mac_phy {
	uint8_t autonegotiation; /* bit 0 supported, bit 1 enabled */
	uint16_t pmd;		 /* advertised, ifMauAutoNegCapAdvertisedBits */
	uint16_t mau; /* operational MAU type: 16 is 100BASE-TX, 30 is 1000BASE-T, both full duplex */
};

enum lldp_power_support {
	LLDP_POWER_PSE = 0x01,
	LLDP_POWER_SUPPORTED = 0x02,
	LLDP_POWER_ENABLED = 0x04,
	LLDP_POWER_PAIR_CONTROL = 0x08,
};

/* Power via MDI (802.3 79.3.2). */
struct lldp_power {
	uint8_t support;    /* enum lldp_power_support */
	uint8_t pair;	    /* 1 signal, 2 spare */
	uint8_t class_code; /* power class + 1 */
	bool has_at;	    /* the 802.3at extension follows */
	uint8_t type;	    /* 0 type 2 PSE, 1 type 2 PD, 2 type 1 PSE, 3 type 1 PD */
	uint8_t source;	    /* 2 bits */
	uint8_t priority;   /* 2 bits: 0 unknown, 1 critical, 2 high, 3 low */
	uint16_t requested; /* tenths of a watt */
	uint16_t allocated; /* tenths of a watt */
};

/* LLDP-MED network policy (TIA-1057 10.2.3). */
struct lldp_policy {
	uint8_t application; /* enum lldp_application */
	bool unknown;	     /* U: the policy is not known (yet) */
	bool tagged;
	uint16_t vlan;	  /* 12 bits; 0: priority tagged */
	uint8_t priority; /* 3 bits */
	uint8_t dscp;	  /* 6 bits */
};

/* LLDP-MED extended power (TIA-1057 10.2.5). */
struct lldp_med_power {
	uint8_t type;	  /* 0 PSE, 1 PD */
	uint8_t source;	  /* of a PD: 0 unknown, 1 PSE, 2 local, 3 both; of a PSE: 1 primary, 2 backup */
	uint8_t priority; /* 0 unknown, 1 critical, 2 high, 3 low */
	uint16_t value;	  /* tenths of a watt */
};

/* All slices are slices of the input when decoded, and the caller's when encoding. */
struct lldp_message {
	uint32_t has;			 /* enum lldp_has */
	unsigned unknown;		 /* TLVs of other types (decoding only) */
	unsigned raws;			 /* of raw */
	struct wire_slice raw[LLDP_RAW]; /* TLVs of other types, whole; encoded in front of the end */
	struct wire_odd odd;		 /* TLVs left out or longer than their fields (decoding only) */
	unsigned med_early; /* MED TLVs in front of the MED capabilities: counted, and used (decoding only) */
	unsigned dropped;   /* policies beyond LLDP_POLICIES, management addresses beyond the first (decoding
			     only) */
	struct lldp_id chassis;
	struct lldp_id port;
	uint16_t ttl; /* seconds; 0: shutdown */
	struct wire_slice port_description;
	struct wire_slice system_name;
	struct wire_slice system_description;
	uint16_t capabilities; /* enum lldp_capability: what it can be */
	uint16_t enabled;      /* what it is */
	struct lldp_management management;
	uint16_t port_vlan; /* 0: none */
	struct lldp_mac_phy mac_phy;
	struct lldp_power power;
	uint16_t max_frame;
	uint16_t med_capabilities; /* enum lldp_med_capability */
	uint8_t med_class;	   /* enum lldp_med_class */
	unsigned policies;	   /* LLDP_HAS_POLICY: 1 to LLDP_POLICIES */
	struct lldp_policy policy[LLDP_POLICIES];
	struct lldp_med_power med_power;
	struct wire_slice hardware, firmware, software, serial, manufacturer, model,
	    asset; /* each up to 32 bytes */
};

/*
 * Decode the payload of an ETHER_LLDP frame. 0, or -EBADMSG: chassis, port and TTL are not the first three, in
 * that order, once each, of lengths that they can have (802.1AB 9.2.7.7.1). Another TLV that is too short or has a
 * value that it cannot have is left out and listed in odd, as is a TLV that extends beyond the message. Octets
 * behind the fields of a TLV are ignored and listed. Bytes behind the end TLV (padding, frame check sequence) are
 * ignored; without an end TLV, LLDP_HAS_END is not set.
 */
int lldp_decode(const uint8_t *data, size_t length, struct lldp_message *message, struct wire_error *error);

/* Encode what has says (chassis, port, TTL must be there; end is always written), MED capabilities in front
 * of the other MED TLVs, raw in front of the end. The length, -ENOSPC, or -EINVAL (a value that does not fit). */
ssize_t lldp_encode(const struct lldp_message *message, uint8_t *data, size_t size);

/* The whole frame from source, padded to ETHER_MIN; with shutdown, the shutdown PDU. The length, or as
 * lldp_encode. */
ssize_t lldp_frame(const struct lldp_message *message, bool shutdown, const struct mac *source, uint8_t *data,
		   size_t size);

/* The policy for an application, or NULL. */
const struct lldp_policy *lldp_find_policy(const struct lldp_message *message,
					   enum lldp_application application);

/* What a phone needs to accept an LLDPDU: chassis, port, TTL, MED capabilities, voice policy, end. The name
 * of the first that is missing, or NULL when all are there. */
const char *lldp_phone_missing(const struct lldp_message *message);

/* An id that is an IPv4 network address (chassis subtype 5, port subtype 4); false when it is not. buffer
 * holds the bytes that the id made by lldp_ipv4_id points to. */
bool lldp_id_ipv4(const struct lldp_id *id, uint8_t network_subtype, uint32_t *ipv4);
struct lldp_id lldp_ipv4_id(uint8_t network_subtype, uint32_t ipv4, uint8_t buffer[5]);

/* An id that is a MAC address: subtype is LLDP_CHASSIS_MAC or LLDP_PORT_MAC; false when it is not. */
bool lldp_id_read_mac(const struct lldp_id *id, uint8_t mac_subtype, struct mac *mac);
struct lldp_id lldp_mac_id(uint8_t subtype, const struct mac *mac);

/* A chassis or port id for people: a MAC or IPv4 address as such, others as wire_slice_print. Gives text back. */
char *lldp_id_text(const struct lldp_id *id, uint8_t mac_subtype, uint8_t network_subtype, char *text,
		   size_t size);

/* "voice", "voice signalling", ... NULL when unknown. */
const char *lldp_application_name(uint8_t application);

#endif
