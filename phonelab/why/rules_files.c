/* Causes of a file that does not come, or that the phone does not take. */
#include "base/json_text.h"
#include "phonelab/why/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/why/facts.h"
#include "wire/ipv4.h"

static bool tftp_is(const struct why_case *it)
{
	return why_service_is(it, "tftp", it->text) && why_service_is(it, "http", it->text);
}

static bool dhcp_has(const struct why_case *it)
{
	return why_step_has(it, LADDER_DHCP, it->text);
}

/* "10.110.0.57/24, tftp 10.20.0.3 (option 150)" */
static bool tftp_is_unknown(const struct why_case *it)
{
	const char *at = strstr(json_text(why_rung(it, LADDER_DHCP), "detail"), "tftp ");
	char address[20];

	if (!at)
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)strspn(at + 5, "0123456789."), at + 5);
	return why_address_is_foreign(it, "tftp", address);
}

/* The address came from a server that is none of the lab's. */
static bool rogue_server(const struct why_case *it)
{
	return why_address_is_foreign(it, "dhcp", json_text(it->phone_more, "dhcp_server"));
}

static const char *gateway(const struct why_case *it)
{
	const char *text = json_text(it->phone_more, "gateway");

	return strcmp(text, "0.0.0.0") ? text : "";
}

static bool without_gateway(const struct why_case *it)
{
	return it->phone_more && !*gateway(it);
}

static bool wrong_gateway(const struct why_case *it)
{
	return why_address_is_foreign(it, "router", gateway(it));
}

/* The gateway is outside of the subnet that the mask makes. */
static bool mask_too_long(const struct why_case *it)
{
	unsigned prefix = (unsigned)json_integer_value(json_object_get(it->phone_more, "prefix"));
	const char *address = json_text(it->phone, "ipv4");
	uint32_t own, router, mask = prefix && prefix <= 32 ? UINT32_MAX << (32 - prefix) : 0;

	return mask && !ipv4_parse(&own, address) && !ipv4_parse(&router, gateway(it)) &&
	       (own & mask) != (router & mask);
}

#define OTHER_ADDRESS                                                                                        \
	"The TFTP server answers from another address than the phone asks, so the phone rejects its answers"

