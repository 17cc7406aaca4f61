#ifndef PHONE_SIM_CORE_DISCOVERY_H
#define PHONE_SIM_CORE_DISCOVERY_H

#include "phone-sim/core/phone.h"

/* Step 3, and CDP and LLDP from then on: what the switch is heard to say decides the voice VLAN
 * (voice_vlan.c); what the phone says of itself is in cdp_agent.c and lldp_agent.c. */

enum vlan_source {
	VLAN_FROM_NOBODY,
	VLAN_FROM_CDP,
	VLAN_FROM_LLDP,
};

struct discovery {
	bool up; /* frames are sent */
	unsigned cdp_sent;
	bool cdp_heard, lldp_heard;
	bool cdp_named, lldp_named;   /* a voice VLAN */
	unsigned cdp_without;	      /* CDP frames in a row that no longer name one */
	uint16_t cdp_vlan, lldp_vlan; /* 0: untagged */
	char cdp_neighbor[128], lldp_neighbor[128];
	bool decided;
	uint16_t vlan;
	enum vlan_source source;
	unsigned fast_starts;		    /* LLDP-MED frames still to send one second apart */
	uint16_t request_id, management_id; /* CDP power */
	uint32_t requested_mw;
	uint16_t lldp_allocated; /* by the switch, tenths of a watt; 0: it has not said */
	uint64_t lldp_dropped;	 /* LLDPDUs that lacked what a phone needs */
	unsigned queries;
	bool waiting_lldp;
};

/* --- voice_vlan.c --- */

void voice_vlan_enter(struct phone *phone);
void voice_vlan_timer(struct phone *phone);
void voice_vlan_link(struct phone *phone, bool up);

/* What that protocol said has changed. */
void voice_vlan_heard(struct phone *phone, enum vlan_source source);

/* --- cdp_agent.c; query: ask for the voice VLAN --- */

void phone_cdp_start(struct phone *phone);
void phone_cdp_stop(struct phone *phone);
void phone_cdp_send(struct phone *phone, bool query);
void phone_cdp_timer(struct phone *phone);
void phone_cdp_frame(struct phone *phone, const uint8_t *payload, size_t length);

/* --- lldp_agent.c; shutdown: with a last LLDPDU of no time to live (IEEE 802.1AB 9.1.2) --- */

void phone_lldp_start(struct phone *phone);
void phone_lldp_stop(struct phone *phone, bool shutdown);
void phone_lldp_send(struct phone *phone);
void phone_lldp_timer(struct phone *phone);
void phone_lldp_frame(struct phone *phone, const uint8_t *payload, size_t length);

#endif
