/* Causes of a phone without an address: its VLAN, the way to the DHCP server, and what that one has. */
#include "base/json_text.h"
#include "phonelab/why/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/why/facts.h"

static bool declined(const struct why_case *it)
{
	const json_t *event;
	size_t i;

	json_array_foreach (it->events, i, event) {
		if (!strcmp(json_text(event, "event"), "dhcp.decline"))
			return true;
	}
	return false;
}

static bool dhcp_is(const struct why_case *it)
{
	return why_service_is(it, "dhcp", it->text);
}

static bool voice_vlan_has(const struct why_case *it)
{
	return why_step_has(it, LADDER_VOICE_VLAN, it->text);
}

/* "VLAN 777 by CDP from sw1 ..", although the port has another voice VLAN. */
static bool vlan_was_changed(const struct why_case *it)
{
	const char *learned = json_text(why_rung(it, LADDER_VOICE_VLAN), "detail");

	return !strncmp(learned, "VLAN ", 5) && why_voice_vlan(it) &&
	       atoll(learned + 5) != why_voice_vlan(it);
}

static bool vlan_missing(const struct why_case *it)
{
	char line[24], *at;

	if (!it->running || !why_voice_vlan(it))
		return false;
	snprintf(line, sizeof(line), "\nvlan %lld", why_voice_vlan(it));
	at = strstr(it->running, line);
	return !at || (at[strlen(line)] != '\n' && at[strlen(line)] != '\r');
}

/* The other phones of this switch have another voice VLAN. */
static bool other_voice_vlan(const struct why_case *it)
{
	const json_t *sw, *port;
	long long own = why_voice_vlan(it);
	size_t i, j, same = 0, different = 0;

	json_array_foreach (json_object_get(it->status, "switches"), i, sw) {
		json_array_foreach (json_object_get(sw, "ports"), j, port) {
			if (strncmp(json_text(port, "device"), "SEP", 3) ||
			    !strcmp(json_text(port, "device"), it->name))
				continue;
			if (json_integer_value(json_object_get(port, "voice_vlan")) == own)
				same++;
			else
				different++;
		}
	}
	return different > same;
}

static bool dhcp_elsewhere(const struct why_case *it)
{
	const json_t *port = why_port_of_node(it, why_service_node(it, "dhcp"));

	return port && !strcmp(json_text(port, "mode"), "access") && why_voice_vlan(it) &&
	       json_integer_value(json_object_get(port, "vlan")) != why_voice_vlan(it);
}

/* The block of a port in the running configuration holds a line. */
static bool configured(const struct why_case *it, const char *port, const char *text)
{
	char head[64];
	const char *at, *end, *found;
	const char *digits = port + strcspn(port, "0123456789");

	snprintf(head, sizeof(head), "\ninterface GigabitEthernet%.20s\n", digits);
	at = it->running ? strstr(it->running, head) : NULL;
	if (!at)
		return false;
	end = strstr(at, "\n!");
	found = strstr(at, text);
	return found && (!end || found < end);
}

static bool untrusted(const struct why_case *it)
{
	const json_t *port = why_port_of_node(it, why_service_node(it, "dhcp"));

	return port && it->running && strstr(it->running, "\nip dhcp snooping\n") &&
	       !configured(it, json_text(port, "name"), "ip dhcp snooping trust");
}

static bool last_dhcp_has(const struct why_case *it)
{
	char found[240] = "";

	return why_find_in_log(it, why_service_node(it, "dhcp"), "DHCP", found, sizeof(found)) &&
	       strcasestr(found, it->text);
}

/* A line that names no phone, as the server writes when it has no pool at all. */
static bool no_range(const struct why_case *it)
{
	char path[400], tail[2001];
	size_t n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%slog/%.64s.log", it->directory, why_service_node(it, "dhcp"));
	in = fopen(path, "re");
	if (in && (fseek(in, -2000, SEEK_END) == 0 || fseek(in, 0, SEEK_SET) == 0))
		n = fread(tail, 1, sizeof(tail) - 1, in);
	if (in)
		fclose(in);
	tail[n] = 0;
	return strstr(tail, "no address range available") || strstr(tail, "wrong network");
}

