#ifndef PHONELAB_LAB_CAPTURE_H
#define PHONELAB_LAB_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/* Captures as pcapng: all interfaces of network namespaces, or one interface. Interfaces may appear later. One interface
 * is followed by its name: the capture goes on when its cable is plugged again. */
struct capture_source {
	int netns;	  /* borrowed; -1: the caller's */
	const char *node; /* borrowed: printed before the name of the interface ("sw1 Gi1/0/1"), or NULL */
	const char *interface; /* borrowed: the only interface, or NULL: all except lo */
	/* Of a switch, each frame once: where it comes in; and CDP and LLDP of the switch itself, where they leave. A packet
	 * that a router forwards counts as the same frame. The same for all sources. false: each frame at every port that it
	 * passes. */
	bool once;
	/* With once, borrowed: the ports ("Te1/1/1") to switches that are captured too, up to a NULL. What comes in there is
	 * left out, because it came in at the other switch before. NULL: none. */
	char *const *between;
};

struct capture;

/* Open the sockets, which receive every frame from now on, and write the section header to out (borrowed). 0 or a
 * negative errno; -ENODEV if the interface does not exist. */
int capture_open(struct capture **capture, const struct capture_source *sources, size_t count, int out,
		 struct fail *fail);

/* Write the secrets that are appended to the key log (a descriptor of capture_keys_open, opened before the capture; borrowed)
 * before the frames that need them. Frames are then written a moment later. 0 or a negative errno. */
int capture_add_keys(struct capture *capture, int key_log, struct fail *fail);

/*
 * Write frames until stop (a descriptor, -1: none) is readable, count frames are written (0: no limit), seconds have
 * passed (0: no limit), or the reader closes the pipe. 0, or 1 if writing fails, with the reason on standard error.
 */
int capture_run(struct capture *capture, int stop, uint64_t count, unsigned seconds);

/* Frames written so far. */
uint64_t capture_frames(const struct capture *capture);

/* NULL is legal. */
void capture_close(struct capture *capture);

#endif
