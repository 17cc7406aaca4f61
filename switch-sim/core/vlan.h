#ifndef SWITCH_SIM_CORE_VLAN_H
#define SWITCH_SIM_CORE_VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "switch-sim/core/switch.h"

struct port;

/* The linked ports of a VLAN, for floods: rebuilt after a change. */
struct vlan_ports {
	unsigned generation;
	unsigned untagged, tagged; /* numbers of ports */
	unsigned untagged_trusted, tagged_trusted;
	uint16_t *list; /* four parts of as many ports as there are */
};

struct vlan {
	char name[SWITCH_VLAN_NAME];
	struct vlan_ports ports;
};

/* The VLAN is made if it is absent, named VLAN0010 for example; NULL without memory. */
struct vlan *vlan_create(struct switch_core *core, unsigned vlan);

/* The VLAN is removed, if it exists. */
void vlan_remove(struct switch_core *core, unsigned vlan);

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

/* The linked ports of the VLAN; NULL if the VLAN is absent, or without memory. Parts of list: untagged, tagged, and both of trusted
 * ports. */
const struct vlan_ports *vlan_ports(struct switch_core *core, unsigned vlan);
const uint16_t *vlan_ports_part(const struct switch_core *core, const struct vlan_ports *ports, bool tagged,
				bool trusted, unsigned *count);

#endif