const struct why_rule why_rules_files[] = {
    {LADDER_CTL, WHY_ASKED, NULL, OTHER_ADDRESS, WHY_LOOK_DHCP_CONF},
    {LADDER_ITL, WHY_ASKED, NULL, OTHER_ADDRESS, WHY_LOOK_DHCP_CONF},
    {LADDER_CONFIG, WHY_ASKED, NULL, OTHER_ADDRESS, WHY_LOOK_DHCP_CONF},

    {LADDER_CTL, NULL, rogue_server,
     "The address came from another DHCP server than the lab's: there is a rogue one on the VLAN.",
     WHY_LOOK_ARP},
    {LADDER_CTL, "(siaddr)", dhcp_has,
     "DHCP gave no option 150, so the phone takes the DHCP server for its TFTP server.", WHY_LOOK_DHCP_CONF},
    {LADDER_CTL, NULL, tftp_is_unknown, "The address in option 150 belongs to no TFTP server.",
     WHY_LOOK_DHCP_CONF},
    {LADDER_CTL, "stopped", tftp_is, "The TFTP service is not running.", WHY_LOOK_STATUS},
    {LADDER_CTL, "paused", tftp_is, "The TFTP service hangs: its processes are stopped (state T).",
     WHY_LOOK_STATUS},
    {LADDER_CTL, "tftp", why_port_shut, "The port of the server is shut down, so no TFTP request reaches it.",
     WHY_LOOK_PORTS},
    {LADDER_CTL, NULL, mask_too_long,
     "DHCP gave the phone a wrong mask: its gateway is outside of the subnet.", WHY_LOOK_DHCP_CONF},
    {LADDER_CTL, NULL, without_gateway,
     "DHCP gave the phone no gateway, and the TFTP server is in another subnet.", WHY_LOOK_DHCP_CONF},
    {LADDER_CTL, NULL, wrong_gateway, "DHCP gave the phone a gateway that is no router.", WHY_LOOK_DHCP_CONF},
    {LADDER_CTL, " by TFTP: ERROR ", NULL,
     "The TFTP service answers the request for the certificate trust list with an error.", WHY_LOOK_MESSAGES},
    {LADDER_CTL, " by TFTP", NULL,
     "No TFTP server answers this phone, by HTTP 6970 or by TFTP, though the service runs: a filter is in "
     "between,\n"
     "  or there is no way to it.",
     WHY_LOOK_ROUTES},
    {LADDER_CTL, " by HTTP", NULL,
     "No TFTP server answers this phone, by HTTP 6970 or by TFTP, though the service runs: a filter is in "
     "between,\n"
     "  or there is no way to it.",
     WHY_LOOK_ROUTES},
    {LADDER_CTL, NULL, NULL, "The file of the certificate trust list is damaged, or of another cluster.",
     WHY_LOOK_MESSAGES},

    {LADDER_ITL, "signature", NULL,
     "The trust list was altered after it was signed, or was signed by another cluster.", WHY_LOOK_MESSAGES},
    {LADDER_ITL, "signer", NULL,
     "The trust list was altered after it was signed, or was signed by another cluster.", WHY_LOOK_MESSAGES},
    {LADDER_ITL, "signed by", NULL, "The trust list was signed by another cluster.", WHY_LOOK_MESSAGES},
    {LADDER_ITL, "Trust List update failed", NULL, "The file of the identity trust list is damaged.",
     WHY_LOOK_MESSAGES},
    {LADDER_ITL, "took too long", NULL,
     "Files come so slowly that the phone gives up: the way to the TFTP service has hardly any bandwidth.",
     WHY_LOOK_ROUTES},
    {LADDER_ITL, NULL, NULL, "The identity trust list cannot be fetched from the TFTP service.",
     WHY_LOOK_MESSAGES},

    {LADDER_CONFIG, "signature", NULL,
     "The signature of the configuration file does not verify: it was changed after it was signed.",
     WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, "not a signed file", NULL,
     "The configuration file is not signed, and the phone's trust list requires a signature.",
     WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, "neither", NULL,
     "Neither SEP<MAC>.cnf.xml nor XMLDefault.cnf.xml can be had: the TFTP service has built no files.",
     WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, "at least one call manager", NULL, "The configuration file names no call manager.",
     WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, ".cnf.xml: ", NULL, "The configuration file is not XML that the phone can read.",
     WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, "denied", NULL,
     "The TFTP service cannot read the configuration file: its permissions are wrong.", WHY_LOOK_MESSAGES},
    {LADDER_CONFIG, NULL, NULL, "The configuration file cannot be fetched from the TFTP service.",
     WHY_LOOK_MESSAGES},

    {LADDER_FIRMWARE, "Checksum", NULL, "An image of the load is damaged on the TFTP service.",
     WHY_LOOK_MESSAGES},
    {LADDER_FIRMWARE, ".sbn", NULL,
     "An image of the load is missing, or cannot be fetched from the TFTP service.", WHY_LOOK_MESSAGES},
    {LADDER_FIRMWARE, "Load ID incorrect", NULL,
     "The load that the configuration names is missing on the TFTP service.", WHY_LOOK_MESSAGES},
    {LADDER_FIRMWARE, "hardware", NULL, "The load that the configuration names is of another model.",
     WHY_LOOK_MESSAGES},
    {LADDER_FIRMWARE, "Load rejected", NULL, "The load was rejected: the list of its images is damaged.",
     WHY_LOOK_MESSAGES},
    {LADDER_FIRMWARE, NULL, NULL, "The load is still on its way, or cannot be loaded.", WHY_LOOK_MESSAGES},

    {LADDER_DIAL_RULES, "not found", NULL, "The dial rules are missing on the TFTP service.",
     WHY_LOOK_MESSAGES},
    {LADDER_DIAL_RULES, "at most 8191 bytes", NULL,
     "The dial template is larger than 8191 bytes, so phones discard it.", WHY_LOOK_MESSAGES},
    {LADDER_DIAL_RULES, NULL, NULL,
     "The dial rules are malformed, or cannot be fetched from the TFTP service.", WHY_LOOK_MESSAGES},

    {LADDER_LOCALE, "empty file", NULL, "The file of the locale is empty.", WHY_LOOK_MESSAGES},
    {LADDER_LOCALE, "tones", NULL,
     "The network locale is not installed on the TFTP service: its tones are missing.", WHY_LOOK_MESSAGES},
    {LADDER_LOCALE, "Error update locale", NULL, "The user locale is not installed on the TFTP service.",
     WHY_LOOK_MESSAGES},
    {LADDER_LOCALE, NULL, NULL, "The locale is still on its way.", WHY_LOOK_MESSAGES},

    {LADDER_SOFTKEYS, "not found", NULL, "The softkey template is missing on the TFTP service.",
     WHY_LOOK_MESSAGES},
    {LADDER_SOFTKEYS, NULL, NULL, "The softkey template is malformed, or cannot be fetched.",
     WHY_LOOK_MESSAGES},

    {LADDER_RINGTONES, "could not be fetched", NULL, "A ringtone of the list is missing on the TFTP service.",
     WHY_LOOK_MESSAGES},
    {LADDER_RINGTONES, NULL, NULL, "The list of ringtones is malformed, or cannot be fetched.",
     WHY_LOOK_MESSAGES},
    {0},
};
