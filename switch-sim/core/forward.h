#ifndef SWITCH_SIM_CORE_FORWARD_H
#define SWITCH_SIM_CORE_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct switch_core;
struct port;

/* A frame on its way: without its tag, SWITCH_HEADROOM bytes in front of it writable. */
struct transit {
	uint8_t *data;
	size_t length;
	uint16_t vlan;
	uint8_t priority;
};

/* A frame has arrived at a port: to agents, tables and other ports. */
void forward_frame(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* Leave by one port, or by all linked ports of the VLAN (trusted ones only), but not by port except. */
void forward_to_port(struct switch_core *core, const struct transit *frame, unsigned port);
void forward_flood(struct switch_core *core, const struct transit *frame, int except, bool trusted_only);

#endif
