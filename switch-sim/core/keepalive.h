#ifndef SWITCH_SIM_CORE_KEEPALIVE_H
#define SWITCH_SIM_CORE_KEEPALIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Detection of loops, as a Cisco switch does it: a port sends a loopback frame (Configuration Testing Protocol, ethertype
 * 9000) every ten seconds; the port at which a frame of this switch comes back goes to err-disable state, cause
 * loopback. Only a cable to an interface of the machine can end in such a loop, so only its port sends them.
 *
 * The frame goes to the group of the protocol, cf-00-00-00-00-00, so that foreign switches pass it on. It contains the
 * loop_id of the port: another lab may have a switch with the same addresses.
 */
struct switch_core;
struct port;

/* The link came up or went down: begin, or stop. */
void keepalive_link(struct switch_core *core, struct port *port);

/* TIMER_KEEPALIVE: send one, and arm the timer for the next. */
void keepalive_send(struct switch_core *core, struct port *port);

/* Is the frame a keepalive of this switch? Then the port is in err-disable state afterwards; or the port that sent it, if
 * the frame came back by a cable of the lab. */
bool keepalive_receive(struct switch_core *core, struct port *port, const uint8_t *data, size_t length);

#endif
