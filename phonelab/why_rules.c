/* From what is seen to what is likely: the first row that fits. */
#include "phonelab/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"

/* --- what is so --- */

static const json_t *rung(const struct why_case *it, int step)
{
	return json_array_get(json_object_get(it->phone, "steps"), (size_t)step - 1);
}

static bool rung_says(const struct why_case *it, int step, const char *text)
{
	return strcasestr(why_text(rung(it, step), "detail"), text) != NULL;
}

static bool detail_has(const struct why_case *it, const char *text)
{
	return strcasestr(why_text(it->rung, "detail"), text) != NULL;
}

static const json_t *last_event(const struct why_case *it, const char *name)
{
	for (size_t i = json_array_size(it->events); i-- > 0;) {
		const json_t *event = json_array_get(it->events, i);

		if (!strcmp(why_text(event, "event"), name))
			return event;
	}
	return NULL;
}

static bool service_is(const struct why_case *it, const char *kind, const char *state)
{
	const json_t *service;
	size_t i, all = 0, so = 0;

	json_array_foreach(json_object_get(it->status, "services"), i, service)
	{
		if (strcmp(why_text(service, "kind"), kind))
			continue;
		all++;
		so += !strcmp(why_text(service, "state"), state);
	}
	return all && so == all;
}

static bool is_address_of(const struct why_case *it, const char *kind, const char *address)
{
	const json_t *service;
	size_t i;

	json_array_foreach(json_object_get(it->status, "services"), i, service)
	{
		if (!strcmp(why_text(service, "kind"), kind) &&
		    !strcmp(why_text(service, "address"), address))
			return true;
	}
	return false;
}

static const json_t *port_of_node(const struct why_case *it, const char *node)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach(json_object_get(it->status, "switches"), i, sw)
	{
		json_array_foreach(json_object_get(sw, "ports"), j, port)
		{
			if (!strcmp(why_text(port, "device"), node))
				return port;
		}
	}
	return NULL;
}

static const char *node_of(const struct why_case *it, const char *kind)
{
	const json_t *service;
	size_t i;

	json_array_foreach(json_object_get(it->status, "services"), i, service)
	{
		if (!strcmp(why_text(service, "kind"), kind))
			return why_text(service, "node");
	}
	return "";
}

static bool port_shut(const struct why_case *it, const char *kind)
{
	const json_t *service, *port;
	size_t i;

	json_array_foreach(json_object_get(it->status, "services"), i, service)
	{
		port = strcmp(why_text(service, "kind"), kind) ? NULL
							       : port_of_node(it, why_text(service, "node"));
		if (port && !strcmp(why_text(port, "admin"), "down"))
			return true;
	}
	return false;
}

/* Is any other phone registered: then it is not the service. */
static bool others_are_well(const struct why_case *it)
{
	const json_t *phone;
	size_t i;

	json_array_foreach(json_object_get(it->status, "phones"), i, phone)
	{
		if (!strcmp(why_text(phone, "state"), "registered") &&
		    strcmp(why_text(phone, "name"), it->name))
			return true;
	}
	return false;
}

static long long voice_vlan_of_port(const struct why_case *it)
{
	const char *sw;

	return json_integer_value(json_object_get(why_port(it, &sw), "voice_vlan"));
}

/* --- step 1 --- */

static bool own_port_shut(const struct why_case *it)
{
	const char *sw;

	return !strcmp(why_text(why_port(it, &sw), "admin"), "down");
}

static bool own_port_without_power(const struct why_case *it)
{
	const char *sw;
	const json_t *port = why_port(it, &sw);

	return port && !strcmp(why_text(port, "poe_state"), "off");
}

static bool not_plugged(const struct why_case *it)
{
	const char *sw;

	return !why_port(it, &sw);
}

/* --- step 4 --- */

static bool declined(const struct why_case *it)
{
	return last_event(it, "dhcp.decline") != NULL;
}

static bool dhcp_stopped(const struct why_case *it)
{
	return service_is(it, "dhcp", "stopped");
}

static bool dhcp_paused(const struct why_case *it)
{
	return service_is(it, "dhcp", "paused");
}

