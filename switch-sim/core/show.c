#include "switch-sim/core/show.h"

#include <stdio.h>

#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "base/text.h"

/* The table of show commands. Each has the look that the command has on a Catalyst. */

#define SHOW(name, call)                                                                                     \
	static bool name(struct cli_context *context, const struct cli_values *values)                       \
	{                                                                                                    \
		struct switch_core *core = context->core;                                                    \
		struct text *out = context->out;                                                             \
                                                                                                             \
		(void)values;                                                                                \
		call;                                                                                        \
		return true;                                                                                 \
	}

SHOW(cdp, show_cdp_neighbors(core, out, values->port, context->row->number))
SHOW(lldp, show_lldp_neighbors(core, out, values->port, context->row->number))
SHOW(power, show_power_inline(core, out, values->port))
SHOW(vlan, show_vlan_brief(core, out))
SHOW(mac, show_mac_table(core, out, values->port, values->number ? (int)values->number : -1))
SHOW(status, show_interfaces_status(core, out, values->port))
SHOW(switchport, show_interfaces_switchport(core, out, values->port))
SHOW(counters, show_interfaces_counters(core, out, values->port))
SHOW(interfaces, show_interfaces(core, out, values->port))
SHOW(logging, show_logging(core, out))
SHOW(running, show_running_config(core, out, values->port))
SHOW(version, show_version(core, out))
SHOW(snooping, show_snooping(core, out, context->row->number))
SHOW(err_disabled, show_err_disabled(core, out))
SHOW(security, show_port_security(core, out, values->port))
SHOW(secure_addresses, show_secure_addresses(core, out))
SHOW(monitor, show_monitor(core, out, values->number))

static bool tech_support(struct cli_context *context, const struct cli_values *values);

static const struct cli_row rows[] = {
    {"cdp neighbors", 1, cdp, 0, 0, 0},
    {"cdp neighbors detail", 1, cdp, 1, 0, 0},
    {"cdp neighbors <interface>", 1, cdp, 0, 0, 0},
    {"cdp neighbors <interface> detail", 1, cdp, 1, 0, 0},
    {"lldp neighbors", 1, lldp, 0, 0, 0},
    {"lldp neighbors detail", 1, lldp, 1, 0, 0},
    {"lldp neighbors <interface>", 1, lldp, 0, 0, 0},
    {"lldp neighbors <interface> detail", 1, lldp, 1, 0, 0},
    {"power inline", 1, power, 0, 0, 0},
    {"power inline <interface>", 1, power, 0, 0, 0},
    {"vlan", 1, vlan, 0, 0, 0},
    {"vlan brief", 1, vlan, 0, 0, 0},
    {"mac address-table", 1, mac, 0, 0, 0},
    {"mac address-table dynamic", 1, mac, 0, 0, 0},
    {"mac address-table interface <interface>", 1, mac, 0, 0, 0},
    {"mac address-table vlan <vlan>", 1, mac, 0, 0, 0},
    {"interfaces", 1, interfaces, 0, 0, 0},
    {"interfaces <interface>", 1, interfaces, 0, 0, 0},
    {"interfaces status", 1, status, 0, 0, 0},
    {"interfaces <interface> status", 1, status, 0, 0, 0},
    {"interfaces status err-disabled", 1, err_disabled, 0, 0, 0},
    {"interfaces switchport", 1, switchport, 0, 0, 0},
    {"interfaces <interface> switchport", 1, switchport, 0, 0, 0},
    {"interfaces counters", 1, counters, 0, 0, 0},
    {"interfaces <interface> counters", 1, counters, 0, 0, 0},
    {"logging", 1, logging, 0, 0, 0},
    {"running-config", 1, running, 0, 0, 0},
    {"running-config interface <interface>", 1, running, 0, 0, 0},
    {"version", 1, version, 0, 0, 0},
    {"ip dhcp snooping", 1, snooping, 0, 0, 0},
    {"ip dhcp snooping binding", 1, snooping, 1, 0, 0},
    {"port-security", 1, security, 0, 0, 0},
    {"port-security interface <interface>", 1, security, 0, 0, 0},
    {"port-security address", 1, secure_addresses, 0, 0, 0},
    {"monitor", 1, monitor, 0, 0, 0},
    {"monitor session <number>", 1, monitor, 0, 0, 0},
    {"tech-support", 1, tech_support, 0, 0, 0},
    {0},
};

const char *show_pattern(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].pattern : NULL;
}

/* What a Catalyst's support asks for: the other commands, each under a heading of its own. */
static bool tech_support(struct cli_context *context, const struct cli_values *values)
{
	static const char *const commands[] = {"version",
					       "running-config",
					       "interfaces status",
					       "interfaces",
					       "interfaces switchport",
					       "interfaces status err-disabled",
					       "interfaces counters",
					       "power inline",
					       "vlan brief",
					       "mac address-table",
					       "cdp neighbors detail",
					       "lldp neighbors detail",
					       "ip dhcp snooping",
					       "ip dhcp snooping binding",
					       "port-security",
					       "port-security address",
					       "monitor",
					       "logging"};

	(void)values;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct cli_line line;

		text_add(context->out, "\n------------------ show %s ------------------\n\n", commands[i]);
		if (cli_split(&line, &commands[i], 1))
			cli_run(context, rows, 1, &line);
	}
	return true;
}

char *switch_core_show(struct switch_core *core, uint64_t now_us, const char *const *words, unsigned count)
{
	char prompt[SWITCH_NAME + 16];
	struct text out = {0};
	struct cli_context context = {.core = core, .out = &out, .prompt = prompt};
	struct cli_line line;

	core_now_is(core, now_us);
	snprintf(prompt, sizeof(prompt), "%s#show ", core->config.name);
	if (!cli_split(&line, words, count))
		text_add(&out, "%% Line too long, or not text\n");
	else if (!line.count)
		text_add(&out, "%% Incomplete command.\n\n");
	else
		cli_run(&context, rows, 1, &line);
	return text_take(&out);
}
