#include "switch-sim/core/show.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ipv4.h"
#include "switch-sim/core/cdp_agent.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/lldp_agent.h"
#include "switch-sim/core/neighbor.h"
#include "base/text.h"

/* show cdp neighbors [detail], show lldp neighbors [detail] */

/* "Gig 1/0/1" and "Ten 1/1/1" */
static void cdp_interface(const struct port *port, char text[SWITCH_PORT_NAME])
{
	snprintf(text, SWITCH_PORT_NAME, "%s %s", port->uplink ? "Ten" : "Gig", port->name + 2);
}

static unsigned seconds_left(const struct switch_core *core, uint64_t expires_us)
{
	return expires_us > core->now_us ? (unsigned)((expires_us - core->now_us + SECOND - 1) / SECOND) : 0;
}

static void capability_letters(uint32_t capabilities, char text[64])
{
	*text = 0;
	for (unsigned bit = 0; bit < CDP_CAP_NAMED; bit++)
		if (capabilities >> bit & 1) {
			size_t used = strlen(text);

			snprintf(text + used, 64 - used, "%s%s", used ? " " : "", cdp_capability_letter(bit));
		}
}

/* IOS leaves the maker out and shows what fits. */
static const char *short_platform(const char *platform)
{
	return !strncasecmp(platform, "cisco ", 6) ? platform + 6 : platform;
}

/* "GigabitEthernet1/0/1" of the other side, short in the same way. */
static void short_port(const char *port, char text[NEIGHBOR_TEXT])
{
	if (!strncmp(port, "GigabitEthernet", 15))
		snprintf(text, NEIGHBOR_TEXT, "Gig %.32s", port + 15);
	else if (!strncmp(port, "TenGigabitEthernet", 18))
		snprintf(text, NEIGHBOR_TEXT, "Ten %.32s", port + 18);
	else
		snprintf(text, NEIGHBOR_TEXT, "%s", port);
}

static void cdp_line(const struct switch_core *core, struct text *text, const struct port *port,
		     const struct cdp_neighbor *n)
{
	char interface[SWITCH_PORT_NAME], letters[64], remote[NEIGHBOR_TEXT];

	short_port(n->port_id, remote);
	cdp_interface(port, interface);
	capability_letters(n->capabilities, letters);
	text_add(text, "%s", n->device_id);
	if (strlen(n->device_id) > 16)
		text_add(text, "\n");
	text_to_column(text, 17);
	text_add(text, "%-18s%-11u%11s  %-9.9s %s\n", interface, seconds_left(core, n->expires_us), letters,
		 short_platform(n->platform), remote);
}

static void cdp_address(struct text *text, const char *title, uint32_t address)
{
	char ip[IPV4_TEXT];

	text_add(text, "%s\n", title);
	if (!address)
		return;
	ipv4_format(address, ip);
	text_add(text, "  IP address: %s\n", ip);
}

static void cdp_power(struct text *text, const struct cdp_neighbor *n)
{
	const struct cdp_power *p = &n->power_requested;

	if (n->has & CDP_HAS(CDP_POWER_CONSUMPTION))
		text_add(text, "Power drawn: %u.%03u Watts\n", n->power_consumption / 1000,
			 n->power_consumption % 1000);
	if (!(n->has & CDP_HAS(CDP_POWER_REQUESTED)))
		return;
	text_add(text,
		 "Power request id: %u, Power management id: %u\nPower request levels are:", p->request_id,
		 p->management_id);
	for (unsigned i = 0; i < 5; i++)
		text_add(text, "%u ", i < p->count ? p->level[i] : 0);
	text_add(text, "\n");
}

