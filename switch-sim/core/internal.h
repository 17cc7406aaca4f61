#ifndef SWITCH_SIM_CORE_INTERNAL_H
#define SWITCH_SIM_CORE_INTERNAL_H

#include "base/rng.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/switch.h"
#include "switch-sim/core/text.h"
#include "switch-sim/core/timer.h"
#include "wire/cdp.h"
#include "wire/lldp.h"

/* What the files of the core share. Each group of functions is in the file that its heading names. */

#define SECOND UINT64_C(1000000)

/* Timers of a port. The owner after the last port is the switch itself. */
enum switch_timer {
	TIMER_CDP_SEND,
	TIMER_CDP_AGE,
	TIMER_LLDP_SEND,
	TIMER_LLDP_AGE,
	TIMER_POE,
	TIMER_SWEEP,  /* of the switch: tables that age */
	TIMER_IMPAIR, /* of the switch: frames that wait, rules that end, links that flap */
	TIMER_KINDS,
};

enum poe_state {
	POE_IDLE,      /* nothing to power */
	POE_DETECTING, /* real pace: between detection and grant */
	POE_ON,
	POE_DENIED,
	POE_FAULTY,
};

enum poe_negotiator {
	POE_BY_CLASS,
	POE_BY_CDP,
	POE_BY_LLDP,
};

struct port_poe {
	enum poe_state state;
	enum poe_negotiator by; /* the first protocol to speak of power keeps it, until the cable is out */
	unsigned mw;		/* charged to the budget while on */
	unsigned cutoff_mw;	/* a draw beyond this is a fault */
	unsigned drawn_mw;	/* as last said by the device */
	uint16_t request_id, management_id;
	unsigned available_mw;			 /* what CDP last announced */
	uint16_t lldp_requested, lldp_allocated; /* tenths of a watt at the device */
};

