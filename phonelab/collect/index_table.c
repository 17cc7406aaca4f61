#include "phonelab/collect/index.h"

#include <stddef.h>
#include <string.h>

#include "base/ladder.h"

#define TECH	"switches/{switch}/show-tech-support.txt"
#define CONSOLE "phones/{phone}/console.log"
#define STEPS	"phones/{phone}/steps.txt"
#define SCREEN	"phones/{phone}/status-messages.txt"
#define TFTP	"{tftp}/cm/trace/tftp/SDL*"
#define CONFIG	"lab/tftp/root/{phone}.cnf.xml"
#define ALARMS	"{cm}/syslog/CiscoSyslog"
#define SIP	"{cm}/cm/trace/ccm/sdl/SDL*"
#define SERVICE "/syslog/messages"

const struct index_file index_files[] = {
    {CONSOLE, "Console log of the phone: every step, as its firmware logs it"},
    {STEPS, "The steps of the phone as they stand, and what happened at each"},
    {SCREEN, "The Status Messages screen of the phone, with the time of each message"},
    {"phones/{phone}/web/*", "A page of the phone's web server"},
    {"phones/{phone}/prt/*", "Problem report (PRT) of the phone, made for this bundle"},
    {"phones/{phone}/phone.pcapng", "Frames at the phone"},
    {TECH,
     "show tech-support of the switch: running configuration, ports, PoE, neighbors, VLANs, MAC addresses, "
     "DHCP snooping, log"},
    {"switches/{switch}/span.pcapng", "Frames at the ports of the switch, an interface per port"},
    {ALARMS, "Application log of the call manager: alarms of devices, with reason codes"},
    {SIP, "SIP messages at the call manager (SDL trace)"},
    {TFTP, "Requests for files, and their results (trace of Cisco TFTP)"},
    {"{node}" SERVICE, "System log of the node: its programs, and when they were started or stopped"},
    {CONFIG, "Configuration file of the phone, without passwords"},
    {"lab/tftp/root/*", "A file of the TFTP service, without passwords"},
    {"lab/{dhcp}/dnsmasq.conf", "Configuration of the DHCP and DNS server, or of the TFTP server"},
    {"lab/{dhcp}/leases", "Leases of the DHCP server"},
    {"lab/cucm/{cm}/*", "Configuration and database of the call manager, without passwords"},
    {"lab/events.jsonl", "All events of the lab; phonelab why reads them"},
    {"lab/status.json", "phonelab status --json"},
    {"lab/model.json", "The lab as it runs: routes, sockets, tables; phonelab why reads it"},
    {"lab/log/*", "Log of a program as it wrote it"},
    {"lab/*", "Further files of the lab; phonelab why --folder reads them"},
    {NULL, NULL},
};

