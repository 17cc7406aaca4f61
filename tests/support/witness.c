#include "tests/support/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text_or_empty(char *text)
{
	return text ? text : strdup("");
}

static char *cat(const struct lab *lab, const char *path)
{
	return text_or_empty(lab_read(lab, path));
}

char *witness_kamcmd(const struct lab *lab, const char *node, const char *method)
{
	struct command_result result =
	    lab_exec(lab, node, "timeout 10 kamcmd -s unixs:/run/phonelab/cucm/%s/ctl %s", node, method);
	char *text = strdup(result.status == 0 ? result.out : "");

	if (result.status != 0)
		fprintf(stderr, "kamcmd %s on %s: status %d: %s%s\n", method, node, result.status, result.out,
			result.err);
	command_free(&result);
	return text;
}

void witness_ask(struct witness *witness, const struct lab *lab, json_t *status)
{
	json_t *cluster = json_object_get(status, "cluster");

	*witness = (struct witness){
	    .leases = cat(lab, "dhcp/leases"),
	    .http = cat(lab, "log/tftp-http.access"),
	    .tftp = cat(lab, "log/tftp.log"),
	    .publisher = witness_kamcmd(lab, member(json_array_get(cluster, 0), "name"), "ul.dump"),
	};
}

void witness_capture(struct witness *witness, struct lab *lab)
{
	struct command_result tshark =
	    command_sh(120,
		       "tshark -n -r '%s' -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o "
		       "tcp.check_checksum:TRUE "
		       "-T fields -E separator='|' -E occurrence=a -E aggregator=, -e frame.number -e "
		       "eth.src -e eth.dst -e vlan.id "
		       "-e frame.protocols -e dhcp.option.dhcp -e dhcp.option.tftp_server_address -e "
		       "dhcp.option.vendor_class_id "
		       "-e sip.Method -e sip.Status-Code -e cdp.deviceid -e cdp.voice_vlan -e "
		       "lldp.media.vlan_id -e tftp.source_file "
		       "-e http.request.uri -e tcp.flags.str -e ip.src -e tcp.dstport -e tcp.srcport "
		       "-e _ws.malformed -e _ws.expert.message -e _ws.expert.severity -e "
		       "cdp.power_consumption 2>'%s/tshark.err'",
		       lab->capture, lab->dir);
	if (tshark.status != 0)
		fprintf(stderr, "tshark: status %d: %s\n", tshark.status, tshark.err);
	witness->rows = strdup(tshark.out);
	command_free(&tshark);
}

void witness_free(struct witness *witness)
{
	free(witness->leases);
	free(witness->http);
	free(witness->tftp);
	free(witness->publisher);
	free(witness->rows);
	*witness = (struct witness){0};
}

const char *witness_mac(const char *device, char mac[18])
{
	unsigned char octet[6];

	mac[0] = 0;
	if (sscanf(device, "SEP%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx", &octet[0], &octet[1], &octet[2], &octet[3],
		   &octet[4], &octet[5]) == 6)
		snprintf(mac, 18, "%02x:%02x:%02x:%02x:%02x:%02x", octet[0], octet[1], octet[2], octet[3],
			 octet[4], octet[5]);
	return mac;
}

int witness_bindings(const char *dump, const char *device)
{
	/* The instance of a Cisco contact ends in the MAC, in lower case. */
	char mac[13];

	for (int i = 0; i < 12; i++)
		mac[i] =
		    (char)(device[3 + i] >= 'A' && device[3 + i] <= 'F' ? device[3 + i] + 32 : device[3 + i]);
	mac[12] = 0;
	return LINES_WITH(dump, "Instance", mac);
}
