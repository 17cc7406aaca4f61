#ifndef SWITCH_SIM_CORE_PATH_H
#define SWITCH_SIM_CORE_PATH_H

#include <stddef.h>
#include <stdint.h>

/* All frames enter and leave the forwarding part here. */

struct switch_core;
struct port;

/* From a cable: through the rules on it, if there are any. */
void path_receive(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* The rules on the cable are done with the frame: it arrives. The bytes are overwritten. */
void path_deliver(struct switch_core *core, struct port *port, uint8_t *frame, size_t length);

/* To cables, through the rules on them. except: a port of the list, or -1. */
void path_send(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
	       const uint8_t *frame, size_t length);

/* The rules on the cable are done with the frame: it leaves. */
void path_emit(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length);

/* One frame of our own from one port. */
void path_send_one(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length);

#endif
