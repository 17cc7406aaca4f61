#ifndef PHONELAB_LAB_PROBE_POINTS_H
#define PHONELAB_LAB_PROBE_POINTS_H

#include <jansson.h>
#include <linux/if_packet.h>
#include <stdbool.h>

#include "base/mac.h"
#include "phonelab/lab/probe.h"

/* The points of the path of a check: interfaces, in the order in which a request passes. */

struct probe_point {
	unsigned tap;
	int ifindex;
	bool out, node;
	struct mac mac;	   /* of a node's interface */
	struct mac *to[2]; /* to which frames go here, from the place and back; NULL: not known */
};

struct probe_points {
	struct probe_point point[PROBE_PATH];
	unsigned n;
};

/* Read the path of a check (probe.h): socks are those of the taps. An interface that does not exist sees nothing. n is 0 if a
 * tap is not open. */
void probe_points_read(struct probe_points *points, const json_t *path, const int *socks, size_t count);

/* The number of the point where a tap has seen a frame, counted in the direction of the frame; -1: the frame is not on the path;
 * -ENOENT: it is counted elsewhere. cable: if the frame passed a lane, the interface of the cable that it belongs to
 * (probe_cable.h); else 0. */
int probe_points_find(const struct probe_points *points, unsigned tap, int cable,
		      const struct sockaddr_ll *from, bool arp, bool back);

/* The point of that number in that direction. */
const struct probe_point *probe_points_at(const struct probe_points *points, unsigned number, bool back);

/* Of a node that sends on the path in that direction, the number of the point of the next node. 0: it is no sender. */
unsigned probe_points_next_node(const struct probe_points *points, unsigned sender, bool back);

#endif
