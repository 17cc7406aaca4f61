#ifndef WIRE_IPV4_H
#define WIRE_IPV4_H

#include "wire/ether.h"
#include "base/ipv4.h"

/* IPv4 (RFC 791), UDP (RFC 768) and the TCP header (RFC 9293), checksums verified. Addresses are uint32_t in
 * host order. */

#define IPV4_HEADER 20 /* without options */
#define UDP_HEADER  8

/* Where each header has its checksum. */
#define IPV4_CHECKSUM_AT 10
#define UDP_CHECKSUM_AT	 6
#define TCP_CHECKSUM_AT	 16

enum ip_protocol {
	IP_ICMP = 1,
	IP_TCP = 6,
	IP_UDP = 17,
};

struct ipv4_packet {
	uint8_t tos; /* DSCP << 2 | ECN */
	uint16_t id;
	bool dont_fragment;
	bool more_fragments;
	uint16_t fragment_offset; /* bytes */
	uint8_t ttl;
	uint8_t protocol;
	uint32_t source;
	uint32_t destination;
	struct wire_slice options; /* slice of the input; not interpreted */
	struct wire_slice
	    payload; /* slice of the input; what the total length covers, link padding left out */
};

struct udp_datagram {
	uint16_t source_port;
	uint16_t destination_port;
	bool no_checksum;	   /* the checksum field was 0: not computed by the sender */
	struct wire_slice payload; /* slice of the input */
};

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

struct tcp_segment {
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence;
	uint32_t acknowledgement;
	uint8_t flags;
	uint16_t window;
	struct wire_slice payload; /* slice of the input */
};

/* A UDP datagram with all that is around it, for builders of whole frames. */
struct udp_frame {
	struct mac destination_mac;
	struct mac source_mac;
	bool tagged;
	uint16_t tci; /* when tagged */
	uint8_t tos;
	uint8_t ttl; /* 0 means 64 */
	uint16_t id;
	uint32_t source;
	uint32_t destination;
	uint16_t source_port;
	uint16_t destination_port;
	struct wire_slice payload;
};

/* The Internet checksum (RFC 1071) of length bytes, begun with sum (0, or what ipv4_pseudo_sum gives). Over
 * data that contain a right checksum the result is 0. */
uint16_t ipv4_checksum(const uint8_t *data, size_t length, uint32_t sum);

/* The sum over the pseudo header of UDP and TCP. */
uint32_t ipv4_pseudo_sum(uint32_t source, uint32_t destination, uint8_t protocol, size_t length);

/* Decode the payload of an ETHER_IPV4 frame. 0, or -EBADMSG: truncated, version or header length wrong,
 * total length beyond the data, header checksum wrong. Fragments decode; look at ipv4_is_fragment before
 * going on. */
int ipv4_decode(const uint8_t *data, size_t length, struct ipv4_packet *packet, struct wire_error *error);

/* The same for readers of captures, where checksums are often unfinished (offload) or were not adapted
 * (anonymised): a wrong checksum sets *sum_wrong and is no failure. Also for UDP and TCP. */
int ipv4_decode_any(const uint8_t *data, size_t length, struct ipv4_packet *packet, bool *sum_wrong,
		    struct wire_error *error);
int udp_decode_any(const struct ipv4_packet *packet, struct udp_datagram *datagram, bool *sum_wrong,
		   struct wire_error *error);
int tcp_decode_any(const struct ipv4_packet *packet, struct tcp_segment *segment, bool *sum_wrong,
		   struct wire_error *error);

/* Header (with options, padded to 4 bytes) and payload. The length, -ENOSPC, or -EINVAL (too long, or a
 * fragment offset that is no multiple of 8). */
ssize_t ipv4_encode(const struct ipv4_packet *packet, uint8_t *data, size_t size);

bool ipv4_is_fragment(const struct ipv4_packet *packet);

/* Decode the payload of a whole (not fragmented) IP_UDP packet. 0, or -EBADMSG: truncated, length field
 * beyond the packet or under 8, checksum wrong. Offsets of errors count from the UDP header. */
int udp_decode(const struct ipv4_packet *packet, struct udp_datagram *datagram, struct wire_error *error);

/* Header and payload, the checksum over source and destination. The length, -ENOSPC or -EINVAL (too long). */
ssize_t udp_encode(const struct udp_datagram *datagram, uint32_t source, uint32_t destination, uint8_t *data,
		   size_t size);

/* Decode the payload of a whole IP_TCP packet, checksum verified; options are skipped. 0 or -EBADMSG. */
int tcp_decode(const struct ipv4_packet *packet, struct tcp_segment *segment, struct wire_error *error);

/* A whole frame: Ethernet II, tag if asked for, IPv4 without options (don't fragment), UDP. Not padded (see
 * ether_pad). The length, -ENOSPC or -EINVAL. */
ssize_t udp_frame_encode(const struct udp_frame *frame, uint8_t *data, size_t size);

/* The reverse, through every layer. 0; -EBADMSG (the offset counts from the frame); -ENOMSG when it is well
 * formed but no whole UDP over IPv4 datagram (another protocol, or a fragment). payload is a slice of the
 * input. */
int udp_frame_decode(const uint8_t *data, size_t length, struct udp_frame *frame, struct wire_error *error);

/* Leading ones of a mask, or -EINVAL when they are not contiguous; and the mask of a prefix length (0 to
 * 32). */
int ipv4_mask_length(uint32_t mask);
uint32_t ipv4_mask(unsigned length);

#endif
