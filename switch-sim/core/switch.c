#include "switch-sim/core/switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/impair.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/keepalive.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/mirror.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/port_link.h"
#include "switch-sim/core/snooping.h"
#include "switch-sim/core/timer.h"
#include "switch-sim/core/tracker.h"
#include "switch-sim/core/vlan.h"

#define MACS_MAX 32768
#define SWEEP_US (30 * SECOND)

static void init_port(struct switch_core *core, unsigned i)
{
	const struct switch_config *config = &core->config;
	unsigned each = config->access + config->uplinks, member = i / each + 1, number = i % each + 1;
	struct port *port = &core->ports[i];
	uint64_t mac = 0;

	port->index = i;
	port->member = member;
	port->uplink = switch_config_is_uplink(config, i);
	if (port->uplink)
		number -= config->access;
	snprintf(port->name, sizeof(port->name), "%s%u/%d/%u", port->uplink ? "Te" : "Gi", member,
		 port->uplink, number);
	snprintf(port->interface, sizeof(port->interface), "%s%u-%d-%u", port->uplink ? "te" : "gi", member,
		 port->uplink, number);
	snprintf(port->long_name, sizeof(port->long_name), "%s%u/%d/%u",
		 port->uplink ? "TenGigabitEthernet" : "GigabitEthernet", member, port->uplink, number);
	for (int o = 0; o < 6; o++)
		mac = mac << 8 | config->mac.octet[o];
	mac += i + 1;
	for (int o = 0; o < 6; o++)
		port->mac.octet[o] = (uint8_t)(mac >> (40 - 8 * o));
	port->config = config->ports[i];
	port->carrier = true;
}

static int check(const struct switch_config *config, struct fail *fail)
{
	if (config->members < 1 || config->members > 64)
		return fail_set(fail, -EINVAL, "members: found %u, expected 1 to 64", config->members);
	if (config->access + config->uplinks < 1 || config->access > 999 || config->uplinks > 99 ||
	    switch_config_ports(config) > SWITCH_PORTS_MAX)
		return fail_set(fail, -EINVAL,
				"ports: found %u members of %u and %u uplinks, expected at most %u ports",
				config->members, config->access, config->uplinks, SWITCH_PORTS_MAX);
	if (mac_is_group(&config->mac))
		return fail_set(fail, -EINVAL,
				"mac: found a group address, expected the address of one device");
	return 0;
}

static int allocate(struct switch_core *core)
{
	const struct switch_config *config = &core->config;

	core->count = switch_config_ports(config);
	core->ports = calloc(core->count, sizeof(*core->ports));
	core->budget_mw = calloc(config->members, sizeof(*core->budget_mw));
	core->timers = timer_queue_new(core->count + 1, TIMER_KINDS);
	core->macs = mactable_new(MACS_MAX);
	core->snooping = snooping_new();
	core->tracker = tracker_new();
	return core->ports && core->budget_mw && core->timers && core->macs && core->snooping && core->tracker
		   ? 0
		   : -ENOMEM;
}

static int init_vlans(struct switch_core *core, const struct switch_config *config)
{
	struct vlan *vlan = vlan_create(core, 1);

	if (!vlan)
		return -ENOMEM;
	strcpy(vlan->name, "default");
	for (unsigned i = 0; i < config->vlan_count; i++) {
		vlan = vlan_create(core, config->vlans[i].id);
		if (!vlan)
			return -ENOMEM;
		if (*config->vlans[i].name)
			snprintf(vlan->name, sizeof(vlan->name), "%s", config->vlans[i].name);
	}
	return 0;
}

int switch_core_new(struct switch_core **result, const struct switch_config *config, uint64_t now_us,
		    switch_act_fn *act, void *arg, struct fail *fail)
{
	int err = check(config, fail);
	struct switch_core *core;

	if (err)
		return err;
	for (unsigned i = 0; i < config->vlan_count; i++)
		if (config->vlans[i].id < 1 || config->vlans[i].id > SWITCH_VLAN_MAX)
			return fail_set(fail, -EINVAL, "vlans[%u].id: found %u, expected 1 to %d", i,
					config->vlans[i].id, SWITCH_VLAN_MAX);
	core = calloc(1, sizeof(*core));
	if (!core)
		return fail_set(fail, -ENOMEM, "no memory for a switch");
	core->config = *config;
	if (allocate(core) || init_vlans(core, config)) {
		switch_core_free(core);
		return fail_set(fail, -ENOMEM, "no memory for a switch of %u ports",
				switch_config_ports(config));
	}
	core->started_us = core->now_us = now_us;
	core->act = act;
	core->arg = arg;
	core->cdp_run = core->lldp_run = true;
	rng_seed(&core->rng, config->seed, config->name);
	for (unsigned i = 0; i < core->count; i++)
		init_port(core, i);
	for (unsigned i = 0; i < config->members; i++)
		core->budget_mw[i] = config->poe_budget_mw;
	for (unsigned i = 0; i < MIRRORS; i++)
		core->mirrors[i].to = -1;
	core->config.ports = NULL;
	core->config.vlans = NULL;
	timer_arm(core->timers, core->count, TIMER_SWEEP, now_us + SWEEP_US);
	*result = core;
	return 0;
}

void switch_core_free(struct switch_core *core)
{
	if (!core)
		return;
	core->traced = 0;
	for (unsigned i = 0; core->ports && core->timers && i < core->count; i++) {
		cdp_agent_forget(core, &core->ports[i]);
		lldp_agent_forget(core, &core->ports[i]);
	}
	impair_free(core);
	mirror_free(core);
	for (unsigned i = 0; core->ports && i < core->count; i++)
		free(core->ports[i].security.addresses);
	for (unsigned i = 1; core->vlan_count; i++)
		vlan_remove(core, i);
	timer_queue_free(core->timers);
	mactable_free(core->macs);
	snooping_free(core->snooping);
	tracker_free(core->tracker);
	free(core->ports);
	free(core->budget_mw);
	free(core);
}

