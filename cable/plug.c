#include "cable/plug.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/netns.h"
#include "cable/offload.h"

/* An interface in its final place: offloads off, IPv6 quiet, up if asked. */
static int finish(struct rtnl *rtnl, int sock, const char *name, int ifindex, bool up, struct fail *fail)
{
	int err = offload_off_socket(sock, name, fail);

	if (!err)
		err = link_quiet_ipv6(rtnl, ifindex, fail);
	if (!err && up)
		err = link_set_up(rtnl, ifindex, true, fail);
	return err;
}

struct inside {
	int ns;
	struct rtnl *rtnl;
	int sock;
};

static int open_inside(void *arg, struct fail *fail)
{
	struct inside *inside = arg;
	int err = rtnl_open(&inside->rtnl, -1, fail);

	if (err)
		return err;
	inside->sock = netns_socket(-1, AF_INET, SOCK_DGRAM, 0, fail);
	return inside->sock < 0 ? inside->sock : 0;
}

/* The same by the helper: both sockets in one request. */
static int open_by_helper(struct netns_helper *helper, int ns, struct inside *inside, struct fail *fail)
{
	static const struct netns_socket sockets[] = {{AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
						      {AF_INET, SOCK_DGRAM, 0}};
	int fds[2], err = netns_helper_open(helper, ns, sockets, 2, fds, fail);

	if (err)
		return err;
	inside->sock = fds[1];
	return rtnl_adopt(&inside->rtnl, fds[0], fail);
}

/* With CAP_SYS_ADMIN: the far end is born in the device's namespace and made ready from within. A third of a
 * millisecond. */
static int plug_inside(struct rtnl *rtnl, const struct cable_plug *plug, struct link_veth *veth,
		       struct inside *inside, struct fail *fail)
{
	int err, ifindex;

	veth->peer_name = plug->peer_name;
	veth->peer_ns = plug->peer_ns;
	err = link_create_veth(rtnl, veth, fail);
	if (err)
		return err;
	ifindex = link_index(inside->rtnl, plug->peer_name, fail);
	return ifindex < 0 ? ifindex
			   : finish(inside->rtnl, inside->sock, plug->peer_name, ifindex, true, fail);
}

/*
 * In a container without it: both ends are born here, where we may configure them, and the far one is moved.
 * Its features survive the move. The kernel waits for an RCU grace period in it: some ten milliseconds.
 */
static int plug_moved(struct rtnl *rtnl, int sock, const struct cable_plug *plug, struct link_veth *veth,
		      struct fail *fail)
{
	char far[LINK_NAME];
	int err, ifindex;

	/* A name that no port has, seen for a moment only. */
	snprintf(far, sizeof(far), "~%.14s", plug->name);
	veth->peer_name = far;
	err = link_create_veth(rtnl, veth, fail);
	if (err)
		return err;
	ifindex = link_index(rtnl, far, fail);
	err = ifindex < 0 ? ifindex : finish(rtnl, sock, far, ifindex, false, fail);
	if (!err)
		err = link_move(rtnl, ifindex, plug->peer_ns, plug->peer_name, fail);
	return err;
}

/* Make the pair and set up our own end. On a failure the pair is deleted. */
static int make(struct rtnl *rtnl, int sock, const struct cable_plug *plug, struct inside *inside,
		int *ifindex, struct fail *fail)
{
	struct link_veth veth = {.name = plug->name,
				 .mac = plug->mac,
				 .peer_mac = plug->peer_mac,
				 .peer_ns = -1,
				 .mtu = plug->mtu};
	struct fail ignored = {0};
	int near_index;
	int err = link_index(rtnl, plug->name, &ignored);

	/* Asked first, so that what is deleted after a failure is never someone else's. */
	if (err >= 0)
		return fail_set(fail, -EEXIST, "the interface %s exists already", plug->name);
	err =
	    inside ? plug_inside(rtnl, plug, &veth, inside, fail) : plug_moved(rtnl, sock, plug, &veth, fail);
	near_index = link_index(rtnl, plug->name, &ignored);
	if (!err)
		err = near_index < 0 ? fail_set(fail, near_index, "the interface %s vanished", plug->name)
				     : finish(rtnl, sock, plug->name, near_index, plug->up, fail);
	/* The far end came up first and without a carrier: its queue drops everything until the kernel's link
	 * watch has run. To be asked about the link makes the kernel run it now (linkwatch_sync_dev, since
	 * Linux 6.8). */
	if (!err && inside && plug->up) {
		struct link_info info;

		err = link_get(inside->rtnl, plug->peer_name, &info, fail);
	}
	if (err && near_index > 0)
		cable_unplug_link(rtnl, near_index, &ignored);
	if (!err)
		*ifindex = near_index;
	return err;
}

int cable_plug_link(struct rtnl *rtnl, int sock, const struct cable_plug *plug, int *ifindex,
		    struct fail *fail)
{
	struct inside inside = {.sock = -1};
	bool enter = true;
	int own = -1, err;

	if (sock < 0) {
		own = sock = netns_socket(-1, AF_INET, SOCK_DGRAM, 0, fail);
		if (sock < 0)
			return sock;
	}
	err = plug->helper ? open_by_helper(plug->helper, plug->peer_ns, &inside, fail)
			   : netns_call(plug->peer_ns, open_inside, &inside, fail);
	if (err == -EPERM) {
		enter = false;
		err = 0;
	}
	if (!err)
		err = make(rtnl, sock, plug, enter ? &inside : NULL, ifindex, fail);
	rtnl_close(inside.rtnl);
	if (inside.sock >= 0)
		close(inside.sock);
	if (own >= 0)
		close(own);
	return err;
}

int cable_unplug_link(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	int err = link_delete(rtnl, ifindex, fail);

	return err == -ENODEV ? 0 : err;
}
