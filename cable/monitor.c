#include "cable/monitor.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "cable/netns.h"
#include "cable/rtnl.h"

struct monitor {
	struct mnl_socket *sock;
	unsigned seq;
	bool dump_wanted; /* changes were lost, and the whole list has not been requested yet */
};

struct reading {
	monitor_fn *changed;
	void *arg;
};

static int ask_for_all(struct monitor *monitor)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifinfomsg))];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++monitor->seq;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	rtnl_debug("to the kernel", header);
	if (mnl_socket_sendto(monitor->sock, header, header->nlmsg_len) < 0)
		return -errno;
	return 0;
}

static int open_here(void *arg, struct fail *fail)
{
	struct monitor *monitor = arg;

	monitor->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!monitor->sock || mnl_socket_bind(monitor->sock, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
		return fail_set(fail, -errno, "cannot watch the links: %s", strerror(errno));
	return 0;
}

int monitor_open(struct monitor **monitor, int ns, struct fail *fail)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return fail_set(fail, -ENOMEM, "out of memory");
	err = netns_call(ns, open_here, m, fail);
	if (!err) {
		err = ask_for_all(m);
		if (err)
			fail_set(fail, err, "cannot ask for the links: %s", strerror(-err));
	}
	if (err) {
		monitor_close(m);
		return err;
	}
	*monitor = m;
	return 0;
}

int monitor_adopt(struct monitor **monitor, int fd, struct fail *fail)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return fail_set(fail, -ENOMEM, "out of memory");
	m->sock = mnl_socket_fdopen(fd);
	if (!m->sock) {
		free(m);
		return fail_set(fail, -EINVAL, "the descriptor is not a netlink socket");
	}
	/* The links that the opener asked for may have been read already. */
	m->dump_wanted = true;
	*monitor = m;
	return 0;
}

int monitor_fd(const struct monitor *monitor)
{
	return mnl_socket_get_fd(monitor->sock);
}

static int on_attribute(const struct nlattr *attribute, void *arg)
{
	struct monitor_link *link = arg;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			link->name = mnl_attr_get_str(attribute);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attribute) == sizeof(link->mac.octet))
			memcpy(link->mac.octet, mnl_attr_get_payload(attribute), sizeof(link->mac.octet));
		break;
	case IFLA_OPERSTATE:
		if (mnl_attr_validate(attribute, MNL_TYPE_U8) == 0)
			link->operstate = mnl_attr_get_u8(attribute);
		break;
	}
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *header, void *arg)
{
	const struct reading *reading = arg;
	const struct ifinfomsg *info;
	struct monitor_link link = {.name = ""};

	rtnl_debug("from the kernel", header);
	if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK)
		return MNL_CB_OK;
	if (mnl_nlmsg_get_payload_len(header) < sizeof(*info))
		return MNL_CB_OK;
	info = mnl_nlmsg_get_payload(header);
	if (info->ifi_family != AF_UNSPEC) /* AF_BRIDGE reports ports, not links */
		return MNL_CB_OK;
	mnl_attr_parse(header, sizeof(*info), on_attribute, &link);
	link.ifindex = info->ifi_index;
	link.deleted = header->nlmsg_type == RTM_DELLINK;
	link.up = info->ifi_flags & IFF_UP;
	link.carrier = info->ifi_flags & IFF_LOWER_UP;
	reading->changed(reading->arg, &link);
	return MNL_CB_OK;
}

int monitor_read(struct monitor *monitor, monitor_fn *changed, void *arg)
{
	struct reading reading = {.changed = changed, .arg = arg};
	char buffer[32768] __attribute__((aligned(MNL_ALIGNTO)));

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(monitor->sock, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			/* Changes were lost: only a whole list helps. Not yet: until what is queued has been
			 * read, the kernel continues to drop changes, and does not report it. */
			monitor->dump_wanted = true;
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			int err = monitor->dump_wanted ? ask_for_all(monitor) : -EBUSY;

			/* -EBUSY: an earlier list is still being sent; its end wakes us. */
			if (err)
				return err == -EBUSY ? 0 : err;
			monitor->dump_wanted = false;
			continue;
		}
		if (n < 0)
			return -errno;
		/* The end of a dump (MNL_CB_STOP) and errors of a request do not end the watching. */
		mnl_cb_run(buffer, (size_t)n, 0, 0, on_message, &reading);
	}
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->sock)
		mnl_socket_close(monitor->sock);
	free(monitor);
}
