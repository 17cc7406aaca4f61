#ifndef PHONE_SIM_CORE_MODELS_H
#define PHONE_SIM_CORE_MODELS_H

#include <stdbool.h>
#include <stdint.h>

/* How long a phone waits: as long as the hardware, or only as long as the protocols require. */
enum phone_pace {
	PHONE_PACE_FAST,
	PHONE_PACE_REAL,
};

/* One model of phone. */
struct phone_model {
	const char *name;	  /* "7841" */
	const char *platform;	  /* CDP platform: "Cisco IP Phone 7841" */
	const char *vendor_class; /* DHCP option 60: "Cisco Systems, Inc. IP Phone CP-7841" */
	const char *user_agent;	  /* first part of the SIP User-Agent: "Cisco-CP7841" */
	unsigned ccm_model;	  /* CUCM's number of the model: 622 */
	unsigned poe_class;	  /* IEEE 802.3 class, 0 to 4 */
	uint32_t boot_mw;	  /* drawn while the boot loader runs */
	uint32_t idle_mw;	  /* drawn when registered, display on; requested by CDP and LLDP-MED */
	const char *load_family;  /* prefix of the names of its loads: "sip78xx" */
	const char *jar;	  /* the localisation file: "sp-sip.jar" */
	const char *tones;	  /* the network locale's tones file: "g3-tones.xml" */
	const char *ring_list;	  /* "Ringlist-wb.xml" */
	bool pc_port;		  /* has a second switch port */
	uint32_t boot_ms;	  /* boot loader and operating system, in pace real */
};

/* The row of a model ("7841", also "CP-7841"), or NULL. */
const struct phone_model *phone_model_find(const char *name);

#define PHONE_SERIAL_SITE "FCH" /* of serial numbers */
#define PHONE_HARDWARE	  "V01" /* hardware revision of every phone */

/* Row number i of the table, NULL after the last. */
const struct phone_model *phone_model_at(unsigned i);

/* Every wait of the phone that depends on the pace, in microseconds. */
struct phone_pace_table {
	uint64_t boot_us;	     /* 0: boot_ms of the model */
	uint64_t flash_us;	     /* reading the image from flash, per bank tried */
	uint64_t cdp_query_us;	     /* between the queries for the VoIP VLAN after link up */
	unsigned cdp_queries;	     /* queries before CDP counts as silent */
	uint64_t lldp_wait_us;	     /* then the wait for an LLDP-MED policy */
	uint64_t dhcp_base_us;	     /* RFC 2131 4.1: 4 s, doubled up to */
	uint64_t dhcp_ceiling_us;    /* 64 s, */
	uint64_t dhcp_jitter_us;     /* plus or minus up to 1 s */
	unsigned dhcp_tries;	     /* messages before the step fails and starts again */
	uint64_t arp_probe_us;	     /* RFC 5227: between probes */
	unsigned arp_probes;	     /* 3 */
	uint64_t arp_wait_us;	     /* after the last probe */
	uint64_t decline_us;	     /* RFC 2131 3.1.5: wait after DECLINE (10 s) */
	uint64_t fetch_us;	     /* one file from one server, small files */
	uint64_t fetch_image_us;     /* one firmware image */
	uint64_t resolve_us;	     /* one name */
	uint64_t connect_us;	     /* TCP to one call manager */
	uint64_t transaction_us;     /* one SIP transaction: 32 s */
	uint64_t retry_base_us;	     /* a failed step starts again after this, doubled up to */
	uint64_t retry_ceiling_us;   /* this, */
	uint64_t retry_jitter_us;    /* plus or minus this */
	uint64_t fallback_poll_us;   /* connection attempts to a call manager of higher priority */
	uint64_t fallback_stable_us; /* how long it must answer before the phone returns */
	uint64_t fallback_jitter_us; /* random spread of the phones that return */
	uint64_t restart_us;	     /* state DOWN before a reset or restart */
};

/* The waits of a pace; never NULL. */
const struct phone_pace_table *phone_pace_table(enum phone_pace pace);

#endif