struct port_counters {
	uint64_t in_octets, in_unicast, in_multicast, in_broadcast;
	uint64_t out_octets, out_unicast, out_multicast, out_broadcast;
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

#define NEIGHBORS_MAX  8 /* of each protocol at a port */
#define NEIGHBOR_TEXT  256
#define NEIGHBOR_SHORT 64

struct cdp_neighbor {
	struct cdp_neighbor *next;
	uint64_t expires_us;
	uint8_t version;
	uint32_t has; /* CDP_HAS(..) */
	char device_id[NEIGHBOR_TEXT], port_id[NEIGHBOR_TEXT], platform[NEIGHBOR_TEXT],
	    software[NEIGHBOR_TEXT];
	char vtp_domain[NEIGHBOR_SHORT];
	uint32_t capabilities;
	uint32_t address, management_address; /* first IPv4; 0: none */
	uint16_t native_vlan;
	uint8_t duplex;
	uint8_t second_port_status;
	uint32_t power_consumption;
	struct cdp_power power_requested;
};

struct lldp_neighbor {
	struct lldp_neighbor *next;
	uint64_t expires_us;
	struct mac source;
	uint32_t has; /* enum lldp_has */
	uint8_t chassis_subtype, port_subtype;
	char chassis[NEIGHBOR_TEXT], port[NEIGHBOR_TEXT]; /* as printed */
	char port_description[NEIGHBOR_TEXT], name[NEIGHBOR_TEXT], description[NEIGHBOR_TEXT];
	uint16_t capabilities, enabled;
	uint32_t management_address; /* IPv4; 0: none */
	uint16_t port_vlan;
	struct lldp_mac_phy mac_phy;
	struct lldp_power power;
	uint16_t med_capabilities;
	uint8_t med_class;
	unsigned policies;
	struct lldp_policy policy[LLDP_POLICIES];
	struct lldp_med_power med_power;
	char hardware[NEIGHBOR_SHORT], firmware[NEIGHBOR_SHORT], software[NEIGHBOR_SHORT],
	    serial[NEIGHBOR_SHORT];
	char manufacturer[NEIGHBOR_SHORT], model[NEIGHBOR_SHORT], asset[NEIGHBOR_SHORT];
};

struct secure_address {
	struct mac mac;
	uint16_t vlan;
	bool configured;
};

#define SECURE_MAX 64 /* addresses of a port */

/* Port security. Addresses that were learnt go with the link; configured ones stay. */
struct security {
	struct secure_address *addresses; /* SECURE_MAX of them; NULL until the first */
	unsigned count;
	uint64_t violations;
	uint64_t logged_us; /* when one was last written to the log */
	struct mac last;
	uint16_t last_vlan; /* 0: none was heard yet */
};

/* A mirror session (SPAN) copies what passes its sources to its destination. */
#define MIRRORS 4

struct mirror {
	bool *in, *out; /* of each port; NULL: none */
	int to;		/* -1: none */
	bool replicate; /* tags and link-local protocols too */
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
	int pulled;	       /* how many rules keep the link down just now */
	const char *err_cause; /* why it is in err-disable state; NULL: it is not */
	struct security security;
	bool monitored, monitoring;	    /* source, destination of a mirror session */
	unsigned impaired_in, impaired_out; /* rules on its frames */
	struct switch_device device;
	uint64_t changed_us; /* of the link */
	struct port_poe poe;
	struct port_counters counters;
	struct cdp_neighbor *cdp;
	unsigned cdp_fast; /* messages still to send a second apart */
	struct lldp_neighbor *lldp;
	bool lldp_med;	    /* an LLDP-MED endpoint has spoken since the link came up */
	unsigned lldp_fast; /* frames of the fast start still to send */
};

/* The linked ports of a VLAN, for floods: made anew when something changed. */
struct vlan_ports {
	unsigned generation;
	unsigned untagged, tagged; /* how many */
	unsigned untagged_trusted, tagged_trusted;
	uint16_t *list; /* four parts of as many ports as there are */
};

struct vlan {
	bool exists;
	char name[SWITCH_VLAN_NAME];
	struct vlan_ports ports;
};

struct snooping;
struct tracker;
struct impair;

#define LOG_LINES 256
#define LOG_TEXT  256

struct log_line {
	uint64_t us;
	char text[LOG_TEXT];
};

struct switch_core {
	struct switch_config config; /* ports and vlans of it are not used: see below */
	unsigned count;
	struct port *ports;
	struct vlan *vlans;  /* SWITCH_VLAN_MAX + 1, by id */
	unsigned generation; /* of VLAN membership */
	unsigned *budget_mw; /* of each member, from 0 */
	bool cdp_run, lldp_run;
	uint64_t started_us;
	uint64_t now_us; /* of the event that is being handled */
	struct timer_queue *timers;
	struct mactable *macs;
	uint64_t macs_full;
	struct snooping *snooping;
	struct tracker *tracker;
	struct impair *impair; /* NULL until the first rule */
	unsigned impaired_out; /* rules on frames that leave, over all ports */
	struct mirror mirrors[MIRRORS];
	unsigned mirroring; /* sources, over all sessions */
	struct rng rng;
	switch_act_fn *act;
	void *arg;
	struct log_line log[LOG_LINES];
	uint64_t logged;
};

/* A frame on its way: without its tag, SWITCH_HEADROOM bytes in front of it writable. */
struct transit {
	uint8_t *data;
	size_t length;
	uint16_t vlan;
	uint8_t priority;
};

/* ---- switch.c ---- */

/* Whether the port can feed devices: an access port of a switch with a power budget. */
bool port_has_poe(const struct switch_core *core, const struct port *port);

/* Bring the link to where cable, configuration, carrier and power say it is. */
void port_update_link(struct switch_core *core, struct port *port);

/* A part of the configuration of the port changed: the rest follows. */
void port_reconfigured(struct switch_core *core, struct port *port);

/* Put the port in err-disable state for a cause ("psecure-violation", static); `shutdown` and `no shutdown`
 * take it out again. */
void port_err_disable(struct switch_core *core, struct port *port, const char *cause);

/* ---- log.c ---- */

/* A syslog line, from "%" on: kept for `show logging`, and an event. */
void core_log(struct switch_core *core, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An event about a port (NULL: none in particular); evidence is taken over, and gets the port. */
void core_event(struct switch_core *core, const struct port *port, int step, const char *event,
		json_t *evidence, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* ---- path.c: the only ways in and out of the forwarding part ---- */

/* From a cable: through the rules on it, if there are any. */
void path_receive(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* The rules on the cable are done with the frame: it arrives. The bytes are overwritten. */
void path_deliver(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* To cables, through the rules on them. except: a port of the list, or -1. */
void path_send(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
	       const uint8_t *frame, size_t length);

/* The rules on the cable are done with the frame: it leaves. */
void path_emit(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length);

/* One frame of our own from one port. */
void path_send_one(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length);

/* ---- forward.c ---- */

void forward_frame(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* Leave by one port, or by all linked ports of the VLAN (trusted ones only), but not by port except. */
void forward_to_port(struct switch_core *core, const struct transit *frame, unsigned port);
void forward_flood(struct switch_core *core, const struct transit *frame, int except, bool trusted_only);

/* ---- vlan.c ---- */

bool vlan_exists(const struct switch_core *core, unsigned vlan);
bool vlan_allowed(const struct switch_port_config *config, unsigned vlan); /* on a trunk */

/* The untagged VLAN of the port. */
uint16_t vlan_untagged(const struct port *port);

/* Does the port carry the VLAN, and *tagged? The link does not matter. */
bool vlan_member(const struct switch_core *core, const struct port *port, unsigned vlan, bool *tagged);

/* The VLAN of a frame that comes in with this tag (tci NULL: none), or -1 when it must be dropped. */
int vlan_classify(const struct switch_core *core, const struct port *port, const uint16_t *tci);

/* Membership changed: a link, a mode, a VLAN. */
void vlan_changed(struct switch_core *core);

/* The linked ports of the VLAN; NULL without memory. Parts of list: untagged, tagged, and both of trusted
 * ports. */
const struct vlan_ports *vlan_ports(struct switch_core *core, unsigned vlan);
const uint16_t *vlan_ports_part(const struct switch_core *core, const struct vlan_ports *ports, bool tagged,
				bool trusted, unsigned *count);

/* ---- poe.c ---- */

void poe_plug(struct switch_core *core, struct port *port);
void poe_unplug(struct switch_core *core, struct port *port);
void poe_draw(struct switch_core *core, struct port *port, unsigned mw);
void poe_timer(struct switch_core *core, struct port *port);

/* Admin state, limit, priority or shutdown changed; the budget of a member changed. */
void poe_reconfigured(struct switch_core *core, struct port *port);
void poe_budget_changed(struct switch_core *core, unsigned member);

/* Whether the port may have a link as far as power is concerned. */
bool poe_allows_link(const struct port *port);

/* Power negotiation: CDP's TLVs of a message and LLDP's. True: an answer is due. */
bool poe_heard_cdp(struct switch_core *core, struct port *port, const struct cdp_message *message);
bool poe_heard_lldp(struct switch_core *core, struct port *port, const struct lldp_message *message);

/* The ids of CDP's power available start anew (link down). */
void poe_link_down(struct port *port);

/* What CDP announces as available now, with the management id that belongs to it. */
struct cdp_power poe_cdp_available(struct port *port);

unsigned poe_used_mw(const struct switch_core *core, unsigned member);
unsigned poe_pse_mw(unsigned power_class);	     /* greatest at the switch, of classes 0 to 4 */
unsigned poe_pd_mw(unsigned power_class);	     /* greatest at the device */
const char *poe_state_word(const struct port *port); /* of status --json */

/* ---- cdp_agent.c, lldp_agent.c ---- */

void cdp_agent_link(struct switch_core *core, struct port *port);
void cdp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame);
void cdp_agent_send(struct switch_core *core, struct port *port);
void cdp_agent_age(struct switch_core *core, struct port *port);
void cdp_agent_forget(struct switch_core *core, struct port *port);
bool cdp_agent_enabled(const struct switch_core *core, const struct port *port);

void lldp_agent_link(struct switch_core *core, struct port *port);
void lldp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame);
void lldp_agent_send(struct switch_core *core, struct port *port);
void lldp_agent_timer(struct switch_core *core, struct port *port);
void lldp_agent_shutdown(struct switch_core *core, struct port *port);
void lldp_agent_age(struct switch_core *core, struct port *port);
void lldp_agent_forget(struct switch_core *core, struct port *port);

/* ---- snooping.c ---- */

enum snooping_verdict {
	SNOOPING_FORWARD, /* like any frame */
	SNOOPING_TRUSTED, /* to trusted ports only */
	SNOOPING_CLIENT,  /* a server's broadcast: to the port where the client is, if it is known */
	SNOOPING_DROP,
};

struct snooping_binding {
	struct mac mac;
	uint32_t address;
	uint16_t vlan;
	uint16_t port;
	uint64_t expires_us;
};

struct snooping *snooping_new(void);
void snooping_free(struct snooping *snooping);
enum snooping_verdict snooping_inspect(struct switch_core *core, struct port *port,
				       const struct transit *frame, struct mac *client);
void snooping_sweep(struct switch_core *core);
void snooping_flush_port(struct switch_core *core, unsigned port);
const struct snooping_binding *snooping_bindings(const struct snooping *snooping, unsigned *count);

/* ---- security.c ---- */

/* May the frame from source in that VLAN come in? Learns the address, or does what a violation asks for. */
bool security_admits(struct switch_core *core, struct port *port, uint16_t vlan, const struct mac *source);

/* Configure an address; false when there is no room for it. */
bool security_add(struct port *port, uint16_t vlan, const struct mac *mac);

/* Forget the addresses that were learnt, or all. */
void security_forget(struct port *port, bool all);

/* ---- mirror.c ---- */

/* A frame came in or leaves at the source port of a session: copies to the destinations. */
void mirror_frame(struct switch_core *core, const struct port *port, bool in, const uint8_t *frame,
		  size_t length);

/* What is mirrored where changed: the ports follow. */
void mirror_changed(struct switch_core *core);
void mirror_free(struct switch_core *core);

/* ---- tracker.c ---- */

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

/* ---- show*.c, configure.c, running_config.c ---- */

/* The ports as "10,20-22"; "none" when there are none. */
void show_vlan_list(struct text *text, const uint8_t allowed[512]);
void show_running_config(const struct switch_core *core, struct text *text, const struct port *only);

void show_cdp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail);
void show_lldp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail);
void show_power_inline(struct switch_core *core, struct text *text, const struct port *only);
void show_vlan_brief(struct switch_core *core, struct text *text);
void show_mac_table(struct switch_core *core, struct text *text, const struct port *only, int vlan);
void show_interfaces_status(struct switch_core *core, struct text *text, const struct port *only);
void show_interfaces_counters(struct switch_core *core, struct text *text, const struct port *only);
void show_interfaces(struct switch_core *core, struct text *text, const struct port *only);
void show_snooping(struct switch_core *core, struct text *text, bool bindings);
void show_err_disabled(struct switch_core *core, struct text *text);
void show_port_security(struct switch_core *core, struct text *text, const struct port *only);
void show_secure_addresses(struct switch_core *core, struct text *text);
void show_monitor(struct switch_core *core, struct text *text, unsigned only); /* 0: all sessions */
void show_logging(struct switch_core *core, struct text *text);
void show_version(struct switch_core *core, struct text *text);

#endif
