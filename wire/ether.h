#ifndef WIRE_ETHER_H
#define WIRE_ETHER_H

#include "base/mac.h"
#include "wire/cursor.h"

/*
 * Ethernet frames without their check sequence (IEEE 802.3 clause 3, IEEE 802.1Q clause 9, IEEE 802 clause 9
 * for LLC and SNAP): Ethernet II, 802.3 length with LLC, and LLC with SNAP; up to two VLAN tags in front of
 * any of them.
 */

#define ETHER_HEADER	 14	/* destination, source, type or length */
#define ETHER_ADDRESSES	 12	/* destination and source */
#define ETHER_TAG	 4	/* one 802.1Q tag */
#define ETHER_MIN	 60	/* the shortest frame on copper, less the check sequence */
#define ETHER_MTU	 1500	/* greatest payload, and greatest value of an 802.3 length */
#define ETHER_TAGS	 2	/* most VLAN tags that are decoded */
#define ETHER_FRAME_MAX	 1522	/* header, two tags, MTU */
#define ETHER_TYPE_FIRST 0x0600 /* lowest EtherType; 1501 to 1535 are neither type nor length */

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_VLAN = 0x8100, /* 802.1Q customer tag */
	ETHER_QINQ = 0x88a8, /* 802.1Q service tag */
	ETHER_IPV6 = 0x86dd,
	ETHER_LLDP = 0x88cc,
	ETHER_LOOPBACK = 0x9000, /* Configuration Testing Protocol, Ethernet version 2.0, chapter 8 */
};

enum ether_kind {
	ETHER_II,   /* type is an EtherType */
	ETHER_LLC,  /* 802.3 length, LLC; dsap, ssap and control are set */
	ETHER_SNAP, /* 802.3 length, LLC AA AA 03, OUI and protocol id; oui and type are set */
};

/* A VLAN tag: its protocol id, and its control information (priority, drop eligible, VLAN id). */
struct ether_tag {
	uint16_t protocol; /* ETHER_VLAN or ETHER_QINQ */
	uint16_t tci;
};

/* VID 0 is a priority tag: the frame belongs to the port's untagged VLAN (802.1Q 9.6). */
static inline uint16_t ether_tci_vid(uint16_t tci)
{
	return tci & 0x0fff;
}

static inline uint8_t ether_tci_priority(uint16_t tci)
{
	return (uint8_t)(tci >> 13);
}

static inline uint16_t ether_tci(uint16_t vid, uint8_t priority)
{
	return (uint16_t)((vid & 0x0fff) | (priority & 7) << 13);
}

struct ether_frame {
	struct mac destination;
	struct mac source;
	unsigned tags;			  /* 0 to ETHER_TAGS */
	struct ether_tag tag[ETHER_TAGS]; /* outermost first */
	enum ether_kind kind;
	uint16_t type;		     /* EtherType, or the SNAP protocol id; 0 for bare LLC */
	uint8_t dsap, ssap, control; /* of LLC and SNAP frames */
	uint32_t oui;		     /* of SNAP frames, 24 bits; 0 (RFC 1042): type is an EtherType */
	struct wire_slice
	    payload; /* slice of the input. Of 802.3 frames only what the length covers; of Ethernet II
			everything that follows, padding included, since only the upper protocol knows */
	size_t pad;  /* bytes beyond the 802.3 length */
};

/* Decode. 0, or -EBADMSG: truncated, a length beyond the frame, a value that is neither length nor type, more
 * tags than ETHER_TAGS. */
int ether_decode(const uint8_t *data, size_t length, struct ether_frame *frame, struct wire_error *error);

/* The LLC or SNAP header, and everything behind it as payload. */
void ether_read_llc(struct wire_reader *reader, struct ether_frame *frame);

/* Encode, without padding unless frame->pad asks for it (802.3 only). Returns the length, -ENOSPC, or -EINVAL
 * (an 802.3 payload too long, tags more than ETHER_TAGS, a type that is a length). */
ssize_t ether_encode(const struct ether_frame *frame, uint8_t *data, size_t size);

/* Headers only: begin writes everything in front of the payload, end patches the 802.3 length. For codecs
 * that write their payload straight behind it. begin ignores frame->payload and frame->pad. */
void ether_write_begin(struct wire_writer *writer, const struct ether_frame *frame);
void ether_write_end(struct wire_writer *writer, const struct ether_frame *frame);

/* Fill a frame of length bytes in a buffer of size with zeros up to ETHER_MIN. The new length, or -ENOSPC. */
ssize_t ether_pad(uint8_t *data, size_t length, size_t size);

/* The outermost VLAN tag of raw bytes, for data planes: true and *tci set when there is one. */
bool ether_tag_peek(const uint8_t *data, size_t length, uint16_t *tci);

/* Put an 802.1Q tag behind the addresses of a frame in place. The new length, -ENOSPC, or -EINVAL (shorter
 * than the addresses). */
ssize_t ether_tag_insert(uint8_t *data, size_t length, size_t size, uint16_t tci);

/* Take the outermost tag out of a frame in place; *tci (may be NULL) is what it was. The new length, or
 * -ENOENT when there is none. */
ssize_t ether_tag_strip(uint8_t *data, size_t length, uint16_t *tci);

/* "IPv4", "ARP", "802.1Q", "LLDP", "IPv6", "802.1ad", or NULL. */
const char *ether_type_name(uint16_t type);

extern const struct mac ether_broadcast;

#endif
