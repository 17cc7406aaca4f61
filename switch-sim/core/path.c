#include "switch-sim/core/internal.h"

/* Rules that drop, delay or change frames sit on these two functions: whatever arrives passes the first
 * before anything looks at it, whatever leaves passes the second after everything is done with it. */

static void count_in(struct port_counters *counters, const uint8_t *frame, size_t length)
{
	counters->in_octets += length;
	if (length < ETHER_HEADER)
		return;
	if (!(frame[0] & 1))
		counters->in_unicast++;
	else if (mac_equal((const struct mac *)frame, &ether_broadcast))
		counters->in_broadcast++;
	else
		counters->in_multicast++;
}

static void count_out(struct port_counters *counters, const uint8_t *frame, size_t length)
{
	counters->out_octets += length;
	if (!(frame[0] & 1))
		counters->out_unicast++;
	else if (mac_equal((const struct mac *)frame, &ether_broadcast))
		counters->out_broadcast++;
	else
		counters->out_multicast++;
}

void path_receive(struct switch_core *core, struct port *port, uint8_t *frame, size_t length)
{
	if (!port->link) {
		port->counters.in_down++;
		return;
	}
	count_in(&port->counters, frame, length);
	forward_frame(core, port, frame, length);
}

void path_send(struct switch_core *core, const uint16_t *ports, unsigned count, int except,
	       const uint8_t *frame, size_t length)
{
	struct switch_action action = {.kind = SWITCH_ACTION_SEND};
	unsigned leaving = 0;

	for (unsigned i = 0; i < count; i++) {
		if (ports[i] == except)
			continue;
		count_out(&core->ports[ports[i]].counters, frame, length);
		leaving++;
	}
	if (!leaving)
		return;
	action.send.ports = ports;
	action.send.count = count;
	action.send.except = except;
	action.send.frame = frame;
	action.send.length = length;
	core->act(core->arg, &action);
}

void path_send_one(struct switch_core *core, const struct port *port, const uint8_t *frame, size_t length)
{
	const uint16_t index = (uint16_t)port->index;

	path_send(core, &index, 1, -1, frame, length);
}
