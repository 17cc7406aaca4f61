/* The process of the helper, and its start. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
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
#include "cable/netns_request.h"

#define PATIENCE_S 5

static bool is_permitted(const struct netns_socket *socket)
{
	static const struct netns_socket permitted[] = {{AF_INET, SOCK_DGRAM, 0},
							{AF_INET, SOCK_STREAM, 0},
							{AF_PACKET, SOCK_RAW, 0},
							{AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}};

	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
		if (socket->domain == permitted[i].domain && socket->protocol == permitted[i].protocol &&
		    (socket->type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == permitted[i].type)
			return true;
	return false;
}

/* Open the sockets in ns, and come home: the namespace must not live on because of this process. */
static int open_sockets(int home, int ns, const struct netns_request *request, int fds[NETNS_HELPER_SOCKETS])
{
	size_t done = 0;
	int err = 0;

	for (size_t i = 0; i < request->count; i++)
		if (!is_permitted(&request->sockets[i]))
			return -EACCES;
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
		netns_close_all(fds, done);
	if (setns(home, CLONE_NEWNET))
		_exit(1);
	return err;
}

/* The number of descriptors that it opened, or a negative errno and none. got: those of the request. */
static int carry_out(int home, const struct netns_request *request, const int *got, int count,
		     int fds[NETNS_HELPER_SOCKETS])
{
	struct fail ignored = {0};
	int err;

	if (request->kind == NETNS_REQUEST_NEW) {
		err = count || request->count ? -EINVAL : netns_new(fds, &ignored);
		return err ? err : 1;
	}
	if (count != 1 || !netns_is(got[0]) || request->count > NETNS_HELPER_SOCKETS)
		return -EINVAL;
	switch (request->kind) {
	case NETNS_REQUEST_SOCKETS:
		err = open_sockets(home, got[0], request, fds);
		return err ? err : (int)request->count;
	case NETNS_REQUEST_TABLES:
		err = request->count ? -EINVAL : netns_open_tables(got[0], fds, &ignored);
		return err ? err : NETNS_TABLES;
	}
	return -EINVAL;
}

/* Answer one request; false at the end. */
static bool serve(int fd, int home)
{
	int got[NETNS_HELPER_SOCKETS], opened[NETNS_HELPER_SOCKETS];
	struct netns_request request;
	int count = netns_receive(fd, &request, sizeof(request), got), answer, err;

	if (count < 0 && count != -EPROTO && count != -EMFILE)
		return false;
	answer = count < 0 ? count : carry_out(home, &request, got, count, opened);
	if (count > 0)
		netns_close_all(got, (size_t)count);
	count = answer > 0 ? answer : 0;
	answer = answer > 0 ? 0 : answer;
	err = netns_send(fd, &answer, sizeof(answer), opened, (size_t)count);
	netns_close_all(opened, (size_t)count);
	return !err;
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
