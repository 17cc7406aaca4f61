/* The configuration commands of the whole switch, and of its VLANs. */
#include "switch-sim/core/configure.h"

#include <stdio.h>
#include <string.h>

#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

bool configure_no_vlan(struct cli_context *context, const struct cli_values *values)
{
	if (values->number == 1) {
		text_add(context->out, "%% Default VLAN 1 may not be deleted.\n");
		return false;
	}
	vlan_remove(context->core, values->number);
	mactable_flush_vlan(context->core->macs, (uint16_t)values->number);
	return true;
}

bool configure_vlan_name(struct cli_context *context, const struct cli_values *values)
{
	struct vlan *vlan = context->core->vlans[context->vlan];

	if (!vlan) {
		text_add(context->out, "%% VLAN %u does not exist.\n", context->vlan);
		return false;
	}
	if (strlen(values->word) >= sizeof(vlan->name)) {
		text_add(context->out, "%% A VLAN name has at most %zu characters\n", sizeof(vlan->name) - 1);
		return false;
	}
	strcpy(vlan->name, values->word);
	return true;
}

bool configure_cdp(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;

	(void)values;
	core->cdp_run = context->row->number;
	for (unsigned i = 0; i < core->count; i++)
		cdp_agent_link(core, &core->ports[i]);
	return true;
}

bool configure_lldp(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;

	(void)values;
	for (unsigned i = 0; !context->row->number && i < core->count; i++)
		lldp_agent_shutdown(core, &core->ports[i]);
	core->lldp_run = context->row->number;
	for (unsigned i = 0; i < core->count; i++)
		lldp_agent_link(core, &core->ports[i]);
	return true;
}

bool configure_snooping(struct cli_context *context, const struct cli_values *values)
{
	(void)values;
	context->core->config.dhcp_snooping = context->row->number;
	return true;
}

bool configure_budget(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;

	if (!core->config.poe_budget_mw || values->number > 4000000) {
		text_add(context->out, core->config.poe_budget_mw
					   ? "%% A power budget is from 0 to 4000000 milliwatts\n"
					   : "%% This switch has no inline power\n");
		return false;
	}
	for (unsigned m = 1; m <= core->config.members; m++) {
		core->budget_mw[m - 1] = values->number;
		poe_budget_changed(core, m);
	}
	return true;
}
