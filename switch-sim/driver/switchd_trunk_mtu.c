/* What the switch prints about the route to a peer. */
#include <arpa/inet.h>
#include <stdio.h>

#include "switch-sim/driver/switchd_trunk.h"
#include "wire/vxlan.h"

/* The largest frame of a phone: header, tag and MTU. */
#define FRAME_LARGEST (ETHER_HEADER + ETHER_TAG + ETHER_MTU)

void trunk_report_mtu(struct switchd_trunks *t, unsigned trunk, const struct trunk_address *address)
{
	bool ipv4 = trunk_address_is_ipv4(address);
	char text[INET6_ADDRSTRLEN];

	t->over[trunk] = ipv4 ? VXLAN_OVER_IPV4 : VXLAN_OVER_IPV6;
	if (t->outside < 0)
		trunk_say_mtu(t, trunk, trunk_socket_mtu(t->family, address));
	else if (inet_ntop(ipv4 ? AF_INET : AF_INET6, address->ip + (ipv4 ? 12 : 0), text, sizeof(text)))
		trunk_outside_ask(t, "mtu", trunk, text);
}

void trunk_say_mtu(struct switchd_trunks *t, unsigned trunk, int mtu)
{
	struct switchd *d = t->d;
	int over = t->over[trunk];

	if (mtu <= 0 || mtu == t->mtu[trunk])
		return;
	t->mtu[trunk] = mtu;
	if (mtu >= FRAME_LARGEST + over)
		return;
	printf("%s: uplink %s: the MTU of the route to the peer is %d: frames of more than %d octets go in "
	       "fragments (an MTU of %d avoids that)\n",
	       d->file->config.name, switch_core_port_name(d->core, t->uplink[trunk]->port), mtu, mtu - over,
	       FRAME_LARGEST + over);
	fflush(stdout);
}
