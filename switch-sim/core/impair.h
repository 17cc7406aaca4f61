#ifndef SWITCH_SIM_CORE_IMPAIR_H
#define SWITCH_SIM_CORE_IMPAIR_H

#include "base/rng.h"
#include "switch-sim/core/switch.h"

struct switch_core;
struct port;

/*
 * Rules that drop, hold or change frames on the cables of the switch (docs/formats.md, "Impairment rules").
 * They act between the cable and path.c: the switch never sees an ingress frame that a rule drops, and it
 * counts an egress frame that a rule drops as sent. A switch without rules pays one branch for each frame.
 *
 * Everything random comes from the rule's own generator: the same seed and frames give the same outcome,
 * however the frames of different flows are mixed.
 */

#define IMPAIR_RULES 64
#define IMPAIR_HELD  1024 /* frames that wait, of all rules */
#define IMPAIR_FRAME 2048 /* longest frame that rules act on; longer ones pass, and are counted */

enum impair_direction {
	IMPAIR_IN,  /* from the cable into the switch */
	IMPAIR_OUT, /* from the switch to the cable */
};

enum impair_take {
	IMPAIR_ALL,
	IMPAIR_NTH,
	IMPAIR_FIRST,
	IMPAIR_EVERY,
	IMPAIR_PROBABILITY,
};

enum impair_action {
	IMPAIR_DROP,
	IMPAIR_DELAY,
	IMPAIR_DUPLICATE,
	IMPAIR_REORDER,
	IMPAIR_TRUNCATE,
	IMPAIR_CORRUPT,
	IMPAIR_RATE,
	IMPAIR_STRIP_DHCP_OPTION,
	IMPAIR_SET_DHCP_OPTION,
	IMPAIR_VOICE_VLAN,
	IMPAIR_REMOVE_TLV,
	IMPAIR_TFTP_ERROR,
	IMPAIR_SET_VLAN,
	IMPAIR_STRIP_VLAN,
	IMPAIR_FLAP, /* of the link, not of frames */
	IMPAIR_ACTIONS,
};

/* The words of the actions in a rule. */
extern const char *const impair_action_words[IMPAIR_ACTIONS + 1];

/* The parameters of the actions. Only the parameters of the rule's action are set. */
struct impair_parameters {
	uint64_t delay_us, jitter_us;	/* delay; of reorder, delay is the longest wait */
	unsigned copies;		/* duplicate */
	unsigned behind;		/* reorder: the number of later frames to wait for */
	size_t length;			/* truncate */
	unsigned bits;			/* corrupt */
	bool mend;			/* corrupt: checksums */
	uint64_t kbps, burst, queue_us; /* rate; burst in bytes */
	uint8_t code;			/* DHCP option */
	uint8_t value[255];
	size_t value_length;
	bool lldp; /* remove TLV: else CDP */
	uint16_t type;
	uint32_t oui;
	uint8_t subtype;
	uint16_t vlan;
	bool tagged;		 /* of LLDP-MED's policy */
	int priority;		 /* set VLAN: -1 leaves what is there */
	uint16_t error;		 /* TFTP */
	char message[128];	 /* TFTP */
	uint64_t up_us, down_us; /* flap */
};

/* One conversation at one port. Only values that are the same in each run of a lab identify it. */
struct impair_flow {
	unsigned port;	  /* index */
	unsigned kind;	  /* enum edit_kind */
	uint16_t service; /* UDP, TCP: the lower port when it is below 32768, else 0; IPv4: the protocol; else
			   * the EtherType, or 0 */
	uint64_t number;  /* of the match within the flow, from 1 */
};
#define IMPAIR_FLOW_TEXT 24

struct impair_rule {
	unsigned id;
	json_t *source; /* the JSON object of the request */
	char name[64];	/* "" when none */
	uint8_t *ports; /* bit of each; NULL: all */
	enum impair_direction direction;
	struct impair_filter *filter; /* NULL: every frame */
	enum impair_take take;
	uint64_t number; /* nth, first, every */
	double probability;
	uint64_t count;		/* the rule expires after this number of touches; 0: never */
	uint32_t *port_matched; /* matches of each port, when they are counted by port */
	enum impair_action action;
	struct impair_parameters parameters;
	uint64_t expires_us; /* or SWITCH_NEVER */
	uint64_t seed;
	struct rng rng;		    /* of the present match: see impair_flow.c */
	struct impair_flow flow;    /* of the present match */
	struct impair_flows *flows; /* the number of matches of each flow */

	bool ended; /* removed when no frame is under way */
	const char *reason;
	uint64_t seen, matched, touched;
	uint64_t overflowed;  /* frames that found no room to wait, or grew too long */
	uint64_t digest;      /* of the touched list: two runs with equal digests have touched the same */
	uint64_t flow_digest; /* of flow and number of each, in whatever order */
	uint64_t rate_us;     /* rate: when the bytes so far will have been sent */
	uint64_t log_from_us; /* the present second of events */
	unsigned logged;
	uint64_t unlogged;
	uint64_t flap_us; /* flap: of the next change */
	bool down;
};

/* A frame under way: SWITCH_HEADROOM bytes in front of data and the rest of its IMPAIR_FRAME are writable. */
struct impair_frame {
	uint8_t *data;
	size_t length;
};

struct impair {
	struct impair_rule *rules[IMPAIR_RULES]; /* by rising id */
	unsigned count, next_id;
	unsigned depth; /* frames are under way: rules must stay */
	struct impair_hold *hold;
	uint64_t oversize;
	uint16_t *plain; /* room for the ports of a flood that no rule is on */
	uint8_t work[2][SWITCH_HEADROOM + IMPAIR_FRAME]; /* by direction */
	uint8_t payload[IMPAIR_FRAME];
};

