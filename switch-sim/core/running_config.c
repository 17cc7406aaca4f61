#include "switch-sim/core/show.h"

#include "switch-sim/core/internal.h"
#include "switch-sim/core/mirror.h"
#include "switch-sim/core/poe.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

/* show running-config: the lines that lead configure.c to this state. */

void show_vlan_list(struct text *text, const uint8_t allowed[512])
{
	const char *separator = "";

	for (unsigned vlan = 1; vlan <= SWITCH_VLAN_MAX; vlan++) {
		unsigned last = vlan;

		if (!(allowed[vlan >> 3] >> (vlan & 7) & 1))
			continue;
		while (last < SWITCH_VLAN_MAX && allowed[(last + 1) >> 3] >> ((last + 1) & 7) & 1)
			last++;
		text_add(text, last > vlan ? "%s%u-%u" : "%s%u", separator, vlan, last);
		separator = ",";
		vlan = last;
	}
	if (!*separator)
		text_add(text, "none");
}

bool show_allows_all(const struct switch_port_config *config)
{
	for (unsigned vlan = 1; vlan <= SWITCH_VLAN_MAX; vlan++)
		if (!vlan_allowed(config, vlan))
			return false;
	return true;
}

static void switchport_lines(struct text *text, const struct switch_port_config *config)
{
	if (config->mode == SWITCH_ACCESS) {
		if (config->access_vlan != 1)
			text_add(text, " switchport access vlan %u\n", config->access_vlan);
		text_add(text, " switchport mode access\n");
		if (config->voice_vlan)
			text_add(text, " switchport voice vlan %u\n", config->voice_vlan);
		return;
	}
	if (config->native_vlan != 1)
		text_add(text, " switchport trunk native vlan %u\n", config->native_vlan);
	if (!show_allows_all(config)) {
		text_add(text, " switchport trunk allowed vlan ");
		show_vlan_list(text, config->allowed);
		text_add(text, "\n");
	}
	text_add(text, " switchport mode trunk\n");
}

static void power_lines(struct text *text, const struct switch_port_config *config)
{
	switch (config->poe_admin) {
	case SWITCH_POE_AUTO:
		if (config->poe_max_mw != 30000)
			text_add(text, " power inline auto max %u\n", config->poe_max_mw);
		break;
	case SWITCH_POE_STATIC: text_add(text, " power inline static max %u\n", config->poe_max_mw); break;
	case SWITCH_POE_OFF:
	case SWITCH_POE_NEVER: text_add(text, " power inline never\n"); break;
	}
	switch (config->poe_priority) {
	case SWITCH_POE_CRITICAL: text_add(text, " power inline port priority critical\n"); break;
	case SWITCH_POE_HIGH: text_add(text, " power inline port priority high\n"); break;
	case SWITCH_POE_LOW: break;
	}
}

static void security_lines(struct text *text, const struct port *port)
{
	const struct switch_port_config *config = &port->config;
	char mac[MAC_TEXT];

	if (config->security_maximum > 1)
		text_add(text, " switchport port-security maximum %u\n", config->security_maximum);
	switch (config->violation) {
	case SWITCH_VIOLATION_SHUTDOWN: break;
	case SWITCH_VIOLATION_RESTRICT:
		text_add(text, " switchport port-security violation restrict\n");
		break;
	case SWITCH_VIOLATION_PROTECT: text_add(text, " switchport port-security violation protect\n"); break;
	}
	for (unsigned i = 0; i < port->security.count; i++) {
		if (!port->security.addresses[i].configured)
			continue;
		mac_format_cisco(&port->security.addresses[i].mac, mac);
		text_add(text, " switchport port-security mac-address %s\n", mac);
	}
	if (config->security)
		text_add(text, " switchport port-security\n");
}

static void session_lines(const struct switch_core *core, struct text *text, unsigned number)
{
	const struct mirror *mirror = &core->mirrors[number - 1];

	for (unsigned i = 0; i < core->count; i++) {
		bool in = mirror->in && mirror->in[i], out = mirror->out && mirror->out[i];

		if (in || out)
			text_add(text, "monitor session %u source interface %s%s\n", number,
				 core->ports[i].name,
				 in && out ? ""
				 : in	   ? " rx"
					   : " tx");
	}
	if (mirror->to >= 0)
		text_add(text, "monitor session %u destination interface %s%s\n", number,
			 core->ports[mirror->to].name, mirror->replicate ? " encapsulation replicate" : "");
}

static void port_lines(const struct switch_core *core, struct text *text, const struct port *port)
{
	const struct switch_port_config *config = &port->config;

	text_add(text, "interface %s\n", port->long_name);
	if (*config->description)
		text_add(text, " description %s\n", config->description);
	switchport_lines(text, config);
	security_lines(text, port);
	if (poe_has_port(core, port))
		power_lines(text, config);
	if (!config->cdp)
		text_add(text, " no cdp enable\n");
	if (!config->lldp_transmit)
		text_add(text, " no lldp transmit\n");
	if (!config->lldp_receive)
		text_add(text, " no lldp receive\n");
	if (config->trusted)
		text_add(text, " ip dhcp snooping trust\n");
	if (config->shutdown)
		text_add(text, " shutdown\n");
	text_add(text, "!\n");
}

void show_running_config(const struct switch_core *core, struct text *text, const struct port *only)
{
	text_add(text, "Building configuration...\n\nCurrent configuration:\n!\n");
	if (only) {
		port_lines(core, text, only);
		text_add(text, "end\n");
		return;
	}
	text_add(text, "hostname %s\n!\n", core->config.name);
	if (core->config.dhcp_snooping)
		text_add(text, "ip dhcp snooping\n");
	if (!core->cdp_run)
		text_add(text, "no cdp run\n");
	if (!core->lldp_run)
		text_add(text, "no lldp run\n");
	if (core->config.poe_budget_mw)
		text_add(text, "power inline budget %u\n", core->budget_mw[0]);
	text_add(text, "!\n");
	for (unsigned vlan = 2; vlan <= SWITCH_VLAN_MAX; vlan++)
		if (core->vlans[vlan])
			text_add(text, "vlan %u\n name %s\n!\n", vlan, core->vlans[vlan]->name);
	for (unsigned i = 0; i < core->count; i++)
		port_lines(core, text, &core->ports[i]);
	for (unsigned number = 1; number <= MIRRORS; number++)
		session_lines(core, text, number);
	text_add(text, "end\n");
}
