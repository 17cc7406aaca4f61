#ifndef WIRE_EDIT_H
#define WIRE_EDIT_H

#include "wire/ether.h"

/*
 * Changes to messages and frames that exist already: one option, one TLV, one tag; everything else stays byte
 * for byte, what this library does not know included. For programs that pass on messages of others, slightly
 * different.
 *
 * Functions of messages read in (length bytes) and write the changed message to out (size bytes, apart from
 * in). They give the new length; -ENOENT when what is to be changed is not there; -EBADMSG when the message
 * is malformed; -ENOSPC without room; -EINVAL for a value that cannot be.
 */

/* DHCP: every instance of the option goes (file and sname are looked at where they hold options, RFC 2132
 * 9.3). At least as long as BOOTP's 300 bytes when in was. */
ssize_t edit_dhcp_strip(const uint8_t *in, size_t length, uint8_t code, uint8_t *out, size_t size);

/* The option gets this value of 1 to 255 bytes, whether it was there or not. */
ssize_t edit_dhcp_set(const uint8_t *in, size_t length, uint8_t code, const void *value, size_t value_length,
		      uint8_t *out, size_t size);

/* CDP: every TLV of the type goes; the checksum is right again. */
ssize_t edit_cdp_remove(const uint8_t *in, size_t length, uint16_t type, uint8_t *out, size_t size);

/* CDP: the VoIP VLAN reply carries this VLAN. */
ssize_t edit_cdp_voice_vlan(const uint8_t *in, size_t length, uint16_t vlan, uint8_t *out, size_t size);

/* LLDP: every TLV of the type goes; of type 127 those of oui and subtype. The end stays. */
ssize_t edit_lldp_remove(const uint8_t *in, size_t length, uint8_t type, uint32_t oui, uint8_t subtype,
			 uint8_t *out, size_t size);

/* LLDP-MED: the policies for voice and voice signalling carry this VLAN, tagged or not. */
ssize_t edit_lldp_voice_vlan(const uint8_t *in, size_t length, uint16_t vlan, bool tagged, uint8_t *out,
			     size_t size);

enum edit_kind {
	EDIT_OTHER, /* anything else; payload is what follows the Ethernet header */
	EDIT_IPV4,  /* another protocol, or a fragment; payload is what follows the IPv4 header */
	EDIT_UDP,
	EDIT_TCP,
	EDIT_ICMP, /* payload is what follows type, code and checksum */
	EDIT_CDP,  /* payload is the CDP message */
	EDIT_LLDP,
};

/* Where the parts of a frame begin, in bytes from its start. Tags are passed over. */
struct edit_layout {
	enum edit_kind kind;
	size_t network;	  /* behind the Ethernet header (of CDP: the LLC header) */
	size_t transport; /* behind the IPv4 header; else as payload */
	size_t payload;
	size_t end; /* of what the lengths inside cover: link padding lies behind */
};

/* Find them. Lengths are looked at, checksums are not: what it finds may be changed and then mended. 0, or
 * -EBADMSG when not even an Ethernet header is there. */
int edit_locate(const uint8_t *data, size_t length, struct edit_layout *layout);

/* Put the checksums right that the frame has: IPv4 header, UDP (unless the sender left it out), TCP, ICMP,
 * CDP. */
void edit_mend(uint8_t *data, size_t length);

/* Give a UDP, CDP or LLDP frame another payload, in place: lengths, checksums and padding follow. The new
 * length of the frame, -ENOSPC, or -EINVAL for a frame of another kind. */
ssize_t edit_payload(uint8_t *data, size_t length, size_t size, const uint8_t *payload,
		     size_t payload_length);

#endif
