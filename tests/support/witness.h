#ifndef TESTS_SUPPORT_WITNESS_H
#define TESTS_SUPPORT_WITNESS_H

#include <stdbool.h>

#include "tests/support/lab.h"

/*
 * Evidence of a lab from programs that are not part of phonelab: dnsmasq's lease file, the access log of lighttpd and
 * the log of the TFTP server, Kamailio's location table, tshark on a capture. All texts may be searched by
 * lines_with().
 */
struct witness {
	char *leases;	 /* dhcp/leases */
	char *http;	 /* access log of HTTP 6970 */
	char *tftp;	 /* log of the TFTP server */
	char *publisher; /* kamcmd ul.dump of the first call manager; "" when it is not up */
	char *rows;	 /* one row a frame of the capture, see witness_capture; NULL without one */
};

/* Ask them all; a witness that cannot be asked is "" with the reason printed. status names the call
 * managers. */
void witness_ask(struct witness *witness, const struct lab *lab, json_t *status);

/* End the capture's wait for frames still under way and have tshark read it. A row is: frame number, eth.src,
 * eth.dst, vlan.id, protocols, then what the fields of the registration path hold, separated by '|'. */
void witness_capture(struct witness *witness, struct lab *lab);

void witness_free(struct witness *witness);

/* "SEP001122AABBCC" as "00:11:22:aa:bb:cc". */
const char *witness_mac(const char *device, char mac[18]);

/* kamcmd METHOD on a node of the cluster (free the result's text); "" when it does not answer. */
char *witness_kamcmd(const struct lab *lab, const char *node, const char *method);

/* How many bindings of the device a kamcmd ul.dump shows. */
int witness_bindings(const char *dump, const char *device);

#endif