/* --- impair.c --- */

/* A frame at a port with rules in that direction. On its way in, the bytes may be overwritten (see
 * switch_core_frame); on its way out they stay. */
void impair_frame(struct switch_core *core, struct port *port, enum impair_direction direction,
		  uint8_t *frame, size_t length);

/* Pass the frame on through the rules behind the one with that id. */
void impair_resume(struct switch_core *core, struct port *port, enum impair_direction direction,
		   struct impair_frame *frame, unsigned id);

/* The rule ends when it has touched as many frames as it may. */
void impair_count_down(struct impair_rule *rule);

/* Unless a frame is under way: release due frames, remove ended rules, arm the timer. */
void impair_settle(struct switch_core *core);

/* TIMER_IMPAIR is due. */
void impair_tick(struct switch_core *core);

/* Free everything of the core's. */
void impair_free(struct switch_core *core);

/* --- impair_control.c --- */

/* Which ports have rules changed, or something that waits: counts and the timer follow. */
void impair_arm(struct switch_core *core);

/* Remove the ended rules and report it. Only while no frame is under way. */
void impair_sweep(struct switch_core *core);

/* Does the rule apply to frames of the port? */
bool impair_covers(const struct impair_rule *rule, const struct port *port);

/* A flapping link changes. */
void impair_flap(struct switch_core *core, struct impair_rule *rule);

/* --- impair_rule.c, impair_action.c: JSON to rule --- */

/* A rule for the core from an object of JSON; 0 or a negative errno with the reason. Free with
 * impair_rule_free(). */
int impair_rule_new(struct impair_rule **rule, const struct switch_core *core, const json_t *json,
		    struct fail *fail);
void impair_rule_free(struct impair_rule *rule); /* NULL is legal */

/* Its action with parameters, from the object of one member. */
int impair_action_read(const json_t *json, struct impair_rule *rule, struct fail *fail);

/* --- impair_filter.c --- */

/* Compile a capture filter; 0, or -EINVAL with libpcap's reason. Names of hosts and services are refused:
 * nothing is looked up. */
int impair_filter_new(struct impair_filter **filter, const char *expression, struct fail *fail);
void impair_filter_free(struct impair_filter *filter);

/* Does the filter match? A tag is skipped, unless the expression itself contains vlan. The bytes are moved
 * and restored. */
bool impair_filter_match(const struct impair_filter *filter, struct impair_frame *frame);

/* --- impair_change.c --- */

/* The change that the rule makes to the bytes: true when they can be changed so (and *change holds what to make of
 * them); for actions that change no bytes always. room has IMPAIR_FRAME bytes. */
struct impair_change {
	ssize_t length; /* of the payload in room; -1: no payload is replaced */
};
bool impair_fits(const struct impair_rule *rule, const struct impair_frame *frame, uint8_t *room,
		 struct impair_change *change);

/* Change the bytes. False: the frame would grow too long. */
bool impair_change(struct impair_rule *rule, struct impair_frame *frame, const uint8_t *room,
		   const struct impair_change *change);

/* --- impair_flow.c --- */

/* The flow of a frame; its number stays 0. */
void impair_flow_find(const struct port *port, const struct impair_frame *frame, struct impair_flow *flow);

/* "udp 67", "ethertype 0806", "cdp" */
void impair_flow_describe(const struct impair_flow *flow, char text[IMPAIR_FLOW_TEXT]);

/* A frame matches: its flow, its number there, and the generator for what becomes of it are set. */
void impair_flow_match(struct impair_rule *rule, const struct port *port, const struct impair_frame *frame);

/* The present match is touched: it is put into the digest of flows. */
void impair_flow_touch(struct impair_rule *rule);

struct impair_flows *impair_flows_new(void);
void impair_flows_free(struct impair_flows *flows);

/* --- impair_touch.c --- */

/* A frame is touched, before it is changed: counted, put into the digest, reported as an event unless there were
 * too many within a second. */
void impair_touch(struct switch_core *core, struct impair_rule *rule, const struct port *port,
		  const struct impair_frame *frame);

/* --- impair_hold.c: frames that wait --- */

struct impair_hold *impair_hold_new(void);
void impair_hold_free(struct impair_hold *hold);

/* Hold a copy until due_us, or until `behind` later frames have passed (0: time only). False: no room. */
bool impair_hold_add(struct impair_hold *hold, const struct impair_rule *rule, const struct port *port,
		     enum impair_direction direction, const struct impair_frame *frame, uint64_t due_us,
		     unsigned behind);

/* A frame has passed that those held by the rule at this port wait for. */
void impair_hold_passed(struct impair_hold *hold, const struct impair_rule *rule, const struct port *port,
			uint64_t now_us);

/* The rule has ended: the frames that it holds are due. */
void impair_hold_release(struct impair_hold *hold, const struct impair_rule *rule, uint64_t now_us);

/* The time when the first frame is due, or SWITCH_NEVER; the number of held frames of a rule (NULL: all). */
uint64_t impair_hold_next(const struct impair_hold *hold);
unsigned impair_hold_count(const struct impair_hold *hold, const struct impair_rule *rule);

/* Remove the first due frame: its bytes are copied to frame->data. False: none is due. */
bool impair_hold_take(struct impair_hold *hold, uint64_t now_us, struct impair_frame *frame, unsigned *port,
		      enum impair_direction *direction, unsigned *rule_id);

#endif
