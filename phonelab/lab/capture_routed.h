#ifndef PHONELAB_LAB_CAPTURE_ROUTED_H
#define PHONELAB_LAB_CAPTURE_ROUTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The packets that a capture contains already: a router forwards a packet in a new frame, with a smaller TTL (RFC 1812
 * 5.3.1). Analysers take the second frame for a retransmission. On a busy machine the kernel may show the second frame
 * first: the frame that is noted first is kept. */
#define CAPTURE_ROUTED_SETS 2048u /* by the digest of a packet */
#define CAPTURE_ROUTED_WAYS 8u	  /* packets of a set: a new one replaces the oldest */

struct capture_routed_packet {
	uint64_t digest, time_ns;
	uint8_t ttl;
};

struct capture_routed {
	struct capture_routed_packet set[CAPTURE_ROUTED_SETS][CAPTURE_ROUTED_WAYS];
};

/* Note an untagged Ethernet frame of that time. True if it is an IPv4 packet that was noted within the last second with
 * another TTL: a copy, which is not noted. The same TTL is a packet that was sent again. */
bool capture_routed_note(struct capture_routed *routed, const uint8_t *frame, size_t length,
			 uint64_t time_ns);

#endif
