#ifndef PHONELAB_LAB_PROBE_CABLE_H
#define PHONELAB_LAB_PROBE_CABLE_H

#include "cable/link.h"

/* The cable that an interface belongs to: a lane (cable/lane.h) belongs to the cable of another interface. */

struct probe_cable {
	int ifindex; /* of the interface that was asked about; 0: the entry is free */
	unsigned tap;
	int parent; /* a lane: the interface whose cable it belongs to; 0: the interface is no lane */
	char name[LINK_NAME]; /* of the interface of the cable; "": it does not exist any more */
};

/* What was found out. The kernel is asked once about each interface. */
#define PROBE_CABLES 4096
struct probe_cables {
	struct probe_cable entry[PROBE_CABLES];
};

/* The cable of an interface in the namespace of the tap; sock: any socket there. Valid until the next call. */
const struct probe_cable *probe_cable_of(struct probe_cables *cables, unsigned tap, int sock, int ifindex);

#endif
