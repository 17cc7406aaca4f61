#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "switch-sim/core/cli.h"

/* The configuration commands that people use on access ports, and that faults are made of. */

enum {
	GLOBAL = 1,
	INTERFACE = 2,
	VLAN = 4,
	ANY = GLOBAL | INTERFACE | VLAN,
};

enum {
	SHUT,
	NO_SHUT,
	MODE_ACCESS,
	MODE_TRUNK,
	ACCESS_VLAN,
	NO_ACCESS_VLAN,
	VOICE_VLAN,
	NO_VOICE_VLAN,
	NATIVE_VLAN,
	NO_NATIVE_VLAN,
	ALLOWED,
	ALLOWED_ADD,
	ALLOWED_REMOVE,
	NO_ALLOWED,
	POWER_AUTO,
	POWER_AUTO_MAX,
	POWER_STATIC,
	POWER_STATIC_MAX,
	POWER_NEVER,
	POWER_OFF,
	PRIORITY_CRITICAL,
	PRIORITY_HIGH,
	PRIORITY_LOW,
	CDP,
	NO_CDP,
	LLDP_TRANSMIT,
	NO_LLDP_TRANSMIT,
	LLDP_RECEIVE,
	NO_LLDP_RECEIVE,
	TRUST,
	NO_TRUST,
	DESCRIPTION,
	NO_DESCRIPTION,
	/* from here on: of the switch */
	CDP_RUN,
	NO_CDP_RUN,
	LLDP_RUN,
	NO_LLDP_RUN,
	SNOOPING,
	NO_SNOOPING,
	BUDGET,
};

static void create_vlan(struct switch_core *core, unsigned id)
{
	struct vlan *vlan = &core->vlans[id];

	if (vlan->exists)
		return;
	vlan->exists = true;
	snprintf(vlan->name, sizeof(vlan->name), "VLAN%04u", id);
	vlan_changed(core);
}

/* IOS makes a VLAN that an access port is put into. */
static void want_vlan(struct cli_context *context, const char *what, unsigned id)
{
	if (vlan_exists(context->core, id))
		return;
	text_printf(context->out, "%% %s VLAN does not exist. Creating vlan %u\n", what, id);
	create_vlan(context->core, id);
}

static void set_allowed(struct switch_port_config *config, int how, const uint8_t vlans[512])
{
	for (unsigned i = 0; i < sizeof(config->allowed); i++)
		switch (how) {
		case ALLOWED: config->allowed[i] = vlans[i]; break;
		case ALLOWED_ADD: config->allowed[i] |= vlans[i]; break;
		case ALLOWED_REMOVE: config->allowed[i] &= (uint8_t)~vlans[i]; break;
		default: config->allowed[i] = 0xff; break;
		}
}

static bool set_vlans(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case MODE_ACCESS: config->mode = SWITCH_ACCESS; return true;
	case MODE_TRUNK: config->mode = SWITCH_TRUNK; return true;
	case ACCESS_VLAN: config->access_vlan = (uint16_t)values->number; return true;
	case NO_ACCESS_VLAN: config->access_vlan = 1; return true;
	case VOICE_VLAN: config->voice_vlan = (uint16_t)values->number; return true;
	case NO_VOICE_VLAN: config->voice_vlan = 0; return true;
	case NATIVE_VLAN: config->native_vlan = (uint16_t)values->number; return true;
	case NO_NATIVE_VLAN: config->native_vlan = 1; return true;
	case ALLOWED:
	case ALLOWED_ADD:
	case ALLOWED_REMOVE:
	case NO_ALLOWED: set_allowed(config, what, values->vlans); return true;
	default: return false;
	}
}

static bool set_power(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case POWER_AUTO:
		config->poe_admin = SWITCH_POE_AUTO;
		config->poe_max_mw = 30000;
		return true;
	case POWER_STATIC:
		config->poe_admin = SWITCH_POE_STATIC;
		config->poe_max_mw = 30000;
		return true;
	case POWER_AUTO_MAX:
	case POWER_STATIC_MAX:
		config->poe_admin = what == POWER_AUTO_MAX ? SWITCH_POE_AUTO : SWITCH_POE_STATIC;
		config->poe_max_mw = values->number;
		return true;
	case POWER_NEVER: config->poe_admin = SWITCH_POE_NEVER; return true;
	case POWER_OFF: config->poe_admin = SWITCH_POE_OFF; return true;
	case PRIORITY_CRITICAL: config->poe_priority = SWITCH_POE_CRITICAL; return true;
	case PRIORITY_HIGH: config->poe_priority = SWITCH_POE_HIGH; return true;
	case PRIORITY_LOW: config->poe_priority = SWITCH_POE_LOW; return true;
	default: return false;
	}
}

