#ifndef SWITCH_SIM_CORE_LLDP_AGENT_H
#define SWITCH_SIM_CORE_LLDP_AGENT_H

#include <stdint.h>

#include "base/mac.h"
#include "switch-sim/core/neighbor.h"
#include "wire/ether.h"
#include "wire/lldp.h"

/* LLDP and LLDP-MED at a port: the messages that the switch sends, and the neighbours that it receives. */

struct switch_core;
struct port;

struct lldp_neighbor {
	struct lldp_neighbor *next;
	uint64_t expires_us;
	struct wire_odd odd; /* of its messages so far */
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

/* The link, or what enables the protocol, has changed. */
void lldp_agent_link(struct switch_core *core, struct port *port);

void lldp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame);
void lldp_agent_send(struct switch_core *core, struct port *port);

/* A last LLDPDU of no time to live (IEEE 802.1AB 9.1.2). */
void lldp_agent_shutdown(struct switch_core *core, struct port *port);

/* TIMER_LLDP_AGE: neighbours whose time to live is over go; all go. */
void lldp_agent_age(struct switch_core *core, struct port *port);
void lldp_agent_forget(struct switch_core *core, struct port *port);

#endif
