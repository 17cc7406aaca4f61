#include "cable/plug.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/offload.h"

/*
 * The pair is made with both ends in our namespace, since there we may configure them; then the far end is
 * moved. Its features survive the move. To enter the device's namespace instead would need CAP_SYS_ADMIN,
 * which a container is not given.
 */
static int equip(struct rtnl *rtnl, int sock, const struct cable_plug *plug, const char *far, int near_index,
		 struct fail *fail)
{
	int far_index = link_index(rtnl, far, fail);
	int err = far_index < 0 ? far_index : 0;

	if (!err)
		err = offload_off_socket(sock, plug->name, fail);
	if (!err)
		err = offload_off_socket(sock, far, fail);
	if (!err)
		err = link_quiet_ipv6(rtnl, near_index, fail);
	if (!err)
		err = link_move(rtnl, far_index, plug->peer_ns, plug->peer_name, fail);
	if (!err && plug->up)
		err = link_set_up(rtnl, near_index, true, fail);
	return err;
}

int cable_plug_link(struct rtnl *rtnl, int sock, const struct cable_plug *plug, int *ifindex,
		    struct fail *fail)
{
	struct link_veth veth = {.name = plug->name,
				 .mac = plug->mac,
				 .peer_mac = plug->peer_mac,
				 .peer_ns = -1,
				 .mtu = plug->mtu};
	char far[LINK_NAME];
	int own = -1, err, near_index;

	/* A name that no port has: ours turned round. It is seen for a moment only. */
	snprintf(far, sizeof(far), "~%.14s", plug->name);
	veth.peer_name = far;
	if (sock < 0) {
		own = sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (sock < 0)
			return fail_set(fail, -errno, "cannot make a socket: %s", strerror(errno));
	}
	err = link_create_veth(rtnl, &veth, fail);
	if (err)
		goto out;
	near_index = link_index(rtnl, plug->name, fail);
	err = near_index < 0 ? near_index : equip(rtnl, sock, plug, far, near_index, fail);
	if (err && near_index > 0) {
		struct fail ignored;

		cable_unplug_link(rtnl, near_index, &ignored);
	}
	if (!err)
		*ifindex = near_index;
out:
	if (own >= 0)
		close(own);
	return err;
}

int cable_set_link(struct rtnl *rtnl, int ifindex, bool up, struct fail *fail)
{
	return link_set_up(rtnl, ifindex, up, fail);
}

int cable_unplug_link(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	int err = link_delete(rtnl, ifindex, fail);

	return err == -ENODEV ? 0 : err;
}