void switch_core_trace(struct switch_core *core, unsigned tokens)
{
	core->traced = tokens;
}

void core_now_is(struct switch_core *core, uint64_t now_us)
{
	if (now_us > core->now_us)
		core->now_us = now_us;
}

void switch_core_shutdown(struct switch_core *core, uint64_t now_us)
{
	core_now_is(core, now_us);
	for (unsigned i = 0; i < core->count; i++)
		lldp_agent_shutdown(core, &core->ports[i]);
}

unsigned switch_core_ports(const struct switch_core *core)
{
	return core->count;
}

const char *switch_core_port_name(const struct switch_core *core, unsigned port)
{
	return core->ports[port].name;
}

const char *switch_core_interface(const struct switch_core *core, unsigned port)
{
	return core->ports[port].interface;
}

struct mac switch_core_port_mac(const struct switch_core *core, unsigned port)
{
	return core->ports[port].mac;
}

int switch_core_find_free(const struct switch_core *core, const char *name, const char **code,
			  struct fail *fail)
{
	int port;

	if (!*name) {
		for (unsigned i = 0; i < core->count; i++) {
			const struct port *p = &core->ports[i];

			if (!p->plugged && !p->uplink && p->config.mode == SWITCH_ACCESS &&
			    !p->config.shutdown && !p->config.reserved)
				return (int)i;
		}
		*code = "no-free-port";
		return fail_set(fail, -EBUSY, "%s: every access port is taken or reserved",
				core->config.name);
	}
	port = switch_config_find_port(&core->config, name, fail);
	if (port < 0) {
		*code = "no-such-port";
		return fail_prefix(fail, port, "%s", core->config.name);
	}
	if (core->ports[port].plugged) {
		*code = "port-taken";
		return fail_set(fail, -EBUSY, "%s: port %s is taken by %s", core->config.name,
				core->ports[port].name, core->ports[port].device.node);
	}
	return port;
}

int switch_core_plug(struct switch_core *core, uint64_t now_us, unsigned index,
		     const struct switch_device *device)
{
	struct port *port;

	if (index >= core->count)
		return -EINVAL;
	port = &core->ports[index];
	if (port->plugged)
		return -EBUSY;
	core_now_is(core, now_us);
	port->plugged = true;
	port->carrier = !device->nic && !device->trunk;
	port->device = *device;
	core_trace(core, LOG_PORT, "%s: plugged: %s", port->name, port->device.node);
	poe_plug(core, port);
	port_update_link(core, port);
	return 0;
}

void switch_core_unplug(struct switch_core *core, uint64_t now_us, unsigned index)
{
	struct port *port = &core->ports[index];

	if (index >= core->count || !port->plugged)
		return;
	core_now_is(core, now_us);
	core_trace(core, LOG_PORT, "%s: unplugged: %s", port->name, port->device.node);
	snooping_flush_port(core, index);
	poe_unplug(core, port);
	/* The events of the unplugging still name the device. */
	port->carrier = false;
	port_update_link(core, port);
	port->plugged = false;
	port->carrier = true;
	port->device = (struct switch_device){0};
}

void switch_core_carrier(struct switch_core *core, uint64_t now_us, unsigned index, bool up)
{
	struct port *port = &core->ports[index];

	if (index >= core->count || !port->plugged)
		return;
	core_now_is(core, now_us);
	port->carrier = up;
	port_update_link(core, port);
}

bool switch_core_enabled(const struct switch_core *core, unsigned index)
{
	return index < core->count && port_enabled(&core->ports[index]);
}

void switch_core_draw(struct switch_core *core, uint64_t now_us, unsigned index, unsigned mw)
{
	if (index >= core->count || !core->ports[index].plugged)
		return;
	core_now_is(core, now_us);
	poe_draw(core, &core->ports[index], mw);
}

void switch_core_frame(struct switch_core *core, uint64_t now_us, unsigned index, uint8_t *frame,
		       size_t length)
{
	if (index >= core->count)
		return;
	core_now_is(core, now_us);
	path_receive(core, &core->ports[index], frame, length);
}

uint64_t switch_core_next(const struct switch_core *core)
{
	return timer_next(core->timers);
}

static void sweep(struct switch_core *core)
{
	mactable_sweep(core->macs, core->now_us);
	snooping_sweep(core);
	timer_arm(core->timers, core->count, TIMER_SWEEP, core->now_us + SWEEP_US);
}

void switch_core_tick(struct switch_core *core, uint64_t now_us)
{
	unsigned owner, kind;

	core_now_is(core, now_us);
	while (timer_pop(core->timers, core->now_us, &owner, &kind)) {
		struct port *port = &core->ports[owner < core->count ? owner : 0];

		switch ((enum switch_timer)kind) {
		case TIMER_CDP_SEND: cdp_agent_send(core, port); break;
		case TIMER_CDP_AGE: cdp_agent_age(core, port); break;
		case TIMER_LLDP_SEND: lldp_agent_send(core, port); break;
		case TIMER_LLDP_AGE: lldp_agent_age(core, port); break;
		case TIMER_KEEPALIVE: keepalive_send(core, port); break;
		case TIMER_POE: poe_timer(core, port); break;
		case TIMER_SWEEP: sweep(core); break;
		case TIMER_IMPAIR: impair_tick(core); break;
		case TIMER_KINDS: break;
		}
	}
}