static void set_rest(struct switch_port_config *config, int what, const struct cli_values *values)
{
	switch (what) {
	case SHUT: config->shutdown = true; break;
	case NO_SHUT: config->shutdown = false; break;
	case CDP: config->cdp = true; break;
	case NO_CDP: config->cdp = false; break;
	case LLDP_TRANSMIT: config->lldp_transmit = true; break;
	case NO_LLDP_TRANSMIT: config->lldp_transmit = false; break;
	case LLDP_RECEIVE: config->lldp_receive = true; break;
	case NO_LLDP_RECEIVE: config->lldp_receive = false; break;
	case TRUST: config->trusted = true; break;
	case NO_TRUST: config->trusted = false; break;
	case DESCRIPTION:
		snprintf(config->description, sizeof(config->description), "%.*s", SWITCH_DESCRIPTION - 1,
			 values->word);
		break;
	case NO_DESCRIPTION: *config->description = 0; break;
	default: break;
	}
}

/* The agents of a port follow at once: what is off forgets its neighbours and says goodbye. */
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
	/* Neighbours hear of a new VLAN at once. */
	cdp_agent_send(core, port);
	lldp_agent_send(core, port);
}

static bool run_port(struct cli_context *context, const struct cli_values *values)
{
	int what = context->row->number;
	unsigned mw = values->number;

	if ((what == POWER_AUTO_MAX || what == POWER_STATIC_MAX) && (mw < 4000 || mw > 30000)) {
		text_printf(context->out, "%% Power limit is from 4000 to 30000 milliwatts\n");
		return false;
	}
	for (struct port *port = context->port; port <= context->last; port++) {
		if (what >= POWER_AUTO && what <= PRIORITY_LOW && !port_has_poe(context->core, port)) {
			text_printf(context->out, "%% %s has no inline power\n", port->name);
			return false;
		}
	}
	if (what == ACCESS_VLAN)
		want_vlan(context, "Access", values->number);
	if (what == VOICE_VLAN)
		want_vlan(context, "Voice", values->number);
	for (struct port *port = context->port; port <= context->last; port++)
		change_port(context->core, port, what, values);
	return true;
}

static bool enter_interface(struct cli_context *context, const struct cli_values *values)
{
	context->mode = INTERFACE;
	context->port = values->port;
	context->last = values->last;
	return true;
}

static bool enter_vlan(struct cli_context *context, const struct cli_values *values)
{
	create_vlan(context->core, values->number);
	context->mode = VLAN;
	context->vlan = values->number;
	return true;
}

static bool remove_vlan(struct cli_context *context, const struct cli_values *values)
{
	if (values->number == 1) {
		text_printf(context->out, "%% Default VLAN 1 may not be deleted.\n");
		return false;
	}
	context->core->vlans[values->number].exists = false;
	mactable_flush_vlan(context->core->macs, (uint16_t)values->number);
	vlan_changed(context->core);
	return true;
}

static bool name_vlan(struct cli_context *context, const struct cli_values *values)
{
	struct vlan *vlan = &context->core->vlans[context->vlan];

	if (strlen(values->word) >= sizeof(vlan->name)) {
		text_printf(context->out, "%% A VLAN name has at most %zu characters\n",
			    sizeof(vlan->name) - 1);
		return false;
	}
	strcpy(vlan->name, values->word);
	return true;
}

static bool leave_mode(struct cli_context *context, const struct cli_values *values)
{
	(void)values;
	context->mode = GLOBAL;
	return true;
}

static bool run_switch(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;

	(void)values;
	for (unsigned i = 0; context->row->number == NO_LLDP_RUN && i < core->count; i++)
		lldp_agent_shutdown(core, &core->ports[i]);
	switch (context->row->number) {
	case CDP_RUN: core->cdp_run = true; break;
	case NO_CDP_RUN: core->cdp_run = false; break;
	case LLDP_RUN: core->lldp_run = true; break;
	case NO_LLDP_RUN: core->lldp_run = false; break;
	case SNOOPING: core->config.dhcp_snooping = true; return true;
	case NO_SNOOPING: core->config.dhcp_snooping = false; return true;
	default: return false;
	}
	for (unsigned i = 0; i < core->count; i++)
		if (context->row->number <= NO_CDP_RUN)
			cdp_agent_link(core, &core->ports[i]);
		else
			lldp_agent_link(core, &core->ports[i]);
	return true;
}

