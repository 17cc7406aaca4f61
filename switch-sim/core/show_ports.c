#include "switch-sim/core/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/snooping.h"
#include "switch-sim/core/trunk_report.h"
#include "base/text.h"
#include "switch-sim/core/vlan.h"

/* show power inline, vlan, mac address-table, interfaces, ip dhcp snooping */

static const char *poe_admin_word(const struct port *port)
{
	switch (port->config.poe_admin) {
	case SWITCH_POE_AUTO: return "auto";
	case SWITCH_POE_STATIC: return "static";
	case SWITCH_POE_OFF:
	case SWITCH_POE_NEVER: return "off";
	}
	return "off";
}

static const char *poe_oper_word(const struct port *port)
{
	return port->poe.state == POE_DENIED ? "power-deny" : poe_state_word(port);
}

/* The name from CDP, or the model from LLDP-MED, or the result of detection. */
static const char *poe_device_word(const struct port *port)
{
	if (port->poe.state == POE_IDLE)
		return "n/a";
	if (port->cdp && *port->cdp->platform)
		return !strncmp(port->cdp->platform, "Cisco ", 6) ? port->cdp->platform + 6
								  : port->cdp->platform;
	if (port->lldp && *port->lldp->model)
		return port->lldp->model;
	return "Ieee PD";
}

static void watts(char text[24], unsigned mw)
{
	snprintf(text, 24, "%u.%u", mw / 1000, mw % 1000 / 100);
}

static void power_module(const struct switch_core *core, struct text *text, unsigned member)
{
	unsigned budget = core->budget_mw[member - 1], used = poe_used_mw(core, member);
	char available[24], taken[24], rest[24];

	watts(available, budget);
	watts(taken, used);
	watts(rest, budget > used ? budget - used : 0);
	text_add(text, "%-10u %10s %10s %11s\n", member, available, taken, rest);
}

void show_power_inline(struct switch_core *core, struct text *text, const struct port *only)
{
	if (!core->config.poe_budget_mw || (only && only->uplink)) {
		text_add(text, "%% This %s has no inline power\n", only ? "interface" : "switch");
		return;
	}
	if (!only) {
		text_add(text, "Module      Available       Used   Remaining\n"
			       "              (Watts)    (Watts)     (Watts)\n"
			       "------     ---------- ---------- -----------\n");
		for (unsigned m = 1; m <= core->config.members; m++)
			power_module(core, text, m);
	}
	text_add(text, "Interface Admin  Oper       Power   Device              Class Max\n"
		       "                            (Watts)\n"
		       "--------- ------ ---------- ------- ------------------- ----- ----\n");
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];
		char power[24], limit[24], class[8] = "n/a";

		if (port->uplink || (only && only != port))
			continue;
		if (port->poe.state != POE_IDLE)
			snprintf(class, sizeof(class), "%u", port->device.power_class);
		if (port->device.nic) {
			text_add(text, "%-9s %-6s %-10s %-7s %-19.19s %-5s %s\n", port->name,
				 poe_admin_word(port), poe_oper_word(port), "n/a", "n/a", class, "n/a");
			continue;
		}
		watts(power, port->poe.mw);
		watts(limit, port->config.poe_max_mw);
		text_add(text, "%-9s %-6s %-10s %-7s %-19.19s %-5s %s\n", port->name, poe_admin_word(port),
			 poe_oper_word(port), power, poe_device_word(port), class, limit);
	}
}

/* The access ports of a VLAN, voice VLAN included, wrapped as IOS does. */
static void vlan_line_ports(const struct switch_core *core, struct text *text, unsigned vlan)
{
	size_t column = 0;

	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];
		size_t length = strlen(port->name);

		if (port->config.mode != SWITCH_ACCESS ||
		    (port->config.access_vlan != vlan && port->config.voice_vlan != vlan))
			continue;
		if (column && column + 2 + length > 31) {
			text_add(text, "\n%48s", "");
			column = 0;
		} else if (column) {
			text_add(text, ", ");
			column += 2;
		}
		text_add(text, "%s", port->name);
		column += length;
	}
	text_add(text, "\n");
}

