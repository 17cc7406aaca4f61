#include "cable/rtnl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/msg.h>

#include "base/log.h"
#include "cable/netns.h"

struct rtnl {
	struct nl_sock *sock;
};

static int connect_here(void *arg, struct fail *fail)
{
	int err;

	errno = 0;
	err = nl_connect(arg, NETLINK_ROUTE);
	/* libnl has no code of its own for it, and leaves errno. */
	if (err == -NLE_FAILURE && (errno == EMFILE || errno == ENFILE))
		return fail_set(fail, -errno, "cannot open a route netlink socket: %s", strerror(errno));
	if (err < 0)
		return fail_set(fail, rtnl_errno(err), "cannot open a route netlink socket: %s",
				nl_geterror(err));
	return 0;
}

/* Bind it, as nl_connect does. */
static int adopt_here(struct nl_sock *sock, int fd, struct fail *fail)
{
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int err = bind(fd, (const struct sockaddr *)&any, sizeof(any)) ? -errno : 0;

	if (err)
		return fail_set(fail, err, "cannot bind a route netlink socket: %s", strerror(-err));
	err = nl_socket_set_fd(sock, NETLINK_ROUTE, fd);
	return err < 0 ? fail_set(fail, rtnl_errno(err), "cannot use a route netlink socket: %s",
				  nl_geterror(err))
		       : 0;
}

/* sock: -1, to open one in ns. */
static int open_or_adopt(struct rtnl **rtnl, int ns, int sock, struct fail *fail)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int err, on = 1;

	if (!r || !(r->sock = nl_socket_alloc())) {
		free(r);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	err = sock < 0 ? netns_call(ns, connect_here, r->sock, fail) : adopt_here(r->sock, sock, fail);
	if (err) {
		rtnl_close(r);
		return err;
	}
	setsockopt(nl_socket_get_fd(r->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(r->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	/* A reply of unexpected sequence number must not end a request: we ask one thing at a time. */
	nl_socket_disable_auto_ack(r->sock);
	*rtnl = r;
	return 0;
}

int rtnl_open(struct rtnl **rtnl, int ns, struct fail *fail)
{
	return open_or_adopt(rtnl, ns, -1, fail);
}

int rtnl_adopt(struct rtnl **rtnl, int sock, struct fail *fail)
{
	int err = open_or_adopt(rtnl, -1, sock, fail);

	if (err)
		close(sock);
	return err;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (!rtnl)
		return;
	nl_socket_free(rtnl->sock);
	free(rtnl);
}

struct nl_sock *rtnl_socket(struct rtnl *rtnl)
{
	return rtnl->sock;
}

int rtnl_errno(int nl_error)
{
	static const struct {
		int nl, err;
	} table[] = {
	    {NLE_INTR, EINTR},		{NLE_BAD_SOCK, EBADF},	     {NLE_AGAIN, EAGAIN},
	    {NLE_NOMEM, ENOMEM},	{NLE_EXIST, EEXIST},	     {NLE_INVAL, EINVAL},
	    {NLE_RANGE, ERANGE},	{NLE_OPNOTSUPP, EOPNOTSUPP}, {NLE_AF_NOSUPPORT, EAFNOSUPPORT},
	    {NLE_OBJ_NOTFOUND, ENOENT}, {NLE_NOADDR, EADDRNOTAVAIL}, {NLE_BUSY, EBUSY},
	    {NLE_NODEV, ENODEV},	{NLE_PERM, EPERM},	     {NLE_NOACCESS, EACCES},
	};
	int err = nl_error < 0 ? -nl_error : nl_error;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].nl == err)
			return -table[i].err;
	return err ? -EIO : 0;
}

/* "RTM_NEWLINK", or the number of a type that no request of ours has. */
static const char *type_name(unsigned type, char number[16])
{
	static const char *const kinds[] = {"LINK", "ADDR", "ROUTE", "NEIGH"};
	static const char *const verbs[] = {"NEW", "DEL", "GET", "SET"};
	unsigned kind = (type - RTM_BASE) / 4;

	if (type == NLMSG_DONE)
		return "NLMSG_DONE";
	if (type < RTM_BASE || kind >= sizeof(kinds) / sizeof(kinds[0]))
		snprintf(number, 16, "type %u", type);
	else
		snprintf(number, 16, "RTM_%s%s", verbs[type & 3], kinds[kind]);
	return number;
}

/* The interface index of a message, which stands where its type puts it; 0 if it has none. */
static int interface_of(const struct nlmsghdr *header)
{
	const void *data = NLMSG_DATA(header);
	size_t length = header->nlmsg_len - NLMSG_HDRLEN;

	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_GETLINK:
	case RTM_SETLINK:
		return length >= sizeof(struct ifinfomsg) ? ((const struct ifinfomsg *)data)->ifi_index : 0;
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_GETADDR:
		return length >= sizeof(struct ifaddrmsg) ? (int)((const struct ifaddrmsg *)data)->ifa_index
							  : 0;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
	case RTM_GETNEIGH:
		return length >= sizeof(struct ndmsg) ? ((const struct ndmsg *)data)->ndm_ifindex : 0;
	}
	return 0;
}

