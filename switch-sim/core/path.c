#include "switch-sim/core/path.h"

#include "switch-sim/core/forward.h"
#include "switch-sim/core/impair.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mirror.h"

/* Rules that drop, delay or change frames act on the cables: ingress frames pass the rules before any other
 * processing, egress frames after it. */

static void count_frame(struct traffic *traffic, const uint8_t *frame, size_t length)
{
	traffic->octets += length;
	if (length < ETHER_HEADER)
		return;
	if (!(frame[0] & 1))
		traffic->unicast++;
	else if (mac_equal((const struct mac *)frame, &ether_broadcast))
		traffic->broadcast++;
	else
		traffic->multicast++;
}

void path_receive(struct switch_core *core, struct port *port, uint8_t *frame, size_t length)
{
	if (!port->link)
		core_drop(core, port, &port->counters.in_down, "the link is down");
	else if (port->impaired_in)
		impair_frame(core, port, IMPAIR_IN, frame, length);
	else
		path_deliver(core, port, frame, length);
}

void path_deliver(struct switch_core *core, struct port *port, uint8_t *frame, size_t length)
{
	count_frame(&port->counters.in, frame, length);
	if (port->monitoring) {
		core_drop(core, port, &port->counters.in_vlan,
			  "the port is the destination of a monitor session");
		return;
	}
	if (port->monitored)
		mirror_frame(core, port, true, frame, length);
	forward_frame(core, port, frame, length);
}

static void emit(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
		 const uint8_t *frame, size_t length)
{
	const struct switch_action action = {.kind = SWITCH_ACTION_SEND,
					     .send = {ports, count, except, frame, length}};

	core->act(core->arg, &action);
}

void path_emit(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length)
{
	const uint16_t index = (uint16_t)port->index;

	emit(core, &index, 1, -1, frame, length);
}

/* Some ports have rules: send the frame to the ports without rules at once, and to each other port through its rules. */
static void send_impaired(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
			  const uint8_t *frame, size_t length)
{
	uint16_t *plain = core->impair->plain;
	unsigned plains = 0;

	for (unsigned i = 0; i < count; i++)
		if (ports[i] != except && !core->ports[ports[i]].impaired_out)
			plain[plains++] = ports[i];
	if (plains)
		emit(core, plain, plains, -1, frame, length);
	/* Nothing else moves until all have it: the list may be that of a VLAN. */
	core->impair->depth++;
	for (unsigned i = 0; i < count; i++)
		if (ports[i] != except && core->ports[ports[i]].impaired_out)
			impair_frame(core, &core->ports[ports[i]], IMPAIR_OUT, (uint8_t *)frame, length);
	core->impair->depth--;
	impair_settle(core);
}

void path_send(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
	       const uint8_t *frame, size_t length)
{
	unsigned leaving = 0;

	for (unsigned i = 0; i < count; i++) {
		if (ports[i] == except)
			continue;
		count_frame(&core->ports[ports[i]].counters.out, frame, length);
		leaving++;
	}
	if (!leaving)
		return;
	for (unsigned i = 0; core->mirroring && i < count; i++)
		if (ports[i] != except && core->ports[ports[i]].monitored)
			mirror_frame(core, &core->ports[ports[i]], false, frame, length);
	if (core->impaired_out)
		send_impaired(core, ports, count, except, frame, length);
	else
		emit(core, ports, count, except, frame, length);
}

void path_send_one(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length)
{
	const uint16_t index = (uint16_t)port->index;

	path_send(core, &index, 1, -1, frame, length);
}
