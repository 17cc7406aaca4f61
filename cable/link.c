#include "cable/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

/* A message about one link: ifindex 0 when it is named by an attribute or new. */
static struct nl_msg *message(int type, int flags, int ifindex, unsigned up, unsigned change)
{
	struct ifinfomsg info = {
	    .ifi_family = AF_UNSPEC, .ifi_index = ifindex, .ifi_flags = up, .ifi_change = change};

	return rtnl_message(type, flags, &info, sizeof(info));
}

/* Send, and put what was attempted before the kernel's reason. */
static int talk(struct rtnl *rtnl, struct nl_msg *msg, struct fail *fail, const char *what, int ifindex)
{
	int err = rtnl_talk(rtnl, msg, fail);

	return err ? fail_prefix(fail, err, "cannot %s (interface number %d)", what, ifindex) : 0;
}

static int put_end(struct nl_msg *msg, const char *name, const struct mac *mac, unsigned mtu)
{
	int err = nla_put_string(msg, IFLA_IFNAME, name);

	if (!err && mac)
		err = nla_put(msg, IFLA_ADDRESS, sizeof(mac->octet), mac->octet);
	if (!err && mtu)
		err = nla_put_u32(msg, IFLA_MTU, mtu);
	return err;
}

/* The nested description of the peer: a whole ifinfomsg with attributes of its own. */
static int put_peer(struct nl_msg *msg, const struct link_veth *veth)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct nlattr *peer = nla_nest_start(msg, VETH_INFO_PEER);
	int err;

	if (!peer)
		return -ENOMEM;
	err = nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	if (!err)
		err = put_end(msg, veth->peer_name, veth->peer_mac, veth->mtu);
	if (!err && veth->peer_ns >= 0)
		err = nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)veth->peer_ns);
	nla_nest_end(msg, peer);
	return err;
}

int link_create_veth(struct rtnl *rtnl, const struct link_veth *veth, struct fail *fail)
{
	struct nlattr *kind, *data;
	struct nl_msg *msg;
	int err;

	if (!link_name_valid(veth->name) || !link_name_valid(veth->peer_name))
		return fail_set(fail, -EINVAL, "'%s', '%s': expected interface names of 1 to 15 characters",
				veth->name, veth->peer_name);
	msg = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	if (!msg || put_end(msg, veth->name, veth->mac, veth->mtu))
		return rtnl_no_memory(msg, fail);
	kind = nla_nest_start(msg, IFLA_LINKINFO);
	if (!kind || nla_put_string(msg, IFLA_INFO_KIND, "veth"))
		return rtnl_no_memory(msg, fail);
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data || put_peer(msg, veth))
		return rtnl_no_memory(msg, fail);
	nla_nest_end(msg, data);
	nla_nest_end(msg, kind);
	err = rtnl_talk(rtnl, msg, fail);
	if (err)
		fail_prefix(fail, err, "cannot create the veth pair %s, %s", veth->name, veth->peer_name);
	return err;
}

/* 802.1p priorities as sockets have them: without a map the kernel sends all with 0. */
static int put_priorities(struct nl_msg *msg)
{
	struct nlattr *map = nla_nest_start(msg, IFLA_VLAN_EGRESS_QOS);

	if (!map)
		return -NLE_NOMEM;
	for (uint32_t priority = 1; priority < 8; priority++) {
		const struct ifla_vlan_qos_mapping same = {.from = priority, .to = priority};

		if (nla_put(msg, IFLA_VLAN_QOS_MAPPING, sizeof(same), &same))
			return -NLE_NOMEM;
	}
	nla_nest_end(msg, map);
	return 0;
}

int link_create_vlan(struct rtnl *rtnl, const char *parent, uint16_t vid, const char *name, struct fail *fail)
{
	struct nlattr *kind, *data;
	struct nl_msg *msg;
	int err, ifindex;

	if (!link_name_valid(name))
		return fail_set(fail, -EINVAL, "'%s': expected an interface name of 1 to 15 characters",
				name);
	ifindex = link_index(rtnl, parent, fail);
	if (ifindex < 0)
		return ifindex;
	msg = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	if (!msg || put_end(msg, name, NULL, 0) || nla_put_u32(msg, IFLA_LINK, (uint32_t)ifindex))
		return rtnl_no_memory(msg, fail);
	kind = nla_nest_start(msg, IFLA_LINKINFO);
	if (!kind || nla_put_string(msg, IFLA_INFO_KIND, "vlan"))
		return rtnl_no_memory(msg, fail);
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data || nla_put_u16(msg, IFLA_VLAN_ID, vid) || put_priorities(msg))
		return rtnl_no_memory(msg, fail);
	nla_nest_end(msg, data);
	nla_nest_end(msg, kind);
	err = rtnl_talk(rtnl, msg, fail);
	if (err)
		fail_prefix(fail, err, "cannot create the VLAN interface %s of %s", name, parent);
	return err;
}

int link_delete(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	return talk(rtnl, message(RTM_DELLINK, 0, ifindex, 0, 0), fail, "delete a link", ifindex);
}

/* The kernel deletes a group of links as one (not documented in rtnetlink(7); see net/core/rtnetlink.c). The
 * number is one that nobody would choose; the group is empty before and after, for requests are handled one
 * at a time. */
#define DELETE_GROUP 0x70686f6e

