#include "switch-sim/core/switch.h"

#include <string.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/snooping.h"
#include "switch-sim/core/trunk_report.h"
#include "switch-sim/core/vlan.h"

/* The object of `status --json` switches[]. */

/* null for NULL, and for what is not UTF-8 */
static json_t *text_json(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_null();
}

static const char *neighbor_name(const struct port *port)
{
	if (port->cdp)
		return port->cdp->device_id;
	if (port->lldp)
		return *port->lldp->name ? port->lldp->name : port->lldp->chassis;
	return NULL;
}

static json_t *port_status(const struct switch_core *core, const struct port *port)
{
	const struct switch_port_config *config = &port->config;
	json_t *object = json_object();
	bool voice = config->mode == SWITCH_ACCESS && config->voice_vlan;
	bool classed = port->plugged && port->device.power == SWITCH_POWER_PD && port->poe.state != POE_IDLE;

	json_object_set_new(object, "name", json_string(port->name));
	json_object_set_new(object, "link", json_string(port->link ? "up" : "down"));
	json_object_set_new(object, "admin", json_string(config->shutdown ? "down" : "up"));
	json_object_set_new(object, "err_disabled", text_json(port->err_cause));
	json_object_set_new(object, "mode", json_string(config->mode == SWITCH_TRUNK ? "trunk" : "access"));
	json_object_set_new(object, "vlan", json_integer(vlan_untagged(port)));
	json_object_set_new(object, "voice_vlan", voice ? json_integer(config->voice_vlan) : json_null());
	json_object_set_new(object, "device", text_json(port->plugged ? port->device.node : NULL));
	json_object_set_new(object, "neighbor", text_json(neighbor_name(port)));
	json_object_set_new(object, "nic", text_json(port->device.nic ? port->device.node : NULL));
	json_object_set_new(object, "poe_state",
			    text_json(poe_has_port(core, port) ? poe_state_word(port) : NULL));
	json_object_set_new(object, "poe_class",
			    classed ? json_integer(port->device.power_class) : json_null());
	json_object_set_new(object, "poe_mw", json_integer(port->poe.mw));
	if (port->device.trunk)
		json_object_set_new(object, "trunk", trunk_report_json(port->device.trunk));
	return object;
}

/* Tables that strangers fill, and what found no room there. */
static json_t *tables_status(const struct switch_core *core)
{
	unsigned bindings;

	snooping_bindings(core->snooping, &bindings);
	return json_pack("{s:i,s:I,s:i,s:I}", "macs", (int)mactable_count(core->macs), "macs_full",
			 (json_int_t)core->macs_full, "bindings", (int)bindings, "bindings_full",
			 (json_int_t)core->bindings_full);
}

json_t *switch_core_status(struct switch_core *core, uint64_t now_us)
{
	json_t *ports = json_array();
	json_int_t budget = 0, used = 0;

	core_now_is(core, now_us);
	for (unsigned m = 1; m <= core->config.members; m++) {
		budget += core->budget_mw[m - 1];
		used += poe_used_mw(core, m);
	}
	for (unsigned i = 0; i < core->count; i++)
		json_array_append_new(ports, port_status(core, &core->ports[i]));
	return json_pack("{s:o,s:{s:I,s:I},s:o,s:o}", "name", text_json(core->config.name), "poe",
			 "budget_mw", budget, "used_mw", used, "ports", ports, "tables", tables_status(core));
}
