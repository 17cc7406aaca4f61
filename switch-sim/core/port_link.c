#include "switch-sim/core/port_link.h"

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/keepalive.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/security.h"
#include "switch-sim/core/vlan.h"

bool port_enabled(const struct port *port)
{
	return !port->config.shutdown && !port->err_cause && !port->pulled;
}

void port_update_link(struct switch_core *core, struct port *port)
{
	bool up = port->plugged && port->carrier && port_enabled(port) && poe_allows_link(port);
	const struct switch_action action = {.kind = SWITCH_ACTION_LINK, .link = {port->index, up}};

	if (up == port->link)
		return;
	core_trace(core, LOG_PORT, "%s: link %s -> %s", port->name, port->link ? "up" : "down",
		   up ? "up" : "down");
	port->link = up;
	port->changed_us = core->now_us;
	vlan_changed(core);
	core->act(core->arg, &action);
	core_log(core, "%%LINK-3-UPDOWN: Interface %s, changed state to %s", port->long_name,
		 up ? "up" : "down");
	core_log(core, "%%LINEPROTO-5-UPDOWN: Line protocol on Interface %s, changed state to %s",
		 port->long_name, up ? "up" : "down");
	core_event(core, port, 0, up ? "link.up" : "link.down", NULL, "%s", port->name);
	if (!up) {
		port->counters.flaps++;
		mactable_flush_port(core->macs, port->index);
		poe_link_down(port);
		security_forget(port, false);
	}
	cdp_agent_link(core, port);
	lldp_agent_link(core, port);
	keepalive_link(core, port);
}

void port_err_disable(struct switch_core *core, struct port *port, const char *cause)
{
	if (port->err_cause)
		return;
	port->err_cause = cause;
	core_trace(core, LOG_PORT, "%s: err-disabled: %s", port->name, cause);
	core_log(core, "%%PM-4-ERR_DISABLE: %s error detected on %s, putting %s in err-disable state", cause,
		 port->name, port->name);
	core_event(core, port, 0, "port.err-disable", json_pack("{s:s}", "cause", cause), "%s: %s",
		   port->name, cause);
	port_update_link(core, port);
}

void port_reconfigured(struct switch_core *core, struct port *port)
{
	vlan_changed(core);
	poe_reconfigured(core, port);
	port_update_link(core, port);
}