const struct why_rule why_rules_dhcp[] = {
    {LADDER_DHCP, NULL, why_link_flaps,
     "The link of the port goes up and down, although the phone has power: a bad plug, or a bad cable.",
     WHY_LOOK_PORTS},
    {LADDER_DHCP, "declin", NULL, "The address that was offered is in use by another device on the VLAN.",
     WHY_LOOK_ARP},
    {LADDER_DHCP, "duplicate", NULL, "The address that was offered is in use by another device on the VLAN.",
     WHY_LOOK_ARP},
    {LADDER_DHCP, NULL, declined, "The address that was offered is in use by another device on the VLAN.",
     WHY_LOOK_ARP},
    {LADDER_DHCP, "DNS", NULL, "Option 66 has a name that DNS does not resolve.", WHY_LOOK_DHCP_LOG},
    {LADDER_DHCP, "no file server", NULL,
     "An address was leased without a TFTP server: option 150 (or 66) is missing or wrong.",
     WHY_LOOK_DHCP_CONF},
    {LADDER_DHCP, "stopped", dhcp_is, "The DHCP server is not running.", WHY_LOOK_STATUS},
    {LADDER_DHCP, "paused", dhcp_is, "The DHCP server hangs: its process is stopped (state T).",
     WHY_LOOK_STATUS},
    {LADDER_DHCP, "dhcp", why_port_shut,
     "The port of the server is shut down, so no DHCP request reaches it.", WHY_LOOK_PORTS},
    {0},
};

/* Facts about the switch: they hold whoever serves. */
const struct why_rule why_rules_switch[] = {
    {LADDER_DHCP, NULL, vlan_missing,
     "The voice VLAN does not exist on the switch, so nothing is forwarded in it.", WHY_LOOK_VLANS},
    {LADDER_DHCP, NULL, untrusted, "DHCP snooping does not trust the port towards the DHCP server.",
     WHY_LOOK_RUNNING},
    {0},
};

/* The VLAN in which the phone asks: no cause if its DHCP server is in that VLAN. */
const struct why_rule why_rules_vlan[] = {
    {LADDER_DHCP, "CDP is silent", voice_vlan_has,
     "The phone asks in the data VLAN: the port speaks neither CDP nor LLDP, so it does not learn the voice "
     "VLAN.",
     WHY_LOOK_NEIGHBORS},
    {LADDER_DHCP, "untagged", voice_vlan_has, "The phone asks in the data VLAN: its port has no voice VLAN.",
     WHY_LOOK_RUNNING},
    {LADDER_DHCP, NULL, vlan_was_changed,
     "The phone learned a VLAN that is not the voice VLAN of its port: a device changes CDP or LLDP on the "
     "way.",
     WHY_LOOK_NEIGHBORS},
    {LADDER_DHCP, NULL, other_voice_vlan,
     "The port has another voice VLAN than the ports of the other phones, and that VLAN has no DHCP server.",
     WHY_LOOK_RUNNING},
    {LADDER_DHCP, NULL, dhcp_elsewhere, "The port of the DHCP server is not in the VLAN of the phones.",
     WHY_LOOK_VLANS},
    {0},
};

const struct why_rule why_rules_pool[] = {
    {LADDER_DHCP, NULL, no_range, "The DHCP server has no pool for the subnet of the phones.",
     WHY_LOOK_DHCP_CONF},
    {LADDER_DHCP, "no address available", last_dhcp_has, "The DHCP pool is exhausted.", WHY_LOOK_LEASES},
    {LADDER_DHCP, "no leases left", last_dhcp_has, "The DHCP pool is exhausted.", WHY_LOOK_LEASES},
    {LADDER_DHCP, "ignored", last_dhcp_has, "The DHCP server is set to ignore this phone.",
     WHY_LOOK_DHCP_CONF},
    {LADDER_DHCP, "NAK", NULL,
     "The DHCP server refused the address: the phone is in another subnet than its lease.", WHY_LOOK_LEASES},
    {LADDER_DHCP, "DHCPOFFER", last_dhcp_has,
     "The DHCP server answers, but the phone does not receive the answers: they are lost on the way.",
     "capture PHONE -w dhcp.pcapng"},
    {LADDER_DHCP, NULL, NULL,
     "The DHCP server received nothing from the phone: the requests are lost on the way, or go to another "
     "VLAN.",
     "capture PHONE -w dhcp.pcapng"},
    {0},
};
