#ifndef SWITCH_SIM_CORE_INTERNAL_H
#define SWITCH_SIM_CORE_INTERNAL_H

#include "base/rng.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mirror.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/security.h"
#include "switch-sim/core/switch.h"

/* The switch and its ports: the state of each module. Nothing outside switch-sim/core (and its tests)
 * includes this; the headers of the modules describe their interfaces. */

#define SECOND UINT64_C(1000000)

/* Timers of a port. The owner after the last port is the switch itself. */
enum switch_timer {
	TIMER_CDP_SEND,
	TIMER_CDP_AGE,
	TIMER_LLDP_SEND,
	TIMER_LLDP_AGE,
	TIMER_KEEPALIVE,
	TIMER_POE,
	TIMER_SWEEP,  /* of the switch: tables that age */
	TIMER_IMPAIR, /* of the switch: frames that wait, rules that end, links that flap */
	TIMER_KINDS,
};

struct traffic {
	uint64_t octets, unicast, multicast, broadcast;
};

struct port_counters {
	struct traffic in, out;
	uint64_t in_vlan;      /* tag not allowed here, or VLAN absent */
	uint64_t in_malformed; /* too short, group source */
	uint64_t in_reserved;  /* for bridges only, not forwarded and not understood */
	uint64_t in_snooping;  /* DHCP refused */
	uint64_t in_down;      /* the link was down */
	uint64_t filtered;     /* destination behind the same port */
	uint64_t cdp_in, cdp_out, cdp_bad, lldp_in, lldp_out, lldp_bad;
	uint64_t neighbors_dropped; /* no room */
	uint64_t snooped_to;	    /* client broadcasts that were taken to trusted ports only */
	uint64_t flaps;
};

struct port {
	unsigned index, member; /* member from 1 */
	bool uplink;
	char name[SWITCH_PORT_NAME];	  /* Gi1/0/1 */
	char interface[SWITCH_PORT_NAME]; /* gi1-0-1 */
	char long_name[40];		  /* GigabitEthernet1/0/1 */
	struct mac mac;
	struct switch_port_config config;
	bool plugged, carrier, link;
	int pulled;	       /* the number of rules that hold the link down now */
	const char *err_cause; /* why it is in err-disable state; NULL: it is not */
	struct security security;
	bool monitored, monitoring;	    /* source, destination of a mirror session */
	unsigned impaired_in, impaired_out; /* rules on its frames */
	struct switch_device device;
	uint64_t changed_us; /* of the link */
	struct port_poe poe;
	struct port_counters counters;
	struct wire_odd dhcp_odd; /* of the DHCP messages that came in */
	struct cdp_neighbor *cdp;
	unsigned cdp_fast; /* messages still to send a second apart */
	struct lldp_neighbor *lldp;
	bool lldp_med;	    /* an LLDP-MED endpoint has spoken since the link came up */
	unsigned lldp_fast; /* frames of the fast start still to send */
};

struct switch_core {
	struct switch_config config; /* ports and vlans of it are not used: see below */
	unsigned count;
	struct port *ports;
	struct vlan *vlans[SWITCH_VLAN_MAX + 1]; /* by id; NULL: absent */
	unsigned vlan_count;
	unsigned generation; /* of VLAN membership */
	unsigned *budget_mw; /* of each member, from 0 */
	bool cdp_run, lldp_run;
	uint64_t started_us;
	uint64_t now_us; /* of the event that is being handled */
	struct timer_queue *timers;
	struct mactable *macs;
	uint64_t macs_full, bindings_full; /* frames and leases for which a table had no room */
	struct snooping *snooping;
	struct tracker *tracker;
	struct impair *impair; /* NULL until the first rule */
	unsigned impaired_out; /* rules on frames that leave, over all ports */
	struct mirror mirrors[MIRRORS];
	unsigned mirroring; /* sources, over all sessions */
	struct rng rng;
	unsigned traced; /* log tokens, a bit each */
	switch_act_fn *act;
	void *arg;
	struct log_line log[LOG_LINES];
	uint64_t logged;
};

/* Set the time of the event that comes now. Time does not go back, whatever time the driver passes. */
void core_now_is(struct switch_core *core, uint64_t now_us);

#endif
