#include "switch-sim/core/configure.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "base/text.h"

/* The configuration commands that people use on access ports, and that faults are made of. */

enum {
	GLOBAL = 1,
	INTERFACE = 2,
	VLAN = 4,
	ANY = GLOBAL | INTERFACE | VLAN,
};

static bool enter_interface(struct cli_context *context, const struct cli_values *values)
{
	context->mode = INTERFACE;
	context->port = values->port;
	context->last = values->last;
	return true;
}

static bool enter_vlan(struct cli_context *context, const struct cli_values *values)
{
	configure_create_vlan(context->core, values->number);
	context->mode = VLAN;
	context->vlan = values->number;
	return true;
}

static bool leave_mode(struct cli_context *context, const struct cli_values *values)
{
	(void)values;
	context->mode = GLOBAL;
	return true;
}

static const struct cli_row rows[] = {
    {"shutdown", INTERFACE, configure_port, PORT_SHUT},
    {"no shutdown", INTERFACE, configure_port, PORT_NO_SHUT},
    {"switchport mode access", INTERFACE, configure_port, PORT_MODE_ACCESS},
    {"switchport mode trunk", INTERFACE, configure_port, PORT_MODE_TRUNK},
    {"switchport access vlan <vlan>", INTERFACE, configure_port, PORT_ACCESS_VLAN},
    {"no switchport access vlan", INTERFACE, configure_port, PORT_NO_ACCESS_VLAN},
    {"switchport voice vlan <vlan>", INTERFACE, configure_port, PORT_VOICE_VLAN},
    {"switchport voice vlan none", INTERFACE, configure_port, PORT_NO_VOICE_VLAN},
    {"no switchport voice vlan", INTERFACE, configure_port, PORT_NO_VOICE_VLAN},
    {"switchport trunk native vlan <vlan>", INTERFACE, configure_port, PORT_NATIVE_VLAN},
    {"no switchport trunk native vlan", INTERFACE, configure_port, PORT_NO_NATIVE_VLAN},
    {"switchport trunk allowed vlan <vlans>", INTERFACE, configure_port, PORT_ALLOWED},
    {"switchport trunk allowed vlan add <vlans>", INTERFACE, configure_port, PORT_ALLOWED_ADD},
    {"switchport trunk allowed vlan remove <vlans>", INTERFACE, configure_port, PORT_ALLOWED_REMOVE},
    {"no switchport trunk allowed vlan", INTERFACE, configure_port, PORT_NO_ALLOWED},
    {"power inline auto", INTERFACE, configure_port, PORT_POWER_AUTO},
    {"power inline auto max <number>", INTERFACE, configure_port, PORT_POWER_AUTO_MAX},
    {"power inline static", INTERFACE, configure_port, PORT_POWER_STATIC},
    {"power inline static max <number>", INTERFACE, configure_port, PORT_POWER_STATIC_MAX},
    {"power inline never", INTERFACE, configure_port, PORT_POWER_NEVER},
    {"power inline off", INTERFACE, configure_port, PORT_POWER_OFF},
    {"no power inline", INTERFACE, configure_port, PORT_POWER_AUTO},
    {"power inline priority critical", INTERFACE, configure_port, PORT_PRIORITY_CRITICAL},
    {"power inline priority high", INTERFACE, configure_port, PORT_PRIORITY_HIGH},
    {"power inline priority low", INTERFACE, configure_port, PORT_PRIORITY_LOW},
    {"power inline port priority critical", INTERFACE, configure_port, PORT_PRIORITY_CRITICAL},
    {"power inline port priority high", INTERFACE, configure_port, PORT_PRIORITY_HIGH},
    {"power inline port priority low", INTERFACE, configure_port, PORT_PRIORITY_LOW},
    {"cdp enable", INTERFACE, configure_port, PORT_CDP},
    {"no cdp enable", INTERFACE, configure_port, PORT_NO_CDP},
    {"lldp transmit", INTERFACE, configure_port, PORT_LLDP_TRANSMIT},
    {"no lldp transmit", INTERFACE, configure_port, PORT_NO_LLDP_TRANSMIT},
    {"lldp receive", INTERFACE, configure_port, PORT_LLDP_RECEIVE},
    {"no lldp receive", INTERFACE, configure_port, PORT_NO_LLDP_RECEIVE},
    {"ip dhcp snooping trust", INTERFACE, configure_port, PORT_TRUST},
    {"no ip dhcp snooping trust", INTERFACE, configure_port, PORT_NO_TRUST},
    {"switchport port-security", INTERFACE, configure_security, SECURITY_ON},
    {"no switchport port-security", INTERFACE, configure_security, SECURITY_OFF},
    {"switchport port-security maximum <number>", INTERFACE, configure_security, SECURITY_MAXIMUM},
    {"no switchport port-security maximum", INTERFACE, configure_security, SECURITY_NO_MAXIMUM},
    {"switchport port-security violation shutdown", INTERFACE, configure_security, SECURITY_SHUTDOWN},
    {"switchport port-security violation restrict", INTERFACE, configure_security, SECURITY_RESTRICT},
    {"switchport port-security violation protect", INTERFACE, configure_security, SECURITY_PROTECT},
    {"no switchport port-security violation", INTERFACE, configure_security, SECURITY_SHUTDOWN},
    {"switchport port-security mac-address <word>", INTERFACE, configure_security, SECURITY_ADDRESS},
    {"no switchport port-security mac-address", INTERFACE, configure_security, SECURITY_NO_ADDRESS},
    {"description <line>", INTERFACE, configure_port, PORT_DESCRIPTION},
    {"no description", INTERFACE, configure_port, PORT_NO_DESCRIPTION},
    {"name <word>", VLAN, configure_vlan_name, 0},
    {"interface <interface>", GLOBAL, enter_interface, 0},
    {"interface range <range>", GLOBAL, enter_interface, 0},
    {"vlan <vlan>", GLOBAL, enter_vlan, 0},
    {"no vlan <vlan>", GLOBAL, configure_no_vlan, 0},
    {"cdp run", GLOBAL, configure_switch, GLOBAL_CDP_RUN},
    {"no cdp run", GLOBAL, configure_switch, GLOBAL_NO_CDP_RUN},
    {"lldp run", GLOBAL, configure_switch, GLOBAL_LLDP_RUN},
    {"no lldp run", GLOBAL, configure_switch, GLOBAL_NO_LLDP_RUN},
    {"ip dhcp snooping", GLOBAL, configure_switch, GLOBAL_SNOOPING},
    {"no ip dhcp snooping", GLOBAL, configure_switch, GLOBAL_NO_SNOOPING},
    {"power inline budget <number>", GLOBAL, configure_budget, 0},
    {"monitor session <number> source interface <range>", GLOBAL, configure_monitor, MONITOR_BOTH},
    {"monitor session <number> source interface <range> both", GLOBAL, configure_monitor, MONITOR_BOTH},
    {"monitor session <number> source interface <range> rx", GLOBAL, configure_monitor, MONITOR_RX},
    {"monitor session <number> source interface <range> tx", GLOBAL, configure_monitor, MONITOR_TX},
    {"monitor session <number> destination interface <interface>", GLOBAL, configure_monitor, MONITOR_TO},
    {"monitor session <number> destination interface <interface> encapsulation replicate", GLOBAL,
     configure_monitor, MONITOR_REPLICATE},
    {"no monitor session <number>", GLOBAL, configure_monitor, MONITOR_NONE},
    {"configure terminal", ANY, leave_mode, 0},
    {"exit", ANY, leave_mode, 0},
    {"end", ANY, leave_mode, 0},
    {0},
};

