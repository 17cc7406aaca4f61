#ifndef SWITCH_SIM_CORE_PORT_LINK_H
#define SWITCH_SIM_CORE_PORT_LINK_H

#include <stdbool.h>

/* The link of a port: up while cable, carrier, configuration and power let it be. */

struct switch_core;
struct port;

/* Neither shut down, nor in err-disable state, nor held down by a rule. */
bool port_enabled(const struct port *port);

/* Update the link after one of its conditions changed. */
void port_update_link(struct switch_core *core, struct port *port);

/* A part of the configuration of the port changed: the rest follows. */
void port_reconfigured(struct switch_core *core, struct port *port);

/* Put the port in err-disable state for a cause ("psecure-violation", static); `shutdown` and `no shutdown`
 * take it out again. */
void port_err_disable(struct switch_core *core, struct port *port, const char *cause);

#endif