static bool dhcp_port_shut(const struct why_case *it)
{
	return port_shut(it, "dhcp");
}

static bool nobody_spoke(const struct why_case *it)
{
	return rung_says(it, LADDER_VOICE_VLAN, "CDP is silent");
}

static bool untagged(const struct why_case *it)
{
	return rung_says(it, LADDER_VOICE_VLAN, "untagged");
}

/* "VLAN 777 by CDP from sw1 ..", while the port says another. */
static bool told_otherwise(const struct why_case *it)
{
	const char *told = why_text(rung(it, LADDER_VOICE_VLAN), "detail");

	return !strncmp(told, "VLAN ", 5) && voice_vlan_of_port(it) &&
	       atoll(told + 5) != voice_vlan_of_port(it);
}

static bool vlan_missing(const struct why_case *it)
{
	char line[24], *at;

	if (!it->running || !voice_vlan_of_port(it))
		return false;
	snprintf(line, sizeof(line), "\nvlan %lld", voice_vlan_of_port(it));
	at = strstr(it->running, line);
	return !at || (at[strlen(line)] != '\n' && at[strlen(line)] != '\r');
}

/* The other phones of this switch are told another voice VLAN. */
static bool other_voice_vlan(const struct why_case *it)
{
	const json_t *sw, *port;
	long long own = voice_vlan_of_port(it);
	size_t i, j, same = 0, different = 0;

	json_array_foreach(json_object_get(it->status, "switches"), i, sw)
	{
		json_array_foreach(json_object_get(sw, "ports"), j, port)
		{
			if (strncmp(why_text(port, "device"), "SEP", 3) ||
			    !strcmp(why_text(port, "device"), it->name))
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
	const json_t *port = port_of_node(it, node_of(it, "dhcp"));

	return port && !strcmp(why_text(port, "mode"), "access") && voice_vlan_of_port(it) &&
	       json_integer_value(json_object_get(port, "vlan")) != voice_vlan_of_port(it);
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
	const json_t *port = port_of_node(it, node_of(it, "dhcp"));

	return port && it->running && strstr(it->running, "\nip dhcp snooping\n") &&
	       !configured(it, why_text(port, "name"), "ip dhcp snooping trust");
}

static bool last_dhcp_says(const struct why_case *it, const char *text)
{
	char found[240] = "";

	return why_find_in_log(it, node_of(it, "dhcp"), "DHCP", found, sizeof(found)) &&
	       strcasestr(found, text);
}

/* A line that names no phone, as the server writes when it has no pool at all. */
static bool no_range(const struct why_case *it)
{
	char path[400], tail[2001];
	size_t n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%slog/%.64s.log", it->directory, node_of(it, "dhcp"));
	in = fopen(path, "re");
	if (in && (fseek(in, -2000, SEEK_END) == 0 || fseek(in, 0, SEEK_SET) == 0))
		n = fread(tail, 1, sizeof(tail) - 1, in);
	if (in)
		fclose(in);
	tail[n] = 0;
	return strstr(tail, "no address range available") || strstr(tail, "wrong network");
}

static bool pool_exhausted(const struct why_case *it)
{
	return last_dhcp_says(it, "no address available") || last_dhcp_says(it, "no leases left");
}

static bool ignored(const struct why_case *it)
{
	return last_dhcp_says(it, "ignored");
}

static bool offered(const struct why_case *it)
{
	return last_dhcp_says(it, "DHCPOFFER");
}

/* --- steps 5 to 8 --- */

static bool tftp_stopped(const struct why_case *it)
{
	return service_is(it, "tftp", "stopped") && service_is(it, "http", "stopped");
}

static bool tftp_paused(const struct why_case *it)
{
	return service_is(it, "tftp", "paused") && service_is(it, "http", "paused");
}

static bool tftp_port_shut(const struct why_case *it)
{
	return port_shut(it, "tftp");
}

static bool no_option_150(const struct why_case *it)
{
	return rung_says(it, LADDER_DHCP, "(siaddr)");
}

/* "10.110.0.57/24, tftp 10.20.0.3 (option 150)" */
static bool tftp_is_nobody(const struct why_case *it)
{
	const char *at = strstr(why_text(rung(it, LADDER_DHCP), "detail"), "tftp ");
	char address[20];

	if (!at || !json_object_get(it->status, "services"))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)strspn(at + 5, "0123456789."), at + 5);
	return *address && !is_address_of(it, "tftp", address);
}

