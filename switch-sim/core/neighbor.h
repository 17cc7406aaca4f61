#ifndef SWITCH_SIM_CORE_NEIGHBOR_H
#define SWITCH_SIM_CORE_NEIGHBOR_H

#include <stdint.h>

#include "wire/odd.h"

struct switch_core;
struct port;

/* Limits of the tables of CDP and LLDP neighbours. */
#define NEIGHBORS_MAX  8 /* of each protocol at a port */
#define NEIGHBOR_TEXT  256
#define NEIGHBOR_SHORT 64

/* Emit the event once per type of what is odd in the messages of a sender: type, length, offset. */
void neighbor_odd(struct switch_core *core, const struct port *port, int step, const char *event,
		  const struct wire_odd *message, struct wire_odd *sender);

/* Count a message that the port drops whole, and emit the event with the reason. */
void neighbor_bad(struct switch_core *core, const struct port *port, int step, const char *event,
		  uint64_t *counter, const struct wire_error *error);

#endif
