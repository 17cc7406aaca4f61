#include "switch-sim/core/show.h"

#include <stdio.h>
#include <strings.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/vlan.h"

/* show version, show interfaces switchport */

/* "cisco C9200L-48P-4X" without its maker */
static const char *model(const struct switch_core *core)
{
	const char *platform = core->config.platform;

	return !strncasecmp(platform, "cisco ", 6) ? platform + 6 : platform;
}

static void member_row(const struct switch_core *core, struct text *text, unsigned member)
{
	text_add(text, "%c%5u %-5u %-18s %-17s %-21s %s\n", member == 1 ? '*' : ' ', member,
		 core->config.access + core->config.uplinks, model(core), SHOW_VERSION, SHOW_IMAGE,
		 "INSTALL");
}

void show_version(struct switch_core *core, struct text *text)
{
	unsigned long long up = (core->now_us - core->started_us) / SECOND;
	const struct switch_config *config = &core->config;
	char mac[MAC_TEXT], serial[MAC_SERIAL];

	mac_format(&config->mac, mac);
	mac_serial(&config->mac, "FOC", serial);
	text_add(text,
		 "%s\nswitch-sim Software (" SHOW_IMAGE "), Version " SHOW_VERSION
		 ", RELEASE SOFTWARE (fc1)\n\n"
		 "ROM: switch-sim ROMMON\n\n"
		 "%s uptime is %llu hours, %llu minutes, %llu seconds\n"
		 "System returned to ROM by power-on\n"
		 "System image file is \"flash:packages.conf\"\n"
		 "Last reload reason: power-on\n\n",
		 config->version, config->name, up / 3600, up / 60 % 60, up % 60);
	text_add(text,
		 "cisco %s (switch-sim) processor with 2097152K/6147K bytes of memory.\n"
		 "Processor board ID %s\n"
		 "%u Gigabit Ethernet interfaces\n%u Ten Gigabit Ethernet interfaces\n\n",
		 model(core), serial, config->members * config->access, config->members * config->uplinks);
	text_add(text,
		 "Base Ethernet MAC Address          : %s\n"
		 "Model Number                       : %s\n"
		 "System Serial Number               : %s\n\n"
		 "Switch Ports Model              SW Version        SW Image              Mode\n"
		 "------ ----- -----              ----------        ----------            ----\n",
		 mac, model(core), serial);
	for (unsigned m = 1; m <= config->members; m++)
		member_row(core, text, m);
	text_add(text, "\nConfiguration register is 0x102\n");
}

/* "110 (VOICE)", or "110 (Inactive)" if the VLAN does not exist */
static void vlan_line(const struct switch_core *core, struct text *text, const char *title, unsigned vlan)
{
	text_add(text, "%s: %u (%s)\n", title, vlan,
		 core->vlans[vlan] ? core->vlans[vlan]->name : "Inactive");
}

static void switchport(const struct switch_core *core, struct text *text, const struct port *port)
{
	const struct switch_port_config *config = &port->config;
	bool trunk = config->mode == SWITCH_TRUNK;
	const char *mode = trunk ? "trunk" : "static access";

	text_add(text,
		 "Name: %s\nSwitchport: Enabled\nAdministrative Mode: %s\nOperational Mode: %s\n"
		 "Administrative Trunking Encapsulation: dot1q\n",
		 port->name, mode, port->link ? mode : "down");
	if (port->link)
		text_add(text, "Operational Trunking Encapsulation: %s\n", trunk ? "dot1q" : "native");
	text_add(text, "Negotiation of Trunking: %s\n", trunk ? "On" : "Off");
	vlan_line(core, text, "Access Mode VLAN", config->access_vlan ? config->access_vlan : 1);
	vlan_line(core, text, "Trunking Native Mode VLAN", config->native_vlan ? config->native_vlan : 1);
	text_add(text, "Administrative Native VLAN tagging: disabled\n");
	if (config->voice_vlan)
		vlan_line(core, text, "Voice VLAN", config->voice_vlan);
	else
		text_add(text, "Voice VLAN: none\n");
	text_add(text, "Administrative private-vlan host-association: none\n"
		       "Administrative private-vlan mapping: none\n"
		       "Administrative private-vlan trunk native VLAN: none\n"
		       "Administrative private-vlan trunk Native VLAN tagging: enabled\n"
		       "Administrative private-vlan trunk encapsulation: dot1q\n"
		       "Administrative private-vlan trunk normal VLANs: none\n"
		       "Administrative private-vlan trunk associations: none\n"
		       "Administrative private-vlan trunk mappings: none\n"
		       "Operational private-vlan: none\nTrunking VLANs Enabled: ");
	if (!trunk || show_allows_all(config))
		text_add(text, "ALL");
	else
		show_vlan_list(text, config->allowed);
	text_add(text,
		 "\nPruning VLANs Enabled: 2-1001\nCapture Mode Disabled\nCapture VLANs Allowed: ALL\n\n"
		 "Protected: false\nUnknown unicast blocked: disabled\nUnknown multicast blocked: disabled\n"
		 "Vepa Enabled: false\nAppliance trust: none\n\n");
}

void show_interfaces_switchport(struct switch_core *core, struct text *text, const struct port *only)
{
	for (unsigned i = 0; i < core->count; i++)
		if (!only || only == &core->ports[i])
			switchport(core, text, &core->ports[i]);
}
