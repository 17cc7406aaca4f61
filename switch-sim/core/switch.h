#ifndef SWITCH_SIM_CORE_SWITCH_H
#define SWITCH_SIM_CORE_SWITCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/log.h"
#include "base/mac.h"

/*
 * The core of a PoE access switch (a stack of one or more members), without I/O: events come in by the
 * functions below, with the time passed in (CLOCK_MONOTONIC-like microseconds, never going back); actions
 * come out through one callback, from within these functions. The callback must not call the core
 * again.
 *
 * Ports are numbered from 0: for each member its access ports Gi<member>/0/1.., then its uplinks
 * Te<member>/1/1... The MAC of port i is the switch's base MAC plus i + 1.
 */
struct switch_core;
struct trunk_status;

#define SWITCH_VLAN_MAX	   4094
#define SWITCH_PORT_NAME   40 /* "Gi21/0/48" and the NUL, with room */
#define SWITCH_PORTS_MAX   4096
#define SWITCH_NAME	   64
#define SWITCH_NODE	   64
#define SWITCH_DESCRIPTION 81
#define SWITCH_VLAN_NAME   33
#define SWITCH_HEADROOM	   4 /* writable bytes in front of a received frame */
#define SWITCH_NEVER	   UINT64_MAX

enum switch_mode {
	SWITCH_ACCESS,
	SWITCH_TRUNK,
};

/* IEEE 802.3 clause 33 as IOS names it: search, search with the power reserved, do not search (two words for
 * it). */
enum switch_poe_admin {
	SWITCH_POE_AUTO,
	SWITCH_POE_STATIC,
	SWITCH_POE_OFF,
	SWITCH_POE_NEVER,
};

enum switch_poe_priority {
	SWITCH_POE_CRITICAL = 1, /* the numbers of LLDP-MED, TIA-1057 10.2.5.3 */
	SWITCH_POE_HIGH,
	SWITCH_POE_LOW,
};

/* Port security: the action on a frame from an address beyond the maximum. */
enum switch_violation {
	SWITCH_VIOLATION_SHUTDOWN, /* the port goes to err-disable state */
	SWITCH_VIOLATION_RESTRICT, /* dropped, counted and logged */
	SWITCH_VIOLATION_PROTECT,  /* dropped */
};

struct switch_port_config {
	enum switch_mode mode;
	uint16_t access_vlan;
	uint16_t voice_vlan; /* 0: none */
	uint16_t native_vlan;
	uint8_t allowed[512]; /* trunk: bit VID & 7 of octet VID >> 3 */
	bool trusted;	      /* DHCP snooping */
	bool cdp;
	bool lldp_transmit, lldp_receive;
	enum switch_poe_admin poe_admin;
	unsigned poe_max_mw;
	enum switch_poe_priority poe_priority;
	bool shutdown;
	bool reserved;		   /* only for a device that requests it by name */
	bool security;		   /* port security */
	unsigned security_maximum; /* addresses; 0 is 1 */
	enum switch_violation violation;
	char description[SWITCH_DESCRIPTION];
};

struct switch_vlan_config {
	uint16_t id;
	char name[SWITCH_VLAN_NAME];
};

struct switch_config {
	char name[SWITCH_NAME];
	char platform[64];
	char version[256];
	struct mac mac;
	bool has_address;
	uint32_t address;	/* management IPv4, host order */
	unsigned members;	/* 1 to 64 */
	unsigned access;	/* access ports of each member */
	unsigned uplinks;	/* uplink ports of each member */
	unsigned poe_budget_mw; /* of each member; 0: a switch without PoE */
	const struct switch_vlan_config *vlans;
	unsigned vlan_count;
	bool dhcp_snooping;
	bool arp_suppression; /* ARP requests go only where the address is known to be (core/tracker.h) */
	bool real_pace;	      /* detection and link training take as long as in hardware */
	uint64_t seed;
	const struct switch_port_config *ports; /* switch_config_ports() of them, in the order above */
};