static void cdp_block(const struct switch_core *core, struct text *text, const struct port *port,
		      const struct cdp_neighbor *n)
{
	static const char *const second[] = {"Down", "Up", "Unknown"};

	text_add(text, "-------------------------\nDevice ID: %s\n", n->device_id);
	cdp_address(text, "Entry address(es): ", n->address);
	text_add(text, "Platform: %s,  Capabilities: ", n->platform);
	for (unsigned bit = 0; bit < CDP_CAP_NAMED; bit++)
		if (n->capabilities >> bit & 1)
			text_add(text, "%s ", cdp_capability_name(bit));
	text_add(text, "\nInterface: %s,  Port ID (outgoing port): %s\nHoldtime : %u sec\n", port->long_name,
		 n->port_id, seconds_left(core, n->expires_us));
	if (n->has & CDP_HAS(CDP_SECOND_PORT_STATUS))
		text_add(text, "Second Port Status: %s\n",
			 second[n->second_port.status < 2 ? n->second_port.status : 2]);
	text_add(text, "\nVersion :\n%s\n\nadvertisement version: %u\n", n->software, n->version);
	if (n->has & CDP_HAS(CDP_VTP_DOMAIN))
		text_add(text, "VTP Management Domain: '%s'\n", n->vtp_domain);
	if (n->has & CDP_HAS(CDP_NATIVE_VLAN))
		text_add(text, "Native VLAN: %u\n", n->native_vlan);
	if (n->has & CDP_HAS(CDP_DUPLEX))
		text_add(text, "Duplex: %s\n", n->duplex ? "full" : "half");
	cdp_power(text, n);
	if (n->has & CDP_HAS(CDP_MANAGEMENT_ADDRESS))
		cdp_address(text, "Management address(es): ", n->management_address);
	text_add(text, "\n");
}

void show_cdp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail)
{
	unsigned count = 0;

	if (!core->cdp_run) {
		text_add(text, "%% CDP is not enabled\n");
		return;
	}
	if (!detail)
		text_add(text,
			 "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge\n"
			 "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, \n"
			 "                  D - Remote, C - CVTA, M - Two-port Mac Relay \n\n"
			 "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n");
	for (unsigned i = 0; i < core->count; i++)
		for (const struct cdp_neighbor *n = core->ports[i].cdp; n; n = n->next) {
			if (only && only != &core->ports[i])
				continue;
			count++;
			if (detail)
				cdp_block(core, text, &core->ports[i], n);
			else
				cdp_line(core, text, &core->ports[i], n);
		}
	text_add(text, "\nTotal cdp entries displayed : %u\n", count);
}

static void lldp_letters(uint16_t capabilities, char text[32])
{
	/* In the order that IOS prints them. */
	static const struct {
		uint16_t bit;
		char letter;
	} codes[] = {{LLDP_CAP_REPEATER, 'P'}, {LLDP_CAP_BRIDGE, 'B'},	  {LLDP_CAP_WLAN, 'W'},
		     {LLDP_CAP_ROUTER, 'R'},   {LLDP_CAP_TELEPHONE, 'T'}, {LLDP_CAP_DOCSIS, 'C'},
		     {LLDP_CAP_STATION, 'S'},  {LLDP_CAP_OTHER, 'O'}};
	size_t used = 0;

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (capabilities & codes[i].bit) {
			if (used)
				text[used++] = ',';
			text[used++] = codes[i].letter;
		}
	text[used] = 0;
}

static void lldp_line(const struct switch_core *core, struct text *text, const struct port *port,
		      const struct lldp_neighbor *n)
{
	char letters[32];

	lldp_letters(n->enabled, letters);
	text_add(text, "%s", n->has & LLDP_HAS_SYSTEM_NAME ? n->name : n->chassis);
	text_to_column(text, 19);
	text_add(text, " %-15s%-11u%-16s%s\n", port->name, seconds_left(core, n->expires_us), letters,
		 n->port);
}

static void lldp_optional(struct text *text, const struct lldp_neighbor *n, uint32_t has, const char *title,
			  const char *value)
{
	if (n->has & has)
		text_add(text, "%s: %s\n", title, value);
	else
		text_add(text, "%s - not advertised\n", title);
}

