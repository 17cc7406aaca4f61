#ifndef PHONELAB_LAB_PROBE_TRACE_H
#define PHONELAB_LAB_PROBE_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mac.h"

/* The frames of checks as they pass the points of a path. Pure: frames in, counts out. */

enum probe_kind {
	PROBE_ARP,
	PROBE_ICMP,
	PROBE_TCP,
	PROBE_HTTP,
	PROBE_SIP,
	PROBE_TFTP,
	PROBE_DNS,
	PROBE_DHCP,
	PROBE_RESOLVE,
	PROBE_KINDS,
};

/* "arp", "icmp", ..; and back: PROBE_KINDS if there is none of that name. */
extern const char *const probe_kind_names[PROBE_KINDS];
enum probe_kind probe_kind_of(const char *name);

/* By what the frames of a check are known. */
struct probe_key {
	enum probe_kind kind;
	bool udp;	      /* of SIP */
	uint32_t here, there; /* addresses */
	uint16_t port;	      /* here, of TCP and UDP; 0: none yet */
	uint32_t id;	      /* ICMP identifier, xid of DHCP */
};

/* A frame of a check. */
struct probe_frame {
	bool back;	     /* to the place; of PROBE_RESOLVE always false, because the sender decides */
	struct mac from, to; /* in the frame */
	uint64_t identity;   /* the same at each point that the frame passes */
	uint64_t digest;     /* of what no device on the way may change; 0: cannot be compared */
	size_t length;	     /* octets of the frame, without a tag */
};

/* Is it a frame of that check? The frame may have an 802.1Q tag. */
bool probe_frame_match(const struct probe_key *key, const uint8_t *data, size_t length,
		       struct probe_frame *frame);

struct probe_sight {
	struct probe_frame frame;
	unsigned point; /* of the path, counted in the direction of the frame */
	int64_t us;
};

/*
 * Evaluate the frames of one direction of a check: sights (sorted here) at count points. Frames that were first seen after
 * until_us do not count, because they may still be on their way. A new object, or NULL without memory:
 *   seen     frames at each point
 *   lost     [{"after","frames","octets"}]: frames that passed the point `after`, and none of the later ones;
 *            octets: of the shortest that was lost
 *   whole    octets of the longest frame that passed from end to end, 0: none
 *   late     [{"after","ms"}]: half of the frames took at least PROBE_LATE_US to the next point
 *   altered  [{"after","frames"}]: other octets at the next point
 *   extra    [{"after","frames"}]: more often at the next point
 */
#define PROBE_LATE_US 50000
json_t *probe_trace(struct probe_sight *sights, size_t sight_count, unsigned count, int64_t until_us);

#endif