static const char *gateway(const struct why_case *it)
{
	const char *text = why_text(it->phone_more, "gateway");

	return strcmp(text, "0.0.0.0") ? text : "";
}

static bool without_gateway(const struct why_case *it)
{
	return it->phone_more && !*gateway(it);
}

static bool wrong_gateway(const struct why_case *it)
{
	return *gateway(it) && json_object_get(it->status, "services") &&
	       !is_address_of(it, "router", gateway(it));
}

static bool nothing_was_fetched(const struct why_case *it)
{
	return detail_has(it, " by TFTP") || detail_has(it, " by HTTP");
}

static bool not_provisioned(const struct why_case *it)
{
	return rung_says(it, LADDER_CONFIG, "not provisioned");
}

/* --- steps 10 and 11 --- */

static bool cm_stopped(const struct why_case *it)
{
	return service_is(it, "call-manager", "stopped");
}

static bool cm_paused(const struct why_case *it)
{
	return service_is(it, "call-manager", "paused");
}

static bool cm_port_shut(const struct why_case *it)
{
	return port_shut(it, "call-manager");
}

/* The detail begins with the address of the first call manager that was tried. */
static bool cm_is_nobody(const struct why_case *it)
{
	const char *detail = why_text(it->rung, "detail");
	char address[20];

	snprintf(address, sizeof(address), "%.*s", (int)strspn(detail, "0123456789."), detail);
	return strchr(address, '.') && json_object_get(it->status, "services") &&
	       !is_address_of(it, "call-manager", address);
}

/* The latest alarm about this phone, at the first call manager that has any: one from before it was last
 * registered is followed by that of its registration. */
static bool alarm_says(const struct why_case *it, const char *text)
{
	const json_t *node;
	char found[400] = "";
	size_t i;

	json_array_foreach(json_object_get(it->status, "cluster"), i, node)
	{
		if (why_find_in_log(it, why_text(node, "name"), "EndPoint", found, sizeof(found)))
			return strstr(found, "EndPointTransientConnection") && strstr(found, text);
	}
	return false;
}

static bool not_in_database(const struct why_case *it)
{
	return alarm_says(it, "[Reason=2]");
}

static bool wrong_number(const struct why_case *it)
{
	return alarm_says(it, "[Reason=13]");
}

/* --- the rows --- */

#define CONSOLE	  "console PHONE"
#define MESSAGES  "messages PHONE"
#define DHCP_LOG  "exec DHCP -- cat /run/phonelab/log/dhcp.log"
#define DHCP_CONF "exec DHCP -- cat /run/phonelab/dhcp/dnsmasq.conf"
#define RUNNING	  "show SWITCH running-config"
#define PORTS	  "show SWITCH interfaces status"

