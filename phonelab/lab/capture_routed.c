#include "phonelab/lab/capture_routed.h"

#include "wire/cursor.h"
#include "wire/ether.h"

#define SECOND_NS    UINT64_C(1000000000)
#define TTL	     8 /* offsets in the IPv4 header */
#define CHECKSUM     10
#define TOTAL_LENGTH 2
#define HEADER	     20

/* FNV-1a of the packet without what a router changes. */
static uint64_t digest_of(const uint8_t *packet, size_t length)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		if (i != TTL && i != CHECKSUM && i != CHECKSUM + 1)
			digest = (digest ^ packet[i]) * UINT64_C(0x100000001b3);
	return digest;
}

/* The entry of the packet, else the oldest one of its set. */
static struct capture_routed_packet *find(struct capture_routed *routed, uint64_t digest)
{
	struct capture_routed_packet *set = routed->set[digest % CAPTURE_ROUTED_SETS], *oldest = set;

	for (unsigned i = 0; i < CAPTURE_ROUTED_WAYS; i++) {
		if (set[i].digest == digest)
			return &set[i];
		if (set[i].time_ns < oldest->time_ns)
			oldest = &set[i];
	}
	return oldest;
}

bool capture_routed_note(struct capture_routed *routed, const uint8_t *frame, size_t length, uint64_t time_ns)
{
	const uint8_t *packet = frame + ETHER_HEADER;
	struct capture_routed_packet *known;
	uint64_t digest;
	size_t total;

	if (length < ETHER_HEADER + HEADER || wire_get16(frame + ETHER_ADDRESSES) != ETHER_IPV4)
		return false;
	length -= ETHER_HEADER;
	total = wire_get16(packet + TOTAL_LENGTH);
	digest = digest_of(packet, total < length ? total : length); /* without the padding of the link */
	known = find(routed, digest);
	if (known->digest == digest && known->ttl != packet[TTL] && time_ns - known->time_ns < SECOND_NS)
		return true;
	*known = (struct capture_routed_packet){.digest = digest, .time_ns = time_ns, .ttl = packet[TTL]};
	return false;
}
