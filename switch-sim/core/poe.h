#ifndef SWITCH_SIM_CORE_POE_H
#define SWITCH_SIM_CORE_POE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/cdp.h"
#include "wire/lldp.h"

/* Power over Ethernet at a port: poe.c is the power controllers, poe_negotiate.c what CDP and LLDP agree
 * on. */

struct switch_core;
struct port;

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
	enum poe_negotiator by; /* the protocol that negotiated power first; until the cable is unplugged */
	unsigned mw;		/* charged to the budget while on */
	unsigned cutoff_mw;	/* a draw beyond this is a fault */
	unsigned drawn_mw;	/* as last reported by the device */
	uint16_t request_id, management_id;
	unsigned available_mw;			 /* what CDP last announced */
	uint16_t lldp_requested, lldp_allocated; /* tenths of a watt at the device */
};

void poe_plug(struct switch_core *core, struct port *port);
void poe_unplug(struct switch_core *core, struct port *port);

/* The device reports its draw. */
void poe_draw(struct switch_core *core, struct port *port, unsigned mw);

/* TIMER_POE */
void poe_timer(struct switch_core *core, struct port *port);

/* Admin state, limit, priority or shutdown changed; the budget of a member changed. */
void poe_reconfigured(struct switch_core *core, struct port *port);
void poe_budget_changed(struct switch_core *core, unsigned member);

/* Can the port power devices? It must be an access port of a switch with a power budget. */
bool poe_has_port(const struct switch_core *core, const struct port *port);

/* Can it power what is plugged in now? No power reaches what is behind an interface of the machine. */
bool poe_can_power(const struct switch_core *core, const struct port *port);

/* Does the state of the power permit a link? */
bool poe_allows_link(const struct port *port);

unsigned poe_used_mw(const struct switch_core *core, unsigned member);
unsigned poe_pse_mw(unsigned power_class);	     /* greatest at the switch, of classes 0 to 4 */
unsigned poe_pd_mw(unsigned power_class);	     /* greatest at the device */
const char *poe_state_word(const struct port *port); /* of status --json */

/* --- negotiation --- */

/* CDP's TLVs of a message and LLDP's. True: an answer is due. */
bool poe_receive_cdp(struct switch_core *core, struct port *port, const struct cdp_message *message);
bool poe_receive_lldp(struct switch_core *core, struct port *port, const struct lldp_message *message);

/* The ids of CDP's power available restart (link down). */
void poe_link_down(struct port *port);

/* The available power that CDP announces now, with its management id. */
struct cdp_power poe_cdp_available(struct port *port);

/* --- between the two files --- */

/* The maximum power for the port: the rest of the budget and its own charge. */
unsigned poe_within_reach(const struct switch_core *core, const struct port *port);

/* Power was negotiated by port->poe.by: mw at the switch. */
void poe_adjust(struct switch_core *core, struct port *port, unsigned mw);

/* Switch the power off, free the budget and log the reason. */
void poe_deny(struct switch_core *core, struct port *port, const char *reason);

#endif
