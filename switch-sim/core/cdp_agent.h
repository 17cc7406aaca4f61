#ifndef SWITCH_SIM_CORE_CDP_AGENT_H
#define SWITCH_SIM_CORE_CDP_AGENT_H

#include <stdint.h>

#include "switch-sim/core/neighbor.h"
#include "wire/cdp.h"
#include "wire/ether.h"

/* CDP at a port: the messages that the switch sends, and the neighbours that it receives. */

struct switch_core;
struct port;

struct cdp_neighbor {
	struct cdp_neighbor *next;
	uint64_t expires_us;
	struct wire_odd odd; /* of its messages so far */
	uint8_t version;
	uint32_t has; /* CDP_HAS(..) */
	char device_id[NEIGHBOR_TEXT], port_id[NEIGHBOR_TEXT], platform[NEIGHBOR_TEXT],
	    software[NEIGHBOR_TEXT];
	char vtp_domain[NEIGHBOR_SHORT];
	uint32_t capabilities;
	uint32_t address, management_address; /* first IPv4; 0: none */
	uint16_t native_vlan;
	uint8_t duplex;
	struct cdp_second_port second_port;
	uint32_t power_consumption;
	struct cdp_power power_requested;
};

/* The link, or what enables the protocol, has changed. */
void cdp_agent_link(struct switch_core *core, struct port *port);

void cdp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame);
void cdp_agent_send(struct switch_core *core, struct port *port);

/* TIMER_CDP_AGE: remove the expired neighbours; remove all. */
void cdp_agent_age(struct switch_core *core, struct port *port);
void cdp_agent_forget(struct switch_core *core, struct port *port);

#endif
