#ifndef WIRE_VXLAN_H
#define WIRE_VXLAN_H

#include "wire/ether.h"

/* VXLAN, RFC 7348: an Ethernet frame in a UDP datagram, with the number of its network (VNI). The frame keeps its 802.1Q
 * tags. */

#define VXLAN_PORT    4789
#define VXLAN_HEADER  8
#define VXLAN_VNI_MAX 0xffffff

/* Octets around a frame on the way: outer IPv4 or IPv6, UDP, VXLAN. */
#define VXLAN_OVER_IPV4 (20 + 8 + VXLAN_HEADER)
#define VXLAN_OVER_IPV6 (40 + 8 + VXLAN_HEADER)

struct vxlan {
	uint32_t vni;
	struct wire_slice frame; /* of the input: at least an Ethernet header */
};

/* Decode the payload of a UDP datagram. Reserved bits are ignored (section 5). 0, or -EBADMSG: truncated, no valid VNI, or a
 * frame shorter than its header. */
int vxlan_decode(const uint8_t *data, size_t length, struct vxlan *vxlan, struct wire_error *error);

/* Write the header in front of a frame. */
void vxlan_header(uint8_t header[VXLAN_HEADER], uint32_t vni);

/*
 * The keepalive of a trunk between two switches of phonelab. It is a frame in the trunk's VNI for the nearest bridge
 * (01-80-c2-00-00-0e, which no bridge forwards), ethertype 88B5 (IEEE 802 local experimental). The last octets are an
 * HMAC-SHA-256 (RFC 2104) over the datagram in front of them, VXLAN header included.
 *
 *   0  version, 1        8  session of the sender    20  session echoed: of the last message received, 0: none
 *   1  flags, bit 0: up 16  sequence                 28  sequence echoed
 *   2  reserved, 6                                   32  HMAC
 */
#define TRUNK_KEEPALIVE	     (VXLAN_HEADER + ETHER_HEADER + 64) /* octets of a datagram */
#define TRUNK_KEEPALIVE_HMAC 32
#define TRUNK_KEEPALIVE_TYPE 0x88b5

struct trunk_keepalive {
	uint32_t vni;
	struct mac source;
	bool up;	  /* the sender's port is not held down */
	uint64_t session; /* random, unlike that of every other run of a switch; not 0 */
	uint32_t sequence;
	uint64_t echo_session;
	uint32_t echo_sequence;
	const uint8_t *hmac; /* decoded: in the input */
};

/* Is the frame of a trunk a keepalive, by its addresses and type? */
bool trunk_keepalive_is(struct wire_slice frame);

/* Decode a whole datagram. 0, or -EBADMSG. Whether the HMAC is right is for the caller to check. */
int trunk_keepalive_decode(const uint8_t *data, size_t length, struct trunk_keepalive *keepalive,
			   struct wire_error *error);

/* Encode a datagram, except for the HMAC. TRUNK_KEEPALIVE, or -ENOSPC. */
ssize_t trunk_keepalive_encode(const struct trunk_keepalive *keepalive, uint8_t *data, size_t size);

#endif
