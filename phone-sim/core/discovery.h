#ifndef PHONE_SIM_CORE_DISCOVERY_H
#define PHONE_SIM_CORE_DISCOVERY_H

#include "phone-sim/core/phone.h"
#include "wire/odd.h"

/* Step 3, and CDP and LLDP after it: voice_vlan.c decides the voice VLAN from the frames of the switch;
 * cdp_agent.c and lldp_agent.c receive them and send those of the phone. */

enum vlan_source {
	VLAN_FROM_NOBODY,
	VLAN_FROM_CDP,
	VLAN_FROM_LLDP,
};

struct discovery {
	bool up; /* frames are sent */
	unsigned cdp_sent;
	bool cdp_received, lldp_received;
	bool cdp_named, lldp_named;   /* a voice VLAN */
	unsigned cdp_without;	      /* CDP frames in a row that no longer name one */
	uint16_t cdp_vlan, lldp_vlan; /* 0: untagged */
	char cdp_neighbor[128], lldp_neighbor[128];
	struct phone_neighbor cdp, lldp;   /* the same in parts */
	struct wire_odd cdp_odd, lldp_odd; /* of this neighbour's messages so far */
	bool decided;
	uint16_t vlan;
	enum vlan_source source;
	unsigned fast_starts;		    /* LLDP-MED frames still to send one second apart */
	uint16_t request_id, management_id; /* CDP power */
	uint32_t requested_mw;
	uint32_t lldp_chassis; /* the address of the last LLDPDU; 0: 0.0.0.0 or none sent */
	bool lldp_sent;
	uint16_t lldp_allocated; /* by the switch, tenths of a watt; 0: unknown */
	uint64_t lldp_dropped;	 /* LLDPDUs that lacked what a phone needs */
	unsigned queries;
	bool waiting_lldp;
};

/* --- voice_vlan.c --- */

/* State VOICE_VLAN entered: drops all connections and the address; asks the switch for the voice VLAN, by CDP
 * first, or waits for the link. */
void voice_vlan_enter(struct phone *phone);

/* TIMER_STEP in VOICE_VLAN: repeat the query, wait for LLDP-MED, or go on without a tag. */
void voice_vlan_timer(struct phone *phone);

/* PHONE_LINK_UP and PHONE_LINK_DOWN. */
void voice_vlan_link(struct phone *phone, bool up);

/* The voice VLAN that this protocol names has changed. */
void voice_vlan_received(struct phone *phone, enum vlan_source source);

/* --- cdp_agent.c: start sending; send now (query: ask for the voice VLAN); TIMER_CDP; a frame --- */

void phone_cdp_start(struct phone *phone);
void phone_cdp_send(struct phone *phone, bool query);
void phone_cdp_timer(struct phone *phone);
void phone_cdp_frame(struct phone *phone, const uint8_t *payload, size_t length);

/* --- lldp_agent.c: also TIMER_LLDP; shutdown: send a last LLDPDU with TTL 0 (IEEE 802.1AB 9.1.2) --- */

void phone_lldp_start(struct phone *phone);
void phone_lldp_stop(struct phone *phone, bool shutdown);
void phone_lldp_send(struct phone *phone);
void phone_lldp_frame(struct phone *phone, const uint8_t *payload, size_t length);

#endif
