#ifndef PHONELAB_LAB_PROBE_RING_H
#define PHONELAB_LAB_PROBE_RING_H

#include "phonelab/lab/probe_internal.h"

/* The frames of all interfaces of a namespace, in both directions: those that a check may have sent or received. Frames pass
 * as if nobody looked. */
struct probe_ring {
	int sock; /* -1: closed */
	uint8_t *map;
	unsigned next;
};

struct sockaddr_ll;

/* A frame, where and in which direction it passed, and when (CLOCK_REALTIME, microseconds). */
typedef void probe_ring_fn(void *arg, const struct sockaddr_ll *from, const uint8_t *data, size_t length,
			   int64_t us);

/* Open in the namespace, and stay in it. Passed on: frames with the address of a place, ARP, and DHCP. 0 or a negative errno;
 * then it is closed. */
int probe_ring_open(struct probe_ring *ring, int netns, const struct probe_run *run);

/* Hand over what waits, up to a whole ring. */
void probe_ring_read(struct probe_ring *ring, probe_ring_fn *frame, void *arg);

/* Frames for which there was no room since it was asked last. */
unsigned probe_ring_dropped(const struct probe_ring *ring);

void probe_ring_close(struct probe_ring *ring);

#endif
