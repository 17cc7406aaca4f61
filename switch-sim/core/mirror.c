#include "switch-sim/core/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/vlan.h"
#include "wire/cdp.h"

/*
 * Mirror sessions (SPAN). A destination port does nothing but send copies. Without `encapsulation replicate`
 * copies are untagged, and what is for bridges only (CDP, LLDP) is left out.
 */

#define FRAME_MAX 2048

static bool link_local(const uint8_t *frame)
{
	static const uint8_t bridge[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return (!memcmp(frame, bridge, sizeof(bridge)) && !(frame[5] & 0xf0)) ||
	       mac_equal((const struct mac *)frame, &cdp_multicast);
}

static void copy_to(struct switch_core *core, const struct mirror *mirror, const uint8_t *frame,
		    size_t length)
{
	const struct port *to = &core->ports[mirror->to];
	uint8_t untagged[FRAME_MAX];
	uint16_t tci;

	if (!to->link || length < ETHER_HEADER || (!mirror->replicate && link_local(frame)))
		return;
	if (!mirror->replicate && length <= sizeof(untagged) && ether_tag_peek(frame, length, &tci)) {
		memcpy(untagged, frame, length);
		length = (size_t)ether_tag_strip(untagged, length, NULL);
		frame = untagged;
	}
	path_emit(core, to, frame, length);
}

void mirror_frame(struct switch_core *core, const struct port *port, bool in, const uint8_t *frame,
		  size_t length)
{
	for (unsigned i = 0; i < MIRRORS; i++) {
		const struct mirror *mirror = &core->mirrors[i];
		const bool *sources = in ? mirror->in : mirror->out;

		if (sources && sources[port->index] && mirror->to >= 0)
			copy_to(core, mirror, frame, length);
	}
}

static void set_destination(struct switch_core *core, struct port *port, bool is)
{
	if (port->monitoring == is)
		return;
	if (is)
		lldp_agent_shutdown(core, port);
	port->monitoring = is;
	mactable_flush_port(core->macs, port->index);
	vlan_changed(core);
	cdp_agent_link(core, port);
	lldp_agent_link(core, port);
}

void mirror_changed(struct switch_core *core)
{
	core->mirroring = 0;
	for (unsigned p = 0; p < core->count; p++) {
		bool to = false;

		core->ports[p].monitored = false;
		for (unsigned i = 0; i < MIRRORS; i++) {
			const struct mirror *mirror = &core->mirrors[i];

			to = to || mirror->to == (int)p;
			if ((mirror->in && mirror->in[p]) || (mirror->out && mirror->out[p]))
				core->ports[p].monitored = true;
		}
		core->mirroring += core->ports[p].monitored;
		set_destination(core, &core->ports[p], to);
	}
}

void mirror_free(struct switch_core *core)
{
	for (unsigned i = 0; i < MIRRORS; i++) {
		free(core->mirrors[i].in);
		free(core->mirrors[i].out);
	}
}