void show_vlan_brief(struct switch_core *core, struct text *text)
{
	text_add(text, "\nVLAN Name                             Status    Ports\n"
		       "---- -------------------------------- --------- -------------------------------\n");
	for (unsigned vlan = 1; vlan <= SWITCH_VLAN_MAX; vlan++) {
		if (!core->vlans[vlan])
			continue;
		text_add(text, "%-4u %-32s active    ", vlan, core->vlans[vlan]->name);
		vlan_line_ports(core, text, vlan);
	}
}

void show_mac_table(struct switch_core *core, struct text *text, const struct port *only, int vlan)
{
	unsigned capacity = mactable_count(core->macs), count, shown = 0;
	struct mactable_entry *entries = calloc(capacity ? capacity : 1, sizeof(*entries));
	char mac[MAC_TEXT];

	if (!entries) {
		text->failed = true;
		return;
	}
	text_add(text, "          Mac Address Table\n-------------------------------------------\n\n"
		       "Vlan    Mac Address       Type        Ports\n"
		       "----    -----------       --------    -----\n");
	if (!only && vlan < 0) {
		text_add(
		    text,
		    " All    0100.0ccc.cccc    STATIC      CPU\n All    0180.c200.000e    STATIC      CPU\n");
		shown = 2;
	}
	count = mactable_list(core->macs, core->now_us, entries);
	for (unsigned i = 0; i < count; i++) {
		const struct mactable_entry *entry = &entries[i];

		if ((only && entry->port != only->index) || (vlan >= 0 && entry->vlan != vlan))
			continue;
		mac_format_cisco(&entry->mac, mac);
		text_add(text, "%4u    %s    DYNAMIC     %s\n", entry->vlan, mac,
			 core->ports[entry->port].name);
		shown++;
	}
	text_add(text, "Total Mac Addresses for this criterion: %u\n", shown);
	free(entries);
}

static const char *status_word(const struct port *port)
{
	if (port->config.shutdown)
		return "disabled";
	if (port->err_cause)
		return "err-disabled";
	if (port->link && port->monitoring)
		return "monitoring";
	return port->link ? "connected" : "notconnect";
}

void show_interfaces_status(struct switch_core *core, struct text *text, const struct port *only)
{
	text_add(text, "\nPort         Name               Status       Vlan       Duplex  Speed Type\n");
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];
		char vlan[16] = "trunk";

		if (only && only != port)
			continue;
		if (port->config.mode == SWITCH_ACCESS)
			snprintf(vlan, sizeof(vlan), "%u", port->config.access_vlan);
		text_add(text, "%-12s %-18.18s %-12s %-10s %6s %6s %s\n", port->name,
			 port->config.description, status_word(port), vlan, port->link ? "a-full" : "auto",
			 !port->link	? "auto"
			 : port->uplink ? "a-10G"
					: "a-1000",
			 port->uplink ? "10GBase-SR" : "10/100/1000BaseTX");
	}
}

static void counter_table(const struct switch_core *core, struct text *text, const struct port *only,
			  int which)
{
	static const char *const heads[] = {
	    "\nPort            InOctets    InUcastPkts    InMcastPkts    InBcastPkts\n",
	    "\nPort           OutOctets   OutUcastPkts   OutMcastPkts   OutBcastPkts\n",
	    "\nPort           VlanDrops      BadFrames       Reserved      DhcpDrops\n",
	};

	text_add(text, "%s", heads[which]);
	for (unsigned i = 0; i < core->count; i++) {
		const struct port_counters *c = &core->ports[i].counters;
		const uint64_t values[3][4] = {
		    {c->in.octets, c->in.unicast, c->in.multicast, c->in.broadcast},
		    {c->out.octets, c->out.unicast, c->out.multicast, c->out.broadcast},
		    {c->in_vlan, c->in_malformed + c->cdp_bad + c->lldp_bad, c->in_reserved, c->in_snooping},
		};

		if (only && only != &core->ports[i])
			continue;
		text_add(text, "%-10s", core->ports[i].name);
		for (int v = 0; v < 4; v++)
			text_add(text, " %*llu", v ? 14 : 13, (unsigned long long)values[which][v]);
		text_add(text, "\n");
	}
}

void show_interfaces_counters(struct switch_core *core, struct text *text, const struct port *only)
{
	for (int which = 0; which < 3; which++)
		counter_table(core, text, only, which);
}

