/* The configuration commands of interfaces: VLANs, power, protocols. */
#include "switch-sim/core/configure.h"

#include <stdio.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/port_link.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

static void set_allowed(struct switch_port_config *config, int how, const uint8_t vlans[512])
{
	for (unsigned i = 0; i < sizeof(config->allowed); i++)
		switch (how) {
		case PORT_ALLOWED: config->allowed[i] = vlans[i]; break;
		case PORT_ALLOWED_ADD: config->allowed[i] |= vlans[i]; break;
		case PORT_ALLOWED_REMOVE: config->allowed[i] &= (uint8_t)~vlans[i]; break;
		default: config->allowed[i] = 0xff; break;
		}
}

static bool set_vlans(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case PORT_MODE_ACCESS: config->mode = SWITCH_ACCESS; return true;
	case PORT_MODE_TRUNK: config->mode = SWITCH_TRUNK; return true;
	case PORT_ACCESS_VLAN: config->access_vlan = (uint16_t)values->number; return true;
	case PORT_NO_ACCESS_VLAN: config->access_vlan = 1; return true;
	case PORT_VOICE_VLAN: config->voice_vlan = (uint16_t)values->number; return true;
	case PORT_NO_VOICE_VLAN: config->voice_vlan = 0; return true;
	case PORT_NATIVE_VLAN: config->native_vlan = (uint16_t)values->number; return true;
	case PORT_NO_NATIVE_VLAN: config->native_vlan = 1; return true;
	case PORT_ALLOWED:
	case PORT_ALLOWED_ADD:
	case PORT_ALLOWED_REMOVE:
	case PORT_NO_ALLOWED: set_allowed(config, what, values->vlans); return true;
	default: return false;
	}
}

static bool set_power(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case PORT_POWER_AUTO:
		config->poe_admin = SWITCH_POE_AUTO;
		config->poe_max_mw = 30000;
		return true;
	case PORT_POWER_STATIC:
		config->poe_admin = SWITCH_POE_STATIC;
		config->poe_max_mw = 30000;
		return true;
	case PORT_POWER_AUTO_MAX:
	case PORT_POWER_STATIC_MAX:
		config->poe_admin = what == PORT_POWER_AUTO_MAX ? SWITCH_POE_AUTO : SWITCH_POE_STATIC;
		config->poe_max_mw = values->number;
		return true;
	case PORT_POWER_NEVER: config->poe_admin = SWITCH_POE_NEVER; return true;
	case PORT_POWER_OFF: config->poe_admin = SWITCH_POE_OFF; return true;
	case PORT_PRIORITY_CRITICAL: config->poe_priority = SWITCH_POE_CRITICAL; return true;
	case PORT_PRIORITY_HIGH: config->poe_priority = SWITCH_POE_HIGH; return true;
	case PORT_PRIORITY_LOW: config->poe_priority = SWITCH_POE_LOW; return true;
	default: return false;
	}
}

static void set_rest(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case PORT_SHUT: config->shutdown = true; break;
	case PORT_NO_SHUT: config->shutdown = false; break;
	case PORT_CDP: config->cdp = true; break;
	case PORT_NO_CDP: config->cdp = false; break;
	case PORT_LLDP_TRANSMIT: config->lldp_transmit = true; break;
	case PORT_NO_LLDP_TRANSMIT: config->lldp_transmit = false; break;
	case PORT_LLDP_RECEIVE: config->lldp_receive = true; break;
	case PORT_NO_LLDP_RECEIVE: config->lldp_receive = false; break;
	case PORT_TRUST: config->trusted = true; break;
	case PORT_NO_TRUST: config->trusted = false; break;
	case PORT_DESCRIPTION:
		snprintf(config->description, sizeof(config->description), "%.*s", SWITCH_DESCRIPTION - 1,
			 values->word);
		break;
	case PORT_NO_DESCRIPTION: *config->description = 0; break;
	default: break;
	}
}

/* The agents of a port follow at once: a protocol that is switched off removes its neighbours and sends its last message. */
static void agents_follow(struct switch_core *core, struct port *port,
			  const struct switch_port_config *before)
{
	if (before->cdp != port->config.cdp)
		cdp_agent_link(core, port);
	if (before->lldp_transmit && !port->config.lldp_transmit) {
		port->config.lldp_transmit = true;
		lldp_agent_shutdown(core, port);
		port->config.lldp_transmit = false;
	}
	if (before->lldp_transmit != port->config.lldp_transmit ||
	    before->lldp_receive != port->config.lldp_receive)
		lldp_agent_link(core, port);
}

static bool untagged_or_voice_changed(const struct switch_port_config *a, const struct switch_port_config *b)
{
	return a->mode != b->mode || a->access_vlan != b->access_vlan || a->voice_vlan != b->voice_vlan ||
	       a->native_vlan != b->native_vlan;
}

static void change_port(struct switch_core *core, struct port *port, int what,
			const struct cli_values *values)
{
	struct switch_port_config before = port->config;

	if (!set_vlans(&port->config, what, values) && !set_power(&port->config, what, values))
		set_rest(&port->config, what, values);
	if (before.shutdown != port->config.shutdown && port->config.shutdown) {
		port->err_cause = NULL;
		lldp_agent_shutdown(core, port);
		core_log(core, "%%LINK-5-CHANGED: Interface %s, changed state to administratively down",
			 port->long_name);
	}
	if (before.poe_admin != port->config.poe_admin || before.poe_max_mw != port->config.poe_max_mw ||
	    before.poe_priority != port->config.poe_priority || before.shutdown != port->config.shutdown)
		port_reconfigured(core, port);
	vlan_changed(core);
	agents_follow(core, port, &before);
	if (!untagged_or_voice_changed(&before, &port->config))
		return;
	mactable_flush_port(core->macs, port->index);
	/* Announce a new VLAN to the neighbours at once. */
	cdp_agent_send(core, port);
	lldp_agent_send(core, port);
}

/* IOS makes a VLAN that an access port is put into. */
static void want_vlan(struct cli_context *context, const char *what, unsigned id)
{
	if (vlan_exists(context->core, id))
		return;
	text_add(context->out, "%% %s VLAN does not exist. Creating vlan %u\n", what, id);
	configure_create_vlan(context->core, id);
}

bool configure_port(struct cli_context *context, const struct cli_values *values)
{
	int what = context->row->number;
	unsigned mw = values->number;

	if ((what == PORT_POWER_AUTO_MAX || what == PORT_POWER_STATIC_MAX) && (mw < 4000 || mw > 30000)) {
		text_add(context->out, "%% Power limit is from 4000 to 30000 milliwatts\n");
		return false;
	}
	for (struct port *port = context->port; port <= context->last; port++) {
		if (what >= PORT_POWER_AUTO && what <= PORT_PRIORITY_LOW &&
		    !poe_has_port(context->core, port)) {
			text_add(context->out, "%% %s has no inline power\n", port->name);
			return false;
		}
	}
	if (what == PORT_ACCESS_VLAN)
		want_vlan(context, "Access", values->number);
	if (what == PORT_VOICE_VLAN)
		want_vlan(context, "Voice", values->number);
	for (struct port *port = context->port; port <= context->last; port++)
		change_port(context->core, port, what, values);
	return true;
}