void rtnl_debug(const char *direction, const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	char number[16], flags[128];

	if (!log_enabled(LOG_NETLINK) || header->nlmsg_len < NLMSG_HDRLEN)
		return;
	if (header->nlmsg_type == NLMSG_ERROR && header->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)))
		log_debug(LOG_NETLINK, "%s %u: %s", direction, header->nlmsg_seq,
			  error->error ? strerror(-error->error) : "acknowledged");
	else
		log_debug(LOG_NETLINK, "%s %u: %s, flags %s, interface %d", direction, header->nlmsg_seq,
			  type_name(header->nlmsg_type, number),
			  nl_nlmsg_flags2str(header->nlmsg_flags, flags, sizeof(flags)),
			  interface_of(header));
}

/* The kernel's own words (NLMSGERR_ATTR_MSG) of an error message, or NULL. */
static const char *words_of(const struct nlmsghdr *header, const struct nlmsgerr *error)
{
	size_t skip = sizeof(*error);
	const struct nlattr *attribute;
	int left;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - sizeof(error->msg);
	skip = NLMSG_ALIGN(skip);
	left = (int)(header->nlmsg_len - NLMSG_HDRLEN) - (int)skip;
	attribute = (const struct nlattr *)((const char *)error + skip);
	while (left >= (int)sizeof(*attribute) && attribute->nla_len >= sizeof(*attribute) &&
	       attribute->nla_len <= left) {
		const char *text = (const char *)attribute + NLA_HDRLEN;
		size_t length = attribute->nla_len - NLA_HDRLEN;

		if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG && length &&
		    text[length - 1] == 0)
			return text;
		left -= (int)NLA_ALIGN(attribute->nla_len);
		attribute = (const struct nlattr *)((const char *)attribute + NLA_ALIGN(attribute->nla_len));
	}
	return NULL;
}

/* Receive until the answer to sequence number seq came. */
static int await(struct rtnl *rtnl, unsigned seq, struct fail *fail)
{
	char buffer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t n = recv(nl_socket_get_fd(rtnl->sock), buffer, sizeof(buffer), 0);
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_set(fail, -errno, "route netlink: %s", strerror(errno));
		for (int left = (int)n; NLMSG_OK(header, (unsigned)left); header = NLMSG_NEXT(header, left)) {
			const struct nlmsgerr *error = NLMSG_DATA(header);
			const char *words;

			rtnl_debug("from the kernel", header);
			if (header->nlmsg_seq != seq || header->nlmsg_type != NLMSG_ERROR ||
			    header->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
				continue;
			if (!error->error)
				return 0;
			words = words_of(header, error);
			return fail_set(fail, error->error, "%s%s%s%s", strerror(-error->error),
					words ? " (" : "", words ? words : "", words ? ")" : "");
		}
	}
}

struct nl_msg *rtnl_message(int type, int flags, const void *head, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg || !nlmsg_append(msg, (void *)head, size, NLMSG_ALIGNTO))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

int rtnl_no_memory(struct nl_msg *msg, struct fail *fail)
{
	nlmsg_free(msg);
	return fail_set(fail, -ENOMEM, "out of memory");
}

int rtnl_talk(struct rtnl *rtnl, struct nl_msg *msg, struct fail *fail)
{
	struct nlmsghdr *header;
	int err;

	if (!msg)
		return fail_set(fail, -ENOMEM, "out of memory");
	nl_complete_msg(rtnl->sock, msg);
	header = nlmsg_hdr(msg);
	header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	rtnl_debug("to the kernel", header);
	err = nl_send(rtnl->sock, msg);
	if (err < 0)
		err = fail_set(fail, rtnl_errno(err), "route netlink: %s", nl_geterror(err));
	else
		err = await(rtnl, header->nlmsg_seq, fail);
	nlmsg_free(msg);
	return err;
}
