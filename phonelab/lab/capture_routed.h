#ifndef PHONELAB_LAB_CAPTURE_ROUTED_H
#define PHONELAB_LAB_CAPTURE_ROUTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The packets that a capture contains already: a router forwards a packet in a new frame, with a TTL that is one less
 * (RFC 1812 5.3.1). Analysers take the second frame for a retransmission. */
#define CAPTURE_ROUTED_PACKETS 16384u

struct capture_routed {
	struct {
		uint64_t digest, time_ns;
		uint8_t ttl;
	} packet[CAPTURE_ROUTED_PACKETS];
};

/* Note an untagged Ethernet frame of that time. True if it is an IPv4 packet that was noted within the last second with a
 * TTL that is one more. */
bool capture_routed_note(struct capture_routed *routed, const uint8_t *frame, size_t length,
			 uint64_t time_ns);

#endif
