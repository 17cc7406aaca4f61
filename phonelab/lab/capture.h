#ifndef PHONELAB_LAB_CAPTURE_H
#define PHONELAB_LAB_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * Captures as pcapng, of all interfaces of network namespaces or of one of them, in both directions.
 * Interfaces that come later (a phone is plugged in) are described before their first frame.
 */
struct capture_source {
	int netns;	       /* borrowed; -1: the caller's */
	const char *node;      /* put before the interface's name ("sw1 Gi1/0/1"), or NULL */
	const char *interface; /* only this one, or NULL: all except lo */
};

struct capture;

/* Open the sockets, so that every later frame is captured, and write the section header to out (borrowed). 0 or a
 * negative errno. */
int capture_open(struct capture **capture, const struct capture_source *sources, size_t count, int out,
		 struct fail *fail);

/*
 * Write frames until stop (a descriptor, -1: none) becomes readable, count frames (0: any number), seconds
 * (0: any time), or until the reader of a pipe has closed it. 0, or 1 if writing failed (reported on
 * standard error).
 */
int capture_run(struct capture *capture, int stop, uint64_t count, unsigned seconds);

/* Frames written so far. */
uint64_t capture_frames(const struct capture *capture);

/* NULL is legal. */
void capture_close(struct capture *capture);

#endif