static bool run_budget(struct cli_context *context, const struct cli_values *values)
{
	struct switch_core *core = context->core;

	if (!core->config.poe_budget_mw || values->number > 4000000) {
		text_printf(context->out, core->config.poe_budget_mw
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

static const struct cli_row rows[] = {
    {"shutdown", INTERFACE, run_port, SHUT},
    {"no shutdown", INTERFACE, run_port, NO_SHUT},
    {"switchport mode access", INTERFACE, run_port, MODE_ACCESS},
    {"switchport mode trunk", INTERFACE, run_port, MODE_TRUNK},
    {"switchport access vlan <vlan>", INTERFACE, run_port, ACCESS_VLAN},
    {"no switchport access vlan", INTERFACE, run_port, NO_ACCESS_VLAN},
    {"switchport voice vlan <vlan>", INTERFACE, run_port, VOICE_VLAN},
    {"switchport voice vlan none", INTERFACE, run_port, NO_VOICE_VLAN},
    {"no switchport voice vlan", INTERFACE, run_port, NO_VOICE_VLAN},
    {"switchport trunk native vlan <vlan>", INTERFACE, run_port, NATIVE_VLAN},
    {"no switchport trunk native vlan", INTERFACE, run_port, NO_NATIVE_VLAN},
    {"switchport trunk allowed vlan <vlans>", INTERFACE, run_port, ALLOWED},
    {"switchport trunk allowed vlan add <vlans>", INTERFACE, run_port, ALLOWED_ADD},
    {"switchport trunk allowed vlan remove <vlans>", INTERFACE, run_port, ALLOWED_REMOVE},
    {"no switchport trunk allowed vlan", INTERFACE, run_port, NO_ALLOWED},
    {"power inline auto", INTERFACE, run_port, POWER_AUTO},
    {"power inline auto max <number>", INTERFACE, run_port, POWER_AUTO_MAX},
    {"power inline static", INTERFACE, run_port, POWER_STATIC},
    {"power inline static max <number>", INTERFACE, run_port, POWER_STATIC_MAX},
    {"power inline never", INTERFACE, run_port, POWER_NEVER},
    {"power inline off", INTERFACE, run_port, POWER_OFF},
    {"no power inline", INTERFACE, run_port, POWER_AUTO},
    {"power inline priority critical", INTERFACE, run_port, PRIORITY_CRITICAL},
    {"power inline priority high", INTERFACE, run_port, PRIORITY_HIGH},
    {"power inline priority low", INTERFACE, run_port, PRIORITY_LOW},
    {"power inline port priority critical", INTERFACE, run_port, PRIORITY_CRITICAL},
    {"power inline port priority high", INTERFACE, run_port, PRIORITY_HIGH},
    {"power inline port priority low", INTERFACE, run_port, PRIORITY_LOW},
    {"cdp enable", INTERFACE, run_port, CDP},
    {"no cdp enable", INTERFACE, run_port, NO_CDP},
    {"lldp transmit", INTERFACE, run_port, LLDP_TRANSMIT},
    {"no lldp transmit", INTERFACE, run_port, NO_LLDP_TRANSMIT},
    {"lldp receive", INTERFACE, run_port, LLDP_RECEIVE},
    {"no lldp receive", INTERFACE, run_port, NO_LLDP_RECEIVE},
    {"ip dhcp snooping trust", INTERFACE, run_port, TRUST},
    {"no ip dhcp snooping trust", INTERFACE, run_port, NO_TRUST},
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
    {"description <line>", INTERFACE, run_port, DESCRIPTION},
    {"no description", INTERFACE, run_port, NO_DESCRIPTION},
    {"name <word>", VLAN, name_vlan, 0},
    {"interface <interface>", GLOBAL, enter_interface, 0},
    {"interface range <range>", GLOBAL, enter_interface, 0},
    {"vlan <vlan>", GLOBAL, enter_vlan, 0},
    {"no vlan <vlan>", GLOBAL, remove_vlan, 0},
    {"cdp run", GLOBAL, run_switch, CDP_RUN},
    {"no cdp run", GLOBAL, run_switch, NO_CDP_RUN},
    {"lldp run", GLOBAL, run_switch, LLDP_RUN},
    {"no lldp run", GLOBAL, run_switch, NO_LLDP_RUN},
    {"ip dhcp snooping", GLOBAL, run_switch, SNOOPING},
    {"no ip dhcp snooping", GLOBAL, run_switch, NO_SNOOPING},
    {"power inline budget <number>", GLOBAL, run_budget, 0},
    {"monitor session <number> source interface <range>", GLOBAL, configure_monitor, MONITOR_BOTH},
    {"monitor session <number> source interface <range> both", GLOBAL, configure_monitor, MONITOR_BOTH},
    {"monitor session <number> source interface <range> rx", GLOBAL, configure_monitor, MONITOR_RX},
    {"monitor session <number> source interface <range> tx", GLOBAL, configure_monitor, MONITOR_TX},
    {"monitor session <number> destination interface <interface>", GLOBAL, configure_monitor, MONITOR_TO},
    {"monitor session <number> destination interface <interface> encapsulation replicate", GLOBAL,
     configure_monitor, MONITOR_REPLICATE},
    {"no monitor session <number>", GLOBAL, configure_monitor, NO_MONITOR},
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
		text_printf(context->out, "%% Line too long, or not text\n");
		return false;
	}
	strcpy(copy, words);
	if (strncasecmp(copy + strspn(copy, " "), "de", 2) && strncasecmp(copy + strspn(copy, " "), "na", 2))
		join_dashes(copy);
	if (!cli_split(&line, &one, 1)) {
		text_printf(context->out, "%% Line too long, or not text\n");
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
