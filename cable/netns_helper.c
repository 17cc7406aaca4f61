#include "cable/netns_helper.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/confine.h"
#include "cable/netns.h"

#define PATIENCE_S 5

struct netns_helper {
	int fd; /* -1: it has ended, or does not answer */
};

struct request {
	size_t count;
	struct netns_socket sockets[NETNS_HELPER_SOCKETS];
};

/* Room for the descriptors of a message. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(NETNS_HELPER_SOCKETS * sizeof(int))];
};

/* --- messages --- */

static int send_message(int fd, void *bytes, size_t size, const int *fds, size_t count)
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

/* Receive a message of exactly that size. The number of its descriptors, or a negative errno; -EPIPE at the end. */
static int receive_message(int fd, void *bytes, size_t size, int fds[NETNS_HELPER_SOCKETS])
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
	if ((size_t)n == size)
		return (int)count;
	while (count)
		close(fds[--count]);
	return n ? -EPROTO : -EPIPE;
}

/* --- the helper --- */

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* Open the sockets in ns, and come home: the namespace must not live on because of this process. */
static int open_all(int home, int ns, const struct request *request, int fds[NETNS_HELPER_SOCKETS])
{
	size_t done = 0;
	int err = 0;

	if (setns(ns, CLONE_NEWNET))
		return -errno;
	for (; !err && done < request->count; done++) {
		const struct netns_socket *it = &request->sockets[done];

		fds[done] = socket(it->domain, it->type | SOCK_CLOEXEC, it->protocol);
		if (fds[done] < 0) {
			err = -errno;
			break;
		}
	}
	if (err)
		close_all(fds, done);
	if (setns(home, CLONE_NEWNET))
		_exit(1);
	return err;
}

/* Answer one request; false at the end. */
static bool serve(int fd, int home)
{
	int got[NETNS_HELPER_SOCKETS], opened[NETNS_HELPER_SOCKETS];
	struct request request;
	int count = receive_message(fd, &request, sizeof(request), got), err = -EINVAL;

	if (count < 0)
		return count == -EPROTO;
	if (!count)
		err = -EMFILE; /* the kernel drops a descriptor when there is no room for it */
	if (count == 1 && request.count <= NETNS_HELPER_SOCKETS && netns_is(got[0]))
		err = open_all(home, got[0], &request, opened);
	close_all(got, (size_t)count);
	if (send_message(fd, &err, sizeof(err), opened, err ? 0 : request.count) && !err)
		err = -EPIPE;
	if (!err || err == -EPIPE)
		close_all(opened, request.count);
	return err != -EPIPE;
}

static void __attribute__((noreturn)) run(int fd, const char *program)
{
	struct confine confine = {.calls = CONFINE_CALLS_NETNS | CONFINE_CALLS_LINKS,
				  .capabilities = CONFINE_CAPABILITY(CAP_SYS_ADMIN) |
						  CONFINE_CAPABILITY(CAP_NET_ADMIN) |
						  CONFINE_CAPABILITY(CAP_NET_RAW)};
	struct fail fail = {0};
	char name[100];
	int home;

	/* It ends with its owner, and not before: a terminal signals both. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "netns-helper");
	snprintf(name, sizeof(name), "%.80s: helper", program);
	confine.program = name;
	if (dup2(fd, 3) < 0 || (syscall(SYS_close_range, 4, ~0U, 0) && errno != ENOSYS) ||
	    netns_self(&home, &fail) || confine_apply(&confine, &fail))
		_exit(1);
	while (serve(3, home))
		;
	_exit(0);
}

/* --- its owner --- */

static bool has_sys_admin(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return !syscall(SYS_capget, &header, data) && (data[0].effective & (1u << CAP_SYS_ADMIN));
}

int netns_helper_start(struct netns_helper **helper, const char *program, struct fail *fail)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct netns_helper *new;
	int fds[2];
	pid_t pid;

	*helper = NULL;
	if (!has_sys_admin())
		return 0;
	new = calloc(1, sizeof(*new));
	if (!new)
		return fail_set(fail, -ENOMEM, "out of memory");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		free(new);
		return fail_set(fail, -errno, "cannot make a pair of sockets: %s", strerror(errno));
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		run(fds[1], program);
	close(fds[1]);
	new->fd = fds[0];
	if (pid < 0) {
		int err = fail_set(fail, -errno, "cannot fork: %s", strerror(errno));

		netns_helper_free(new);
		return err;
	}
	setsockopt(new->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(new->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	*helper = new;
	return 0;
}

/* It has ended or stands still: an answer that comes later would be taken for another's. */
static int give_up(struct netns_helper *helper, int err, struct fail *fail)
{
	close(helper->fd);
	helper->fd = -1;
	return fail_set(fail, -EPERM, "the helper for network namespaces: %s", strerror(-err));
}

int netns_helper_open(struct netns_helper *helper, int ns, const struct netns_socket *sockets, size_t count,
		      int *fds, struct fail *fail)
{
	struct request request = {.count = count};
	int got[NETNS_HELPER_SOCKETS], answer, err;

	if (count > NETNS_HELPER_SOCKETS)
		return fail_set(fail, -EINVAL, "more than %d sockets at once", NETNS_HELPER_SOCKETS);
	if (!helper || helper->fd < 0)
		return fail_set(fail, -EPERM, "no helper for network namespaces");
	memcpy(request.sockets, sockets, count * sizeof(*sockets));
	err = send_message(helper->fd, &request, sizeof(request), &ns, 1);
	if (err)
		return give_up(helper, err, fail);
	err = receive_message(helper->fd, &answer, sizeof(answer), got);
	if (err < 0)
		return give_up(helper, err, fail);
	if (answer || (size_t)err != count) {
		close_all(got, (size_t)err);
		/* Without a descriptor left, the kernel drops those that come. */
		return fail_set(fail, answer ? answer : -EMFILE,
				"cannot open a socket in a network namespace: %s",
				strerror(answer ? -answer : EMFILE));
	}
	memcpy(fds, got, count * sizeof(*fds));
	return 0;
}

void netns_helper_free(struct netns_helper *helper)
{
	char octet;

	if (!helper)
		return;
	if (helper->fd >= 0) {
		shutdown(helper->fd, SHUT_WR);
		while (recv(helper->fd, &octet, 1, 0) > 0)
			;
		close(helper->fd);
	}
	free(helper);
}
