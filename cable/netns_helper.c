/* The owner of a helper, and the messages between both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/netns.h"
#include "cable/netns_request.h"

_Static_assert(NETNS_TABLES <= NETNS_HELPER_SOCKETS, "the tables are passed in one message");

/* Room for the descriptors of a message. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(NETNS_HELPER_SOCKETS * sizeof(int))];
};

int netns_send(int fd, void *bytes, size_t size, const int *fds, size_t count)
{
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union control control;
	ssize_t n;

	if (count) {
		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

void netns_close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

int netns_receive(int fd, void *bytes, size_t size, int fds[NETNS_HELPER_SOCKETS])
{
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	union control control;
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	size_t count = 0;
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (n && header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	}
	if (n && !count && (message.msg_flags & MSG_CTRUNC))
		return -EMFILE;
	if ((size_t)n == size && !(message.msg_flags & MSG_TRUNC))
		return (int)count;
	netns_close_all(fds, count);
	return n ? -EPROTO : -EPIPE;
}

/* It has ended or stands still: an answer that comes later would be taken for another's. */
static int give_up(struct netns_helper *helper, int err, struct fail *fail)
{
	helper->lost = true;
	shutdown(helper->fd, SHUT_RDWR);
	return fail_set(fail, -EPERM, "netns-helper %s", err == -EAGAIN ? "does not answer" : "has ended");
}

/* ns: -1, for none. On success fds has count descriptors. */
static int ask(struct netns_helper *helper, struct netns_request *request, int ns, int *fds, size_t count,
	       const char *what, struct fail *fail)
{
	int got[NETNS_HELPER_SOCKETS], answer, err;

	if (!helper || helper->lost)
		return fail_set(fail, -EPERM, "netns-helper has ended");
	err = netns_send(helper->fd, request, sizeof(*request), &ns, ns >= 0);
	if (err == -EPIPE || err == -ECONNRESET || err == -EAGAIN)
		return give_up(helper, err, fail);
	if (err)
		return fail_set(fail, err, "cannot %s: %s", what, strerror(-err));
	err = netns_receive(helper->fd, &answer, sizeof(answer), got);
	if (err == -EMFILE)
		return fail_set(fail, err, "cannot %s: %s", what, strerror(-err));
	if (err < 0)
		return give_up(helper, err, fail);
	if (answer || (size_t)err != count) {
		netns_close_all(got, (size_t)err);
		/* With too few descriptors left, the kernel drops some of those that come. */
		err = answer ? answer : -EMFILE;
		return fail_set(fail, err, "cannot %s: %s", what, strerror(-err));
	}
	memcpy(fds, got, count * sizeof(*fds));
	return 0;
}

int netns_helper_new(struct netns_helper *helper, int *ns, struct fail *fail)
{
	struct netns_request request = {.kind = NETNS_REQUEST_NEW};
	int err = ask(helper, &request, -1, ns, 1, "make a network namespace", fail);

	if (err == -ENOSPC)
		fail_set(fail, err,
			 "cannot make a network namespace: raise /proc/sys/user/max_net_namespaces");
	return err;
}

int netns_helper_open(struct netns_helper *helper, int ns, const struct netns_socket *sockets, size_t count,
		      int *fds, struct fail *fail)
{
	struct netns_request request = {.kind = NETNS_REQUEST_SOCKETS, .count = (uint32_t)count};

	if (count > NETNS_HELPER_SOCKETS)
		return fail_set(fail, -EINVAL, "more than %d sockets at once", NETNS_HELPER_SOCKETS);
	if (ns < 0)
		return fail_set(fail, -EBADF, "cannot open a socket in a network namespace that is not open");
	memcpy(request.sockets, sockets, count * sizeof(*sockets));
	return ask(helper, &request, ns, fds, count, "open a socket in a network namespace", fail);
}

int netns_helper_tables(struct netns_helper *helper, int ns, int *fds, struct fail *fail)
{
	struct netns_request request = {.kind = NETNS_REQUEST_TABLES};

	if (ns < 0)
		return fail_set(fail, -EBADF, "cannot read a network namespace that is not open");
	return ask(helper, &request, ns, fds, NETNS_TABLES, "read the tables of a network namespace", fail);
}

int netns_helper_fd(const struct netns_helper *helper)
{
	return helper->fd;
}

bool netns_helper_lost(const struct netns_helper *helper)
{
	char octet;

	return helper->lost || !recv(helper->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
}

void netns_helper_free(struct netns_helper *helper)
{
	char octet;

	if (!helper)
		return;
	shutdown(helper->fd, SHUT_WR);
	while (recv(helper->fd, &octet, 1, 0) > 0)
		;
	close(helper->fd);
	free(helper);
}