const struct index_place index_places[] = {
    {LADDER_POWER, TECH,
     "show power inline: Oper and Power of the port, budget; show interfaces status: err-disabled, "
     "disabled; show logging: ILPOWER, PM"},
    {LADDER_POWER, STEPS, "no event: the phone never had power"},
    {LADDER_BOOT, STEPS, "which bank of the flash boots, and why not the other"},
    {LADDER_BOOT, "phones/{phone}/web/DeviceInformation.html", "Version, Active load, Inactive load"},
    {LADDER_VOICE_VLAN, TECH,
     "show running-config of the port: switchport voice vlan, cdp, lldp; show vlan brief; show "
     "cdp neighbors, show lldp neighbors"},
    {LADDER_VOICE_VLAN, STEPS, "CDP, LLDP, and the VLAN that the phone took"},
    {LADDER_DHCP, "{dhcp}" SERVICE,
     "DHCPDISCOVER without DHCPOFFER, DHCPNAK, no address range, no lease left; nothing at "
     "all: the frames do not arrive"},
    {LADDER_DHCP, "lab/{dhcp}/dnsmasq.conf",
     "dhcp-range, and options 3, 66 and 150 of the scope of the phone"},
    {LADDER_DHCP, TECH,
     "show ip dhcp snooping: trusted ports; show running-config: VLANs of ports and trunks; show "
     "interfaces"},
    {LADDER_DHCP, STEPS, "what the phone sent, received and rejected"},
#define OF_FILES(step, config)                                                                               \
	{step, TFTP, "which file the phone requested, and status 404 or no request at all"},                 \
	    {step, STEPS, "why the phone rejected the file: signature, name, XML, checksum"},                \
	    {step, SCREEN, "File Not Found, TFTP Timeout, Trust List update failed"},                        \
	    {step, CONSOLE, "SECUREAPP, downd, GHTTP, TFTPD: each request as the firmware logs it"},         \
	    {step, CONFIG, config},                                                                          \
	    {step, "{tftp}" SERVICE, "the server was stopped, or could not read a file"},                    \
	    {step, "lab/{dhcp}/dnsmasq.conf", "option 150: is it the address of the TFTP server?"},          \
	{                                                                                                    \
		step, TECH, "show running-config, show interfaces: is the way to the server open?"           \
	}
    OF_FILES(LADDER_CTL, "the file that comes after this step"),
    OF_FILES(LADDER_ITL, "the file that comes after this step"),
    OF_FILES(LADDER_CONFIG, "the file itself, as the server has it"),
    OF_FILES(LADDER_FIRMWARE, "loadInformation: the load that the phone wants"),
    OF_FILES(LADDER_DIAL_RULES, "dialTemplate: the file that the phone wants"),
    {LADDER_CM_CONNECT, STEPS, "the address and port of each call manager, and how each connection ended"},
    {LADDER_CM_CONNECT, CONFIG, "callManagerGroup: processNodeName and ports"},
    {LADDER_CM_CONNECT, "{cm}" SERVICE, "the service was stopped, or does not listen"},
    {LADDER_CM_CONNECT, SIP, "no message of the phone: its connection does not arrive"},
    {LADDER_CM_CONNECT, TECH, "show running-config, show interfaces: is the way to the call manager open?"},
    {LADDER_REGISTER, ALARMS,
     "EndPointTransientConnection: Reason states why the call manager rejected the phone"},
    {LADDER_REGISTER, SIP, "REGISTER of the phone, and the reply: 401, 403, 404, 503"},
    {LADDER_REGISTER, "{cm}" SERVICE, "the service was stopped, or its database cannot be read"},
    {LADDER_REGISTER, CONFIG, "line: name, authName, contact"},
    {LADDER_REGISTER, STEPS, "which call managers the phone tried, and their replies"},
    OF_FILES(LADDER_LOCALE, "userLocale, networkLocale: the files that the phone wants"),
    OF_FILES(LADDER_SOFTKEYS, "softKeyFile: the file that the phone wants"),
    OF_FILES(LADDER_RINGTONES, "the file that came before this step"),
    {0, NULL, NULL},
};

bool index_matches(const char *pattern, const char *path, const char *kind, const char *name)
{
	for (; *pattern; pattern++) {
		size_t length;

		if (*pattern == '*')
			return true;
		if (*pattern != '{') {
			if (*pattern != *path++)
				return false;
			continue;
		}
		/* A name ends at the next "/", or in "{phone}.cnf.xml" at the dot. */
		length = strcspn(path, "/");
		if (strchr(pattern, '}')[1] == '.')
			length = strcspn(path, "/.");
		if (!length)
			return false;
		if (kind && strlen(kind) == (size_t)(strchr(pattern, '}') - pattern) - 1 &&
		    !strncmp(pattern + 1, kind, strlen(kind)) &&
		    (strlen(name) != length || strncmp(name, path, length)))
			return false;
		path += length;
		pattern = strchr(pattern, '}');
	}
	return !*path;
}

const struct index_file *index_file_of(const char *path)
{
	const struct index_file *row = index_files;

	while (row->pattern && !index_matches(row->pattern, path, NULL, NULL))
		row++;
	return row->pattern ? row : NULL;
}
