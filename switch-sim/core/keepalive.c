#include "switch-sim/core/keepalive.h"

#include <string.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/port_link.h"
#include "switch-sim/core/timer.h"
#include "wire/ether.h"

#define INTERVAL (10 * SECOND)
#define REPLY	 1 /* the function: the frame is for its receiver, nobody forwards it to anyone */
#define ID_AT	 (ETHER_HEADER + 6)
#define ID_SIZE	 8

static const struct mac group = {{0xcf, 0, 0, 0, 0, 0}};

static void write_id(uint8_t id[ID_SIZE], uint64_t value)
{
	for (int i = 0; i < ID_SIZE; i++)
		id[i] = (uint8_t)(value >> (56 - 8 * i));
}

void keepalive_send(struct switch_core *core, struct port *port)
{
	uint8_t frame[ETHER_MIN] = {0};
	struct wire_writer w;

	if (!port->link || !port->device.nic)
		return;
	wire_writer_init(&w, frame, sizeof(frame));
	wire_write_bytes(&w, group.octet, 6);
	wire_write_bytes(&w, port->mac.octet, 6);
	wire_write_u16(&w, ETHER_LOOPBACK);
	wire_write_le16(&w, 0); /* skip count */
	wire_write_le16(&w, REPLY);
	wire_write_le16(&w, 0); /* receipt number */
	write_id(frame + ID_AT, port->device.loop_id);
	timer_arm(core->timers, port->index, TIMER_KEEPALIVE, core->now_us + INTERVAL);
	path_send_one(core, port, frame, sizeof(frame));
}

void keepalive_link(struct switch_core *core, struct port *port)
{
	if (port->link)
		keepalive_send(core, port);
	else
		timer_cancel(core->timers, port->index, TIMER_KEEPALIVE);
}

/* The port of this switch that sent the frame, or NULL. */
static struct port *sender_of(const struct switch_core *core, const uint8_t *data)
{
	for (unsigned i = 0; i < core->count; i++) {
		struct port *port = &core->ports[i];
		uint8_t id[ID_SIZE];

		if (!port->device.nic || memcmp(data + 6, port->mac.octet, 6) != 0)
			continue;
		write_id(id, port->device.loop_id);
		if (!memcmp(data + ID_AT, id, ID_SIZE))
			return port;
	}
	return NULL;
}

bool keepalive_receive(struct switch_core *core, struct port *port, const uint8_t *data, size_t length)
{
	struct port *from;

	if (length < ID_AT + ID_SIZE || memcmp(data, group.octet, 6) != 0 ||
	    wire_get16(data + ETHER_ADDRESSES) != ETHER_LOOPBACK)
		return false;
	from = sender_of(core, data);
	if (!from)
		return false;
	/* The loop is cut where it leaves the lab, not between switches of the lab. */
	if (!port->device.nic)
		port = from;
	core_log(core, "%%ETHCNTR-3-LOOP_BACK_DETECTED: Loop-back detected on %s.", port->long_name);
	core_event(core, port, 0, "port.loop", json_pack("{s:s}", "from", from->name),
		   "%s: a frame of %s came back", port->name, from->name);
	port_err_disable(core, port, "loopback");
	return true;
}
