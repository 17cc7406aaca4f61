#ifndef SWITCH_SIM_CORE_SECURITY_H
#define SWITCH_SIM_CORE_SECURITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mac.h"

/* Port security: which source addresses may send at a port. */

struct switch_core;
struct port;

struct secure_address {
	struct mac mac;
	uint16_t vlan;
	bool configured;
};

#define SECURE_MAX 64 /* addresses of a port */

/* Port security. Learned addresses are removed when the link goes down; configured ones stay. */
struct security {
	struct secure_address *addresses; /* SECURE_MAX of them; NULL until the first */
	unsigned count;
	uint64_t violations;
	uint64_t logged_us; /* when one was last written to the log */
	struct mac last;
	uint16_t last_vlan; /* 0: no frame received yet */
};

/* May the frame from source in that VLAN come in? Learn the address, or apply the action for a violation. */
bool security_admits(struct switch_core *core, struct port *port, uint16_t vlan, const struct mac *source);

/* The most addresses that the port may have. */
unsigned security_maximum(const struct port *port);

/* Configure an address; false when there is no room for it. */
bool security_add(struct port *port, uint16_t vlan, const struct mac *mac);

/* Remove the learned addresses, or all. */
void security_forget(struct port *port, bool all);

#endif
