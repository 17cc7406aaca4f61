#include "cable/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cable/netns_helper.h"

static const char self[] = "/proc/thread-self/ns/net";
static struct netns_helper *helper; /* NULL: this process does it itself */

const char *const netns_tables[NETNS_TABLES] = {"dev", "fib_trie", "route", "arp"};

void netns_use_helper(struct netns_helper *new)
{
	helper = new;
}

int netns_self(int *fd, struct fail *fail)
{
	int ns = open(self, O_RDONLY | O_CLOEXEC);

	if (ns < 0)
		return fail_set(fail, -errno, "%s: %s%s", self, strerror(errno),
				errno == ENOENT ? "; expected /proc to be mounted" : "");
	*fd = ns;
	return 0;
}

int netns_new(int *fd, struct fail *fail)
{
	int home = -1, ns = -1, err;

	if (helper)
		return netns_helper_new(helper, fd, fail);
	err = netns_self(&home, fail);
	if (err)
		return err;
	if (unshare(CLONE_NEWNET)) {
		err = fail_set(fail, -errno, "cannot make a network namespace: %s%s", strerror(errno),
			       errno == EPERM	 ? "; it needs CAP_SYS_ADMIN (root, or a user namespace)"
			       : errno == ENOSPC ? "; raise /proc/sys/user/max_net_namespaces"
						 : "");
		close(home);
		return err;
	}
	err = netns_self(&ns, fail);
	netns_leave(home);
	if (err)
		return err;
	*fd = ns;
	return 0;
}

int netns_of_socket(int sock, int *fd, struct fail *fail)
{
	int ns = ioctl(sock, SIOCGSKNS);

	if (ns < 0)
		return fail_set(fail, -errno, "cannot get the network namespace of a socket: %s",
				strerror(errno));
	fcntl(ns, F_SETFD, FD_CLOEXEC);
	*fd = ns;
	return 0;
}

bool netns_is(int fd)
{
	return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

int netns_enter(int fd, int *home, struct fail *fail)
{
	int back = -1;
	int err = netns_self(&back, fail);

	if (err)
		return err;
	if (setns(fd, CLONE_NEWNET)) {
		err = fail_set(fail, -errno, "cannot enter a network namespace: %s%s", strerror(errno),
			       errno == EPERM ? "; it needs CAP_SYS_ADMIN over it" : "");
		close(back);
		return err;
	}
	*home = back;
	return 0;
}

void netns_leave(int home)
{
	if (setns(home, CLONE_NEWNET)) {
		/* Whatever came next would happen in the wrong namespace: perhaps that of the machine. */
		fprintf(stderr, "cannot go back to the network namespace of this program: %s\n",
			strerror(errno));
		abort();
	}
	close(home);
}

int netns_call(int fd, netns_fn *run, void *arg, struct fail *fail)
{
	int home = -1, err;

	if (fd == NETNS_OWN)
		return run(arg, fail);
	err = netns_enter(fd, &home, fail);
	if (err)
		return err;
	err = run(arg, fail);
	netns_leave(home);
	return err;
}

int netns_socket(int fd, int domain, int type, int protocol, struct fail *fail)
{
	const struct netns_socket wanted = {domain, type, protocol};
	int home = -1, sock, err;

	if (fd != NETNS_OWN && helper) {
		err = netns_helper_open(helper, fd, &wanted, 1, &sock, fail);
		return err ? err : sock;
	}
	if (fd != NETNS_OWN) {
		err = netns_enter(fd, &home, fail);
		if (err)
			return err;
	}
	sock = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (sock < 0)
		sock = fail_set(fail, -errno, "cannot make a socket (family %d, type %d): %s", domain,
				type & 0xf, strerror(errno));
	if (home >= 0)
		netns_leave(home);
	return sock;
}

static int open_tables(void *arg, struct fail *fail)
{
	int *fds = arg;

	for (int i = 0; i < NETNS_TABLES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/thread-self/net/%s", netns_tables[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0) {
			int err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));

			while (i)
				close(fds[--i]);
			return err;
		}
	}
	return 0;
}

int netns_open_tables(int fd, int fds[NETNS_TABLES], struct fail *fail)
{
	return fd != NETNS_OWN && helper ? netns_helper_tables(helper, fd, fds, fail)
					 : netns_call(fd, open_tables, fds, fail);
}

int netns_loopback_up(int fd, struct fail *fail)
{
	struct ifreq request = {.ifr_name = "lo"};
	int err = 0;
	int sock = netns_socket(fd, AF_INET, SOCK_DGRAM, 0, fail);

	if (sock < 0)
		return sock;
	if (ioctl(sock, SIOCGIFFLAGS, &request) == 0 && !(request.ifr_flags & IFF_UP)) {
		request.ifr_flags |= IFF_UP;
		errno = 0;
		(void)!ioctl(sock, SIOCSIFFLAGS, &request);
	}
	if (ioctl(sock, SIOCGIFFLAGS, &request) || !(request.ifr_flags & IFF_UP))
		err = fail_set(fail, -EPERM,
			       "cannot bring up lo; it needs CAP_NET_ADMIN over the network namespace");
	close(sock);
	return err;
}

static int disable_ipv6(void *arg, struct fail *fail)
{
	int file = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	(void)arg, (void)fail;
	if (file < 0)
		return -errno;
	(void)!write(file, "1", 1);
	close(file);
	return 0;
}

void netns_without_ipv6(int fd)
{
	struct fail ignored = {0};

	netns_call(fd, disable_ipv6, NULL, &ignored);
}

bool netns_port_bound(const char *kind, unsigned port)
{
	char path[64], line[512];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", kind);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		unsigned local, state;

		/* "  sl  local_address rem_address   st ...": addresses as hexadecimal ADDRESS:PORT; st 0A is
		 * LISTEN */
		if (sscanf(line, " %*u: %*32[0-9A-F]:%4x %*32[0-9A-F]:%*4x %2x", &local, &state) == 2)
			found = local == port && (kind[0] == 'u' || state == 0x0a);
	}
	fclose(file);
	return found;
}
