#ifndef WIRE_OFFLOAD_H
#define WIRE_OFFLOAD_H

#include <stdbool.h>

#include "wire/cursor.h"

/*
 * Frames as a network stack hands them to its own device: the checksum is not finished, or one frame stands for many
 * segments (offload). The words are those of struct virtio_net_hdr, VIRTIO 1.2 clause 5.1.6, which is also what Linux
 * puts in front of the frames of an AF_PACKET socket with PACKET_VNET_HDR. This module makes ordinary frames of them.
 */

#define OFFLOAD_ECN 0x80 /* beside a type: the first segment may carry CWR */

enum offload_type {
	OFFLOAD_NONE = 0,
	OFFLOAD_TCP4 = 1,
	OFFLOAD_TCP6 = 4,
	OFFLOAD_UDP = 5, /* datagrams of one size, over IPv4 or IPv6 */
};

struct offload {
	bool checksum; /* the checksum at checksum_start + checksum_offset covers the pseudo header only */
	uint8_t type;  /* enum offload_type, perhaps with OFFLOAD_ECN */
	uint16_t size; /* payload of a segment, unless OFFLOAD_NONE */
	size_t checksum_start;	/* first byte that the checksum covers, from the start of the frame */
	size_t checksum_offset; /* of its field, from there */
};

/* The ordinary frames of one frame. The frame is borrowed until the last of them is made. */
struct offload_frames {
	const uint8_t *frame;
	struct offload offload;
	size_t length, network, transport, payload; /* where each begins */
	size_t at;				    /* of the next payload to send */
	unsigned segments;			    /* made so far */
	bool ipv6, tcp, done;
};

/* Begin with a frame, VLAN tags inline. 0; -EBADMSG (what and where in error) for a checksum outside of the frame, and
 * for a frame of segments that is not TCP or UDP over IPv4 or IPv6; -EPROTONOSUPPORT for an unknown type. */
int offload_begin(struct offload_frames *frames, const struct offload *offload, const uint8_t *frame,
		  size_t length, struct wire_error *error);

/* Write the next ordinary frame: headers, lengths, sequence number, flags and checksums are its own. Its length; 0
 * after the last one; -ENOSPC if it is longer than size, and then nothing follows. */
ssize_t offload_next(struct offload_frames *frames, uint8_t *out, size_t size);

#endif
