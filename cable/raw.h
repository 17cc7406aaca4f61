#ifndef CABLE_RAW_H
#define CABLE_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"

struct iovec;
struct sock_filter;
struct raw;

/* An AF_PACKET socket on one interface. Frames go in and out with their 802.1Q tag inline, although the
 * kernel delivers it beside the bytes (auxdata). Our own outgoing frames are not received. One descriptor,
 * nonblocking. */
struct raw_options {
	const char *interface;
	const struct sock_filter
	    *filter; /* classic BPF, or NULL; it sees the frame without its tag (use SKF_AD_VLAN_TAG) */
	unsigned short filter_length; /* in instructions */
	int receive_buffer;	      /* bytes, 0: the system's default */
	bool promiscuous;	      /* also frames to other MACs and all groups */
};

#define RAW_FRAME_MAX 2048 /* a buffer of this size holds every frame of a cable (MTU 1500, two tags) */

/* Open in the namespace ns (-1: the current one). */
int raw_open(struct raw **raw, int ns, const struct raw_options *options, struct fail *fail);

/* Readable when frames wait; borrowed. */
int raw_fd(const struct raw *raw);

/* The interface. */
int raw_ifindex(const struct raw *raw);

/* Receive one frame into buffer. Its length; -EAGAIN when none waits; -EMSGSIZE for one larger than size
 * (dropped); another negative errno. That the link went down (ENETDOWN) is not an error here. */
ssize_t raw_receive(struct raw *raw, void *buffer, size_t size);

/* Send one frame, headers and inline tag included. 0; -EAGAIN and -ENOBUFS when the queue is full; -ENETDOWN,
 * -ENXIO when the link is down or deleted. */
int raw_send(struct raw *raw, const void *frame, size_t length);

/* The same of a frame in parts. */
int raw_send_parts(struct raw *raw, const struct iovec *parts, unsigned count);

/* NULL is legal. */
void raw_close(struct raw *raw);

#endif