static void lldp_policy(struct text *text, const struct lldp_policy *p)
{
	/* The names that IOS prints, by application type (TIA-1057 table 12). */
	static const char *const names[] = {"Unknown",
					    "Voice",
					    "Voice Signal",
					    "Guest Voice",
					    "Guest Voice Signal",
					    "Softphone Voice",
					    "Video Conferencing",
					    "Streaming Video",
					    "Video Signal"};

	text_add(text, "    Network Policy(%s): ",
		 names[p->application <= LLDP_APP_VIDEO_SIGNALLING ? p->application : 0]);
	if (p->unknown)
		text_add(text, "unknown\n");
	else if (p->tagged)
		text_add(text, "VLAN %u, tagged, Layer-2 priority: %u, DSCP: %u\n", p->vlan, p->priority,
			 p->dscp);
	else
		text_add(text, "VLAN none, untagged, Layer-2 priority: %u, DSCP: %u\n", p->priority, p->dscp);
}

static void lldp_med_power(struct text *text, const struct lldp_med_power *p)
{
	static const char *const pd[] = {"Unknown", "PSE", "Local", "PSE & Local"};
	static const char *const pse[] = {"Unknown", "Primary", "Backup", "Reserved"};
	static const char *const priority[] = {"Unknown", "Critical", "High", "Low"};

	text_add(text, "    %s device, Power source: %s, Power Priority: %s, Wattage: %u.%u\n",
		 p->type ? "PD" : "PSE", (p->type ? pd : pse)[p->source & 3],
		 priority[p->priority <= 3 ? p->priority : 0], p->value / 10, p->value % 10);
}

/* The 802.3at extension. */
static void lldp_power(struct text *text, const struct lldp_power *p)
{
	static const char *const types[] = {"Type2PSE", "Type2PD", "Type1PSE", "Type1PD"};
	static const char *const sources[] = {"unknown", "PSE", "local", "PSE-and-local"};
	static const char *const priorities[] = {"unknown", "critical", "high", "low"};

	text_add(text,
		 "Power via MDI:\n    Power Pair: %s\n    Power Class: %u\n    Power Device Type: %s\n"
		 "    Power Source: %s\n    Power Priority: %s\n    Power Requested: %u mW\n    Power "
		 "Allocated: %u mW\n",
		 p->pair == 2 ? "Spare" : "Signal", p->class_code ? p->class_code - 1u : 0,
		 types[p->type & 3], sources[p->source & 3], priorities[p->priority & 3], p->requested * 100u,
		 p->allocated * 100u);
}

static void lldp_med(struct text *text, const struct lldp_neighbor *n)
{
	static const char *const codes[] = {"MC", "NP", "LI", "PS", "PD", "IN"};
	static const char *const classes[] = {"Unknown", "Endpoint Class I", "Endpoint Class II",
					      "Endpoint Class III", "Network Connectivity"};
	const char *separator = "";

	text_add(text, "\nMED Information:\n\n    MED Codes:\n"
		       "          (NP) Network Policy, (LI) Location Identification\n"
		       "          (PS) Power Source Entity, (PD) Power Device\n"
		       "          (IN) Inventory\n\n");
	lldp_optional(text, n, LLDP_HAS_HARDWARE, "    H/W revision", n->hardware);
	lldp_optional(text, n, LLDP_HAS_FIRMWARE, "    F/W revision", n->firmware);
	lldp_optional(text, n, LLDP_HAS_SOFTWARE, "    S/W revision", n->software);
	lldp_optional(text, n, LLDP_HAS_SERIAL, "    Serial number", n->serial);
	lldp_optional(text, n, LLDP_HAS_MANUFACTURER, "    Manufacturer", n->manufacturer);
	lldp_optional(text, n, LLDP_HAS_MODEL, "    Model", n->model);
	text_add(text, "    Capabilities: ");
	for (unsigned bit = 1; bit < 6; bit++)
		if (n->med_capabilities >> bit & 1) {
			text_add(text, "%s%s", separator, codes[bit]);
			separator = ", ";
		}
	text_add(text, "\n    Device type: %s\n", classes[n->med_class <= 4 ? n->med_class : 0]);
	for (unsigned i = 0; i < n->policies && n->has & LLDP_HAS_POLICY; i++)
		lldp_policy(text, &n->policy[i]);
	if (n->has & LLDP_HAS_MED_POWER)
		lldp_med_power(text, &n->med_power);
	text_add(text, "    Location - not advertised\n");
}

