#include "switch-sim/core/vlan.h"

#include <stdio.h>
#include <stdlib.h>

#include "switch-sim/core/internal.h"

struct vlan *vlan_create(struct switch_core *core, unsigned id)
{
	struct vlan *vlan = core->vlans[id];

	if (vlan)
		return vlan;
	vlan = core->vlans[id] = calloc(1, sizeof(*vlan));
	if (!vlan)
		return NULL;
	core->vlan_count++;
	snprintf(vlan->name, sizeof(vlan->name), "VLAN%04u", id);
	vlan_changed(core);
	return vlan;
}

void vlan_remove(struct switch_core *core, unsigned id)
{
	struct vlan *vlan = core->vlans[id];

	if (!vlan)
		return;
	core->vlans[id] = NULL;
	core->vlan_count--;
	free(vlan->ports.list);
	free(vlan);
	vlan_changed(core);
}

bool vlan_exists(const struct switch_core *core, unsigned vlan)
{
	return vlan >= 1 && vlan <= SWITCH_VLAN_MAX && core->vlans[vlan];
}

bool vlan_allowed(const struct switch_port_config *config, unsigned vlan)
{
	return config->allowed[vlan >> 3] >> (vlan & 7) & 1;
}

uint16_t vlan_untagged(const struct port *port)
{
	return port->config.mode == SWITCH_TRUNK ? port->config.native_vlan : port->config.access_vlan;
}

bool vlan_member(const struct switch_core *core, const struct port *port, unsigned vlan, bool *tagged)
{
	const struct switch_port_config *config = &port->config;

	if (!vlan_exists(core, vlan) || port->monitoring)
		return false;
	*tagged = vlan != vlan_untagged(port);
	if (config->mode == SWITCH_TRUNK)
		return vlan_allowed(config, vlan);
	return !*tagged || vlan == config->voice_vlan;
}

int vlan_classify(const struct switch_core *core, const struct port *port, const uint16_t *tci)
{
	uint16_t vid = tci ? ether_tci_vid(*tci) : 0, vlan = vid ? vid : vlan_untagged(port);
	bool tagged;

	/* An access port takes no tag but that of its voice VLAN, not even its own access VLAN's. */
	if (vid && port->config.mode == SWITCH_ACCESS && vid != port->config.voice_vlan)
		return -1;
	return vlan_member(core, port, vlan, &tagged) ? vlan : -1;
}

void vlan_changed(struct switch_core *core)
{
	core->generation++;
}

static void collect(const struct switch_core *core, struct vlan_ports *ports, unsigned vlan)
{
	unsigned *const counts[] = {&ports->untagged, &ports->tagged, &ports->untagged_trusted,
				    &ports->tagged_trusted};

	for (int i = 0; i < 4; i++)
		*counts[i] = 0;
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];
		bool tagged;

		if (!port->link || !vlan_member(core, port, vlan, &tagged))
			continue;
		ports->list[tagged * core->count + (*counts[tagged])++] = (uint16_t)i;
		if (port->config.trusted)
			ports->list[(2u + tagged) * core->count + (*counts[2 + tagged])++] = (uint16_t)i;
	}
	ports->generation = core->generation;
}

const struct vlan_ports *vlan_ports(struct switch_core *core, unsigned vlan)
{
	struct vlan_ports *ports = core->vlans[vlan] ? &core->vlans[vlan]->ports : NULL;

	if (!ports)
		return NULL;
	if (!ports->list)
		ports->list = calloc((size_t)core->count * 4, sizeof(*ports->list));
	if (!ports->list)
		return NULL;
	if (ports->generation != core->generation)
		collect(core, ports, vlan);
	return ports;
}

const uint16_t *vlan_ports_part(const struct switch_core *core, const struct vlan_ports *ports, bool tagged,
				bool trusted, unsigned *count)
{
	if (trusted)
		*count = tagged ? ports->tagged_trusted : ports->untagged_trusted;
	else
		*count = tagged ? ports->tagged : ports->untagged;
	return ports->list + ((trusted ? 2u : 0u) + tagged) * core->count;
}