/* The defaults of a port: access VLAN 1 (an uplink: a trunk of all VLANs, trusted), CDP and
 * LLDP on, PoE auto up to 30 W at low priority. */
void switch_port_config_init(struct switch_port_config *port, bool uplink);

/* members * (access + uplinks) */
unsigned switch_config_ports(const struct switch_config *config);

/* Is port number i of that configuration an uplink? */
bool switch_config_is_uplink(const struct switch_config *config, unsigned i);

/* The kind of port that length letters of a name mean ("Gi", "GigabitEthernet" and what is between): 0, 1 for an uplink,
 * or -1. */
int switch_config_port_kind(const char *name, size_t length);

/* The number of the port called name ("Gi1/0/1", "gi1/0/1", "GigabitEthernet1/0/1", "Te1/1/1"), for a
 * configuration of that shape; -EINVAL with a reason: the name found and the ports of the switch. */
int switch_config_find_port(const struct switch_config *config, const char *name, struct fail *fail);

/* The device that is plugged in. */
enum switch_power_kind {
	SWITCH_POWER_NONE, /* no PoE, and no known power of its own */
	SWITCH_POWER_AC,
	SWITCH_POWER_PD,
};

struct switch_device {
	char node[SWITCH_NODE];
	struct mac mac;
	enum switch_power_kind power;
	unsigned power_class; /* 0 to 4, of a PD */
	bool nic; /* the cable ends at an interface of the machine: no PoE, and its frames may come back */
	uint64_t loop_id;		  /* of a NIC: unlike that of every other switch */
	const struct trunk_status *trunk; /* the cable is a trunk over UDP (core/trunk.h); NULL: it is not */
};

enum switch_power_state {
	SWITCH_POWER_DETECTED,
	SWITCH_POWER_GRANTED,
	SWITCH_POWER_DENIED,
	SWITCH_POWER_OFF,
	SWITCH_POWER_ADJUSTED,
};

enum switch_action_kind {
	SWITCH_ACTION_SEND,  /* a frame, from some ports */
	SWITCH_ACTION_POWER, /* report the power state to the device */
	SWITCH_ACTION_LINK,  /* bring the port's link up or down, and report it to the device */
	SWITCH_ACTION_EVENT, /* a line for the event stream; syslog lines are events too */
	SWITCH_ACTION_TRACE, /* a message for debugging (switch_core_trace) */
};

/* All pointers are valid during the callback only. */
struct switch_action {
	enum switch_action_kind kind;
	union {
		struct {
			const uint16_t *ports;
			unsigned count;
			int except;	      /* not from this port of the list; -1: from all */
			const uint8_t *frame; /* the same bytes for all of them */
			size_t length;
		} send;
		struct {
			unsigned port;
			enum switch_power_state state;
			unsigned mw;
			const char *reason; /* "" when none */
		} power;
		struct {
			unsigned port;
			bool up;
		} link;
		struct {
			int step;	    /* of the ladder, 0: none */
			const char *event;  /* "poe.grant", "syslog", ... */
			const char *detail; /* for people */
			json_t *evidence;   /* NULL, or an object: the receiver's to json_decref() */
		} event;
		struct {
			enum log_token token;
			const char *text;
		} trace;
	};
};

typedef void switch_act_fn(void *arg, const struct switch_action *action);

/* Start. The configuration is copied. 0, -EINVAL with a reason, or -ENOMEM. */
int switch_core_new(struct switch_core **core, const struct switch_config *config, uint64_t now_us,
		    switch_act_fn *act, void *arg, struct fail *fail);

/* Free without any action (see switch_core_shutdown). NULL is legal. */
void switch_core_free(struct switch_core *core);

/* Leave in order: LLDP shutdown PDUs on all ports (802.1AB 9.1.2.2). */
void switch_core_shutdown(struct switch_core *core, uint64_t now_us);