int link_delete_many(struct rtnl *rtnl, const int *ifindexes, unsigned count, struct fail *fail)
{
	struct nl_msg *msg;
	unsigned found = 0;
	int err;

	for (unsigned i = 0; i < count; i++) {
		msg = message(RTM_SETLINK, 0, ifindexes[i], 0, 0);
		if (!msg || nla_put_u32(msg, IFLA_GROUP, DELETE_GROUP))
			return rtnl_no_memory(msg, fail);
		err = talk(rtnl, msg, fail, "mark a link for deletion", ifindexes[i]);
		if (err && err != -ENODEV)
			return err;
		found += !err;
	}
	if (!found)
		return 0;
	msg = message(RTM_DELLINK, 0, 0, 0, 0);
	if (!msg || nla_put_u32(msg, IFLA_GROUP, DELETE_GROUP))
		return rtnl_no_memory(msg, fail);
	err = rtnl_talk(rtnl, msg, fail);
	if (err == -ENODEV)
		return 0;
	return err ? fail_prefix(fail, err, "cannot delete %u links", found) : 0;
}

int link_set_up(struct rtnl *rtnl, int ifindex, bool up, struct fail *fail)
{
	return talk(rtnl, message(RTM_SETLINK, 0, ifindex, up ? IFF_UP : 0, IFF_UP), fail,
		    up ? "set a link up" : "set a link down", ifindex);
}

int link_rename(struct rtnl *rtnl, int ifindex, const char *name, struct fail *fail)
{
	int err = link_set_up(rtnl, ifindex, false, fail);
	struct nl_msg *msg;

	if (err)
		return err;
	msg = message(RTM_SETLINK, 0, ifindex, 0, 0);
	if (!msg || nla_put_string(msg, IFLA_IFNAME, name))
		return rtnl_no_memory(msg, fail);
	err = talk(rtnl, msg, fail, "rename a link", ifindex);
	return err ? err : link_set_up(rtnl, ifindex, true, fail);
}

int link_set_arp(struct rtnl *rtnl, int ifindex, bool arp, struct fail *fail)
{
	return talk(rtnl, message(RTM_SETLINK, 0, ifindex, arp ? 0 : IFF_NOARP, IFF_NOARP), fail,
		    "change whether a link answers ARP", ifindex);
}

int link_set_mac(struct rtnl *rtnl, int ifindex, const struct mac *mac, struct fail *fail)
{
	struct nl_msg *msg = message(RTM_SETLINK, 0, ifindex, 0, 0);

	if (!msg || nla_put(msg, IFLA_ADDRESS, sizeof(mac->octet), mac->octet))
		return rtnl_no_memory(msg, fail);
	return talk(rtnl, msg, fail, "set the MAC of a link", ifindex);
}

/* IFLA_AF_SPEC { AF_INET6 { IFLA_INET6_ADDR_GEN_MODE none } } */
static int put_quiet(struct nl_msg *msg)
{
	struct nlattr *spec = nla_nest_start(msg, IFLA_AF_SPEC);
	struct nlattr *inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;

	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE))
		return -ENOMEM;
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
	return 0;
}

int link_quiet_ipv6(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	struct nl_msg *msg = message(RTM_SETLINK, 0, ifindex, 0, 0);
	int err;

	if (!msg || put_quiet(msg))
		return rtnl_no_memory(msg, fail);
	err = talk(rtnl, msg, fail, "keep IPv6 quiet on a link", ifindex);
	return err == -EAFNOSUPPORT ? 0 : err;
}

/* IFLA_AF_SPEC { AF_INET { IFLA_INET_CONF { ... } } }: what /proc/sys/net/ipv4/conf has, also where /proc/sys is read-only. */
static int put_strict(struct nl_msg *msg)
{
	struct nlattr *spec = nla_nest_start(msg, IFLA_AF_SPEC);
	struct nlattr *inet = spec ? nla_nest_start(msg, AF_INET) : NULL;
	struct nlattr *conf = inet ? nla_nest_start(msg, IFLA_INET_CONF) : NULL;

	if (!conf || nla_put_u32(msg, IPV4_DEVCONF_ARP_IGNORE, 1) ||
	    nla_put_u32(msg, IPV4_DEVCONF_RP_FILTER, 1))
		return -ENOMEM;
	nla_nest_end(msg, conf);
	nla_nest_end(msg, inet);
	nla_nest_end(msg, spec);
	return 0;
}

int link_strict_ipv4(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	struct nl_msg *msg = message(RTM_SETLINK, 0, ifindex, 0, 0);

	if (!msg || put_strict(msg))
		return rtnl_no_memory(msg, fail);
	return talk(rtnl, msg, fail, "separate the addresses of a link from those of others", ifindex);
}

int link_move(struct rtnl *rtnl, int ifindex, int ns, const char *name, struct fail *fail)
{
	struct nl_msg *msg;
	int err;

	if (!link_name_valid(name))
		return fail_set(fail, -EINVAL, "'%s': expected an interface name of 1 to 15 characters",
				name);
	/* The kernel moves, renames, sets up and applies the IPv6 mode in this order; without a carrier,
	 * being up makes no link-local address yet. */
	msg = message(RTM_SETLINK, 0, ifindex, IFF_UP, IFF_UP);
	if (!msg || nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)ns) ||
	    nla_put_string(msg, IFLA_IFNAME, name) || put_quiet(msg))
		return rtnl_no_memory(msg, fail);
	err = rtnl_talk(rtnl, msg, fail);
	if (err)
		fail_prefix(fail, err, "cannot move a link to the other network namespace as %s", name);
	return err;
}
