#ifndef CABLE_RING_H
#define CABLE_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * One AF_PACKET ring (TPACKET_V2, shared memory) for all interfaces of a namespace, however many there are.
 * A switch receives from all its ports with one descriptor, without a system call or an allocation per frame.
 * Our own frames and frames of lo are not received. V2 and not V3, because V2 shows a frame when it arrives; V3
 * holds it until its block is full or a timer of a millisecond expires.
 */
struct ring;

struct ring_options {
	unsigned frames; /* slots of 2 KiB; 0: 4096 */
	int send_buffer; /* bytes; 0: 4 MiB */
};

struct ring_statistics {
	uint64_t received;  /* frames given to the callback */
	uint64_t dropped;   /* by the kernel, because no slot was free */
	uint64_t truncated; /* larger than a slot, and dropped by us */
	uint64_t sent;
	uint64_t send_failed; /* link down or deleted, queue full */
};

#define RING_HEADROOM                                                                                        \
	16 /* writable bytes before the frame that a callback gets: room for a tag without a copy */

/* A frame of the interface ifindex, its 802.1Q tag inline. The bytes are in the ring: they may be changed,
 * and are valid until the callback returns. ring_send is allowed within. */
typedef void ring_frame_fn(void *arg, int ifindex, uint8_t *frame, size_t length);

/* Open in the namespace ns (-1: the current one); options may be NULL. */
int ring_open(struct ring **ring, int ns, const struct ring_options *options, struct fail *fail);

/* From now on the frames of these interfaces are not received, instead of those of an earlier call. 0, -EINVAL (more than
 * RING_IGNORED_MAX), or a negative errno. */
#define RING_IGNORED_MAX 64
int ring_ignore(struct ring *ring, const int *ifindexes, unsigned count);

/* Readable when frames wait; borrowed. */
int ring_fd(const struct ring *ring);

/* Pass up to budget waiting frames to the callback (0: all). Their number, or a negative errno. With a budget,
 * call again (the descriptor stays readable) until the number is smaller. */
int ring_receive(struct ring *ring, unsigned budget, ring_frame_fn *frame, void *arg);

/* Send a frame (headers and inline tag included) from the interface. 0 or a negative errno, which is counted
 * too. */
int ring_send(struct ring *ring, int ifindex, const void *frame, size_t length);

/* Send the same frame from count interfaces (a flood), in few system calls. How many were sent. */
unsigned ring_send_many(struct ring *ring, const int *ifindexes, unsigned count, const void *frame,
			size_t length);

/* The same without the frame's 802.1Q tag, which is its first one, at octet 12. A frame that is too short for a tag is not sent. */
unsigned ring_send_many_untagged(struct ring *ring, const int *ifindexes, unsigned count, const void *frame,
				 size_t length);

/* Totals since the ring was opened. */
void ring_statistics(struct ring *ring, struct ring_statistics *statistics);

/* NULL is legal. */
void ring_close(struct ring *ring);

#endif