/* The abilities of the far end: 802.3 79.3.1.2, the bits of RFC 3636's
 * ifMauAutoNegCapAdvertisedBits. */
static void lldp_phy(struct text *text, const struct lldp_neighbor *n)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} media[] = {
	    {0x0001, "1000baseT(FD)"}, {0x0002, "1000baseT(HD)"},  {0x0004, "1000baseX(FD)"},
	    {0x0008, "1000baseX(HD)"}, {0x0400, "100base-TX(FD)"}, {0x0800, "100base-TX(HD)"},
	    {0x2000, "10base-T(FD)"},  {0x4000, "10base-T(HD)"},
	};

	if (!(n->has & LLDP_HAS_MAC_PHY)) {
		text_add(text, "Auto Negotiation - not supported\n"
			       "Physical media capabilities - not advertised\n"
			       "Media Attachment Unit type - not advertised\n");
		return;
	}
	text_add(text, "Auto Negotiation - %s, %s\nPhysical media capabilities:\n",
		 n->mac_phy.autonegotiation & 1 ? "supported" : "not supported",
		 n->mac_phy.autonegotiation & 2 ? "enabled" : "not enabled");
	for (unsigned i = 0; i < sizeof(media) / sizeof(media[0]); i++)
		if (n->mac_phy.pmd & media[i].bit)
			text_add(text, "    %s\n", media[i].name);
	text_add(text, "Media Attachment Unit type: %u\n", n->mac_phy.mau);
}

static void lldp_block(const struct switch_core *core, struct text *text, const struct port *port,
		       const struct lldp_neighbor *n)
{
	char letters[32], ip[IPV4_TEXT];

	text_add(
	    text,
	    "------------------------------------------------\nLocal Intf: %s\nChassis id: %s\nPort id: %s\n",
	    port->name, n->chassis, n->port);
	lldp_optional(text, n, LLDP_HAS_PORT_DESCRIPTION, "Port Description", n->port_description);
	lldp_optional(text, n, LLDP_HAS_SYSTEM_NAME, "System Name", n->name);
	if (n->has & LLDP_HAS_SYSTEM_DESCRIPTION)
		text_add(text, "\nSystem Description: \n%s\n", n->description);
	text_add(text, "\nTime remaining: %u seconds\n", seconds_left(core, n->expires_us));
	lldp_letters(n->capabilities, letters);
	lldp_optional(text, n, LLDP_HAS_CAPABILITIES, "System Capabilities", letters);
	lldp_letters(n->enabled, letters);
	lldp_optional(text, n, LLDP_HAS_CAPABILITIES, "Enabled Capabilities", letters);
	if (n->management_address) {
		ipv4_format(n->management_address, ip);
		text_add(text, "Management Addresses:\n    IP: %s\n", ip);
	} else {
		text_add(text, "Management Addresses - not advertised\n");
	}
	lldp_phy(text, n);
	if (n->has & LLDP_HAS_PORT_VLAN && n->port_vlan)
		text_add(text, "Vlan ID: %u\n", n->port_vlan);
	else
		text_add(text, "Vlan ID: - not advertised\n");
	if (n->has & LLDP_HAS_POWER && n->power.has_at)
		lldp_power(text, &n->power);
	if (n->has & LLDP_HAS_MED)
		lldp_med(text, n);
	text_add(text, "\n");
}

void show_lldp_neighbors(struct switch_core *core, struct text *text, const struct port *only, bool detail)
{
	unsigned count = 0;

	if (!core->lldp_run) {
		text_add(text, "%% LLDP is not enabled\n");
		return;
	}
	if (!detail)
		text_add(text, "Capability codes:\n"
			       "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
			       "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n"
			       "Device ID           Local Intf     Hold-time  Capability      Port ID\n");
	for (unsigned i = 0; i < core->count; i++)
		for (const struct lldp_neighbor *n = core->ports[i].lldp; n; n = n->next) {
			if (only && only != &core->ports[i])
				continue;
			count++;
			if (detail)
				lldp_block(core, text, &core->ports[i], n);
			else
				lldp_line(core, text, &core->ports[i], n);
		}
	text_add(text, "\nTotal entries displayed: %u\n", count);
}