/* Enable SWITCH_ACTION_TRACE for these tokens, a bit per token (1u << LOG_PORT); initially none is enabled. The core
 * traces link and power (LOG_PORT), snooping bindings (LOG_DHCP), neighbours (LOG_CDP, LOG_LLDP) and the reason of
 * each dropped frame (LOG_FORWARD). */
void switch_core_trace(struct switch_core *core, unsigned tokens);

unsigned switch_core_ports(const struct switch_core *core);

/* "Gi1/0/1", and the name of its interface "gi1-0-1"; borrowed. */
const char *switch_core_port_name(const struct switch_core *core, unsigned port);
const char *switch_core_interface(const struct switch_core *core, unsigned port);

/* The MAC of the port. */
struct mac switch_core_port_mac(const struct switch_core *core, unsigned port);

/* The port that a device asks for; name "" is the first free access port that is neither shut down nor
 * reserved. The number, or a negative errno with the code of the refusal (docs/formats.md) and the reason. */
int switch_core_find_free(const struct switch_core *core, const char *name, const char **code,
			  struct fail *fail);

/* A cable is plugged into a free port; -EBUSY when it is not free. Detection, grant and link follow as
 * actions. */
int switch_core_plug(struct switch_core *core, uint64_t now_us, unsigned port,
		     const struct switch_device *device);

/* The cable is unplugged. No action for the device follows. */
void switch_core_unplug(struct switch_core *core, uint64_t now_us, unsigned port);

/* The other end of the cable is up or down (after plugging up, of a NIC or a trunk over UDP down); for ports whose far end
 * is another switch or a NIC. */
void switch_core_carrier(struct switch_core *core, uint64_t now_us, unsigned port, bool up);

/* May the link of the port be up, as far as this switch decides: the port is neither shut down, nor in err-disable state, nor
 * held down by a rule. Legal within the callback. */
bool switch_core_enabled(const struct switch_core *core, unsigned port);

/* The device reports its draw. */
void switch_core_draw(struct switch_core *core, uint64_t now_us, unsigned port, unsigned mw);

/* A frame came in at a port, 802.1Q tag inline. The bytes and SWITCH_HEADROOM bytes in front of them are
 * overwritten. */
void switch_core_frame(struct switch_core *core, uint64_t now_us, unsigned port, uint8_t *frame,
		       size_t length);

/* When switch_core_tick is due next, or SWITCH_NEVER. */
uint64_t switch_core_next(const struct switch_core *core);

/* Do what is due. */
void switch_core_tick(struct switch_core *core, uint64_t now_us);

/* `show` with these words. The text as the switch prints it, errors included, to be free()d; NULL without
 * memory. */
char *switch_core_show(struct switch_core *core, uint64_t now_us, const char *const *words, unsigned count);

/* Configuration lines, from the global configuration mode. The output of the switch, "" without an error; to
 * be free()d; NULL without memory. *errors (may be NULL) counts the lines that were refused. */
char *switch_core_configure(struct switch_core *core, uint64_t now_us, const char *const *lines,
			    unsigned count, unsigned *errors);

/* The same; ends: count numbers, the length of the text after each line. */
char *switch_core_configure_lines(struct switch_core *core, uint64_t now_us, const char *const *lines,
				  unsigned count, unsigned *errors, size_t *ends);

/*
 * Impairment rules (docs/formats.md): what happens to frames on the cables. Add one from its JSON object: 0
 * and *id, or a negative errno with the reason. List them with their counters (a new reference). Clear
 * one, or all with id 0: the number cleared, or -ENOENT with the reason. Changes are reported as events
 * impair.add and impair.clear, each touched frame as impair.touch.
 */
int switch_core_impair_add(struct switch_core *core, uint64_t now_us, const json_t *rule, unsigned *id,
			   struct fail *fail);
json_t *switch_core_impair_list(struct switch_core *core, uint64_t now_us);
int switch_core_impair_clear(struct switch_core *core, uint64_t now_us, unsigned id, struct fail *fail);

/* The object of `status --json` switches[] (docs/formats.md); a new reference. */
json_t *switch_core_status(struct switch_core *core, uint64_t now_us);

#endif