/* "Gi1/0/1 - 8" and "Gi1/0/1 , ..": the blanks around a dash are no boundaries. */
static void join_dashes(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++) {
		if (*c == ' ' && (c[1 + strspn(c + 1, " ")] == '-' || (to > text && to[-1] == '-')))
			continue;
		*to++ = *c;
	}
	*to = 0;
}

static const char *mode_word(unsigned mode)
{
	return mode == INTERFACE ? "-if" : mode == VLAN ? "-vlan" : "";
}

static bool run_line(struct cli_context *context, const char *words)
{
	char prompt[SWITCH_NAME + 24], copy[CLI_LINE];
	const char *one = copy;
	struct cli_line line;
	unsigned modes = context->mode;

	snprintf(prompt, sizeof(prompt), "%s(config%s)#", context->core->config.name,
		 mode_word(context->mode));
	context->prompt = prompt;
	if (strlen(words) >= sizeof(copy)) {
		text_add(context->out, "%% Line too long, or not text\n");
		return false;
	}
	strcpy(copy, words);
	if (strncasecmp(copy + strspn(copy, " "), "de", 2) && strncasecmp(copy + strspn(copy, " "), "na", 2))
		join_dashes(copy);
	if (!cli_split(&line, &one, 1)) {
		text_add(context->out, "%% Line too long, or not text\n");
		return false;
	}
	if (!line.count || line.text[0] == '!')
		return true;
	/* A command of the global mode leaves the mode of an interface or a VLAN. */
	if (modes != GLOBAL && !cli_knows(context, rows, modes, &line) &&
	    cli_knows(context, rows, GLOBAL, &line))
		context->mode = modes = GLOBAL;
	return cli_run(context, rows, modes, &line);
}

char *switch_core_configure(struct switch_core *core, uint64_t now_us, const char *const *lines,
			    unsigned count, unsigned *errors)
{
	struct text out = {0};
	struct cli_context context = {.core = core, .out = &out, .mode = GLOBAL};
	unsigned wrong = 0;

	if (now_us > core->now_us)
		core->now_us = now_us;
	for (unsigned i = 0; i < count; i++)
		wrong += !run_line(&context, lines[i]);
	if (count > wrong)
		core_log(core, "%%SYS-5-CONFIG_I: Configured from console");
	if (errors)
		*errors = wrong;
	return text_take(&out);
}
