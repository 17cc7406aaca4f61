#include "phonelab/lab/probe_cable.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cable/lane.h"

static void look_up(struct probe_cable *cable, int sock)
{
	struct ifreq request = {.ifr_ifindex = cable->ifindex};

	if (ioctl(sock, SIOCGIFNAME, &request))
		return;
	memcpy(cable->name, request.ifr_name, sizeof(cable->name));
	if (!lane_vid(sock, request.ifr_name, cable->name))
		return;
	memcpy(request.ifr_name, cable->name, sizeof(cable->name));
	if (!ioctl(sock, SIOCGIFINDEX, &request))
		cable->parent = request.ifr_ifindex;
}

const struct probe_cable *probe_cable_of(struct probe_cables *cables, unsigned tap, int sock, int ifindex)
{
	/* An interface that shares the entry of another one takes it. */
	struct probe_cable *cable = &cables->entry[(tap * 37u + (unsigned)ifindex) % PROBE_CABLES];

	if (cable->ifindex != ifindex || cable->tap != tap) {
		*cable = (struct probe_cable){.ifindex = ifindex, .tap = tap};
		look_up(cable, sock);
	}
	return cable;
}
