#include "cable/monitor.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/netns.h"
#include "cable/nsid.h"
#include "cable/rtnl.h"

#define OWN	-1	  /* the nsid of our own namespace */
#define RECEIVE (4 << 20) /* octets: a thousand phones get power at once */

struct monitor {
	struct mnl_socket *sock;
	struct mnl_socket *numbers; /* for requests about namespaces; NULL: none was added */
	unsigned seq;
	int *added; /* nsids */
	size_t count, room;
	size_t wanted; /* changes were lost: the number of lists still to be requested, added[] and our own */
};

struct reading {
	monitor_fn *changed;
	void *arg;
	int nsid;
};

/* Ask for the list of the links of a namespace. */
static int ask_for_all(struct monitor *monitor, int nsid)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifinfomsg)) + 16];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++monitor->seq;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	if (nsid != OWN)
		mnl_attr_put_u32(header, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	rtnl_debug("to the kernel", header);
	if (mnl_socket_sendto(monitor->sock, header, header->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* The socket; after a failure it may be open. */
static int open_socket(struct monitor *monitor, int ns, struct fail *fail)
{
	int fd = netns_socket(ns, AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE, fail);

	if (fd < 0)
		return fd;
	monitor->sock = mnl_socket_fdopen(fd);
	if (!monitor->sock) {
		close(fd);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	if (mnl_socket_bind(monitor->sock, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
		return fail_set(fail, -errno, "cannot watch the links: %s", strerror(errno));
	return 0;
}

int monitor_open(struct monitor **monitor, int ns, struct fail *fail)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return fail_set(fail, -ENOMEM, "out of memory");
	err = open_socket(m, ns, fail);
	if (!err) {
		err = ask_for_all(m, OWN);
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
	m->wanted = 1;
	*monitor = m;
	return 0;
}

/* Receive from all namespaces that have a number in ours. */
static int listen_to_all(struct monitor *monitor, struct fail *fail)
{
	int fd = mnl_socket_get_fd(monitor->sock), on = 1, octets = RECEIVE;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)))
		return fail_set(fail, -errno, "cannot watch the links of other namespaces: %s",
				strerror(errno));
	monitor->numbers = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!monitor->numbers || mnl_socket_bind(monitor->numbers, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail_set(fail, -errno, "cannot open a route netlink socket: %s", strerror(errno));
	/* The second of these is limited by the system. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
	return 0;
}

static int remember(struct monitor *monitor, int nsid, struct fail *fail)
{
	if (monitor->count == monitor->room) {
		size_t room = monitor->room ? 2 * monitor->room : 64;
		int *more = realloc(monitor->added, room * sizeof(*more));

		if (!more)
			return fail_set(fail, -ENOMEM, "out of memory");
		monitor->added = more;
		monitor->room = room;
	}
	monitor->added[monitor->count++] = nsid;
	return 0;
}

int monitor_add(struct monitor *monitor, int ns, int *nsid, struct fail *fail)
{
	int number = OWN;
	int err = monitor->numbers ? 0 : listen_to_all(monitor, fail);

	if (!err)
		err = nsid_get(monitor->numbers, ns, &number, fail);
	if (!err)
		err = remember(monitor, number, fail);
	if (!err)
		*nsid = number;
	return err;
}

void monitor_remove(struct monitor *monitor, int nsid)
{
	for (size_t i = 0; i < monitor->count; i++)
		if (monitor->added[i] == nsid) {
			monitor->added[i] = monitor->added[--monitor->count];
			return;
		}
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
	case IFLA_TARGET_NETNSID: /* in a list that we requested */
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			link->nsid = (int)mnl_attr_get_u32(attribute);
		break;
	}
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *header, void *arg)
{
	const struct reading *reading = arg;
	const struct ifinfomsg *info;
	struct monitor_link link = {.name = "", .nsid = reading->nsid};

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

/* The number of the namespace that a message comes from. */
static int sender(struct msghdr *message)
{
	int nsid = OWN;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
	return nsid;
}

/* The next messages, all from the namespace *nsid. Their length, or a negative errno. */
static ssize_t receive(struct monitor *monitor, char *buffer, size_t size, int *nsid)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int)) + 64];
	} control;
	struct iovec part = {.iov_base = buffer, .iov_len = size};
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	do
		n = recvmsg(mnl_socket_get_fd(monitor->sock), &message, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*nsid = sender(&message);
	return n;
}

/* Nothing waits: request the next list, if any is wanted. 0, 1 if there is nothing to wait for, or a negative errno. */
static int ask_for_next(struct monitor *monitor)
{
	int err;

	/* Namespaces may have been removed meanwhile. */
	if (monitor->wanted > monitor->count + 1)
		monitor->wanted = monitor->count + 1;
	if (!monitor->wanted)
		return 1;
	err = ask_for_all(monitor, monitor->wanted == 1 ? OWN : monitor->added[monitor->wanted - 2]);
	/* An earlier list is still being sent; its end wakes us. */
	if (err == -EBUSY)
		return 1;
	if (!err)
		monitor->wanted--;
	return err;
}

int monitor_read(struct monitor *monitor, monitor_fn *changed, void *arg)
{
	struct reading reading = {.changed = changed, .arg = arg};
	char buffer[32768] __attribute__((aligned(MNL_ALIGNTO)));

	for (;;) {
		ssize_t n = receive(monitor, buffer, sizeof(buffer), &reading.nsid);

		if (n == -ENOBUFS || n == -ENOSPC) {
			/* Changes were lost: only whole lists help. Not yet: until what is queued has been
			 * read, the kernel continues to drop changes, and does not report it. */
			monitor->wanted = monitor->count + 1;
			continue;
		}
		if (n == -EAGAIN || n == -EWOULDBLOCK) {
			int err = ask_for_next(monitor);

			if (err)
				return err < 0 ? err : 0;
			continue;
		}
		if (n < 0)
			return (int)n;
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
	if (monitor->numbers)
		mnl_socket_close(monitor->numbers);
	free(monitor->added);
	free(monitor);
}
