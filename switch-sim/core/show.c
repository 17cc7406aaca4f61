#include "switch-sim/core/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "base/text.h"

/* The table of show commands. Each has the look that the command has on a Catalyst. */

enum {
	SHOW_CDP,
	SHOW_CDP_DETAIL,
	SHOW_LLDP,
	SHOW_LLDP_DETAIL,
	SHOW_POWER,
	SHOW_VLAN,
	SHOW_MAC,
	SHOW_STATUS,
	SHOW_COUNTERS,
	SHOW_INTERFACES,
	SHOW_LOGGING,
	SHOW_RUNNING,
	SHOW_VERSION,
	SHOW_SNOOPING,
	SHOW_BINDINGS,
	SHOW_ERR_DISABLED,
	SHOW_SECURITY,
	SHOW_SECURE_ADDRESSES,
	SHOW_MONITOR,
};

static bool run_show(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;
	struct text *out = context->out;

	switch (context->row->number) {
	case SHOW_CDP:
	case SHOW_CDP_DETAIL:
		if (!core->cdp_run)
			text_add(out, "%% CDP is not enabled\n");
		else
			show_cdp_neighbors(core, out, values->port, context->row->number == SHOW_CDP_DETAIL);
		return true;
	case SHOW_LLDP:
	case SHOW_LLDP_DETAIL:
		if (!core->lldp_run)
			text_add(out, "%% LLDP is not enabled\n");
		else
			show_lldp_neighbors(core, out, values->port,
					    context->row->number == SHOW_LLDP_DETAIL);
		return true;
	case SHOW_POWER: show_power_inline(core, out, values->port); return true;
	case SHOW_VLAN: show_vlan_brief(core, out); return true;
	case SHOW_MAC:
		show_mac_table(core, out, values->port, values->number ? (int)values->number : -1);
		return true;
	case SHOW_STATUS: show_interfaces_status(core, out, values->port); return true;
	case SHOW_COUNTERS: show_interfaces_counters(core, out, values->port); return true;
	case SHOW_INTERFACES: show_interfaces(core, out, values->port); return true;
	case SHOW_LOGGING: show_logging(core, out); return true;
	case SHOW_RUNNING: show_running_config(core, out, values->port); return true;
	case SHOW_VERSION: show_version(core, out); return true;
	case SHOW_SNOOPING: show_snooping(core, out, false); return true;
	case SHOW_BINDINGS: show_snooping(core, out, true); return true;
	case SHOW_ERR_DISABLED: show_err_disabled(core, out); return true;
	case SHOW_SECURITY: show_port_security(core, out, values->port); return true;
	case SHOW_SECURE_ADDRESSES: show_secure_addresses(core, out); return true;
	case SHOW_MONITOR: show_monitor(core, out, values->number); return true;
	default: return false;
	}
}

static const struct cli_row rows[] = {
    {"cdp neighbors", 1, run_show, SHOW_CDP},
    {"cdp neighbors detail", 1, run_show, SHOW_CDP_DETAIL},
    {"cdp neighbors <interface>", 1, run_show, SHOW_CDP},
    {"cdp neighbors <interface> detail", 1, run_show, SHOW_CDP_DETAIL},
    {"lldp neighbors", 1, run_show, SHOW_LLDP},
    {"lldp neighbors detail", 1, run_show, SHOW_LLDP_DETAIL},
    {"lldp neighbors <interface>", 1, run_show, SHOW_LLDP},
    {"lldp neighbors <interface> detail", 1, run_show, SHOW_LLDP_DETAIL},
    {"power inline", 1, run_show, SHOW_POWER},
    {"power inline <interface>", 1, run_show, SHOW_POWER},
    {"vlan", 1, run_show, SHOW_VLAN},
    {"vlan brief", 1, run_show, SHOW_VLAN},
    {"mac address-table", 1, run_show, SHOW_MAC},
    {"mac address-table dynamic", 1, run_show, SHOW_MAC},
    {"mac address-table interface <interface>", 1, run_show, SHOW_MAC},
    {"mac address-table vlan <vlan>", 1, run_show, SHOW_MAC},
    {"interfaces", 1, run_show, SHOW_INTERFACES},
    {"interfaces <interface>", 1, run_show, SHOW_INTERFACES},
    {"interfaces status", 1, run_show, SHOW_STATUS},
    {"interfaces <interface> status", 1, run_show, SHOW_STATUS},
    {"interfaces status err-disabled", 1, run_show, SHOW_ERR_DISABLED},
    {"interfaces counters", 1, run_show, SHOW_COUNTERS},
    {"interfaces <interface> counters", 1, run_show, SHOW_COUNTERS},
    {"logging", 1, run_show, SHOW_LOGGING},
    {"running-config", 1, run_show, SHOW_RUNNING},
    {"running-config interface <interface>", 1, run_show, SHOW_RUNNING},
    {"version", 1, run_show, SHOW_VERSION},
    {"ip dhcp snooping", 1, run_show, SHOW_SNOOPING},
    {"ip dhcp snooping binding", 1, run_show, SHOW_BINDINGS},
    {"port-security", 1, run_show, SHOW_SECURITY},
    {"port-security interface <interface>", 1, run_show, SHOW_SECURITY},
    {"port-security address", 1, run_show, SHOW_SECURE_ADDRESSES},
    {"monitor", 1, run_show, SHOW_MONITOR},
    {"monitor session <number>", 1, run_show, SHOW_MONITOR},
    {0},
};

char *switch_core_show(struct switch_core *core, uint64_t now_us, const char *const *words, unsigned count)
{
	char prompt[SWITCH_NAME + 16];
	struct text out = {0};
	struct cli_context context = {.core = core, .out = &out, .prompt = prompt};
	struct cli_line line;

	if (now_us > core->now_us)
		core->now_us = now_us;
	snprintf(prompt, sizeof(prompt), "%s#show ", core->config.name);
	if (!cli_split(&line, words, count))
		text_add(&out, "%% Line too long, or not text\n");
	else if (!line.count)
		text_add(&out, "%% Incomplete command.\n\n");
	else
		cli_run(&context, rows, 1, &line);
	return text_take(&out);
}