static const struct why_rule rules[] = {
    {LADDER_POWER, NULL, own_port_shut, "The port of the phone is shut down.", PORTS},
    {LADDER_POWER, "limit", NULL,
     "The class of the phone needs more than the limit of the port: power inline auto max.", RUNNING},
    {LADDER_POWER, "gives at most", NULL,
     "The class of the phone needs more than the limit of the port: power inline auto max.", RUNNING},
    {LADDER_POWER, "budget", NULL,
     "The switch detected the phone but denied power: its PoE budget is used up. Raise poe_budget, give the "
     "phone's\n"
     "  port a higher poe_priority, or power it by an adapter (power: ac).",
     "show SWITCH power inline"},
    {LADDER_POWER, NULL, not_plugged, "Nothing is plugged in: the cable is out.", PORTS},
    {LADDER_POWER, NULL, own_port_without_power, "The port gives no power: power inline is never.",
     "show SWITCH power inline"},
    {LADDER_POWER, NULL, NULL, "No power came: the switch denies it, or the phone is not detected.",
     "show SWITCH power inline"},

    {LADDER_BOOT, NULL, NULL, "Flash holds no intact image in either bank: there is nothing to boot.",
     CONSOLE},

    {LADDER_VOICE_VLAN, NULL, NULL,
     "The switch told no voice VLAN yet: neither CDP nor LLDP-MED was answered on the port.",
     "show SWITCH cdp neighbors"},

    {LADDER_DHCP, "declin", NULL, "The address that was offered is in use by somebody else on the VLAN.",
     "exec PHONE -- ip neigh"},
    {LADDER_DHCP, "duplicate", NULL, "The address that was offered is in use by somebody else on the VLAN.",
     "exec PHONE -- ip neigh"},
    {LADDER_DHCP, NULL, declined, "The address that was offered is in use by somebody else on the VLAN.",
     "exec PHONE -- ip neigh"},
    {LADDER_DHCP, "DNS", NULL, "Option 66 has a name that DNS does not resolve.", DHCP_LOG},
    {LADDER_DHCP, "no file server", NULL,
     "An address was leased without a TFTP server: option 150 (or 66) is missing or wrong.", DHCP_CONF},
    {LADDER_DHCP, NULL, dhcp_stopped, "The DHCP server is not running.", "status"},
    {LADDER_DHCP, NULL, dhcp_paused, "The DHCP server hangs: its process stands still.", "status"},
    {LADDER_DHCP, NULL, dhcp_port_shut, "The port of the server is shut down, so no DHCP request reaches it.",
     PORTS},
    {LADDER_DHCP, NULL, nobody_spoke,
     "The phone asks in the data VLAN: the port speaks neither CDP nor LLDP, so nobody told it the voice "
     "VLAN.",
     "show SWITCH cdp neighbors"},
    {LADDER_DHCP, NULL, untagged, "The phone asks in the data VLAN: its port has no voice VLAN.", RUNNING},
    {LADDER_DHCP, NULL, told_otherwise,
     "The phone was told a VLAN that is not the voice VLAN of its port: something changes CDP or LLDP on the "
     "way.",
     "show SWITCH cdp neighbors"},
    {LADDER_DHCP, NULL, vlan_missing,
     "The voice VLAN does not exist on the switch, so nothing is forwarded in it.", "show SWITCH vlan brief"},
    {LADDER_DHCP, NULL, other_voice_vlan,
     "The port has another voice VLAN than those of the other phones, and no DHCP server is there.", RUNNING},
    {LADDER_DHCP, NULL, dhcp_elsewhere, "The port of the DHCP server is not in the VLAN of the phones.",
     "show SWITCH vlan brief"},
    {LADDER_DHCP, NULL, untrusted, "DHCP snooping does not trust the port towards the DHCP server.", RUNNING},
    {LADDER_DHCP, NULL, no_range, "The DHCP server has no pool for the subnet of the phones.", DHCP_CONF},
    {LADDER_DHCP, NULL, pool_exhausted, "The DHCP pool is exhausted.",
     "exec DHCP -- cat /run/phonelab/dhcp/leases"},
    {LADDER_DHCP, NULL, ignored, "The DHCP server is set to ignore this phone.", DHCP_CONF},
    {LADDER_DHCP, "NAK", NULL,
     "The DHCP server refused the address: the phone is in another subnet than its lease.",
     "exec DHCP -- cat /run/phonelab/dhcp/leases"},
    {LADDER_DHCP, NULL, offered,
     "The DHCP server answers, but the phone does not hear it: its answers are lost on the way.",
     "capture PHONE -w dhcp.pcapng"},
    {LADDER_DHCP, NULL, NULL,
     "The DHCP server never heard the phone: its requests are lost on the way, or go to another VLAN.",
     "capture PHONE -w dhcp.pcapng"},

    {LADDER_CTL, NULL, no_option_150,
     "DHCP gave no option 150, so the phone takes the DHCP server for its TFTP server.", DHCP_CONF},
    {LADDER_CTL, NULL, tftp_is_nobody, "The address in option 150 is that of no TFTP server.", DHCP_CONF},
    {LADDER_CTL, NULL, tftp_stopped, "The TFTP service is not running.", "status"},
    {LADDER_CTL, NULL, tftp_paused, "The TFTP service hangs: its processes stand still.", "status"},
    {LADDER_CTL, NULL, tftp_port_shut, "The port of the server is shut down, so no TFTP request reaches it.",
     PORTS},
    {LADDER_CTL, NULL, without_gateway,
     "DHCP gave the phone no gateway, and the TFTP server is in another subnet.", DHCP_CONF},
    {LADDER_CTL, NULL, wrong_gateway, "DHCP gave the phone a gateway that is no router.", DHCP_CONF},
    {LADDER_CTL, NULL, nothing_was_fetched,
     "No TFTP server answers this phone, by HTTP 6970 or by TFTP, though the service runs: a filter is in "
     "between,\n"
     "  or there is no way to it.",
     "exec PHONE -- ip route"},
    {LADDER_CTL, NULL, NULL, "The file of the certificate trust list is damaged, or of another cluster.",
     MESSAGES},

    {LADDER_ITL, "signature", NULL,
     "The trust list was altered after it was signed, or was signed by another cluster.", MESSAGES},
    {LADDER_ITL, "signer", NULL,
     "The trust list was altered after it was signed, or was signed by another cluster.", MESSAGES},
    {LADDER_ITL, "Trust List update failed", NULL, "The file of the identity trust list is damaged.",
     MESSAGES},
    {LADDER_ITL, NULL, NULL, "The identity trust list cannot be had from the TFTP service.", MESSAGES},

    {LADDER_CONFIG, "signature", NULL,
     "The signature of the configuration file does not verify: it was changed after it was signed.",
     MESSAGES},
    {LADDER_CONFIG, "neither", NULL,
     "Neither SEP<MAC>.cnf.xml nor XMLDefault.cnf.xml can be had: the TFTP service has built no files.",
     MESSAGES},
    {LADDER_CONFIG, ".cnf.xml: ", NULL, "The configuration file is not XML that the phone can read.",
     MESSAGES},
    {LADDER_CONFIG, NULL, NULL, "The configuration file cannot be had from the TFTP service.", MESSAGES},

    {LADDER_FIRMWARE, "Checksum", NULL, "An image of the load is damaged on the TFTP service.", MESSAGES},
    {LADDER_FIRMWARE, ".sbn", NULL, "An image of the load is missing, or cannot be had, on the TFTP service.",
     MESSAGES},
    {LADDER_FIRMWARE, "Load ID incorrect", NULL,
     "The load that the configuration names is missing on the TFTP service.", MESSAGES},
    {LADDER_FIRMWARE, "hardware", NULL, "The load that the configuration names is of another model.",
     MESSAGES},
    {LADDER_FIRMWARE, "Load rejected", NULL, "The load was rejected: the list of its images is damaged.",
     MESSAGES},
    {LADDER_FIRMWARE, NULL, NULL, "The load is still on its way, or cannot be loaded.", MESSAGES},

    {LADDER_DIAL_RULES, "not found", NULL, "The dial rules are missing on the TFTP service.", MESSAGES},
    {LADDER_DIAL_RULES, NULL, NULL, "The dial rules are malformed, or cannot be had from the TFTP service.",
     MESSAGES},

    {LADDER_CM_CONNECT, NULL, cm_stopped, "The call manager service is not running on any node.", "status"},
    {LADDER_CM_CONNECT, NULL, cm_port_shut,
     "The port of the server is shut down, so nobody reaches the call manager.", PORTS},
    {LADDER_CM_CONNECT, "DNS", NULL, "The name of the call manager does not resolve.", MESSAGES},
    {LADDER_CM_CONNECT, NULL, cm_is_nobody, "The configuration names no call manager of this cluster.",
     MESSAGES},
    {LADDER_CM_CONNECT, NULL, not_provisioned,
     "The phone has no configuration file of its own, only the default.", MESSAGES},
    {LADDER_CM_CONNECT, "refused", others_are_well,
     "The call managers run, and refuse this phone's connection: its configuration names another port.",
     MESSAGES},
    {LADDER_CM_CONNECT, "refused", NULL,
     "The call managers refuse the connection: Kamailio is not running there.", "status"},
    {LADDER_CM_CONNECT, NULL, others_are_well,
     "No call manager answers this phone, while others are registered: a filter is in between.",
     "exec PHONE -- ip route"},
    {LADDER_CM_CONNECT, NULL, NULL,
     "No call manager of the group accepts a TCP connection on port 5060: it is down, or there is no way to "
     "it.",
     "exec PHONE -- ip route"},

    {LADDER_REGISTER, NULL, not_provisioned,
     "The phone has no configuration file of its own, only the default: it was not added (provisioned: "
     "false), or its\n"
     "  file was not built.",
     MESSAGES},
    {LADDER_REGISTER, NULL, cm_paused, "The call manager service hangs: its processes stand still.",
     "status"},
    {LADDER_REGISTER, "423", NULL, "The registration interval is too brief for the call manager.", MESSAGES},
    {LADDER_REGISTER, "503", NULL, "The call manager is out of service.", "status"},
    {LADDER_REGISTER, "500", NULL, "The call manager has an internal error.",
     "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"},
    {LADDER_REGISTER, "401", NULL, "The digest credentials are wrong.", MESSAGES},
    {LADDER_REGISTER, "Rejected", not_in_database,
     "The call manager does not know the device: it was not added (provisioned: false), or deleted.",
     "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"},
    {LADDER_REGISTER, "Rejected", wrong_number,
     "The directory number in the phone's configuration is not the one that the call manager has for the "
     "device.",
     "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"},
    {LADDER_REGISTER, "404", NULL, "The call manager has no such line.", MESSAGES},
    {LADDER_REGISTER, "403", NULL,
     "The call manager forbids this device: 403, for no reason that its alarms tell.",
     "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"},
    {LADDER_REGISTER, "no answer", NULL, "REGISTER is never answered, though the connection is there.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, "closed", NULL,
     "The call manager, or something before it, closes the connection at REGISTER.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, "reset", NULL,
     "The call manager, or something before it, closes the connection at REGISTER.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, NULL, NULL,
     "REGISTER had no good answer; or the phone believes in a registration that the call manager does not "
     "have.",
     "status"},

    {LADDER_LOCALE, "empty file", NULL, "The file of the locale is empty.", MESSAGES},
    {LADDER_LOCALE, "tones", NULL,
     "The network locale is not installed on the TFTP service: its tones are missing.", MESSAGES},
    {LADDER_LOCALE, "Error update locale", NULL, "The user locale is not installed on the TFTP service.",
     MESSAGES},
    {LADDER_LOCALE, NULL, NULL, "The locale is still on its way.", MESSAGES},

    {LADDER_SOFTKEYS, "not found", NULL, "The softkey template is missing on the TFTP service.", MESSAGES},
    {LADDER_SOFTKEYS, NULL, NULL, "The softkey template is malformed, or cannot be had.", MESSAGES},
    {LADDER_RINGTONES, "could not be fetched", NULL, "A ringtone of the list is missing on the TFTP service.",
     MESSAGES},
    {LADDER_RINGTONES, NULL, NULL, "The list of ringtones is malformed, or cannot be had.", MESSAGES},
    {0, NULL, NULL, "The phone is still on its way, or a file is missing on the TFTP service.", MESSAGES},
};

static bool fits(const struct why_case *it, const struct why_rule *rule)
{
	if (rule->step && rule->step != it->step)
		return false;
	if (rule->detail && !detail_has(it, rule->detail))
		return false;
	return !rule->when || rule->when(it);
}

const struct why_rule *why_rule(const struct why_case *it)
{
	size_t n = sizeof(rules) / sizeof(rules[0]);

	for (size_t i = 0; i < n; i++)
		if (fits(it, &rules[i]))
			return &rules[i];
	return &rules[n - 1];
}
