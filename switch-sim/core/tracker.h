#ifndef SWITCH_SIM_CORE_TRACKER_H
#define SWITCH_SIM_CORE_TRACKER_H

#include <stdint.h>

#include "base/mac.h"
#include "switch-sim/core/transit.h"

/*
 * Device tracking, for ARP suppression. From ARP frames and DHCP leases the switch knows who has which IPv4
 * address; an ARP request that is broadcast then goes to the owner's port alone. Where nobody is known to
 * have the address it is flooded as ever, but for two kinds that every phone sends at boot and that are for
 * servers and routers only: the probe for an address that was just leased to the asker, and the announcement
 * of one's own address; these go to trusted ports. An address that another device was heard to use stays that
 * device's while it is in the MAC table, leased again or not: so a duplicate is still found by the probe.
 */

#define TRACKER_ENTRIES 8192 /* a power of two; the oldest of a bucket gives way */
#define TRACKER_WAYS	4
#define TRACKER_AGE_US	(600 * UINT64_C(1000000))

struct switch_core;
struct port;

struct tracker;

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

/* Where a broadcast ARP frame must go. */
enum tracker_verdict tracker_inspect(struct switch_core *core, struct port *port, const struct transit *frame,
				     int *to);

#endif
