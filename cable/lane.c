#include "cable/lane.h"

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cable/vlan.h"

static bool is_veth(int sock, const char *interface)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (void *)&info};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	return !ioctl(sock, SIOCETHTOOL, &request) && !strcmp(info.driver, "veth");
}

/* A device that tags by itself has the far end in its own namespace (vlan.h). */
static bool has_far_end(int sock, const char *parent, unsigned long vid)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", parent);
	if (ioctl(sock, SIOCGIFINDEX, &request))
		return true;
	vlan_far_name(request.ifr_ifindex, (uint16_t)vid, request.ifr_name);
	return !ioctl(sock, SIOCGIFINDEX, &request);
}

uint16_t lane_vid(int sock, const char *interface, char parent[LINK_NAME])
{
	const char *dot = strrchr(interface, '.');
	char cable[LINK_NAME], *end;
	unsigned long vid;

	if (!dot || dot == interface || dot[1] < '1' || dot[1] > '9' ||
	    (size_t)(dot - interface) >= LINK_NAME)
		return 0;
	vid = strtoul(dot + 1, &end, 10);
	snprintf(cable, sizeof(cable), "%.*s", (int)(dot - interface), interface);
	if (*end || vid > 4094 || !is_veth(sock, interface) || has_far_end(sock, cable, vid))
		return 0;
	memcpy(parent, cable, sizeof(cable));
	return (uint16_t)vid;
}

uint8_t lane_priority(const uint8_t *frame, size_t length)
{
	return length > ETH_HLEN + 1 && frame[12] == ETH_P_IP >> 8 && frame[13] == (ETH_P_IP & 0xff)
		   ? frame[ETH_HLEN + 1] >> 5
		   : 0;
}
