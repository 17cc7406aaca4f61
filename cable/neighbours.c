#include "cable/neighbours.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#define RESOLVED     (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)
#define HARDWARE_MAX 32 /* MAX_ADDR_LEN of the kernel */

struct neighbours {
	struct mnl_socket *sock;
	struct rtnl *rtnl;
	int marked; /* by the reading of the moment */
};

/* The attributes of an entry in a message. */
struct entry {
	struct in_addr ip;
	uint8_t hardware[HARDWARE_MAX];
	uint16_t hardware_length;
	bool has_ip;
};

/* Make or change an entry; hardware NULL: the kernel finds it out. */
static int change(struct rtnl *rtnl, const struct ndmsg *head, struct in_addr ip, const struct entry *entry,
		  int flags, struct fail *fail)
{
	struct nl_msg *msg = rtnl_message(RTM_NEWNEIGH, flags, head, sizeof(*head));

	if (!msg || nla_put(msg, NDA_DST, sizeof(ip), &ip) ||
	    (entry && nla_put(msg, NDA_LLADDR, entry->hardware_length, entry->hardware)))
		return rtnl_no_memory(msg, fail);
	return rtnl_talk(rtnl, msg, fail);
}

int neighbours_keep(struct rtnl *rtnl, int ifindex, struct in_addr ip, struct fail *fail)
{
	const struct ndmsg head = {.ndm_family = AF_INET,
				   .ndm_ifindex = ifindex,
				   .ndm_state = NUD_NONE,
				   .ndm_flags = NTF_USE | NTF_EXT_LEARNED};

	return change(rtnl, &head, ip, NULL, NLM_F_CREATE, fail);
}

static int ask_for_all(struct neighbours *neighbours)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ndmsg))];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ndmsg *head;

	header->nlmsg_type = RTM_GETNEIGH;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head = mnl_nlmsg_put_extra_header(header, sizeof(*head));
	head->ndm_family = AF_INET;
	rtnl_debug("to the kernel", header);
	return mnl_socket_sendto(neighbours->sock, header, header->nlmsg_len) < 0 ? -errno : 0;
}

int neighbours_open(struct neighbours **neighbours, struct fail *fail)
{
	struct neighbours *n = calloc(1, sizeof(*n));
	int err;

	if (!n)
		return fail_set(fail, -ENOMEM, "out of memory");
	err = rtnl_open(&n->rtnl, -1, fail);
	if (!err) {
		n->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (!n->sock || mnl_socket_bind(n->sock, RTMGRP_NEIGH, MNL_SOCKET_AUTOPID) < 0)
			err = fail_set(fail, -errno, "cannot watch the neighbours: %s", strerror(errno));
	}
	if (!err) {
		err = ask_for_all(n);
		if (err)
			fail_set(fail, err, "cannot ask for the neighbours: %s", strerror(-err));
	}
	if (err) {
		neighbours_close(n);
		return err;
	}
	*neighbours = n;
	return 0;
}

int neighbours_fd(const struct neighbours *neighbours)
{
	return mnl_socket_get_fd(neighbours->sock);
}

static int on_attribute(const struct nlattr *attribute, void *arg)
{
	uint16_t length = mnl_attr_get_payload_len(attribute);
	struct entry *entry = arg;

	switch (mnl_attr_get_type(attribute)) {
	case NDA_DST:
		entry->has_ip = length == sizeof(entry->ip);
		if (entry->has_ip)
			memcpy(&entry->ip, mnl_attr_get_payload(attribute), sizeof(entry->ip));
		break;
	case NDA_LLADDR:
		if (length <= sizeof(entry->hardware)) {
			memcpy(entry->hardware, mnl_attr_get_payload(attribute), length);
			entry->hardware_length = length;
		}
		break;
	}
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *header, void *arg)
{
	struct neighbours *neighbours = arg;
	struct entry entry = {.has_ip = false};
	struct ndmsg head;
	struct fail gone = {0}; /* the entry was deleted or changed meanwhile: the next message reports it */

	rtnl_debug("from the kernel", header);
	if (header->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(header) < sizeof(head))
		return MNL_CB_OK;
	memcpy(&head, mnl_nlmsg_get_payload(header), sizeof(head));
	if (head.ndm_family != AF_INET || !(head.ndm_state & RESOLVED) || (head.ndm_flags & NTF_EXT_LEARNED))
		return MNL_CB_OK;
	mnl_attr_parse(header, sizeof(head), on_attribute, &entry);
	if (!entry.has_ip || !entry.hardware_length)
		return MNL_CB_OK;
	head.ndm_flags |= NTF_EXT_LEARNED;
	neighbours->marked += !change(neighbours->rtnl, &head, entry.ip, &entry, NLM_F_REPLACE, &gone);
	return MNL_CB_OK;
}

int neighbours_mark(struct neighbours *neighbours)
{
	char buffer[32768] __attribute__((aligned(MNL_ALIGNTO)));

	neighbours->marked = 0;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(neighbours->sock, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return neighbours->marked;
		if (n < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			/* Messages were lost: the whole list replaces them. While another list is on
			 * its way no other is needed. */
			int err = ask_for_all(neighbours);

			if (err && err != -EBUSY)
				return err;
			continue;
		}
		if (n < 0)
			return -errno;
		mnl_cb_run(buffer, (size_t)n, 0, 0, on_message, neighbours);
	}
}

void neighbours_close(struct neighbours *neighbours)
{
	if (!neighbours)
		return;
	if (neighbours->sock)
		mnl_socket_close(neighbours->sock);
	rtnl_close(neighbours->rtnl);
	free(neighbours);
}
