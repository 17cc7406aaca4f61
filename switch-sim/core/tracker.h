#ifndef SWITCH_SIM_CORE_TRACKER_H
#define SWITCH_SIM_CORE_TRACKER_H

#include <stdint.h>

#include "base/mac.h"

/*
 * Device tracking, for ARP suppression. From ARP frames and DHCP leases the switch learns which device has which
 * IPv4 address. It sends a broadcast ARP request to the port of that device only. If the device is unknown, the
 * switch floods the request, with two exceptions that every phone sends at boot and that only servers and routers
 * need: the probe for an address that was just leased to the sender, and the announcement of the sender's own
 * address. These go to trusted ports. If another device has used an address, the address stays with that device
 * while its MAC is in the MAC table, even after a new lease: so the probe still finds a duplicate.
 */

#define TRACKER_ENTRIES 8192 /* a power of two; a new entry replaces the oldest of its bucket */
#define TRACKER_WAYS	4
#define TRACKER_AGE_US	(600 * UINT64_C(1000000))

struct switch_core;
struct tracker;
struct transit;

enum tracker_verdict {
	TRACKER_FLOOD,
	TRACKER_TRUSTED, /* to trusted ports only */
	TRACKER_PORT,	 /* to *port only */
};

struct tracker *tracker_new(void);
void tracker_free(struct tracker *tracker);

/* The address was leased to that device. */
void tracker_leased(struct tracker *tracker, uint16_t vlan, uint32_t address, const struct mac *mac,
		    uint64_t now_us);

/* Learn the sender of a unicast frame if it is ARP: most replies are unicast, and a router may send nothing else. */
void tracker_learn(struct switch_core *core, const struct transit *frame);

/* Where a broadcast ARP frame must go. Learns its sender too. */
enum tracker_verdict tracker_inspect(struct switch_core *core, const struct transit *frame, int *to);

#endif
