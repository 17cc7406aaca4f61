#include "switch-sim/core/configure.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "switch-sim/core/cli.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/vlan.h"
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
	if (!vlan_create(context->core, values->number)) {
		text_add(context->out, "%% No memory for VLAN %u\n", values->number);
		return false;
	}
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

#define MEMBER(name)                                                                                         \
	offsetof(struct switch_port_config, name), sizeof(((struct switch_port_config *)NULL)->name)

static const struct cli_row rows[] = {
    {"shutdown", INTERFACE, configure_port, true, MEMBER(shutdown)},
    {"no shutdown", INTERFACE, configure_port, false, MEMBER(shutdown)},
    {"switchport mode access", INTERFACE, configure_port, SWITCH_ACCESS, MEMBER(mode)},
    {"switchport mode trunk", INTERFACE, configure_port, SWITCH_TRUNK, MEMBER(mode)},
    {"switchport access vlan <vlan>", INTERFACE, configure_port, CONFIGURE_GIVEN, MEMBER(access_vlan)},
    {"no switchport access vlan", INTERFACE, configure_port, 1, MEMBER(access_vlan)},
    {"switchport voice vlan <vlan>", INTERFACE, configure_port, CONFIGURE_GIVEN, MEMBER(voice_vlan)},
    {"switchport voice vlan none", INTERFACE, configure_port, 0, MEMBER(voice_vlan)},
    {"no switchport voice vlan", INTERFACE, configure_port, 0, MEMBER(voice_vlan)},
    {"switchport trunk native vlan <vlan>", INTERFACE, configure_port, CONFIGURE_GIVEN, MEMBER(native_vlan)},
    {"no switchport trunk native vlan", INTERFACE, configure_port, 1, MEMBER(native_vlan)},
    {"switchport trunk allowed vlan <vlans>", INTERFACE, configure_allowed, ALLOWED_SET, 0, 0},
    {"switchport trunk allowed vlan add <vlans>", INTERFACE, configure_allowed, ALLOWED_ADD, 0, 0},
    {"switchport trunk allowed vlan remove <vlans>", INTERFACE, configure_allowed, ALLOWED_REMOVE, 0, 0},
    {"no switchport trunk allowed vlan", INTERFACE, configure_allowed, ALLOWED_ALL, 0, 0},
    {"power inline auto", INTERFACE, configure_port, SWITCH_POE_AUTO, MEMBER(poe_admin)},
    {"power inline auto max <number>", INTERFACE, configure_port, SWITCH_POE_AUTO, MEMBER(poe_admin)},
    {"power inline static", INTERFACE, configure_port, SWITCH_POE_STATIC, MEMBER(poe_admin)},
    {"power inline static max <number>", INTERFACE, configure_port, SWITCH_POE_STATIC, MEMBER(poe_admin)},
    {"power inline never", INTERFACE, configure_port, SWITCH_POE_NEVER, MEMBER(poe_admin)},
    {"power inline off", INTERFACE, configure_port, SWITCH_POE_OFF, MEMBER(poe_admin)},
    {"no power inline", INTERFACE, configure_port, SWITCH_POE_AUTO, MEMBER(poe_admin)},
    {"power inline priority critical", INTERFACE, configure_port, SWITCH_POE_CRITICAL, MEMBER(poe_priority)},
    {"power inline priority high", INTERFACE, configure_port, SWITCH_POE_HIGH, MEMBER(poe_priority)},
    {"power inline priority low", INTERFACE, configure_port, SWITCH_POE_LOW, MEMBER(poe_priority)},
    {"power inline port priority critical", INTERFACE, configure_port, SWITCH_POE_CRITICAL,
     MEMBER(poe_priority)},
    {"power inline port priority high", INTERFACE, configure_port, SWITCH_POE_HIGH, MEMBER(poe_priority)},
    {"power inline port priority low", INTERFACE, configure_port, SWITCH_POE_LOW, MEMBER(poe_priority)},
    {"cdp enable", INTERFACE, configure_port, true, MEMBER(cdp)},
    {"no cdp enable", INTERFACE, configure_port, false, MEMBER(cdp)},
    {"lldp transmit", INTERFACE, configure_port, true, MEMBER(lldp_transmit)},
    {"no lldp transmit", INTERFACE, configure_port, false, MEMBER(lldp_transmit)},
    {"lldp receive", INTERFACE, configure_port, true, MEMBER(lldp_receive)},
    {"no lldp receive", INTERFACE, configure_port, false, MEMBER(lldp_receive)},
    {"ip dhcp snooping trust", INTERFACE, configure_port, true, MEMBER(trusted)},
    {"no ip dhcp snooping trust", INTERFACE, configure_port, false, MEMBER(trusted)},
    {"switchport port-security", INTERFACE, configure_security, SECURITY_ON, 0, 0},
    {"no switchport port-security", INTERFACE, configure_security, SECURITY_OFF, 0, 0},
    {"switchport port-security maximum <number>", INTERFACE, configure_security, SECURITY_MAXIMUM, 0, 0},
    {"no switchport port-security maximum", INTERFACE, configure_port, 1, MEMBER(security_maximum)},
    {"switchport port-security violation shutdown", INTERFACE, configure_port, SWITCH_VIOLATION_SHUTDOWN,
     MEMBER(violation)},
    {"switchport port-security violation restrict", INTERFACE, configure_port, SWITCH_VIOLATION_RESTRICT,
     MEMBER(violation)},
    {"switchport port-security violation protect", INTERFACE, configure_port, SWITCH_VIOLATION_PROTECT,
     MEMBER(violation)},
    {"no switchport port-security violation", INTERFACE, configure_port, SWITCH_VIOLATION_SHUTDOWN,
     MEMBER(violation)},
    {"switchport port-security mac-address <word>", INTERFACE, configure_security, SECURITY_ADDRESS, 0, 0},
    {"no switchport port-security mac-address", INTERFACE, configure_security, SECURITY_NO_ADDRESS, 0, 0},
    {"description <line>", INTERFACE, configure_description, true, 0, 0},
    {"no description", INTERFACE, configure_description, false, 0, 0},
    {"name <word>", VLAN, configure_vlan_name, 0, 0, 0},
    {"interface <interface>", GLOBAL, enter_interface, 0, 0, 0},
    {"interface range <range>", GLOBAL, enter_interface, 0, 0, 0},
    {"vlan <vlan>", GLOBAL, enter_vlan, 0, 0, 0},
    {"no vlan <vlan>", GLOBAL, configure_no_vlan, 0, 0, 0},
    {"cdp run", GLOBAL, configure_cdp, true, 0, 0},
    {"no cdp run", GLOBAL, configure_cdp, false, 0, 0},
    {"lldp run", GLOBAL, configure_lldp, true, 0, 0},
    {"no lldp run", GLOBAL, configure_lldp, false, 0, 0},
    {"ip dhcp snooping", GLOBAL, configure_snooping, true, 0, 0},
    {"no ip dhcp snooping", GLOBAL, configure_snooping, false, 0, 0},
    {"power inline budget <number>", GLOBAL, configure_budget, 0, 0, 0},
    {"monitor session <number> source interface <range>", GLOBAL, configure_monitor, MONITOR_BOTH, 0, 0},
    {"monitor session <number> source interface <range> both", GLOBAL, configure_monitor, MONITOR_BOTH, 0, 0},
    {"monitor session <number> source interface <range> rx", GLOBAL, configure_monitor, MONITOR_RX, 0, 0},
    {"monitor session <number> source interface <range> tx", GLOBAL, configure_monitor, MONITOR_TX, 0, 0},
    {"monitor session <number> destination interface <interface>", GLOBAL, configure_monitor, MONITOR_TO, 0,
     0},
    {"monitor session <number> destination interface <interface> encapsulation replicate", GLOBAL,
     configure_monitor, MONITOR_REPLICATE, 0, 0},
    {"no monitor session <number>", GLOBAL, configure_monitor, MONITOR_NONE, 0, 0},
    {"configure terminal", ANY, leave_mode, 0, 0, 0},
    {"exit", ANY, leave_mode, 0, 0, 0},
    {"end", ANY, leave_mode, 0, 0, 0},
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

char *switch_core_configure_lines(struct switch_core *core, uint64_t now_us, const char *const *lines,
				  unsigned count, unsigned *errors, size_t *ends)
{
	struct text out = {0};
	struct cli_context context = {.core = core, .out = &out, .mode = GLOBAL};
	unsigned wrong = 0;

	core_now_is(core, now_us);
	for (unsigned i = 0; i < count; i++) {
		wrong += !run_line(&context, lines[i]);
		if (ends)
			ends[i] = out.length;
	}
	if (count > wrong)
		core_log(core, "%%SYS-5-CONFIG_I: Configured from console");
	if (errors)
		*errors = wrong;
	return text_take(&out);
}

char *switch_core_configure(struct switch_core *core, uint64_t now_us, const char *const *lines,
			    unsigned count, unsigned *errors)
{
	return switch_core_configure_lines(core, now_us, lines, count, errors, NULL);
}