/* What is odd in the messages of a neighbour, by type. */
static void odd_lines(struct text *text, const char *protocol, const struct wire_odd *odd)
{
	char type[24];

	for (unsigned i = 0; i < odd->count; i++)
		text_add(text, "     odd %s: %s (type %s), %u times\n", protocol, odd->item[i].name,
			 wire_odd_type(&odd->item[i], type, sizeof(type)), odd->item[i].count);
}

void show_interfaces(struct switch_core *core, struct text *text, const struct port *only)
{
	char mac[MAC_TEXT];

	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];
		const struct port_counters *c = &port->counters;

		if (only && only != port)
			continue;
		mac_format_cisco(&port->mac, mac);
		text_add(text, "%s is %s, line protocol is %s (%s)\n", port->long_name,
			 port->config.shutdown ? "administratively down"
			 : port->link	       ? "up"
					       : "down",
			 port->link ? "up" : "down", status_word(port));
		text_add(text, "  Hardware is %s Ethernet, address is %s (bia %s)\n",
			 port->uplink ? "Ten Gigabit" : "Gigabit", mac, mac);
		if (*port->config.description)
			text_add(text, "  Description: %s\n", port->config.description);
		text_add(text, "  MTU 1500 bytes\n  %llu link flaps\n", (unsigned long long)c->flaps);
		text_add(text, "     %llu packets input, %llu bytes\n     %llu packets output, %llu bytes\n",
			 (unsigned long long)(c->in.unicast + c->in.multicast + c->in.broadcast),
			 (unsigned long long)c->in.octets,
			 (unsigned long long)(c->out.unicast + c->out.multicast + c->out.broadcast),
			 (unsigned long long)c->out.octets);
		text_add(
		    text,
		    "     CDP %llu in, %llu out, %llu bad; LLDP %llu in, %llu out, %llu bad; %llu neighbors "
		    "dropped\n",
		    (unsigned long long)c->cdp_in, (unsigned long long)c->cdp_out,
		    (unsigned long long)c->cdp_bad, (unsigned long long)c->lldp_in,
		    (unsigned long long)c->lldp_out, (unsigned long long)c->lldp_bad,
		    (unsigned long long)c->neighbors_dropped);
		if (port->device.trunk)
			trunk_report_show(text, port->device.trunk);
		for (const struct cdp_neighbor *n = port->cdp; n; n = n->next)
			odd_lines(text, "CDP", &n->odd);
		for (const struct lldp_neighbor *n = port->lldp; n; n = n->next)
			odd_lines(text, "LLDP", &n->odd);
		odd_lines(text, "DHCP", &port->dhcp_odd);
	}
}

void show_snooping(struct switch_core *core, struct text *text, bool bindings)
{
	unsigned count;
	const struct snooping_binding *b = snooping_bindings(core->snooping, &count);
	char mac[MAC_TEXT], ip[IPV4_TEXT], lease[24];

	if (!bindings) {
		text_add(text,
			 "Switch DHCP snooping is %s\n\nInterface                  Trusted\n"
			 "-----------------------    -------\n",
			 core->config.dhcp_snooping ? "enabled" : "disabled");
		for (unsigned i = 0; i < core->count; i++)
			if (core->ports[i].config.trusted)
				text_add(text, "%-26s yes\n", core->ports[i].long_name);
		return;
	}
	text_add(
	    text,
	    "MacAddress          IpAddress        Lease(sec)  Type           VLAN  Interface\n"
	    "------------------  ---------------  ----------  -------------  ----  --------------------\n");
	for (unsigned i = 0; i < count; i++) {
		mac_format(&b[i].mac, mac);
		for (char *c = mac; *c; c++)
			if (*c >= 'a' && *c <= 'f')
				*c = (char)(*c - 'a' + 'A');
		ipv4_format(b[i].address, ip);
		if (b[i].expires_us == SWITCH_NEVER)
			snprintf(lease, sizeof(lease), "infinite");
		else
			snprintf(lease, sizeof(lease), "%llu",
				 b[i].expires_us > core->now_us
				     ? (unsigned long long)((b[i].expires_us - core->now_us) / SECOND)
				     : 0ull);
		text_add(text, "%-18s  %-15s  %-10s  dhcp-snooping  %-4u  %s\n", mac, ip, lease, b[i].vlan,
			 core->ports[b[i].port].long_name);
	}
	text_add(text, "Total number of bindings: %u\n", count);
}
