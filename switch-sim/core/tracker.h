#ifndef SWITCH_SIM_CORE_TRACKER_H
#define SWITCH_SIM_CORE_TRACKER_H

/*
 * Device tracking, for ARP suppression. From ARP frames and DHCP leases the switch knows who has which IPv4
 * address; an ARP request that is broadcast then goes to the owner's port alone. Where nobody is known to
 * have the address it is flooded as ever, but for two kinds that every phone sends at boot and that are for
 * servers and routers only: the probe for an address that was just leased to the asker, and the announcement
 * of one's own address; these go to trusted ports. An address that another device was heard to use stays that
 * device's while it is in the MAC table, leased again or not: so a duplicate is still found by the probe.
 * The functions are declared in core/internal.h.
 */

#define TRACKER_ENTRIES 8192 /* a power of two; the oldest of a bucket gives way */
#define TRACKER_WAYS	4
#define TRACKER_AGE_US	(600 * UINT64_C(1000000))

#endif
