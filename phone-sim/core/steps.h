#ifndef PHONE_SIM_CORE_STEPS_H
#define PHONE_SIM_CORE_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ladder.h"

/* The registration path as two const tables: steps (functions on entry and on TIMER_STEP, timeout, attempts) and
 * edges (state, event, guard, next state). Only the runner changes the state. */
struct phone;

/* The 14 steps are states with the number of the step; the states behind them have no step. */
enum phone_state {
	PHONE_STATE_NONE,
	PHONE_STATE_POWER = LADDER_POWER,
	PHONE_STATE_BOOT = LADDER_BOOT,
	PHONE_STATE_VOICE_VLAN = LADDER_VOICE_VLAN,
	PHONE_STATE_DHCP = LADDER_DHCP,
	PHONE_STATE_CTL = LADDER_CTL,
	PHONE_STATE_ITL = LADDER_ITL,
	PHONE_STATE_CONFIG = LADDER_CONFIG,
	PHONE_STATE_FIRMWARE = LADDER_FIRMWARE,
	PHONE_STATE_DIAL_RULES = LADDER_DIAL_RULES,
	PHONE_STATE_CM_CONNECT = LADDER_CM_CONNECT,
	PHONE_STATE_REGISTER = LADDER_REGISTER,
	PHONE_STATE_LOCALE = LADDER_LOCALE,
	PHONE_STATE_SOFTKEYS = LADDER_SOFTKEYS,
	PHONE_STATE_RINGTONES = LADDER_RINGTONES,
	PHONE_STATE_READY,    /* the display shows the directory number */
	PHONE_STATE_DOWN,     /* before a reset or a restart */
	PHONE_STATE_STOPPING, /* unregistering */
	PHONE_STATE_STOPPED,
};
#define PHONE_STATES (PHONE_STATE_STOPPED + 1)

enum step_event {
	STEP_POWERED,	   /* power granted */
	STEP_DENIED,	   /* power denied */
	STEP_DONE,	   /* the step succeeded */
	STEP_SKIPPED,	   /* there was nothing to do */
	STEP_FAILED,	   /* this attempt failed */
	STEP_RETRY,	   /* the backoff after a failure has passed */
	STEP_SWAPPED,	   /* another load is active */
	STEP_CM_LOST,	   /* the active call manager, or the one of steps 10 and 11, is lost */
	STEP_HEAL,	   /* try failed optional steps again */
	STEP_LINK_DOWN,	   /* by the cable or the port */
	STEP_VLAN_CHANGED, /* the switch names another voice VLAN */
	STEP_ADDRESS_LOST, /* the lease expired or was refused, or another device uses the address */
	STEP_RESET,
	STEP_RESTART,
	STEP_STOP,
	STEP_POWER_OFF,
};
#define STEP_EVENTS (STEP_POWER_OFF + 1)

struct phone_step {
	enum phone_state state;
	const char *name;
	void (*enter)(struct phone *phone);
	uint32_t timeout_ms[2];		    /* by enum phone_pace; of one attempt; 0: none */
	unsigned retries;		    /* attempts until an earlier step starts again; 0: not counted */
	void (*timer)(struct phone *phone); /* TIMER_STEP; NULL: it has none */
};

enum rungs {
	RUNGS_KEEP,	 /* the rungs stay as they are */
	RUNGS_FROM_NEXT, /* the next state's rung and all behind it become pending */
	RUNGS_REGISTER,	 /* cm-connect and register become pending */
};

struct phone_edge {
	enum phone_state from, to; /* first and last state in which it applies */
	enum step_event event;
	bool (*guard)(const struct phone *phone); /* NULL: no condition */
	enum phone_state next;			  /* PHONE_STATE_NONE: stay, without a new entry */
	enum rungs rungs;
};

#define PHONE_EDGES_MAX 96

/* Row i of the tables, NULL after the last. */
const struct phone_step *phone_step_at(unsigned i);
const struct phone_edge *phone_edge_at(unsigned i);
const char *phone_state_name(enum phone_state state);
const char *step_event_name(enum step_event event);

/* How often edge i was taken from that state in the life of this phone. */
uint32_t phone_edge_visits(const struct phone *phone, unsigned i, enum phone_state from);

/* The present state. */
enum phone_state phone_state_now(const struct phone *phone);

#endif
