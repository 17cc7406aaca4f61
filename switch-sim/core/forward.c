#include "switch-sim/core/forward.h"

#include <string.h>

#include "base/ladder.h"
#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/keepalive.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/security.h"
#include "switch-sim/core/snooping.h"
#include "switch-sim/core/tracker.h"
#include "switch-sim/core/vlan.h"

/* The frame with its tag, made in place: the addresses move forward into the headroom. */
static const uint8_t *tagged_form(const struct transit *frame)
{
	uint8_t *data = frame->data - ETHER_TAG;

	memmove(data, frame->data, ETHER_ADDRESSES);
	wire_put16(data + ETHER_ADDRESSES, ETHER_VLAN);
	wire_put16(data + ETHER_ADDRESSES + 2, ether_tci(frame->vlan, frame->priority));
	return data;
}

/* And back. */
static void untagged_form(const struct transit *frame)
{
	memmove(frame->data, frame->data - ETHER_TAG, ETHER_ADDRESSES);
}

static void leave(struct switch_core *core, const struct transit *frame, const uint16_t *ports,
		  unsigned count, int except, bool tagged)
{
	if (!tagged) {
		path_send(core, ports, count, except, frame->data, frame->length);
		return;
	}
	path_send(core, ports, count, except, tagged_form(frame), frame->length + ETHER_TAG);
	untagged_form(frame);
}

void forward_to_port(struct switch_core *core, const struct transit *frame, unsigned port)
{
	const uint16_t index = (uint16_t)port;
	bool tagged;

	if (core->ports[port].link && vlan_member(core, &core->ports[port], frame->vlan, &tagged))
		leave(core, frame, &index, 1, -1, tagged);
}

void forward_flood(struct switch_core *core, const struct transit *frame, int except, bool trusted_only)
{
	const struct vlan_ports *ports = vlan_ports(core, frame->vlan);

	for (int tagged = 0; ports && tagged < 2; tagged++) {
		unsigned count;
		const uint16_t *list = vlan_ports_part(core, ports, tagged, trusted_only, &count);

		if (count)
			leave(core, frame, list, count, except, tagged);
	}
}

/* Destinations that stop at the nearest bridge (802.1Q table 8-1), and Cisco's for CDP, VTP, PAgP and so on.
 * True: done with. */
static bool handle_reserved(struct switch_core *core, struct port *port, const uint8_t *data, size_t length)
{
	static const uint8_t bridge[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};
	struct wire_error error = {0};
	struct ether_frame frame;

	if (!memcmp(data, bridge, sizeof(bridge)) && (data[5] & 0xf0) == 0) {
		if (!ether_decode(data, length, &frame, NULL) && frame.kind == ETHER_II &&
		    frame.type == ETHER_LLDP)
			lldp_agent_receive(core, port, &frame);
		else
			core_drop(core, port, &port->counters.in_reserved,
				  "a bridge protocol other than LLDP");
		return true;
	}
	if (memcmp(data, cdp_multicast.octet, 6))
		return false;
	if (!ether_decode(data, length, &frame, &error) && cdp_is_frame(&frame))
		cdp_agent_receive(core, port, &frame);
	else if (error.what)
		neighbor_bad(core, port, LADDER_VOICE_VLAN, "cdp.bad", &port->counters.cdp_bad, &error);
	else
		core_drop(core, port, &port->counters.in_reserved, "a Cisco protocol other than CDP");
	return true;
}

/* The VLAN of the frame, its tag taken out. False: not for this port. */
static bool admit(const struct switch_core *core, const struct port *port, struct transit *frame)
{
	uint16_t tci;
	bool tagged = ether_tag_peek(frame->data, frame->length, &tci);
	int vlan;

	/* A service tag is an outer tag that no port here speaks. */
	if (tagged && wire_get16(frame->data + ETHER_ADDRESSES) != ETHER_VLAN)
		return false;
	vlan = vlan_classify(core, port, tagged ? &tci : NULL);
	if (vlan < 0)
		return false;
	frame->vlan = (uint16_t)vlan;
	if (tagged) {
		frame->priority = ether_tci_priority(tci);
		memmove(frame->data + ETHER_TAG, frame->data, ETHER_ADDRESSES);
		frame->data += ETHER_TAG;
		frame->length -= ETHER_TAG;
	}
	return true;
}

static void forward_group(struct switch_core *core, struct port *port, const struct transit *frame)
{
	int to = -1;

	switch (tracker_inspect(core, frame, &to)) {
	case TRACKER_FLOOD: forward_flood(core, frame, (int)port->index, false); break;
	case TRACKER_TRUSTED: forward_flood(core, frame, (int)port->index, true); break;
	case TRACKER_PORT:
		if (to != (int)port->index)
			forward_to_port(core, frame, (unsigned)to);
		break;
	}
}

static void forward_known(struct switch_core *core, struct port *port, const struct transit *frame,
			  const struct mac *destination)
{
	int to = mactable_find(core->macs, frame->vlan, destination, core->now_us);

	if (to < 0)
		forward_flood(core, frame, (int)port->index, false);
	else if (to == (int)port->index)
		core_drop(core, port, &port->counters.filtered, "the destination is at the same port");
	else
		forward_to_port(core, frame, (unsigned)to);
}

void forward_frame(struct switch_core *core, struct port *port, uint8_t *data, size_t length)
{
	struct transit frame = {.data = data, .length = length};
	struct mac destination, source, client;

	if (length < ETHER_HEADER || (data[6] & 1)) {
		core_drop(core, port, &port->counters.in_malformed,
			  "too short, or a group address as source");
		return;
	}
	if (handle_reserved(core, port, data, length) || keepalive_receive(core, port, data, length))
		return;
	if (!admit(core, port, &frame)) {
		core_drop(core, port, &port->counters.in_vlan, "the VLAN is not allowed here");
		return;
	}
	memcpy(destination.octet, frame.data, 6);
	memcpy(source.octet, frame.data + 6, 6);
	if (port->config.security && !security_admits(core, port, frame.vlan, &source))
		return;
	if (!mactable_learn(core->macs, frame.vlan, &source, port->index, core->now_us))
		core->macs_full++;
	switch (snooping_inspect(core, port, &frame, &client)) {
	case SNOOPING_DROP: return;
	case SNOOPING_TRUSTED: forward_flood(core, &frame, (int)port->index, true); return;
	case SNOOPING_CLIENT: forward_known(core, port, &frame, &client); return;
	case SNOOPING_FORWARD: break;
	}
	if (mac_is_group(&destination)) {
		forward_group(core, port, &frame);
		return;
	}
	tracker_learn(core, &frame);
	forward_known(core, port, &frame, &destination);
}
